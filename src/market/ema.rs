//! The exponential moving average.

use serde::{Deserialize, Serialize};

use super::{Candle, Interval};

/// An exponential moving average with weight 2 / (period + 1) for the newest input. The first input seeds it;
/// it counts as warm after `period` inputs, when the seed's weight has fallen to about 13 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ema {
    period: u32,
    seen: u32,
    value: f64,
}

impl Ema {
    /// An average that has seen nothing. A period of 0 is taken for 1, which repeats its input.
    pub const fn new(period: u32) -> Self {
        Self { period: if period == 0 { 1 } else { period }, seen: 0, value: 0.0 }
    }

    /// Takes the next input; the new value, once warm.
    pub fn push(&mut self, input: f64) -> Option<f64> {
        let weight = 2.0 / (f64::from(self.period) + 1.0);
        self.value = if self.seen == 0 { input } else { self.value + weight * (input - self.value) };
        self.seen = self.seen.saturating_add(1);
        self.value()
    }

    /// The value, once warm.
    pub fn value(&self) -> Option<f64> {
        (self.seen >= self.period).then_some(self.value)
    }

    /// Inputs seen.
    pub const fn seen(&self) -> u32 {
        self.seen
    }
}

/// The average of `period` closes at each of `candles`, recomputed from nothing: what a restart shows. Starts
/// anew behind a hole in the open times, as the live averages do.
pub fn averages<'a>(
    candles: impl IntoIterator<Item = &'a Candle>,
    interval: Interval,
    period: u32,
) -> Vec<Option<f64>> {
    let mut ema = Ema::new(period);
    let mut expected = None;
    let at_close = |candle: &Candle| {
        if expected.is_some_and(|expected| expected != candle.open_at) {
            ema = Ema::new(period);
        }
        expected = Some(interval.next_open(candle.open_at));
        ema.push(candle.close.to_f64())
    };
    candles.into_iter().map(at_close).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Price, UnixSecs};
    use proptest::prelude::*;

    /// The definition as a weighted sum over the whole past: no recurrence.
    fn by_definition(inputs: &[f64], period: u32) -> f64 {
        let weight = 2.0 / (f64::from(period) + 1.0);
        let (seed, rest) = inputs.split_first().expect("inputs");
        let aged = |age: usize| (1.0 - weight).powi(i32::try_from(age).expect("short"));
        let newer = rest.iter().rev().enumerate().map(|(age, input)| weight * aged(age) * input);
        seed * aged(rest.len()) + newer.sum::<f64>()
    }

    #[test]
    fn it_is_warm_after_its_period() {
        let mut ema = Ema::new(3);
        assert_eq!(ema.push(8.0), None);
        assert_eq!(ema.push(4.0), None);
        assert_eq!(ema.push(2.0), Some(4.0), "8 → 6 → 4 with weight one half");
        assert_eq!(ema.seen(), 3);
    }

    #[test]
    fn a_hole_starts_it_anew() {
        let candle = |open_at: u64, whole: u128| {
            Candle::flat(UnixSecs(open_at), Price::from_scaled(whole * Price::SCALE).expect("not zero"))
        };
        let candles = [candle(0, 1), candle(10, 1), candle(40, 9), candle(50, 9)];
        assert_eq!(averages(&candles, Interval(10), 2), [None, Some(1.0), None, Some(9.0)]);
    }

    proptest! {
        #[test]
        fn step_by_step_equals_the_definition(
            inputs in prop::collection::vec(0.001_f64..1e6, 1..200),
            period in 1_u32..60,
        ) {
            let mut ema = Ema::new(period);
            for end in 1..=inputs.len() {
                let value = ema.push(inputs[end - 1]);
                prop_assert_eq!(value.is_some(), u64::try_from(end).expect("small") >= u64::from(period));
                let expected = by_definition(&inputs[..end], period);
                if let Some(value) = value {
                    prop_assert!((value - expected).abs() <= 1e-9 * expected, "{} {}", value, expected);
                }
            }
        }

        /// A batch over candles with a hole is a batch over each part.
        #[test]
        fn behind_a_hole_only_what_follows_it_counts(
            parts in prop::collection::vec(prop::collection::vec(1_u128..1_000_000_000, 1..60), 2..4),
            period in 1_u32..30,
        ) {
            let mut candles = Vec::new();
            let mut expected = Vec::new();
            for (part, closes) in (0_u64..).zip(&parts) {
                let at = |(index, scaled): (u64, &u128)| {
                    let open_at = UnixSecs(part * 10_000 + index * 5);
                    Candle::flat(open_at, Price::from_scaled(*scaled).expect("not zero"))
                };
                candles.extend((0..).zip(closes).map(at));
                let inputs: Vec<f64> = candles.iter().rev().take(closes.len()).rev().map(|candle| candle.close.to_f64()).collect();
                expected.extend((1..=inputs.len()).map(|end| {
                    (u64::try_from(end).expect("small") >= u64::from(period)).then(|| by_definition(&inputs[..end], period))
                }));
            }
            let all = averages(&candles, Interval(5), period);
            prop_assert_eq!(all.len(), expected.len());
            for (ours, theirs) in all.iter().zip(&expected) {
                let is_near = match (ours, theirs) {
                    (Some(ours), Some(theirs)) => (ours - theirs).abs() <= 1e-9 * theirs,
                    (ours, theirs) => ours == theirs,
                };
                prop_assert!(is_near, "{:?} {:?}", ours, theirs);
            }
        }

        #[test]
        fn replaying_candles_equals_the_live_average(
            closes in prop::collection::vec(1_u128..1_000_000_000, 1..100),
            period in 1_u32..30,
        ) {
            let at = |(index, scaled): (usize, &u128)| {
                let open_at = UnixSecs(u64::try_from(index).expect("small") * 5);
                Candle::flat(open_at, Price::from_scaled(*scaled).expect("not zero"))
            };
            let candles: Vec<_> = closes.iter().enumerate().map(at).collect();
            let mut live = Ema::new(period);
            let lived: Vec<_> = candles.iter().map(|candle| live.push(candle.close.to_f64())).collect();
            prop_assert_eq!(averages(&candles, Interval(5), period), lived);
        }
    }
}
