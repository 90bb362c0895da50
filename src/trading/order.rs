//! An order and the two fates risk has for it.

use serde::{Deserialize, Serialize};

use super::BreakerReason;
use crate::units::{Price, TokenAmount, UnixSecs};

/// Which way to trade the base token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Side {
    /// Quote for base.
    Buy,
    /// Base for quote.
    Sell,
}

/// Two averages changing order at the close of a candle: the cause of a trade.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cross {
    /// Buy when the fast average rose above the slow one.
    pub side: Side,
    /// Open time of the candle at whose close they crossed; it names the trade.
    pub candle_open_at: UnixSecs,
    /// The close.
    pub close: Price,
    /// Fast average one candle before.
    pub fast_before: f64,
    /// Slow average one candle before.
    pub slow_before: f64,
    /// Fast average at the close.
    pub fast: f64,
    /// Slow average at the close.
    pub slow: f64,
}

/// An intent to trade.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Which way.
    pub side: Side,
    /// How many lots, 1 or more.
    pub lots: u32,
    /// Why.
    pub cross: Cross,
}

/// Proof that risk looked at it: only `trading::risk` makes one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RiskApproved<T>(T);

impl<T> RiskApproved<T> {
    /// Called by `trading::risk` alone.
    pub(in crate::trading) const fn new(item: T) -> Self {
        Self(item)
    }

    /// What was approved.
    pub const fn item(&self) -> &T {
        &self.0
    }
}

/// Why nothing is traded now; each is one sentence on the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum RiskRefused {
    /// A sell cross with nothing to sell.
    #[error("the averages crossed downwards, but there is no position to sell")]
    NoPosition,
    /// A buy cross while a position is already held.
    #[error("the averages crossed upwards, but the position is already held")]
    AlreadyLong,
    /// The balance does not hold one lot.
    #[error("the account holds less than one lot")]
    BalanceBelowLot,
    /// The budget of this side does not hold one lot.
    #[error("the budget for this side is used up")]
    BudgetUsedUp,
    /// Buying is refused when selling has no lots or uses left.
    #[error("nothing is bought, because the budget or the uses for selling are used up")]
    CouldNotSell,
    /// Only the use kept for ending the session is left.
    #[error("the uses for this side are used up; the last one is kept for ending the session")]
    UsesUsedUp,
    /// The price is beyond the sealed worst price.
    #[error("the price {price} is outside the band that was signed ({limit})")]
    OutsideBand {
        /// The price now.
        price: String,
        /// The edge of the band.
        limit: String,
    },
    /// The price is older than the feed allows.
    #[error("the last price is {age_secs} s old")]
    StalePrice {
        /// Its age.
        age_secs: u64,
    },
    /// An earlier operation has no outcome yet.
    #[error("an earlier trade has no outcome yet")]
    OperationInFlight,
    /// A circuit breaker is open.
    #[error("{reason}; trading goes on in {left_secs} s")]
    BreakerOpen {
        /// Why.
        reason: BreakerReason,
        /// Until the next trade may be tried, in block time.
        left_secs: u64,
    },
    /// Too little time left to finish a trade.
    #[error("the session ends in {left_secs} s")]
    EndsSoon {
        /// What is left.
        left_secs: u64,
    },
    /// Buying is refused while selling is not yet possible.
    #[error("nothing is bought before the permission to sell is proven")]
    SellNotProven,
    /// The person paused it, or revoking has begun.
    #[error("trading is paused")]
    Paused,
    /// Another tab trades.
    #[error("another tab is trading")]
    OtherTab,
}

/// What a trade really moved, from token logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fill {
    /// Which way.
    pub side: Side,
    /// Base tokens moved.
    pub base: TokenAmount,
    /// Quote tokens moved.
    pub quote: TokenAmount,
    /// Block of the trade.
    pub block: u64,
    /// Block time.
    pub at: UnixSecs,
}
