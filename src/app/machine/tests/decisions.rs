//! What is noted beside the chart, and the signals that the recorded candles must give again.

use super::*;

fn rise() -> impl DoubleEndedIterator<Item = u128> {
    (512_u32..540).map(|fifth| u128::from(fifth * 5))
}

#[test]
fn the_recorded_candles_give_every_signal_again() {
    let mut world = World::new();
    for whole in rise().chain(rise().rev()).chain(rise()).chain(rise().rev()) {
        world.look(&[whole]);
        // Some rounds are late and see several closes at once.
        if whole % 7 == 0 {
            world.look(&[whole, whole + 1, whole]);
        }
    }
    let signals = world.machine.snapshot().signals.expect("it is counted");
    assert!(signals.count >= 3, "{signals:?}");
    assert_eq!(signals.live, signals.again);
    let candles = world.machine.feed.closed().len();
    assert!(candles > 100, "{candles}");
}

#[test]
fn another_candle_or_other_averages_give_another_hash() {
    let hashes = |prices: &[u128]| {
        let mut world = World::new();
        prices.iter().for_each(|whole| drop(world.look(&[*whole])));
        let signals = world.machine.snapshot().signals.expect("it is counted");
        assert_eq!(signals.live, signals.again);
        (signals.count, signals.live)
    };
    let up: Vec<u128> = rise().collect();
    let mut other = up.clone();
    other.iter_mut().for_each(|whole| *whole += 1);
    assert_eq!(hashes(&up), hashes(&up));
    assert_ne!(hashes(&up), hashes(&other));
    assert_eq!(hashes(&up[..2]).0, 0, "no signal yet");
}

#[test]
fn trades_and_refusals_are_noted_with_their_reasons_once() {
    let mut world = World::new();
    let signed = world.sign_trade();
    let notes = world.machine.chart_update().expect("new candles").notes.expect("a trade");
    let last = notes.last().expect("a trade");
    assert_eq!(last.at_secs, signed.entry.planned_at.0);
    let words = "Buy 2 lots, since the averages crossed upwards by 0.017 %, no worse than 2870: signed.";
    assert_eq!(last.text, words);
    world.look(&[2_800]);
    assert_eq!(world.machine.chart_update().and_then(|update| update.notes), None, "they are known");
    for whole in rise().rev() {
        world.look(&[whole]);
    }
    let notes = world.machine.chart_update().expect("new candles").notes.expect("a refusal");
    let refused = &notes.last().expect("a refusal").text;
    let words = "a signal to sell, but nothing was done: an earlier trade has no outcome yet.";
    assert_eq!(refused, words);
}
