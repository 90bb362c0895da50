//! How far the price swings within a candle.

use serde::{Deserialize, Serialize};

use super::Candle;

/// The average true range (Wilder, 1978): the mean way of the price within a candle, leaps from the close before
/// included, each new candle with weight 1 / period. The plain mean of the first `period` ways seeds it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Atr {
    period: u32,
    seen: u32,
    sum: f64,
    value: f64,
    last_close: Option<f64>,
}

impl Atr {
    /// Wilder's own choice.
    pub const PERIOD: u32 = 14;

    /// A range that has seen nothing. A period of 0 is taken for 1.
    pub const fn new(period: u32) -> Self {
        let period = if period == 0 { 1 } else { period };
        Self { period, seen: 0, sum: 0.0, value: 0.0, last_close: None }
    }

    /// Takes the next candle; the new value, once `period` ways were seen. The first candle has no way from a close
    /// before it and only lends its own.
    pub fn push(&mut self, candle: &Candle) -> Option<f64> {
        let [high, low, close] = [candle.high, candle.low, candle.close].map(crate::units::Price::to_f64);
        let Some(before) = self.last_close.replace(close) else { return self.value() };
        let way = (high - low).max((high - before).abs()).max((low - before).abs());
        let period = f64::from(self.period);
        self.seen = self.seen.saturating_add(1);
        if self.seen <= self.period {
            self.sum += way;
            self.value = self.sum / period;
        } else {
            self.value = (self.value * (period - 1.0) + way) / period;
        }
        self.value()
    }

    /// The value, once warm.
    pub fn value(&self) -> Option<f64> {
        (self.seen >= self.period).then_some(self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Price, UnixSecs};
    use proptest::prelude::*;

    fn candle(high: u128, low: u128, close: u128) -> Candle {
        let price = |whole: u128| Price::from_scaled(whole * Price::SCALE).expect("not zero");
        Candle {
            open_at: UnixSecs(0),
            open: price(close),
            high: price(high),
            low: price(low),
            close: price(close),
        }
    }

    #[test]
    fn leaps_between_candles_count() {
        let mut atr = Atr::new(2);
        assert_eq!(atr.push(&candle(10, 8, 9)), None);
        assert_eq!(atr.push(&candle(12, 11, 12)), None, "9 to 12 is a way of 3");
        assert_eq!(atr.push(&candle(8, 7, 7)), Some(4.0), "(3 + 5) / 2");
        assert_eq!(atr.push(&candle(9, 7, 9)), Some(3.0), "(4 + 2) / 2");
    }

    proptest! {
        /// The definition over the whole past: the seed's mean, then every way with its aged weight.
        #[test]
        fn step_by_step_equals_the_definition(
            closes in prop::collection::vec((2_u128..1_000, 0_u128..50), 3..120),
            period in 1_u32..20,
        ) {
            let candles: Vec<_> = closes
                .iter()
                .map(|(close, spread)| candle(close + spread, close.saturating_sub(*spread).max(1), *close))
                .collect();
            let ways: Vec<f64> = candles
                .windows(2)
                .map(|pair| {
                    let [high, low] = [pair[1].high, pair[1].low].map(Price::to_f64);
                    let before = pair[0].close.to_f64();
                    high.max(before) - low.min(before)
                })
                .collect();
            let mut atr = Atr::new(period);
            let live: Vec<_> = candles.iter().map(|candle| atr.push(candle)).collect();
            let count = usize::try_from(period).expect("small");
            for end in 1..=ways.len() {
                let expected = (end >= count).then(|| {
                    let seed = ways[..count].iter().sum::<f64>() / f64::from(period);
                    let kept = 1.0 - 1.0 / f64::from(period);
                    let aged = |age: usize| kept.powi(i32::try_from(age).expect("short"));
                    let newer = ways[count..end].iter().rev().enumerate();
                    seed * aged(end - count)
                        + newer.map(|(age, way)| aged(age) * way / f64::from(period)).sum::<f64>()
                });
                match (live[end], expected) {
                    (Some(live), Some(expected)) => prop_assert!((live - expected).abs() < 1e-9 * expected.max(1.0)),
                    (live, expected) => prop_assert_eq!(live, expected),
                }
            }
        }
    }
}
