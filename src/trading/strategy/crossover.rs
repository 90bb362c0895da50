//! Two exponential moving averages of closes, and which of them is above the other.

use serde::{Deserialize, Serialize};

use super::Outlook;
use crate::market::{Candle, Ema, Interval};
use crate::trading::{Cause, Side, Signal, StrategyTerms};
use crate::units::UnixSecs;

/// How a candle stands to the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Not newer: it was seen.
    Seen,
    /// The next one, or the first.
    Next,
    /// Others are missing before it.
    BehindGap,
}

/// Two averages, and which of them was last above the other.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EmaCrossover {
    periods: (u32, u32),
    interval: Interval,
    hysteresis_bps: u32,
    fast: Ema,
    slow: Ema,
    above: Option<Side>,
    last_open: Option<UnixSecs>,
}

impl EmaCrossover {
    /// Averages that have seen no candle; a cross counts once they are so far apart.
    pub(super) const fn new(terms: StrategyTerms, hysteresis_bps: u32) -> Self {
        let StrategyTerms { fast, slow, interval, .. } = terms;
        let (periods, above, last_open) = ((fast, slow), None, None);
        let (fast, slow) = (Ema::new(fast), Ema::new(slow));
        Self { periods, interval, hysteresis_bps, fast, slow, above, last_open }
    }

    pub(super) fn place_of(&self, candle: &Candle) -> Place {
        match self.last_open {
            Some(last) if candle.open_at <= last => Place::Seen,
            Some(last) if candle.open_at != self.interval.next_open(last) => Place::BehindGap,
            Some(_) | None => Place::Next,
        }
    }

    pub(super) fn on_close(&mut self, candle: &Candle) -> Outlook {
        match self.place_of(candle) {
            Place::Seen => return self.outlook(),
            Place::BehindGap => {
                (self.fast, self.slow) = (Ema::new(self.periods.0), Ema::new(self.periods.1));
                self.above = None;
            }
            Place::Next => {}
        }
        let before = self.averages();
        self.last_open = Some(candle.open_at);
        let close = candle.close.to_f64();
        self.fast.push(close);
        self.slow.push(close);
        let Some((fast, slow)) = self.averages() else { return self.outlook() };
        let above = self.side_of(fast, slow);
        let was_above = std::mem::replace(&mut self.above, above);
        let crossed = self.above.filter(|side| was_above != Some(*side));
        let (Some(side), Some((fast_before, slow_before))) = (crossed, before) else { return self.outlook() };
        Outlook::Signal(Signal {
            side,
            candle_open_at: candle.open_at,
            close: candle.close,
            cause: Cause::Cross { fast_before, slow_before, fast, slow },
        })
    }

    /// Which way the averages point: buy while the fast one is truly beyond the slow one. Within the hysteresis it
    /// stays as it was; without any, touching is neither.
    fn side_of(&self, fast: f64, slow: f64) -> Option<Side> {
        let width = slow * f64::from(self.hysteresis_bps) / 10_000.0;
        match () {
            () if fast - slow > width => Some(Side::Buy),
            () if slow - fast > width => Some(Side::Sell),
            () => self.above.filter(|_| self.hysteresis_bps > 0),
        }
    }

    pub(super) fn averages(&self) -> Option<(f64, f64)> {
        self.fast.value().zip(self.slow.value())
    }

    pub(super) fn outlook(&self) -> Outlook {
        self.averages().map_or_else(
            || Outlook::Warming { have: self.slow.seen(), need: self.periods.1 },
            |(fast, slow)| Outlook::Quiet {
                distance_bps: (fast - slow) / slow * 10_000.0,
                leaning: if fast > slow { Side::Buy } else { Side::Sell },
            },
        )
    }
}
