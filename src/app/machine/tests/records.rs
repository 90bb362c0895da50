//! What is read from the store while something else happens.

use super::*;
use crate::app::grants::GrantLife;

fn awake(grant: &StoredGrant) -> Event {
    Event::Restored(Ok(Box::new(Restored { grants: vec![grant.clone()], ..Restored::default() })))
}

fn revoke() -> Event {
    Event::Intent(Box::new(Intent::Revoke))
}

#[test]
fn a_revoke_that_comes_before_the_records_is_kept_for_them() {
    let grant = stored_grant();
    let mut machine = Machine::new(None).expect("a network");
    machine.start();
    assert!(machine.handle(revoke(), START.to_millis()).is_empty(), "nothing is known yet");
    machine.handle(awake(&grant), START.to_millis());
    assert_eq!(machine.grants[0].life, GrantLife::Ending);
}

#[test]
fn a_record_from_before_an_ending_does_not_undo_it() {
    let mut world = World::new();
    let grant = world.grant.clone();
    world.tell(revoke());
    assert_eq!(world.machine.grants[0].life, GrantLife::Ending);
    let rows = world.machine.journal.len();
    world.tell(awake(&grant));
    assert_eq!(world.machine.grants[0].life, GrantLife::Ending, "it was read before the ending was written");
    assert_eq!(world.machine.journal.len(), rows, "nor is what is under way forgotten");
    // What another tab wrote later counts.
    let revoked = StoredGrant { life: GrantLife::Revoked, ..grant.clone() };
    world.tell(awake(&revoked));
    assert_eq!(world.machine.grants[0].life, GrantLife::Revoked);
    world.tell(awake(&grant));
    assert_eq!(world.machine.grants[0].life, GrantLife::Revoked);
}

#[test]
fn what_storage_did_not_take_is_written_again_and_nothing_trades_meanwhile() {
    let mut world = World::new();
    let plan = world.trade();
    let name = RecordName::Entry(plan.id);
    let commands = world.tell(Event::Saved(name, Err(failure())));
    let waits = |commands: &[Command]| {
        commands.iter().any(|command| matches!(command, Command::Wait { timer: Timer::Records, .. }))
    };
    assert!(waits(&commands));
    assert!(!waits(&world.tell(Event::Saved(RecordName::Settings, Err(failure())))), "one timer for all");
    assert!(!world.machine.may_still_trade());
    world.tell(Event::Prepared(plan.id, Err(failure())));
    let commands = world.tell(Event::Woke(Timer::Records));
    let written = |command: &Command| {
        if let Command::Save(Saved::Entry(entry)) = command { Some(entry.state.name()) } else { None }
    };
    assert_eq!(commands.iter().find_map(written), Some("abandoned"), "as it stands by now");
    assert!(waits(&commands), "and again, until all is there");
    world.tell(Event::Saved(name, Ok(())));
    assert!(world.machine.halted.is_some(), "the settings are not there yet");
    world.tell(Event::Saved(RecordName::Settings, Ok(())));
    assert!(world.machine.halted.is_none());
    assert!(world.machine.notices[0].sentence.contains("works again"));
    assert!(world.tell(Event::Woke(Timer::Records)).is_empty());
}
