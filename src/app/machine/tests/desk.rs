//! What is stated and signed of every operation, and which part of the journal is looked at.

use super::*;
use crate::app::{JournalFilter, JournalQuery, ProofLine};
use crate::trading::{Inclusion, Seal, Statement};

/// What the machine wants stated of the operation that was just prepared.
fn stated(world: &mut World, plan: OperationPlan) -> Statement {
    let commands = world.tell(prepared(plan));
    let entry = commands
        .into_iter()
        .find_map(|command| if let Command::Sign { entry, .. } = command { Some(entry) } else { None });
    let seal = entry.expect("it is to be signed").seal.expect("by the session key");
    Statement::read(&seal.statement).expect("a statement")
}

#[test]
fn every_statement_follows_the_one_that_was_signed_before_it() {
    let mut world = World::new();
    world.tell(Event::ContractsChecked(HERE, Ok(Flavour::StandIns)));
    let plan = world.trade();
    let (id, hash) = (plan.id, draft_of(&plan).hash(31_337).0);
    let first = stated(&mut world, plan);
    let grant_id = world.grant.id();
    assert_eq!((first.grant_id, first.number, first.after), (grant_id, 1, grant_id));
    assert_eq!((first.entry, first.operation, first.what.as_str()), (id, hash, "Buy 2 lots"));
    assert!(first.cause.contains("the fast average went above the slow one"), "{}", first.cause);
    let seal = Seal { signature: vec![1; 65], ..Seal::unsigned(&first) };
    let is_signed = world.machine.journal.entry_mut(id);
    is_signed.expect("its row").seal = Some(seal.clone());
    world.tell(Event::Signed(id, Err(failure())));
    let commands = world.tell(Event::Intent(Box::new(Intent::Revoke)));
    let ending = stated(&mut world, prepared_plan(commands).expect("it is ended"));
    assert_eq!((ending.number, ending.what.as_str(), ending.after), (2, "End the session", seal.head()));
}

#[test]
fn what_was_never_signed_is_not_followed() {
    let mut world = World::new();
    world.tell(Event::ContractsChecked(HERE, Ok(Flavour::StandIns)));
    let plan = world.trade();
    let id = plan.id;
    stated(&mut world, plan);
    world.tell(Event::Signed(id, Err(failure())));
    let commands = world.tell(Event::Intent(Box::new(Intent::Revoke)));
    let ending = stated(&mut world, prepared_plan(commands).expect("it is ended"));
    assert_eq!((ending.number, ending.after), (1, world.grant.id()));
}

/// A world whose journal has 120 entries: every third was filled, the others came to nothing.
fn long_world() -> World {
    let mut world = World::new();
    let signed = world.sign_trade();
    let filled = OrderState::Settled {
        inclusion: Inclusion { success: true, block: 41, block_hash: B256::ZERO, transaction: B256::ZERO },
        fill: None,
        revert_reason: None,
        gas_cost_wei: U256::from(7),
    };
    let entry = |id: u64| JournalEntry {
        id,
        state: if id.is_multiple_of(3) { filled.clone() } else { OrderState::Expired },
        ..signed.entry.clone()
    };
    world.machine.journal.take_over((1..=120).map(entry).collect(), |_| false);
    world
}

#[test]
fn the_journal_is_shown_page_by_page_and_filtered() {
    let mut world = long_world();
    let mut shown = |filter: JournalFilter, page: u32| {
        world.tell(Event::Intent(Box::new(Intent::ShowJournal(JournalQuery { filter, page }))));
        let seen = world.machine.snapshot();
        let ids: Vec<u64> = seen.journal.iter().map(|row| row.id).collect();
        let ends = (ids.len(), ids.first().copied(), ids.last().copied());
        assert_eq!((seen.journal_page.total, seen.headlines.len()), (120, 4));
        assert_eq!(seen.headlines[0].id, 120, "whatever page is shown");
        (ends, seen.journal_page.query.page, seen.journal_page.count)
    };
    assert_eq!(shown(JournalFilter::All, 0), ((50, Some(120), Some(71)), 0, 120));
    assert_eq!(shown(JournalFilter::All, 2), ((20, Some(20), Some(1)), 2, 120));
    assert_eq!(shown(JournalFilter::All, 9), ((20, Some(20), Some(1)), 2, 120), "the last one there is");
    assert_eq!(shown(JournalFilter::Filled, 0), ((40, Some(120), Some(3)), 0, 40));
    assert_eq!(shown(JournalFilter::Failed, 1), ((30, Some(44), Some(1)), 1, 80));
    assert_eq!(shown(JournalFilter::Other, 0), ((0, None, None), 0, 0));
    assert_eq!(shown(JournalFilter::Other, u32::MAX), ((0, None, None), 0, 0));
}

#[test]
fn an_unfolded_row_tells_what_was_signed() {
    let mut world = long_world();
    let unfold = |id: u64, is_open: bool| Event::Intent(Box::new(Intent::Inspect(id, is_open)));
    world.tell(unfold(3, true));
    let details = world.machine.snapshot().journal_page.details;
    assert_eq!((details.len(), details[0].id, details[0].calls.len()), (1, 3, 3), "{details:?}");
    assert!(details[0].calls[0].starts_with("Let the Uniswap router take "), "{details:?}");
    assert!(details[0].calls[1].starts_with("Swap "), "{details:?}");
    let paid = &details[0].facts[0];
    assert_eq!(paid.1, "the owner, by a transaction of their own; the wallet tells how much");
    world.tell(unfold(3, false));
    assert!(world.machine.snapshot().journal_page.details.is_empty());
    (1..=20).for_each(|id| drop(world.tell(unfold(id, true))));
    world.tell(unfold(7_000, true));
    let details = world.machine.snapshot().journal_page.details;
    assert_eq!(details.iter().map(|details| details.id).collect::<Vec<_>>(), (14..=20).collect::<Vec<_>>());
}

#[test]
fn a_saved_journal_is_checked_until_it_is_put_away() {
    let mut world = World::new();
    let check =
        |name: &str| Event::Intent(Box::new(Intent::CheckJournal(name.to_owned(), Ok(b"{}".to_vec()))));
    let line = || ProofLine { claim: "It is so".to_owned(), holds: true, evidence: String::new() };
    let commands = world.tell(check("one"));
    assert!(matches!(commands.as_slice(), [Command::Audit { .. }]), "{commands:?}");
    assert!(world.machine.snapshot().audit.is_some_and(|audit| audit.is_busy));
    world.tell(check("two"));
    world.tell(Event::Audited(HERE, "one".to_owned(), Ok(vec![line()])));
    assert!(world.machine.snapshot().audit.is_some_and(|audit| audit.is_busy), "that was the other one");
    world.tell(Event::Audited(HERE, "two".to_owned(), Ok(vec![line()])));
    let audit = world.machine.snapshot().audit.expect("it is shown");
    assert_eq!((audit.is_busy, audit.lines), (false, vec![line()]));
    world.tell(check("three"));
    world.tell(Event::Intent(Box::new(Intent::CloseCheck)));
    world.tell(Event::Audited(HERE, "three".to_owned(), Ok(vec![line()])));
    assert_eq!(world.machine.snapshot().audit, None);
    let unreadable = Intent::CheckJournal("four".to_owned(), Err("It cannot be read.".to_owned()));
    assert!(world.tell(Event::Intent(Box::new(unreadable))).is_empty());
    let audit = world.machine.snapshot().audit.expect("it is shown");
    assert_eq!((audit.trouble.as_deref(), audit.is_busy), (Some("It cannot be read."), false));
}
