//! Alarms: nothing new is traded while what is seen of nodes, clocks and the bundler cannot be right.

use super::nodes::{asks_to_compare, sees_block_of, watching};
use super::*;
use crate::trading::Alarm;

fn status(world: &mut World) -> TraderStatus {
    world.machine.snapshot().trader
}

#[test]
fn a_bundler_without_a_clear_answer_stops_new_trades_until_it_is_quiet_for_a_minute() {
    let mut world = World::new();
    let signed = world.sign_trade();
    let unclear = || Err(SendFailure { failure: failure(), is_definite: false });
    for nth in 1..=5 {
        assert_eq!(world.machine.alarm(), None, "before answer {nth}");
        world.tell(Event::Sent(signed.entry.id, unclear()));
    }
    assert_eq!(world.machine.alarm(), Some(Alarm::BundlerUnclear));
    world.machine.now = UnixMillis(world.machine.now.0 + 60_000);
    assert_eq!(world.machine.alarm(), Some(Alarm::BundlerUnclear));
    world.machine.now = UnixMillis(world.machine.now.0 + 1);
    assert_eq!(world.machine.alarm(), None);
}

#[test]
fn an_alarm_stops_a_cross_and_the_page_says_why() {
    let mut world = World::new();
    for _ in 0..2 {
        world.tell(Event::NodesCompared(HERE, Some(false)));
    }
    let mut prices = (2_560..2_700).step_by(5);
    assert!(prices.all(|whole| prepared_plan(world.look(&[whole])).is_none()), "nothing is traded");
    let words = "No new trades: two nodes of this network tell different blocks, so neither is believed.";
    assert_eq!(status(&mut world), TraderStatus::Halted { why: words.to_owned() });
    let refused = world.machine.last_refusal.clone();
    assert_eq!(refused, Some(Alarm::NodesDisagree.to_string()), "there was a cross");
    world.machine.on_nodes_compared(Some(true));
    assert!(matches!(status(&mut world), TraderStatus::Waiting { .. }));
}

#[test]
fn clocks_are_compared_on_live_networks_only() {
    let mut world = World::new();
    world.look(&[2_560]);
    world.machine.feed.take(&crate::app::event::Observation {
        read_at: UnixMillis(world.at.to_millis().0 + 3_600_000),
        ..sees_block_of(world.block + 1, world.at)
    });
    assert_eq!(world.machine.alarm(), None, "the local chain's clock is moved at will");
    let mut live = watching("");
    let late = UnixMillis(START.to_millis().0 + 61_000);
    let seen = crate::app::event::Observation { read_at: late, ..sees_block_of(5, START) };
    live.handle(Event::Observed(HERE, Ok(Box::new(seen))), late);
    assert_eq!(live.alarm(), Some(Alarm::BlocksBehind { secs: 61 }));
    let seen = crate::app::event::Observation { read_at: late, ..sees_block_of(6, START.plus_secs(62)) };
    live.handle(Event::Observed(HERE, Ok(Box::new(seen))), late);
    assert_eq!(live.alarm(), None);
}

#[test]
fn two_nodes_must_disagree_twice_and_may_agree_again() {
    let mut machine = watching("");
    let told = |machine: &mut Machine, agree| {
        machine.handle(Event::NodesCompared(HERE, agree), START.to_millis());
        machine.alarm() == Some(Alarm::NodesDisagree)
    };
    assert!(!told(&mut machine, Some(false)), "once may be a moment at the head");
    assert!(!told(&mut machine, None), "no answer says nothing");
    assert!(told(&mut machine, Some(false)));
    assert!(told(&mut machine, None));
    assert!(!told(&mut machine, Some(true)));
    machine.handle(Event::NodesCompared(Epoch(0), Some(false)), START.to_millis());
    machine.handle(Event::NodesCompared(Epoch(0), Some(false)), START.to_millis());
    assert_ne!(machine.alarm(), Some(Alarm::NodesDisagree), "words of a network that was left");
}

#[test]
fn nodes_are_compared_once_a_minute_where_something_is_at_stake() {
    let mut world = World::new();
    assert!(!asks_to_compare(&world.look(&[2_560])), "the local chain has one node");
    let spare = Services {
        spare_node_url: Some("http://127.0.0.1:8545/".to_owned()),
        ..world.machine.services.clone()
    };
    world.machine.services = spare;
    assert!(asks_to_compare(&world.look(&[2_560])));
    assert!(!asks_to_compare(&world.look(&[2_560])), "a minute is not over");
    let mut later = (0..30).map(|_| asks_to_compare(&world.look(&[2_560])));
    assert!(later.any(|asks| asks));
    assert!(
        !asks_to_compare(
            &watching("")
                .handle(Event::Observed(HERE, Ok(Box::new(sees_block_of(5, START)))), START.to_millis())
        ),
        "nothing is at stake"
    );
}
