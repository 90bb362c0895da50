//! Candles by block time, bounded, with the difference between a quiet market and a blind feed.

use std::collections::VecDeque;

use super::{Candle, Interval, PriceTick};
use crate::units::{Price, UnixSecs};

/// Closed candles, oldest first, and the one that is forming.
///
/// *Quiet* intervals are known: blocks went by without a swap, so the price stood still and each interval
/// becomes a flat candle at the last close. A *gap* is unknown: nobody looked ([`CandleSeries::mark_gap`]), so
/// the intervals are missing. Averages start anew behind a hole in the open times.
#[derive(Clone, Debug)]
pub struct CandleSeries {
    interval: Interval,
    capacity: usize,
    closed: VecDeque<Candle>,
    forming: Option<Candle>,
    last_block: u64,
    is_blind: bool,
}

impl CandleSeries {
    /// A week of one-minute candles, or five and a half hours of two-second ones; about 800 kB.
    pub const CAPACITY: usize = 10_000;

    /// An empty series.
    pub fn new(interval: Interval) -> Self {
        Self::with_capacity(interval, Self::CAPACITY)
    }

    fn with_capacity(interval: Interval, capacity: usize) -> Self {
        Self { interval, capacity, closed: VecDeque::new(), forming: None, last_block: 0, is_blind: false }
    }

    /// Takes the price after a block and returns the candles that this closed, oldest first.
    ///
    /// A tick of an earlier block, or from before the forming candle, is ignored: the past is settled. A second
    /// tick of the same block is the later word on it.
    pub fn push(&mut self, tick: PriceTick) -> Vec<Candle> {
        let is_late = self.forming.is_some_and(|forming| tick.at < forming.open_at)
            || self.closed.back().is_some_and(|last| tick.at < self.interval.next_open(last.open_at));
        if tick.block < self.last_block || is_late {
            return Vec::new();
        }
        let closed = self.advance_to(tick.at);
        self.last_block = tick.block;
        self.is_blind = false;
        let open_at = self.interval.open_of(tick.at);
        let forming = self.forming.unwrap_or(Candle::flat(open_at, tick.price));
        self.forming = Some(forming.with(tick.price));
        closed
    }

    /// A block of `block_time` came without a swap: closes what ended before it. Returns the closed candles,
    /// oldest first.
    ///
    /// Behind a gap nothing is closed, since nobody knows where the price was; a silence longer than the whole
    /// series is taken for a gap.
    pub fn advance_to(&mut self, block_time: UnixSecs) -> Vec<Candle> {
        let now_open = self.interval.open_of(block_time);
        let Some(mut forming) = self.forming.filter(|forming| forming.open_at < now_open) else {
            return Vec::new();
        };
        let ended = now_open.secs_since(forming.open_at) / self.interval.secs();
        let is_absurd = usize::try_from(ended).map_or(true, |ended| ended > self.capacity);
        if self.is_blind || is_absurd {
            self.forming = None;
            return Vec::new();
        }
        let mut closed = Vec::new();
        while forming.open_at < now_open {
            closed.push(forming);
            forming = Candle::flat(self.interval.next_open(forming.open_at), forming.close);
        }
        self.forming = Some(forming);
        self.closed.extend(&closed);
        let surplus = self.closed.len().saturating_sub(self.capacity);
        self.closed.drain(..surplus);
        closed
    }

    /// The feed was blind for a while and cannot fill in what it missed. When the next tick lies in the candle
    /// that is forming, no close was missed and nothing happens; otherwise that candle is dropped.
    pub const fn mark_gap(&mut self) {
        self.is_blind = true;
    }

    /// Closed candles, oldest first.
    pub const fn closed(&self) -> &VecDeque<Candle> {
        &self.closed
    }

    /// The candle that is forming.
    pub const fn forming(&self) -> Option<Candle> {
        self.forming
    }

    /// The last price.
    pub fn last_price(&self) -> Option<Price> {
        self.forming.or_else(|| self.closed.back().copied()).map(|candle| candle.close)
    }

    /// Length of the candles.
    pub const fn interval(&self) -> Interval {
        self.interval
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn price(whole: u128) -> Price {
        Price::from_scaled(whole * Price::SCALE).expect("not zero")
    }

    fn tick(at: u64, whole: u128) -> PriceTick {
        PriceTick { at: UnixSecs(at), block: at, price: price(whole) }
    }

    fn candle(open_at: u64, ohlc: [u128; 4]) -> Candle {
        let [open, high, low, close] = ohlc.map(price);
        Candle { open_at: UnixSecs(open_at), open, high, low, close }
    }

    fn series(ticks: &[(u64, u128)]) -> CandleSeries {
        let mut series = CandleSeries::new(Interval(10));
        for (at, whole) in ticks {
            series.push(tick(*at, *whole));
        }
        series
    }

    #[test]
    fn candles_close_by_block_time() {
        let check = |ticks: &[(u64, u128)], closed: &[Candle], forming: Candle| {
            let series = series(ticks);
            assert_eq!(series.closed().iter().copied().collect::<Vec<_>>(), closed, "{ticks:?}");
            assert_eq!(series.forming(), Some(forming), "{ticks:?}");
        };
        check(&[(13, 5)], &[], candle(10, [5, 5, 5, 5]));
        check(&[(10, 5), (12, 9), (14, 2), (19, 4)], &[], candle(10, [5, 9, 2, 4]));
        // A new candle opens where the last one closed: the price between two swaps stands still.
        check(&[(10, 5), (20, 7)], &[candle(10, [5, 5, 5, 5])], candle(20, [5, 7, 5, 7]));
        // Quiet intervals are flat.
        check(
            &[(10, 5), (15, 6), (41, 7)],
            &[candle(10, [5, 6, 5, 6]), candle(20, [6, 6, 6, 6]), candle(30, [6, 6, 6, 6])],
            candle(40, [6, 7, 6, 7]),
        );
        // The past is settled: out of order, and a duplicate.
        check(&[(10, 5), (22, 7), (15, 9)], &[candle(10, [5, 5, 5, 5])], candle(20, [5, 7, 5, 7]));
        check(&[(12, 5), (14, 6), (14, 6), (13, 9)], &[], candle(10, [5, 6, 5, 6]));
    }

    #[test]
    fn blocks_without_swaps_close_candles() {
        let mut series = series(&[(10, 5)]);
        assert!(series.advance_to(UnixSecs(19)).is_empty());
        assert_eq!(series.advance_to(UnixSecs(20)), [candle(10, [5, 5, 5, 5])]);
        assert!(series.advance_to(UnixSecs(25)).is_empty());
        assert!(series.advance_to(UnixSecs(3)).is_empty());
        assert_eq!(series.last_price(), Some(price(5)));
    }

    #[test]
    fn behind_a_gap_the_series_begins_anew() {
        let mut blind = series(&[(10, 5), (20, 6)]);
        blind.mark_gap();
        assert!(blind.advance_to(UnixSecs(35)).is_empty(), "nobody knows where the candle closed");
        assert!(blind.push(tick(45, 9)).is_empty());
        assert_eq!(blind.forming(), Some(candle(40, [9, 9, 9, 9])));
        assert_eq!(blind.closed().len(), 1);
        assert!(blind.push(tick(15, 1)).is_empty(), "what is closed stays closed");
        assert_eq!(blind.forming(), Some(candle(40, [9, 9, 9, 9])));
    }

    #[test]
    fn a_gap_inside_one_candle_misses_no_close() {
        let mut series = series(&[(10, 5)]);
        series.mark_gap();
        series.push(tick(19, 6));
        assert_eq!(series.advance_to(UnixSecs(20)), [candle(10, [5, 6, 5, 6])]);
    }

    #[test]
    fn an_absurd_leap_in_time_is_a_gap_and_not_a_flood() {
        let mut series = series(&[(10, 5)]);
        assert!(series.advance_to(UnixSecs(u64::MAX)).is_empty());
        assert_eq!(series.forming(), None);
        assert!(series.closed().is_empty());
    }

    #[test]
    fn the_series_is_bounded() {
        let mut series = CandleSeries::with_capacity(Interval(1), 3);
        for at in 0..10 {
            series.push(tick(at, 5));
        }
        let opens: Vec<_> = series.closed().iter().map(|candle| candle.open_at.0).collect();
        assert_eq!(opens, [6, 7, 8]);
    }

    proptest! {
        #[test]
        fn closed_candles_follow_each_other_and_hold_their_prices(
            steps in prop::collection::vec((0_u64..40, 1_u128..100), 1..100)
        ) {
            let mut series = CandleSeries::new(Interval(7));
            let mut at = 1_000;
            let mut returned = Vec::new();
            for (step, whole) in steps {
                at += step;
                returned.extend(series.push(tick(at, whole)));
            }
            let kept: Vec<_> = series.closed().iter().copied().collect();
            prop_assert_eq!(&kept, &returned);
            for pair in kept.windows(2) {
                prop_assert_eq!(pair[1].open_at, Interval(7).next_open(pair[0].open_at));
                prop_assert_eq!(pair[1].open, pair[0].close);
            }
            for candle in kept {
                prop_assert!(candle.low <= candle.open.min(candle.close));
                prop_assert!(candle.high >= candle.open.max(candle.close));
            }
        }
    }
}
