//! Crosses, trends, hysteresis and gaps.

use super::*;
use crate::market::Interval;
use crate::trading::{Cause, Side};
use crate::units::{Price, UnixSecs};
use proptest::prelude::{TestCaseError, prop, prop_assert, prop_assert_eq, proptest};

const TERMS: StrategyTerms = StrategyTerms::crossover(2, 4, Interval(10));

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
        let terms = StrategyTerms::crossover(fast, slow, Interval(secs));
        assert_eq!(Strategy::new(terms).err(), Some(refused));
    };
    check(0, 15, 2, StrategyRefused::TooShort(0));
    check(1, 15, 2, StrategyRefused::TooShort(1));
    check(5, 0, 2, StrategyRefused::TooShort(0));
    check(5, 5, 2, StrategyRefused::Equal(5));
    check(15, 5, 2, StrategyRefused::Swapped { fast: 15, slow: 5 });
    check(5, 1_000_000_000, 2, StrategyRefused::TooLong(1_000_000_000));
    let with = |trend: u32, hysteresis_bps: u32, refused: StrategyRefused| {
        let terms = StrategyTerms { trend, hysteresis_bps, ..TERMS };
        assert_eq!(Strategy::new(terms).err(), Some(refused));
    };
    with(1, 0, StrategyRefused::TooShort(1));
    with(1_001, 0, StrategyRefused::TooLong(1_001));
    with(0, 501, StrategyRefused::Hysteresis(501));
    check(5, 15, 0, StrategyRefused::Interval(0));
    check(5, 15, 86_401, StrategyRefused::Interval(86_401));
    assert!(Strategy::new(StrategyTerms::crossover(2, 1_000, Interval(1))).is_ok());
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

/// Sides and candles of the signals.
fn signals(closes: &[u128], terms: StrategyTerms) -> Vec<(Side, u64)> {
    let found = replay(&candles(closes), terms).expect("sound terms");
    found.iter().map(|signal| (signal.side, (signal.candle_open_at.0 - 1_000) / 10)).collect()
}

#[test]
fn nothing_is_bought_below_the_trend_and_all_is_sold() {
    let closes = [40, 38, 36, 34, 32, 30, 28, 26, 24, 30, 20, 10];
    assert_eq!(signals(&closes, TERMS), [(Side::Buy, 9), (Side::Sell, 10)]);
    let with_trend = StrategyTerms { trend: 9, ..TERMS };
    assert_eq!(signals(&closes, with_trend), [(Side::Sell, 10)]);
    let mut strategy = Strategy::new(with_trend).expect("sound terms");
    let outlooks: Vec<_> = candles(&closes).iter().map(|candle| strategy.on_close(candle)).collect();
    assert_eq!(outlooks[5], Outlook::Warming { have: 6, need: 9 });
    assert_eq!(
        outlooks[9].to_string(),
        "the averages crossed upwards, but the price is below its average of 9 candles"
    );
    // Above the trend it buys as without one.
    let rising = [20, 22, 24, 26, 28, 30, 32, 34, 36, 30, 40];
    assert_eq!(signals(&rising, TERMS), [(Side::Sell, 9), (Side::Buy, 10)]);
    assert_eq!(signals(&rising, with_trend), [(Side::Sell, 9), (Side::Buy, 10)]);
}

#[test]
fn the_terms_choose_one_of_the_three() {
    let check = |terms: StrategyTerms, kind: fn(&Strategy) -> bool, words: &str| {
        assert!(Strategy::new(terms).is_ok_and(|strategy| kind(&strategy)), "{terms:?}");
        assert_eq!(terms.to_string(), words);
    };
    check(TERMS, |it| matches!(it, Strategy::Crossover(_)), "averages of 2 and 4 candles");
    let filtered = StrategyTerms { trend: 9, ..TERMS };
    check(filtered, |it| matches!(it, Strategy::Filtered(_)), "averages of 2 and 4 candles, above that of 9");
    let apart = StrategyTerms { hysteresis_bps: 105, ..TERMS };
    check(apart, |it| matches!(it, Strategy::Filtered(_)), "averages of 2 and 4 candles, apart by 1.05 %");
    let holds = StrategyTerms { holds: true, ..filtered };
    check(holds, |it| matches!(it, Strategy::BuyAndHold(_)), "buy and hold");
}

#[test]
fn buy_and_hold_asks_once_from_when_the_averages_are_warm() {
    let terms = StrategyTerms { holds: true, ..TERMS };
    assert_eq!(signals(&[10, 9, 8, 7, 20, 1, 30], terms), [(Side::Buy, 3)]);
    let all = candles(&[10, 9, 8, 7, 20, 1, 30]);
    let mut strategy = Strategy::new(terms).expect("sound terms");
    let outlooks: Vec<_> = all.iter().map(|candle| strategy.on_close(candle)).collect();
    assert_eq!(outlooks[2], Outlook::Warming { have: 3, need: 4 });
    let Outlook::Signal(signal) = outlooks[3] else { panic!("{outlooks:?}") };
    assert_eq!((signal.cause, signal.to_string().as_str()), (Cause::Start, "buy and hold begins"));
    assert_eq!(outlooks[4..], [Outlook::Holding, Outlook::Holding, Outlook::Holding]);
    // What comes to nothing is asked for again, at the next close and not at the same one.
    strategy.come_to_nothing();
    assert_eq!(strategy.on_close(&all[6]), Outlook::Holding);
    // Neither a gap nor the past takes the purchase away.
    let mut warmed = Strategy::new(terms).expect("sound terms");
    all[..5].iter().for_each(|candle| warmed.warm(candle));
    assert!(
        matches!(warmed.on_close(&all[5]), Outlook::Signal(signal) if signal.candle_open_at == all[5].open_at)
    );
    let later = Candle { open_at: UnixSecs(9_000), ..all[6] };
    assert_eq!(warmed.on_close(&later), Outlook::Holding);
}

#[test]
fn hysteresis_lets_small_crosses_pass() {
    let wide = StrategyTerms { hysteresis_bps: 200, ..TERMS };
    // 1 % up and down again is nothing; 20 % is something, and is told once.
    let closes = [1_000, 1_000, 1_000, 1_000, 1_010, 1_000, 990, 1_200, 1_210, 1_200, 1_190, 900];
    assert_eq!(signals(&closes, wide), [(Side::Buy, 7), (Side::Sell, 11)]);
    // Together again and once more apart on the same side: it still is above, and nothing is told anew.
    let flat = [1_000, 1_000, 1_000, 1_000, 1_200, 1_200, 1_200, 1_200, 1_200, 1_200, 1_200, 1_200, 1_400];
    assert_eq!(signals(&flat, wide), [(Side::Buy, 4)]);
    assert_eq!(signals(&closes, TERMS), [(Side::Buy, 4), (Side::Sell, 5), (Side::Buy, 7), (Side::Sell, 11)]);
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
    let mut strategy = Strategy::new(TERMS).expect("sound terms");
    assert_eq!(strategy.on_close(&all[0]), Outlook::Warming { have: 1, need: 4 });
    let last = all.iter().map(|candle| strategy.on_close(candle)).last();
    assert!(matches!(last, Some(Outlook::Signal(_))), "{last:?}");
    let averages = strategy.averages();
    for old in [&all[4], &all[2]] {
        let again = strategy.on_close(old);
        assert!(matches!(again, Outlook::Quiet { leaning: Side::Buy, .. }), "{again:?}");
    }
    assert_eq!(strategy.averages(), averages);
}

#[test]
fn behind_a_gap_it_warms_up_again() {
    let mut strategy = Strategy::new(TERMS).expect("sound terms");
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
    assert!(!reproduces(&all, TERMS, &Signal { side: Side::Sell, ..cross }));
    assert!(!reproduces(&all, TERMS, &Signal { candle_open_at: UnixSecs(1_050), ..cross }));
    assert!(!reproduces(&all[..4], TERMS, &cross));
}

proptest! {
    /// Whatever was before a gap, behind it a crossover is one that has seen nothing.
    #[test]
    fn behind_a_gap_it_is_as_if_nothing_had_been(
        before in prop::collection::vec(1_u128..40, 1..40),
        after in prop::collection::vec(1_u128..40, 1..60),
        trend in prop::sample::select(vec![0_u32, 6, 11]),
        hysteresis_bps in prop::sample::select(vec![0_u32, 150]),
    ) {
        let terms = StrategyTerms { trend, hysteresis_bps, ..TERMS };
        let mut one = Strategy::new(terms).expect("sound terms");
        candles(&before).iter().for_each(|candle| one.warm(candle));
        let mut fresh = Strategy::new(terms).expect("sound terms");
        for candle in candles(&after) {
            let candle = Candle { open_at: candle.open_at.plus_secs(100_000), ..candle };
            prop_assert_eq!(one.on_close(&candle), fresh.on_close(&candle));
            prop_assert_eq!(one.averages(), fresh.averages());
        }
    }

    #[test]
    fn crosses_are_real_and_one_per_candle(closes in prop::collection::vec(1_u128..40, 1..150)) {
        let crosses = replay(&candles(&closes), TERMS).expect("sound terms");
        for cross in &crosses {
            let Cause::Cross { fast_before, slow_before, fast, slow } = cross.cause else {
                return Err(TestCaseError::fail("no cross"));
            };
            match cross.side {
                Side::Buy => prop_assert!(fast_before <= slow_before && fast > slow),
                Side::Sell => prop_assert!(fast_before >= slow_before && fast < slow),
            }
        }
        let is_rising = |pair: &[Signal]| pair[0].candle_open_at < pair[1].candle_open_at;
        prop_assert!(crosses.windows(2).all(is_rising));
    }
}
