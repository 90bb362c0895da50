//! When the bundler is asked who it is, and what its answer keeps back.

use super::*;
use crate::app::EndpointsText;

fn foreign() -> Failure {
    Failure::new("The bundler is on another chain.")
}

/// Which bundlers are asked, once for each time.
fn asked(commands: &[Command]) -> Vec<&str> {
    fn url(command: &Command) -> Option<&str> {
        if let Command::CheckBundler(_, services) = command { Some(&services.bundler_url) } else { None }
    }
    commands.iter().filter_map(url).collect()
}

#[test]
fn it_is_asked_once_for_each_address_and_again_only_after_a_bad_answer() {
    let mut machine = Machine::new(None).expect("a network");
    machine.start();
    let mut tell = |event: Event| machine.handle(event, START.to_millis());
    let commands = tell(Event::Restored(Ok(Box::default())));
    assert_eq!(asked(&commands), ["http://127.0.0.1:8546"]);
    assert!(tell(Event::BundlerChecked(HERE, Ok(()))).is_empty(), "that is all");
    let bundler = "http://127.0.0.1:8546/other".to_owned();
    let other = EndpointsText { bundler, ..EndpointsText::default() };
    let commands = tell(Event::Intent(Box::new(Intent::EditEndpoints(Box::new(other)))));
    assert_eq!(asked(&commands), ["http://127.0.0.1:8546/other"]);
    let there = Epoch(2);
    assert!(tell(Event::BundlerChecked(HERE, Err(foreign()))).is_empty(), "that was about the other one");
    let waits = |commands: &[Command]| {
        let timer = Timer::Bundler(there);
        commands.iter().any(|command| matches!(command, Command::Wait { timer: at, .. } if *at == timer))
    };
    assert!(waits(&tell(Event::BundlerChecked(there, Err(foreign())))));
    assert_eq!(asked(&tell(Event::Woke(Timer::Bundler(there)))).len(), 1);
    assert!(tell(Event::Woke(Timer::Bundler(HERE))).is_empty());
    let snapshot = machine.snapshot();
    assert!(snapshot.network.missing.contains(&foreign().sentence), "{:?}", snapshot.network.missing);
    assert_eq!(snapshot.notices.first().map(|notice| &notice.sentence), Some(&foreign().sentence));
}

#[test]
fn until_it_said_so_each_operation_asks_for_itself() {
    for (answer, is_known) in [(None, false), (Some(Err(foreign())), false), (Some(Ok(())), true)] {
        let mut world = World::new();
        if let Some(answer) = answer.clone() {
            world.tell(Event::BundlerChecked(HERE, answer));
        }
        assert_eq!(world.trade().is_bundler_known, is_known, "{answer:?}");
    }
}
