//! The strategy: a crossover of two exponential moving averages of closes.

use std::fmt;

use thiserror::Error;

use super::{Cross, Side, StrategyTerms};
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
    /// A candle lasts between a second and a day.
    #[error("a candle lasts from 1 second to 1 day, not {0} s")]
    Interval(u32),
}

impl StrategyRefused {
    /// The field of the form that the sentence belongs to.
    pub const fn field(&self, terms: &StrategyTerms) -> &'static str {
        match self {
            Self::TooShort(period) | Self::TooLong(period) if terms.fast == *period => "fast",
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

    /// Whether the two averages can ever cross.
    ///
    /// # Errors
    /// [`StrategyRefused`].
    pub fn check(&self) -> Result<(), StrategyRefused> {
        for period in [self.fast, self.slow] {
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
    /// The averages changed order at this close.
    Crossed(Cross),
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
            Self::Crossed(Cross { side: Side::Buy, .. }) => {
                formatter.write_str("the averages crossed upwards")
            }
            Self::Crossed(Cross { side: Side::Sell, .. }) => {
                formatter.write_str("the averages crossed downwards")
            }
        }
    }
}

/// Two averages and what they were one candle before.
#[derive(Clone, Debug)]
pub struct EmaCrossover {
    terms: StrategyTerms,
    fast: Ema,
    slow: Ema,
    last_open: Option<UnixSecs>,
}

impl EmaCrossover {
    /// A strategy that has seen no candle.
    ///
    /// # Errors
    /// [`StrategyRefused`].
    pub fn new(terms: StrategyTerms) -> Result<Self, StrategyRefused> {
        terms.check()?;
        Ok(Self { terms, fast: Ema::new(terms.fast), slow: Ema::new(terms.slow), last_open: None })
    }

    /// Takes the next closed candle. A candle that is not newer than the last one changes nothing, so there is
    /// at most one cross for each; one that does not follow the last one starts the averages anew.
    pub fn on_close(&mut self, candle: &Candle) -> Outlook {
        if self.last_open.is_some_and(|last| candle.open_at <= last) {
            return self.outlook();
        }
        let follows = self.last_open.map(|last| self.terms.interval.next_open(last));
        if follows.is_some_and(|follows| follows != candle.open_at) {
            self.fast = Ema::new(self.terms.fast);
            self.slow = Ema::new(self.terms.slow);
        }
        let before = self.averages();
        self.last_open = Some(candle.open_at);
        let close = candle.close.to_f64();
        self.fast.push(close);
        self.slow.push(close);
        let cross = before.zip(self.averages()).and_then(|((fast_before, slow_before), (fast, slow))| {
            let side = side_of_cross((fast_before, slow_before), (fast, slow))?;
            let Candle { open_at, close, .. } = *candle;
            Some(Cross { side, candle_open_at: open_at, close, fast_before, slow_before, fast, slow })
        });
        cross.map_or_else(|| self.outlook(), Outlook::Crossed)
    }

    /// Fast and slow average at the last close, once both are warm.
    pub fn averages(&self) -> Option<(f64, f64)> {
        self.fast.value().zip(self.slow.value())
    }

    /// How things stand between two closes; never [`Outlook::Crossed`], which is told once.
    pub fn outlook(&self) -> Outlook {
        self.averages().map_or(
            Outlook::Warming { have: self.slow.seen(), need: self.terms.slow },
            |(fast, slow)| Outlook::Quiet {
                distance_bps: (fast - slow) / slow * 10_000.0,
                leaning: if fast > slow { Side::Buy } else { Side::Sell },
            },
        )
    }
}

/// Touching is not crossing: the averages cross at the close at which one is truly beyond the other, having
/// been level or on the other side before.
fn side_of_cross(before: (f64, f64), after: (f64, f64)) -> Option<Side> {
    match () {
        () if before.0 <= before.1 && after.0 > after.1 => Some(Side::Buy),
        () if before.0 >= before.1 && after.0 < after.1 => Some(Side::Sell),
        () => None,
    }
}

/// Every cross in `candles`, oldest first: what the live strategy would have said.
///
/// # Errors
/// [`StrategyRefused`].
pub fn replay<'a>(
    candles: impl IntoIterator<Item = &'a Candle>,
    terms: StrategyTerms,
) -> Result<Vec<Cross>, StrategyRefused> {
    let mut strategy = EmaCrossover::new(terms)?;
    let cross = |candle: &Candle| match strategy.on_close(candle) {
        Outlook::Crossed(cross) => Some(cross),
        Outlook::Warming { .. } | Outlook::Quiet { .. } => None,
    };
    Ok(candles.into_iter().filter_map(cross).collect())
}

/// Whether replaying `candles` finds `cross` again: same side, same candle, same close. The averages themselves
/// may differ in the last digits where the replay is seeded elsewhere.
pub fn reproduces<'a>(
    candles: impl IntoIterator<Item = &'a Candle>,
    terms: StrategyTerms,
    cross: &Cross,
) -> bool {
    let is_same = |found: &Cross| {
        (found.side, found.candle_open_at, found.close) == (cross.side, cross.candle_open_at, cross.close)
    };
    replay(candles, terms).is_ok_and(|crosses| crosses.iter().any(is_same))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Interval;
    use crate::units::Price;
    use proptest::prelude::*;

    const TERMS: StrategyTerms = StrategyTerms { fast: 2, slow: 4, interval: Interval(10) };

    fn candles(closes: &[u128]) -> Vec<Candle> {
        let at = |(index, whole): (usize, &u128)| {
            let open_at = UnixSecs(1_000 + 10 * u64::try_from(index).expect("small"));
            Candle::flat(open_at, Price::from_scaled(*whole * Price::SCALE).expect("not zero"))
        };
        closes.iter().enumerate().map(at).collect()
    }

    #[test]
    fn averages_that_cannot_cross_are_refused() {
        let check = |fast: u32, slow: u32, secs: u32, refused: StrategyRefused| {
            let terms = StrategyTerms { fast, slow, interval: Interval(secs) };
            assert_eq!(EmaCrossover::new(terms).err(), Some(refused));
        };
        check(0, 15, 2, StrategyRefused::TooShort(0));
        check(1, 15, 2, StrategyRefused::TooShort(1));
        check(5, 0, 2, StrategyRefused::TooShort(0));
        check(5, 5, 2, StrategyRefused::Equal(5));
        check(15, 5, 2, StrategyRefused::Swapped { fast: 15, slow: 5 });
        check(5, 1_000_000_000, 2, StrategyRefused::TooLong(1_000_000_000));
        check(5, 15, 0, StrategyRefused::Interval(0));
        check(5, 15, 86_401, StrategyRefused::Interval(86_401));
        assert!(EmaCrossover::new(StrategyTerms { fast: 2, slow: 1_000, interval: Interval(1) }).is_ok());
    }

    #[test]
    fn a_cross_is_told_at_the_close_that_makes_it() {
        let check = |closes: &[u128], expected: &[(Side, u64)]| {
            let crosses = replay(&candles(closes), TERMS).expect("sound terms");
            let found: Vec<_> =
                crosses.iter().map(|cross| (cross.side, (cross.candle_open_at.0 - 1_000) / 10)).collect();
            assert_eq!(found, expected, "{closes:?}");
        };
        check(&[10, 10, 10, 10, 12], &[(Side::Buy, 4)]);
        check(&[10, 10, 10, 10, 8], &[(Side::Sell, 4)]);
        check(&[10, 10, 10, 10, 10, 10], &[]);
        // Level again is no cross; only beyond is. And staying beyond is told once.
        check(&[10, 10, 10, 10, 12, 13, 14, 1, 1], &[(Side::Buy, 4), (Side::Sell, 7)]);
        // Not warm: the rise at the start is seen by nobody.
        check(&[10, 12, 14], &[]);
        // The first warm close has no warm close before it.
        check(&[10, 10, 10, 99], &[]);
    }

    #[test]
    fn an_outlook_is_a_sentence() {
        let check = |outlook: Outlook, sentence: &str| assert_eq!(outlook.to_string(), sentence);
        check(Outlook::Warming { have: 3, need: 15 }, "the averages warm up: 3 of 15 candles");
        check(
            Outlook::Quiet { distance_bps: -12.34, leaning: Side::Sell },
            "the fast average is 0.12 % below the slow one; a buy follows when they cross",
        );
    }

    #[test]
    fn a_candle_speaks_once() {
        let all = candles(&[10, 10, 10, 10, 12]);
        let mut strategy = EmaCrossover::new(TERMS).expect("sound terms");
        assert_eq!(strategy.on_close(&all[0]), Outlook::Warming { have: 1, need: 4 });
        let last = all.iter().map(|candle| strategy.on_close(candle)).last();
        assert!(matches!(last, Some(Outlook::Crossed(_))), "{last:?}");
        let averages = strategy.averages();
        for old in [&all[4], &all[2]] {
            let again = strategy.on_close(old);
            assert!(matches!(again, Outlook::Quiet { leaning: Side::Buy, .. }), "{again:?}");
        }
        assert_eq!(strategy.averages(), averages);
    }

    #[test]
    fn behind_a_gap_it_warms_up_again() {
        let mut strategy = EmaCrossover::new(TERMS).expect("sound terms");
        for candle in candles(&[10, 10, 10, 10]) {
            strategy.on_close(&candle);
        }
        let far = Candle { open_at: UnixSecs(9_000), ..candles(&[50])[0] };
        assert_eq!(strategy.on_close(&far), Outlook::Warming { have: 1, need: 4 });
    }

    #[test]
    fn a_cross_that_never_was_is_not_reproduced() {
        let all = candles(&[10, 10, 10, 10, 12, 13]);
        let cross = replay(&all, TERMS).expect("sound terms")[0];
        assert!(reproduces(&all, TERMS, &cross));
        assert!(!reproduces(&all, TERMS, &Cross { side: Side::Sell, ..cross }));
        assert!(!reproduces(&all, TERMS, &Cross { candle_open_at: UnixSecs(1_050), ..cross }));
        assert!(!reproduces(&all[..4], TERMS, &cross));
    }

    proptest! {
        #[test]
        fn crosses_are_real_and_one_per_candle(closes in prop::collection::vec(1_u128..40, 1..150)) {
            let crosses = replay(&candles(&closes), TERMS).expect("sound terms");
            for cross in &crosses {
                match cross.side {
                    Side::Buy => prop_assert!(cross.fast_before <= cross.slow_before && cross.fast > cross.slow),
                    Side::Sell => prop_assert!(cross.fast_before >= cross.slow_before && cross.fast < cross.slow),
                }
            }
            let is_rising = |pair: &[Cross]| pair[0].candle_open_at < pair[1].candle_open_at;
            prop_assert!(crosses.windows(2).all(is_rising));
        }
    }
}
