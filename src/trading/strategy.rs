//! The strategy: a crossover of two exponential moving averages of closes.

use std::fmt;

use thiserror::Error;

use super::{Cause, Side, Signal, StrategyTerms};
use crate::market::{Candle, Ema};
use crate::units::UnixSecs;

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
    /// The averages changed order at this close.
    Crossed(Signal),
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
            Self::Crossed(signal) => signal.fmt(formatter),
        }
    }
}

/// Two averages, which of them was last above the other, and the trend where one is asked for.
#[derive(Clone, Debug)]
pub struct EmaCrossover {
    terms: StrategyTerms,
    fast: Ema,
    slow: Ema,
    trend: Option<Ema>,
    above: Option<Side>,
    last_open: Option<UnixSecs>,
}

impl EmaCrossover {
    /// A strategy that has seen no candle.
    ///
    /// # Errors
    /// [`StrategyRefused`].
    pub fn new(terms: StrategyTerms) -> Result<Self, StrategyRefused> {
        terms.check()?;
        let trend = (terms.trend > 0).then(|| Ema::new(terms.trend));
        let (fast, slow) = (Ema::new(terms.fast), Ema::new(terms.slow));
        Ok(Self { terms, fast, slow, trend, above: None, last_open: None })
    }

    /// Takes the next closed candle. A candle that is not newer than the last one changes nothing, so there is
    /// at most one signal for each; one that does not follow the last one starts the averages anew.
    pub fn on_close(&mut self, candle: &Candle) -> Outlook {
        if self.last_open.is_some_and(|last| candle.open_at <= last) {
            return self.outlook();
        }
        let follows = self.last_open.map(|last| self.terms.interval.next_open(last));
        if follows.is_some_and(|follows| follows != candle.open_at) {
            self.fast = Ema::new(self.terms.fast);
            self.slow = Ema::new(self.terms.slow);
            self.trend = self.trend.map(|_| Ema::new(self.terms.trend));
            self.above = None;
        }
        let before = self.averages();
        self.last_open = Some(candle.open_at);
        let close = candle.close.to_f64();
        self.fast.push(close);
        self.slow.push(close);
        let trend = self.trend.as_mut().map(|trend| trend.push(close));
        let Some((fast, slow)) = self.averages() else { return self.outlook() };
        let above = self.side_of(fast, slow);
        let was_above = std::mem::replace(&mut self.above, above);
        let crossed = self.above.filter(|side| was_above != Some(*side));
        let (Some(side), Some((fast_before, slow_before))) = (crossed, before) else { return self.outlook() };
        match (side, trend) {
            (Side::Buy, Some(Some(trend))) if close <= trend => {
                Outlook::AgainstTrend { candles: self.terms.trend }
            }
            (Side::Buy, Some(None)) => self.outlook(),
            _ => Outlook::Crossed(Signal {
                side,
                candle_open_at: candle.open_at,
                close: candle.close,
                cause: Cause::Cross { fast_before, slow_before, fast, slow },
            }),
        }
    }

    /// Which way the averages point: buy while the fast one is truly beyond the slow one. Within the hysteresis it
    /// stays as it was; without any, touching is neither.
    fn side_of(&self, fast: f64, slow: f64) -> Option<Side> {
        let width = slow * f64::from(self.terms.hysteresis_bps) / 10_000.0;
        match () {
            () if fast - slow > width => Some(Side::Buy),
            () if slow - fast > width => Some(Side::Sell),
            () => self.above.filter(|_| self.terms.hysteresis_bps > 0),
        }
    }

    /// Fast and slow average at the last close, once both are warm.
    pub fn averages(&self) -> Option<(f64, f64)> {
        self.fast.value().zip(self.slow.value())
    }

    /// How things stand between two closes; never a signal, which is told once.
    pub fn outlook(&self) -> Outlook {
        let trend_warm = self.trend.is_none_or(|trend| trend.value().is_some());
        self.averages().filter(|_| trend_warm).map_or_else(
            || Outlook::Warming {
                have: self.slow.seen().max(self.trend.map_or(0, |trend| trend.seen())),
                need: self.terms.slow.max(self.terms.trend),
            },
            |(fast, slow)| Outlook::Quiet {
                distance_bps: (fast - slow) / slow * 10_000.0,
                leaning: if fast > slow { Side::Buy } else { Side::Sell },
            },
        )
    }
}

/// Every cross in `candles`, oldest first: what the live strategy would have said.
///
/// # Errors
/// [`StrategyRefused`].
pub fn replay<'a>(
    candles: impl IntoIterator<Item = &'a Candle>,
    terms: StrategyTerms,
) -> Result<Vec<Signal>, StrategyRefused> {
    let mut strategy = EmaCrossover::new(terms)?;
    let cross = |candle: &Candle| match strategy.on_close(candle) {
        Outlook::Crossed(signal) => Some(signal),
        Outlook::Warming { .. } | Outlook::Quiet { .. } | Outlook::AgainstTrend { .. } => None,
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
