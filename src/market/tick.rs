//! The two shapes a price comes in.

use serde::{Deserialize, Serialize};

use crate::units::{Price, UnixSecs};

/// The pool's price after some block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceTick {
    /// Block time.
    pub at: UnixSecs,
    /// Block number.
    pub block: u64,
    /// Whole quote tokens per whole base token.
    pub price: Price,
}

/// The length of a candle in seconds of block time; at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Interval(pub u32);

impl Interval {
    /// The start of the candle that `at` lies in.
    pub fn open_of(self, at: UnixSecs) -> UnixSecs {
        UnixSecs(at.0 - at.0 % self.secs())
    }

    /// The start of the candle after the one that opened at `open_at`.
    pub fn next_open(self, open_at: UnixSecs) -> UnixSecs {
        open_at.plus_secs(self.secs())
    }

    /// Its length, held at the one second that is the least.
    pub fn secs(self) -> u64 {
        u64::from(self.0.max(1))
    }
}

/// Prices over one interval of block time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candle {
    /// Start of the interval, a multiple of it.
    pub open_at: UnixSecs,
    /// First price.
    pub open: Price,
    /// Highest price.
    pub high: Price,
    /// Lowest price.
    pub low: Price,
    /// Last price.
    pub close: Price,
}

impl Candle {
    /// A candle in which the price stood still.
    pub const fn flat(open_at: UnixSecs, price: Price) -> Self {
        Self { open_at, open: price, high: price, low: price, close: price }
    }

    /// The candle after `price` was the last one in it.
    #[must_use]
    pub fn with(self, price: Price) -> Self {
        Self { high: self.high.max(price), low: self.low.min(price), close: price, ..self }
    }
}
