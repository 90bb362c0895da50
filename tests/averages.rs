//! Averages and crosses beside pandas' own, from tests/reference/averages.py.

use leash::market::{Candle, Ema, Interval};
use leash::trading::{Side, StrategyTerms, replay};
use leash::units::{Price, UnixSecs};
use serde_json::Value;

const MINUTE: Interval = Interval(60);
/// Both sides add and multiply in the same double precision, in another order.
const MOST_ERROR: f64 = 1e-12;

fn reference() -> Value {
    serde_json::from_str(include_str!("reference/averages.json")).expect("JSON")
}

fn numbers(value: &Value) -> Vec<u64> {
    value.as_array().expect("a list").iter().map(|number| number.as_u64().expect("a whole number")).collect()
}

fn candles(reference: &Value) -> Vec<Candle> {
    let at = |(index, hundredths): (usize, u64)| {
        let price = Price::from_scaled(u128::from(hundredths) * Price::SCALE / 100).expect("not zero");
        Candle::flat(UnixSecs(60 * u64::try_from(index).expect("few")), price)
    };
    numbers(&reference["hundredths"]).into_iter().enumerate().map(at).collect()
}

fn period(pair: &Value, name: &str) -> u32 {
    pair[name].as_u64().and_then(|period| u32::try_from(period).ok()).expect("a period")
}

#[test]
fn averages_are_those_of_pandas() {
    let reference = reference();
    let every = usize::try_from(reference["every"].as_u64().expect("a number")).expect("small");
    let closes: Vec<f64> = candles(&reference).iter().map(|candle| candle.close.to_f64()).collect();
    let mut compared = 0;
    for pair in reference["pairs"].as_array().expect("a list") {
        for name in ["fast", "slow"] {
            let mut ema = Ema::new(period(pair, name));
            let theirs = pair[format!("{name}_averages")].as_array().expect("a list");
            for (index, close) in closes.iter().enumerate() {
                let Some(ours) = ema.push(*close) else { continue };
                if !index.is_multiple_of(every) {
                    continue;
                }
                let theirs = theirs[index / every].as_f64().expect("a number");
                assert!((ours - theirs).abs() <= MOST_ERROR * theirs, "{name} at {index}: {ours}, {theirs}");
                compared += 1;
            }
        }
    }
    assert!(compared > 150, "{compared}");
}

#[test]
fn crosses_are_those_of_pandas() {
    let reference = reference();
    let candles = candles(&reference);
    for pair in reference["pairs"].as_array().expect("a list") {
        let (fast, slow) = (period(pair, "fast"), period(pair, "slow"));
        let crosses = replay(&candles, StrategyTerms::crossover(fast, slow, MINUTE)).expect("sound terms");
        let ours: Vec<_> = crosses
            .iter()
            .map(|cross| (cross.candle_open_at.0 / 60, if cross.side == Side::Buy { "buy" } else { "sell" }))
            .collect();
        let theirs = pair["crosses"].as_array().expect("a list").iter();
        let theirs: Vec<_> = theirs
            .map(|cross| (cross[0].as_u64().expect("an index"), cross[1].as_str().expect("a side")))
            .collect();
        assert!(!theirs.is_empty());
        assert_eq!(ours, theirs, "{fast}/{slow}");
    }
}
