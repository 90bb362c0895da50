//! What a person grants, in a trader's words. `venue` turns it into on-chain permissions.

use serde::{Deserialize, Serialize};

use crate::market::Interval;
use crate::units::{Price, TokenAmount};

/// The leash: fixed lots with an exact worst price, budgets in whole lots, uses, an end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
}

/// A crossover of two exponential moving averages of candle closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrategyTerms {
    /// Candles of the fast average.
    pub fast: u32,
    /// Candles of the slow average, more than `fast`.
    pub slow: u32,
    /// Length of a candle.
    pub interval: Interval,
}
