//! What a strategy makes of a closed candle, and the sentence for it.

use std::fmt;

use crate::trading::{Side, Signal};

/// What the strategy makes of a closed candle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outlook {
    /// The slow average has not seen enough candles.
    Warming {
        /// Candles seen since the start or the last gap.
        have: u32,
        /// Candles needed.
        need: u32,
    },
    /// No cross at this close.
    Quiet {
        /// Fast minus slow average, in hundredths of a percent of the slow one.
        distance_bps: f64,
        /// Buy while the fast average is above. The next cross has the other side.
        leaning: Side,
    },
    /// The averages crossed upwards below the trend: nothing is bought against it.
    AgainstTrend {
        /// Candles of the trend's average.
        candles: u32,
    },
    /// Nothing is asked for any more: what was to be bought was bought.
    Holding,
    /// A trade is asked for at this close.
    Signal(Signal),
}

/// One sentence for the page.
impl fmt::Display for Outlook {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Warming { have, need } => {
                write!(formatter, "the averages warm up: {have} of {need} candles")
            }
            Self::Quiet { distance_bps, leaning } => {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "made positive and whole"
                )]
                let hundredths = distance_bps.abs().round() as u64;
                let (percent, rest) = (hundredths / 100, hundredths % 100);
                let (place, cross) = match leaning {
                    Side::Buy => ("above", "a sell"),
                    Side::Sell => ("below", "a buy"),
                };
                write!(
                    formatter,
                    "the fast average is {percent}.{rest:02} % {place} the slow one; {cross} follows when they cross"
                )
            }
            Self::AgainstTrend { candles } => write!(
                formatter,
                "the averages crossed upwards, but the price is below its average of {candles} candles"
            ),
            Self::Holding => formatter.write_str("what was bought is held, and nothing more is decided"),
            Self::Signal(signal) => signal.fmt(formatter),
        }
    }
}
