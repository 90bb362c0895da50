//! What a person grants, in a trader's words. `venue` turns it into on-chain permissions.

use serde::{Deserialize, Serialize};

use super::{Guards, Sizing};
use crate::market::Interval;
use crate::units::{Price, TokenAmount};

/// The leash: fixed lots with an exact worst price, budgets in whole lots, uses, an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Quote tokens one buy lot spends.
    pub buy_lot: TokenAmount,
    /// Base tokens one sell lot spends.
    pub sell_lot: TokenAmount,
    /// Most lots in one trade, 1 or more.
    pub lots_per_trade: u32,
    /// Budget for buying, in buy lots.
    pub buy_lots: u32,
    /// Budget for selling, in sell lots.
    pub sell_lots: u32,
    /// UserOperations each side may use; one is kept back for ending the session.
    pub uses: u32,
    /// Seconds until the grant ends by itself, from the chain's clock at signing.
    pub lifetime_secs: u64,
    /// No sale below this price.
    pub lowest_sell: Price,
    /// No purchase above this price.
    pub highest_buy: Price,
    /// Most that a trade may be worse than its quote, in hundredths of a percent.
    pub slippage_bps: u32,
    /// Whether the session key may end the session itself, without the wallet.
    pub may_renounce: bool,
    /// When to trade.
    pub strategy: StrategyTerms,
    /// How much a purchase takes. Kept by the trader, as the strategy is.
    pub sizing: Sizing,
    /// What the trader protects from besides.
    pub guards: Guards,
}

/// A crossover of two exponential moving averages of candle closes, or the purchase that such ones are measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrategyTerms {
    /// Candles of the fast average.
    pub fast: u32,
    /// Candles of the slow average, more than `fast`.
    pub slow: u32,
    /// Length of a candle.
    pub interval: Interval,
    /// Candles of the average that a purchase must be above; 0 for none.
    pub trend: u32,
    /// How far beyond the slow average the fast one must be before that counts, in hundredths of a percent.
    pub hysteresis_bps: u32,
    /// Buys once and waits: the averages only say from when on.
    pub holds: bool,
}

impl StrategyTerms {
    /// Two averages and nothing besides.
    pub const fn crossover(fast: u32, slow: u32, interval: Interval) -> Self {
        Self { fast, slow, interval, trend: 0, hysteresis_bps: 0, holds: false }
    }
}

/// Sound terms for the tests of this room: WETH at about 1800 USDC.
#[cfg(test)]
pub(in crate::trading) mod samples {
    use super::*;
    use crate::trading::{Cause, Pair, Side, Signal};
    use crate::units::UnixSecs;

    pub(in crate::trading) const PAIR: Pair =
        Pair { base_decimals: 18, quote_decimals: 6, fee_millionths: 500 };

    pub(in crate::trading) fn price(whole: u128) -> Price {
        Price::from_scaled(whole * Price::SCALE).expect("not zero")
    }

    pub(in crate::trading) fn quote(text: &str) -> TokenAmount {
        TokenAmount::parse(text, PAIR.quote_decimals).expect("an amount")
    }

    pub(in crate::trading) fn base(text: &str) -> TokenAmount {
        TokenAmount::parse(text, PAIR.base_decimals).expect("an amount")
    }

    pub(in crate::trading) fn terms() -> Terms {
        Terms {
            buy_lot: quote("100"),
            sell_lot: base("0.05"),
            lots_per_trade: 3,
            buy_lots: 10,
            sell_lots: 12,
            uses: 20,
            lifetime_secs: 86_400,
            lowest_sell: price(1_500),
            highest_buy: price(2_000),
            slippage_bps: 50,
            may_renounce: true,
            strategy: StrategyTerms::crossover(12, 26, Interval(60)),
            sizing: Sizing::Lots,
            guards: Guards::default(),
        }
    }

    pub(in crate::trading) fn signal(side: Side) -> Signal {
        let (fast, slow) = if side == Side::Buy { (2.0, 1.0) } else { (1.0, 2.0) };
        let cause = Cause::Cross { fast_before: 1.5, slow_before: 1.5, fast, slow };
        Signal { side, candle_open_at: UnixSecs(60), close: price(1_800), cause }
    }
}
