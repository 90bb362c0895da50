//! A network with two nodes: when the other one is asked, and what the page says of it.

use super::*;
use crate::app::event::Observation;

const FIRST: &str = "https://mainnet.base.org";
const SECOND: &str = "https://base-rpc.publicnode.com";

/// A machine that only watches a network with two nodes, in which `own` replaces the first.
pub(super) fn watching(own: &str) -> Machine {
    let mut machine = Machine::new(None).expect("a network");
    let settings = Settings {
        network: "base".to_owned(),
        endpoints: [own.to_owned(), String::new(), String::new()],
        ..Settings::default()
    };
    let restored = Restored { settings, ..Restored::default() };
    machine.handle(Event::Restored(Ok(Box::new(restored))), START.to_millis());
    machine.handle(Event::HistoryLoaded(HERE, Ok(Vec::new())), START.to_millis());
    machine
}

/// A round in which there is nothing new but a block.
pub(super) fn sees_block_of(block: u64, block_at: UnixSecs) -> Observation {
    Observation {
        block,
        block_at,
        read_at: block_at.to_millis(),
        is_behind_gap: false,
        holds_lock: true,
        ticks: Vec::new(),
        quotes: Vec::new(),
        account: None,
        grant: None,
    }
}

/// Whether the network's nodes are held against each other.
pub(super) fn asks_to_compare(commands: &[Command]) -> bool {
    commands.iter().any(|command| matches!(command, Command::CompareNodes(..)))
}

/// The node answers `millis` after the start.
fn sees(machine: &mut Machine, block: u64, millis: u64) {
    let now = UnixMillis(START.to_millis().0 + millis);
    let observation = Observation { read_at: now, ..sees_block_of(block, START) };
    machine.handle(Event::Observed(HERE, Ok(Box::new(observation))), now);
}

/// Which node is asked next.
fn asked(machine: &mut Machine) -> String {
    let commands = machine.handle(Event::Woke(Timer::Observe(HERE)), START.to_millis());
    commands.into_iter().find_map(plan_of).expect("it looks").services.node_url
}

fn newest_notice(machine: &mut Machine) -> String {
    machine.snapshot().notices.first().map(|notice| notice.sentence.clone()).unwrap_or_default()
}

#[test]
fn a_node_that_fails_is_left_for_the_other_one_and_back() {
    let mut machine = watching("");
    assert_eq!(asked(&mut machine), FIRST);
    for next in [SECOND, FIRST] {
        let down = Failure::new("The node cannot be reached.");
        machine.handle(Event::Observed(HERE, Err(down)), START.to_millis());
        assert_eq!(asked(&mut machine), next);
        let told = newest_notice(&mut machine);
        let host = next.trim_start_matches("https://");
        assert!(told.contains("cannot be reached") && told.contains(host), "{told}");
    }
    machine.handle(Event::HistoryLoaded(HERE, Err(failure())), START.to_millis());
    assert_eq!(asked(&mut machine), SECOND, "a history that cannot be read is a failure too");
}

#[test]
fn a_node_that_lags_or_stands_still_is_left() {
    let mut machine = watching("");
    sees(&mut machine, 100, 0);
    sees(&mut machine, 98, 1_000);
    assert_eq!(asked(&mut machine), FIRST, "two blocks are nothing");
    sees(&mut machine, 97, 2_000);
    assert_eq!(asked(&mut machine), SECOND);
    assert!(newest_notice(&mut machine).contains("older state"));
    sees(&mut machine, 101, 3_000);
    sees(&mut machine, 101, 63_000);
    assert_eq!(asked(&mut machine), SECOND, "a minute is not over");
    sees(&mut machine, 101, 63_001);
    assert_eq!(asked(&mut machine), FIRST);
    assert!(newest_notice(&mut machine).contains("no new block for a minute"));
}

#[test]
fn a_node_that_the_person_chose_is_the_only_one() {
    let own = "https://mainnet.base.org/mine";
    let mut machine = watching(own);
    machine.handle(Event::Observed(HERE, Err(failure())), START.to_millis());
    assert_eq!(asked(&mut machine), own);
    assert_eq!(newest_notice(&mut machine), "", "the market's own line says it");
}

#[test]
fn a_node_that_asks_to_be_left_alone_is_and_the_other_one_is_asked_at_once() {
    let pause = |machine: &mut Machine| {
        let limited = failure().with_wait(crate::app::Wait::Secs(7));
        let commands = machine.handle(Event::Observed(HERE, Err(limited)), START.to_millis());
        let pause = |command: &Command| {
            if let Command::Wait { timer: Timer::Observe(_), millis } = command {
                Some(*millis)
            } else {
                None
            }
        };
        commands.iter().find_map(pause)
    };
    let mut alone = watching("https://mainnet.base.org/mine");
    assert_eq!(pause(&mut alone), Some(7_000));
    let mut both = watching("");
    assert!(pause(&mut both).expect("it waits") < 7_000, "the other one did not ask for that");
    assert_eq!(pause(&mut both), Some(7_000), "now both did");
    sees(&mut both, 100, 0);
    assert!(pause(&mut both).expect("it waits") < 7_000, "it answered since");
}
