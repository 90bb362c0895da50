//! The strategies, a closed set behind one interface: a state takes the next closed candle and says what it makes of
//! it ([`Strategy::on_close`]). None of them knows of positions, money or rules; those are risk's.

mod crossover;
mod filtered;
mod hold;
mod outlook;

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use self::crossover::EmaCrossover;
use self::filtered::FilteredCrossover;
use self::hold::BuyAndHold;
pub use self::outlook::Outlook;
use super::{Signal, StrategyTerms};
use crate::market::Candle;

/// Why two averages make no strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum StrategyRefused {
    /// 0 averages nothing, and 1 is the price itself.
    #[error("an average needs at least 2 candles, not {0}")]
    TooShort(u32),
    /// It would not be warm for days, and more candles than are kept would be needed.
    #[error("an average of {0} candles is more than the {max} that are supported", max = StrategyTerms::LONGEST)]
    TooLong(u32),
    /// They would never cross.
    #[error("both averages have {0} candles, so they never cross")]
    Equal(u32),
    /// The fast one is the shorter one.
    #[error("the fast average ({fast} candles) must be shorter than the slow one ({slow})")]
    Swapped {
        /// As written.
        fast: u32,
        /// As written.
        slow: u32,
    },
    /// So far apart they hardly ever are.
    #[error("the averages must be at most {most} % apart before that counts", most = StrategyTerms::MOST_HYSTERESIS_BPS / 100)]
    Hysteresis(u32),
    /// A candle lasts between a second and a day.
    #[error("a candle lasts from 1 second to 1 day, not {0} s")]
    Interval(u32),
}

impl StrategyRefused {
    /// The field of the form that the sentence belongs to.
    pub const fn field(&self, terms: &StrategyTerms) -> &'static str {
        match self {
            Self::TooShort(period) | Self::TooLong(period) if terms.fast == *period => "fast",
            Self::TooShort(period) | Self::TooLong(period) if terms.slow != *period => "trend",
            Self::Hysteresis(_) => "hysteresis_percent",
            Self::TooShort(_) | Self::TooLong(_) | Self::Equal(_) | Self::Swapped { .. } => "slow",
            Self::Interval(_) => "interval_secs",
        }
    }
}

impl StrategyTerms {
    /// Most candles of an average.
    pub const LONGEST: u32 = 1_000;
    /// Most seconds of a candle: a day.
    pub const LONGEST_INTERVAL: u32 = 86_400;
    /// Most of [`StrategyTerms::hysteresis_bps`].
    pub const MOST_HYSTERESIS_BPS: u32 = 500;

    /// Whether the two averages can ever cross.
    ///
    /// # Errors
    /// [`StrategyRefused`].
    pub fn check(&self) -> Result<(), StrategyRefused> {
        let trend = Some(self.trend).filter(|trend| *trend > 0);
        for period in [self.fast, self.slow].into_iter().chain(trend) {
            if period < 2 {
                return Err(StrategyRefused::TooShort(period));
            }
            if period > Self::LONGEST {
                return Err(StrategyRefused::TooLong(period));
            }
        }
        if self.fast == self.slow {
            return Err(StrategyRefused::Equal(self.fast));
        }
        if self.fast > self.slow {
            return Err(StrategyRefused::Swapped { fast: self.fast, slow: self.slow });
        }
        if self.hysteresis_bps > Self::MOST_HYSTERESIS_BPS {
            return Err(StrategyRefused::Hysteresis(self.hysteresis_bps));
        }
        if !(1..=Self::LONGEST_INTERVAL).contains(&self.interval.0) {
            return Err(StrategyRefused::Interval(self.interval.0));
        }
        Ok(())
    }
}

/// One line: which strategy it is, and its numbers.
impl fmt::Display for StrategyTerms {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.holds {
            return formatter.write_str("buy and hold");
        }
        write!(formatter, "averages of {} and {} candles", self.fast, self.slow)?;
        if self.trend > 0 {
            write!(formatter, ", above that of {}", self.trend)?;
        }
        if self.hysteresis_bps > 0 {
            let (percent, rest) = (self.hysteresis_bps / 100, self.hysteresis_bps % 100);
            write!(formatter, ", apart by {percent}.{rest:02} %")?;
        }
        Ok(())
    }
}

/// A strategy with what it has seen. There are no others.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Strategy {
    /// Two averages that cross.
    Crossover(EmaCrossover),
    /// The same above a trend, or with crosses that must be wide enough.
    Filtered(FilteredCrossover),
    /// One purchase and nothing after it: what the others are measured by.
    BuyAndHold(BuyAndHold),
}

impl Strategy {
    /// The strategy of these terms, which has seen no candle.
    ///
    /// # Errors
    /// [`StrategyRefused`].
    pub fn new(terms: StrategyTerms) -> Result<Self, StrategyRefused> {
        terms.check()?;
        let is_filtered = terms.trend > 0 || terms.hysteresis_bps > 0;
        Ok(match () {
            () if terms.holds => Self::BuyAndHold(BuyAndHold::new(terms)),
            () if is_filtered => Self::Filtered(FilteredCrossover::new(terms)),
            () => Self::Crossover(EmaCrossover::new(terms, 0)),
        })
    }

    /// Takes the next closed candle. A candle that is not newer than the last one changes nothing, so there is
    /// at most one signal for each; one that does not follow the last one starts the averages anew.
    pub fn on_close(&mut self, candle: &Candle) -> Outlook {
        match self {
            Self::Crossover(crossover) => crossover.on_close(candle),
            Self::Filtered(filtered) => filtered.on_close(candle),
            Self::BuyAndHold(hold) => hold.on_close(candle),
        }
    }

    /// Takes a candle of the past, on which nothing can be decided.
    pub fn warm(&mut self, candle: &Candle) {
        let _past = self.on_close(candle);
        self.come_to_nothing();
    }

    /// Nothing came of what was asked for. A cross has had its chance then; the one purchase of buy and hold is asked
    /// for at the next close again.
    pub const fn come_to_nothing(&mut self) {
        if let Self::BuyAndHold(hold) = self {
            hold.ask_again();
        }
    }

    /// Fast and slow average at the last close, once both are warm.
    pub fn averages(&self) -> Option<(f64, f64)> {
        match self {
            Self::Crossover(crossover) => crossover.averages(),
            Self::Filtered(filtered) => filtered.averages(),
            Self::BuyAndHold(hold) => hold.averages(),
        }
    }

    /// How things stand between two closes; never a signal, which is told once.
    pub fn outlook(&self) -> Outlook {
        match self {
            Self::Crossover(crossover) => crossover.outlook(),
            Self::Filtered(filtered) => filtered.outlook(),
            Self::BuyAndHold(hold) => hold.outlook(),
        }
    }
}

/// Every signal in `candles`, oldest first: what the live strategy would have said.
///
/// # Errors
/// [`StrategyRefused`].
pub fn replay<'a>(
    candles: impl IntoIterator<Item = &'a Candle>,
    terms: StrategyTerms,
) -> Result<Vec<Signal>, StrategyRefused> {
    let mut strategy = Strategy::new(terms)?;
    let cross = |candle: &Candle| match strategy.on_close(candle) {
        Outlook::Signal(signal) => Some(signal),
        Outlook::Warming { .. } | Outlook::Quiet { .. } | Outlook::AgainstTrend { .. } | Outlook::Holding => {
            None
        }
    };
    Ok(candles.into_iter().filter_map(cross).collect())
}

/// Whether replaying `candles` finds the cross `signal` again: same side, same candle, same close. The averages
/// themselves may differ in the last digits where the replay is seeded elsewhere.
pub fn reproduces<'a>(
    candles: impl IntoIterator<Item = &'a Candle>,
    terms: StrategyTerms,
    signal: &Signal,
) -> bool {
    let is_same = |found: &Signal| {
        (found.side, found.candle_open_at, found.close) == (signal.side, signal.candle_open_at, signal.close)
    };
    replay(candles, terms).is_ok_and(|crosses| crosses.iter().any(is_same))
}

#[cfg(test)]
mod tests;
