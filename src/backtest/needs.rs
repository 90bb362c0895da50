//! The smallest grant that would not have stood in the way.

use super::{Run, Trade};
use crate::trading::Side;
use crate::units::Price;

/// Limits that a run without any would have kept to, with one grant after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    /// Most lots bought under one grant.
    pub buy_lots: u64,
    /// Most lots sold under one grant.
    pub sell_lots: u64,
    /// Most operations of one side under one grant, and the one that is kept for ending it.
    pub uses: u64,
    /// Lowest close that was sold at.
    pub lowest_sell: Option<Price>,
    /// Highest close that was bought at.
    pub highest_buy: Option<Price>,
}

impl Needs {
    /// What `run` needs; none where nothing was traded. A purchase needs as many lots left for selling as it buys, and
    /// a use of each side besides the one that is kept.
    pub fn of(run: &Run) -> Option<Self> {
        let mut needs = Self { buy_lots: 0, sell_lots: 0, uses: 0, lowest_sell: None, highest_buy: None };
        for grant in run.trades.chunk_by(|one, next| one.grant == next.grant) {
            needs.hold(grant);
        }
        (!run.trades.is_empty()).then_some(needs)
    }

    fn hold(&mut self, grant: &[Trade]) {
        let (mut bought, mut sold, mut purchases, mut sales) = (0, 0, 0, 0);
        for trade in grant {
            let (lots, close) = (u64::from(trade.order.lots), trade.order.signal.close);
            match trade.order.side {
                Side::Buy => {
                    bought += lots;
                    purchases += 1;
                    self.buy_lots = self.buy_lots.max(bought);
                    self.sell_lots = self.sell_lots.max(sold + lots);
                    self.uses = self.uses.max(purchases + 1).max(sales + 2);
                    self.highest_buy = self.highest_buy.max(Some(close));
                }
                Side::Sell => {
                    sold += lots;
                    sales += 1;
                    self.sell_lots = self.sell_lots.max(sold);
                    self.uses = self.uses.max(sales + 1);
                    self.lowest_sell = Some(self.lowest_sell.map_or(close, |lowest| lowest.min(close)));
                }
            }
        }
    }
}
