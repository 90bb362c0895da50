//! The market that a stranger sees: one pace before and after the page is opened, and soon something to do.
//!
//! `cargo xtask genesis` makes the state that it begins with.

#[path = "support/genesis.rs"]
mod genesis;

use genesis::genesis;
use leash::market::{Candle, CandleSeries};
use leash::sandbox::{LogFilter, Sandbox, SandboxOptions};
use leash::trading::{Side, StrategyTerms, replay};
use leash::units::UnixSecs;
use leash::venue::UniswapV3;

/// The walk's steps of two seconds in a candle.
const STEPS_PER_CANDLE: f64 = 10.0;
/// Most that a step moves: a trend's 0.04 %, noise of 0.05 %, and the pull back.
const MOST_PER_STEP: f64 = 0.001;

/// The candles that the page draws after so many seconds of chain time, oldest first.
fn candles(secs: u64) -> Vec<Candle> {
    let options = SandboxOptions::default();
    let mut sandbox = Sandbox::new(&genesis(), options);
    sandbox.advance(0);
    let venue = UniswapV3::new(*sandbox.facts());
    let filter = LogFilter { addresses: vec![sandbox.facts().pool], topics: Vec::new() };
    let mut series = CandleSeries::new(StrategyTerms::SANDBOX.interval);
    let mut next = 0;
    for second in 0..=secs {
        sandbox.advance(second * 1_000_000 / u64::from(options.speed_permille));
        // As a page does, before they are forgotten.
        for log in sandbox.chain().logs(next, u64::MAX, &filter, usize::MAX) {
            let tick = venue.tick(&log.log, log.block, UnixSecs(log.timestamp)).expect("a price");
            tick.map(|tick| series.push(tick));
        }
        next = sandbox.chain().head().number + 1;
    }
    series.closed().iter().copied().collect()
}

#[test]
fn whoever_opens_it_soon_sees_a_purchase_and_a_sale() {
    let options = SandboxOptions::default();
    // Six seconds at the speed it begins with: time to press twice. Then one within two seconds, others soon after.
    let pressed = UnixSecs(options.start_at.0 + 6 * u64::from(options.speed_permille) / 1_000);
    let crosses = replay(&candles(600), StrategyTerms::SANDBOX).expect("terms that are suggested");
    let seen: Vec<_> = crosses
        .into_iter()
        .map(|cross| (cross.side, StrategyTerms::SANDBOX.interval.next_open(cross.candle_open_at)))
        .filter(|(_, closed_at)| *closed_at >= pressed)
        .collect();
    assert!(seen.first().is_some_and(|(_, closed_at)| closed_at.0 <= pressed.0 + 60), "{seen:?}");
    for side in [Side::Buy, Side::Sell] {
        assert!(seen.iter().any(|(known, _)| *known == side), "{seen:?}");
    }
}

#[test]
fn the_present_goes_at_the_pace_of_the_past() {
    let start = SandboxOptions::default().start_at;
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for pair in candles(7_200).windows(2) {
        let moved = (pair[1].close.to_f64() / pair[0].close.to_f64()).ln().abs();
        assert!(moved < STEPS_PER_CANDLE * MOST_PER_STEP, "{moved} at {:?}", pair[1].open_at);
        if pair[1].open_at < start { before.push(moved) } else { after.push(moved) }
    }
    assert!(before.len() > 300 && after.len() > 300, "{} and {}", before.len(), after.len());
    let typical = |mut moves: Vec<f64>| {
        moves.sort_by(f64::total_cmp);
        moves[moves.len() / 2]
    };
    let ratio = typical(after) / typical(before);
    assert!((0.75..1.33).contains(&ratio), "{ratio}");
}
