//! What is noted beside the chart, and the second opinion on every decision.

use super::*;
use crate::app::{DecisionsView, FromLab, Lab, LabHistory, LabRecorded, ToLab};
use crate::trading::Sizing;

fn rise() -> impl DoubleEndedIterator<Item = u128> {
    (512_u32..540).map(|fifth| u128::from(fifth * 5))
}

fn decisions(world: &mut World) -> DecisionsView {
    world.machine.snapshot().decisions.expect("there is one")
}

#[test]
fn the_second_opinion_is_the_same() {
    let mut world = World::new();
    for whole in rise().chain(rise().rev()).chain(rise()).chain(rise().rev()) {
        world.look(&[whole]);
        // Some rounds are late and see several closes at once.
        if whole % 7 == 0 {
            world.look(&[whole, whole + 1, whole]);
        }
    }
    let decisions = decisions(&mut world);
    assert!(decisions.count >= 3 && !decisions.is_paper, "{decisions:?}");
    assert_eq!(decisions.live, decisions.again);
}

/// What the lab says of the run that the page saves.
pub(super) fn tried_again(machine: &mut Machine, change: impl FnOnce(String) -> String) -> LabHistory {
    machine.handle(Event::Intent(Box::new(Intent::SaveRun)), START.to_millis());
    let file = machine.take_file().expect("a file");
    let (name, bytes) = (file.name, change(file.text).into_bytes());
    match Lab::default().hear(ToLab::Read { name, bytes }) {
        Some(FromLab::History(history)) => history,
        other => panic!("not taken: {other:?}"),
    }
}

#[test]
fn a_saved_run_is_decided_alike_in_the_lab_and_one_that_was_touched_is_not() {
    let mut world = World::new();
    for whole in rise().chain(rise().rev()).chain(rise()) {
        world.look(&[whole]);
        if whole % 7 == 0 {
            world.look(&[whole, whole + 1, whole]);
        }
    }
    let shown = decisions(&mut world);
    assert!(shown.count >= 2);
    let history = tried_again(&mut world.machine, |text| text);
    let run = history.recorded.clone().expect("it is a run");
    assert_eq!((run.live, run.again, run.difference), (shown.live.clone(), shown.live, None));
    assert!(history.candles > 80 && history.interval_secs == 2, "{history:?}");
    let touched = tried_again(&mut world.machine, |text| text.replacen(" Buy ", " Sell ", 1));
    let LabRecorded { live, again, difference, .. } = touched.recorded.expect("it is a run");
    assert!(live != again && again == shown.again);
    assert!(difference.is_some_and(|it| it.starts_with("The first that differs is number 1: recorded is “")));
}

#[test]
fn another_candle_gives_another_hash() {
    let hashes = |prices: &[u128]| {
        let mut world = World::new();
        prices.iter().for_each(|whole| drop(world.look(&[*whole])));
        let decisions = decisions(&mut world);
        assert_eq!(decisions.live, decisions.again);
        (decisions.count, decisions.live)
    };
    let up: Vec<u128> = rise().collect();
    let mut other = up.clone();
    other.insert(0, 2_559);
    assert_eq!(hashes(&up), hashes(&up));
    assert_ne!(hashes(&up), hashes(&other));
    assert_eq!(hashes(&up[..2]).0, 0, "no signal yet");
}

#[test]
fn behind_a_gap_it_begins_anew() {
    let mut world = World::new();
    rise().for_each(|whole| drop(world.look(&[whole])));
    let before = decisions(&mut world);
    assert!(before.count >= 1);
    world.look_after_missing(50, &[2_600]);
    rise().rev().chain(rise()).for_each(|whole| drop(world.look(&[whole])));
    let after = decisions(&mut world);
    assert!(after.since_secs > before.since_secs && after.count >= 1, "{after:?}");
    assert_eq!(after.live, after.again);
}

#[test]
fn the_swing_of_before_a_gap_sizes_no_trade_in_either() {
    for bps in 1..20 {
        let mut grant = stored_grant();
        grant.terms.sizing = Sizing::Volatility { bps };
        let mut world = World::granted(grant);
        // Nothing to sell, so that the first trade is a purchase, which is sized.
        world.base = TokenAmount::ZERO;
        world.look_after_missing(50, &[2_300]);
        rise().rev().chain(rise()).for_each(|whole| drop(world.look(&[whole])));
        let after = decisions(&mut world);
        assert!(after.count >= 1);
        assert_eq!(after.live, after.again, "{bps}");
    }
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

#[test]
fn after_a_reload_the_chart_can_be_replayed_with_the_journal_s_reasons() {
    let mut world = World::new();
    let signed = world.sign_trade();
    let restored = || Restored {
        grants: world.machine.grants.clone(),
        journal: world.machine.journal.to_vec(),
        ..Restored::default()
    };
    let mut machine = Machine::new(None).expect("a network");
    machine.start();
    machine.handle(Event::Restored(Ok(Box::new(restored()))), world.at.to_millis());
    // What the chain still tells of that time.
    let ticks = world.machine.feed.closed().iter().zip(1..);
    let ticks = ticks.map(|(candle, block)| PriceTick { at: candle.open_at, block, price: candle.close });
    let history = ticks.collect();
    machine.handle(Event::HistoryLoaded(HERE, Ok(history)), world.at.to_millis());
    let chart = machine.chart_update().expect("a chart");
    let note = chart.notes.and_then(|notes| notes.last().cloned()).expect("the trade");
    assert!(note.text.contains("since the averages crossed upwards by 0.017 %"), "{}", note.text);
    let Purpose::Trade(order) = signed.entry.purpose else { panic!("a trade") };
    let at = order.signal.candle_open_at.0;
    let candle = chart.points.iter().find(|point| point.open_at_secs == at).expect("its candle");
    assert!((candle.ohlc[3] - order.signal.close.to_f64()).abs() < 1e-9, "{candle:?}");
}
