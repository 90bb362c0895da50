//! An order and the two fates risk has for it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::guards::Percent;
use super::{Alarm, BreakerReason, GuardReason};
use crate::units::{Price, TokenAmount, UnixSecs};

/// Which way to trade the base token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Side {
    /// Quote for base.
    Buy,
    /// Base for quote.
    Sell,
}

/// What asks for a trade at the close of a candle.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// Which way.
    pub side: Side,
    /// Open time of the candle at whose close it came; it names the trade.
    pub candle_open_at: UnixSecs,
    /// The close.
    pub close: Price,
    /// Why.
    pub cause: Cause,
}

/// Why a trade is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Cause {
    /// Two averages changed order: buy when the fast one rose above the slow one.
    Cross {
        /// Fast average one candle before.
        fast_before: f64,
        /// Slow average one candle before.
        slow_before: f64,
        /// Fast average at the close.
        fast: f64,
        /// Slow average at the close.
        slow: f64,
    },
    /// The price is too far below what the position cost.
    StopLoss {
        /// Average cost of the position.
        cost: Price,
    },
    /// The price is as far above what the position cost as was hoped for.
    TakeProfit {
        /// Average cost of the position.
        cost: Price,
    },
    /// The price fell too far from its height since the position was opened.
    TrailingStop {
        /// Highest close since then.
        height: Price,
    },
    /// Buy and hold makes its one purchase.
    Start,
}

impl Signal {
    /// A cross that is only supposed, to ask what would come of it; its averages are nothing.
    pub const fn supposed(side: Side, candle_open_at: UnixSecs, close: Price) -> Self {
        let cause = Cause::Cross { fast_before: 0.0, slow_before: 0.0, fast: 0.0, slow: 0.0 };
        Self { side, candle_open_at, close, cause }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let away = |from: Price| Percent::between(from, self.close);
        match self.cause {
            Cause::Cross { .. } if self.side == Side::Buy => {
                formatter.write_str("the averages crossed upwards")
            }
            Cause::Cross { .. } => formatter.write_str("the averages crossed downwards"),
            Cause::StopLoss { cost } => {
                write!(formatter, "stop loss: {} under the average cost of {}", away(cost), cost.brief())
            }
            Cause::TakeProfit { cost } => {
                write!(formatter, "take profit: {} over the average cost of {}", away(cost), cost.brief())
            }
            Cause::TrailingStop { height } => {
                write!(formatter, "trailing stop: {} under the height of {}", away(height), height.brief())
            }
            Cause::Start => formatter.write_str("buy and hold begins"),
        }
    }
}

/// An intent to trade.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Which way.
    pub side: Side,
    /// How many lots, 1 or more.
    pub lots: u32,
    /// Why.
    pub signal: Signal,
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
    /// A sell signal with nothing to sell.
    #[error("the averages crossed downwards, but there is no position to sell")]
    NoPosition,
    /// A buy signal while a position is already held.
    #[error("the averages crossed upwards, but the position is already held")]
    AlreadyLong,
    /// A guard keeps from buying.
    #[error("nothing is bought, because {0}")]
    Guarded(GuardReason),
    /// The chosen size comes to less than a lot.
    #[error("the chosen size of a trade comes to less than one lot now")]
    SizeBelowLot,
    /// The size depends on how far the price swings, and too few candles were seen to know.
    #[error("too few candles were seen to know how far the price swings")]
    SwingUnknown,
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
    /// The pool's price is not the one of the exchange it is compared with.
    #[error("the pool’s price is {percent} away from the exchange’s")]
    ReferenceApart {
        /// How far, with its sign.
        percent: String,
    },
    /// The exchange that the pool is compared with is silent.
    #[error("the exchange that the pool is compared with says nothing")]
    ReferenceSilent,
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
    /// What is seen of chain or services forbids it.
    #[error("{0}")]
    Alarmed(Alarm),
    /// Too little time left to finish a trade.
    #[error("the session ends in {left_secs} s")]
    EndsSoon {
        /// What is left.
        left_secs: u64,
    },
    /// Too little time left to buy and then to sell.
    #[error(
        "nothing is bought, because it could hardly be sold again before the session ends in {left_secs} s"
    )]
    NoTimeToSell {
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
