//! How much one purchase takes. A sale always takes what is held, as far as one trade allows: getting out is never
//! rationed.

use serde::{Deserialize, Serialize};

use super::{RiskContext, RiskRefused};
use crate::units::TokenAmount;

/// Hundredths of a percent in a whole.
const WHOLE_BPS: u64 = 10_000;

/// How many lots a purchase takes, within lots per trade, budget and balance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sizing {
    /// As many as one trade may have.
    #[default]
    Lots,
    /// As many as this share of the quote tokens pays for.
    Share {
        /// Hundredths of a percent.
        bps: u32,
    },
    /// As many that one average swing of the price within a candle moves the account's worth by this share: fewer
    /// lots in wild times, more in calm ones (Wilder's average true range).
    Volatility {
        /// Hundredths of a percent of the account's worth.
        bps: u32,
    },
}

impl Sizing {
    /// A whole.
    pub const MOST_SHARE_BPS: u32 = 10_000;
    /// A tenth of the account in one candle is more than anybody means.
    pub const MOST_SWING_BPS: u32 = 1_000;

    /// Most lots of a purchase in `context`.
    ///
    /// # Errors
    /// [`RiskRefused::SizeBelowLot`] or [`RiskRefused::SwingUnknown`].
    pub(in crate::trading) fn lots(self, context: &RiskContext) -> Result<u64, RiskRefused> {
        let lot = context.terms.buy_lot;
        let share = |amount: TokenAmount, bps: u32| {
            amount.checked_ratio(bps.into(), WHOLE_BPS).unwrap_or(TokenAmount::ZERO)
        };
        let lots = match self {
            Self::Lots => u64::MAX,
            Self::Share { bps } => share(context.quote_balance, bps).whole_lots(lot),
            Self::Volatility { bps } => {
                let swing = context.swing.ok_or(RiskRefused::SwingUnknown)?;
                let pair = &context.pair;
                let bought = context.price.base_for_quote(lot, pair.base_decimals, pair.quote_decimals);
                let moved = bought.map_or(TokenAmount::ZERO, |bought| pair.worth(bought, swing));
                // A market that stands still moves nothing, however much is held.
                if moved.is_zero() { u64::MAX } else { share(context.worth(), bps).whole_lots(moved) }
            }
        };
        if lots == 0 { Err(RiskRefused::SizeBelowLot) } else { Ok(lots) }
    }
}
