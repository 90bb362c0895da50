//! Stop pressed in one tab, trading in another: the words between them.

use alloy_primitives::eip191_hash_message;
use futures_util::FutureExt as _;

use super::super::samples::{KEY, key_name};
use super::*;
use crate::account::{normalize_signature, recover};
use crate::app::{Environment, TabWord, perform};
use crate::ports::Collection;

fn said(commands: &[Command]) -> Vec<TabWord> {
    let word = |command: &Command| if let Command::TellTabs(word) = command { Some(*word) } else { None };
    commands.iter().filter_map(word).collect()
}

fn signs(commands: &[Command]) -> bool {
    commands.iter().any(|command| matches!(command, Command::Sign { .. }))
}

impl World {
    /// A tab that looks on while another one trades.
    fn looking_on() -> Self {
        let mut world = Self::new();
        world.machine.lock = Lock::Free;
        world
    }

    fn hears(&mut self, word: TabWord) -> Vec<Command> {
        let commands = self.tell(Event::TabSaid(Some(word)));
        assert!(commands.contains(&Command::HearTabs), "it goes on listening");
        commands
    }

    fn ending_status(&mut self) -> String {
        self.machine.snapshot().ending.expect("an ending").status
    }
}

#[test]
fn a_pause_in_another_tab_keeps_a_prepared_trade_from_being_signed() {
    let mut onlooker = World::looking_on();
    let pause = onlooker.tell(Event::Intent(Box::new(Intent::Pause)));
    assert_eq!(said(&pause), [TabWord::Paused(true)]);
    let mut trading = World::new();
    let plan = trading.trade();
    trading.hears(TabWord::Paused(true));
    assert!(!signs(&trading.tell(prepared(plan))));
    assert!(trading.machine.settings.is_paused);
    trading.hears(TabWord::Paused(false));
    assert!(!trading.machine.settings.is_paused);
}

#[test]
fn the_tab_that_trades_ends_what_was_revoked_in_another_one() {
    let mut onlooker = World::looking_on();
    let id = onlooker.grant.id();
    let revoke = onlooker.tell(Event::Intent(Box::new(Intent::Revoke)));
    assert_eq!(said(&revoke), [TabWord::Ending(id)]);
    assert_eq!(prepared_plan(revoke), None, "it does not know what is on its way");

    let mut trading = World::new();
    let plan = trading.trade();
    let commands = trading.hears(TabWord::Ending(id));
    assert!(said(&commands).contains(&TabWord::Taken(id)));
    assert_eq!(prepared_plan(commands).map(|plan| plan.purpose), Some(Purpose::Renounce));
    assert!(!signs(&trading.tell(prepared(plan))), "the trade is given up");
    assert_eq!(trading.machine.live_grant().map(|grant| grant.life), Some(GrantLife::Ending));
    assert_eq!(said(&trading.hears(TabWord::Ending(id))), [], "once is enough");

    onlooker.hears(TabWord::Taken(id));
    assert!(onlooker.ending_status().contains("The other tab ends the session"));
    let later = onlooker.tell(Event::Woke(Timer::Handover(HERE)));
    assert_eq!(prepared_plan(later), None, "nothing is ended twice");
}

#[test]
fn a_tab_that_does_not_answer_is_not_waited_for() {
    let mut onlooker = World::looking_on();
    onlooker.tell(Event::Intent(Box::new(Intent::Revoke)));
    let ending = prepared_plan(onlooker.tell(Event::Woke(Timer::Handover(HERE))));
    assert_eq!(ending.map(|plan| plan.purpose), Some(Purpose::Renounce));
    assert!(onlooker.ending_status().contains("No other tab answers"));
}

#[test]
fn words_of_another_version_or_about_other_sessions_change_nothing() {
    let mut world = World::new();
    let plan = world.trade();
    world.tell(Event::TabSaid(None));
    world.hears(TabWord::Ending(B256::repeat_byte(9)));
    world.hears(TabWord::Taken(world.grant.id()));
    world.tell(Event::ContractsChecked(HERE, Ok(Flavour::StandIns)));
    assert!(signs(&world.tell(prepared(plan))), "it trades on");
}

/// What is asked for when another tab has the lock, so many times in a row.
fn told_of_another_holder(world: &mut World, tries: u32) -> Vec<Command> {
    (0..tries).flat_map(|_| world.tell(Event::LockAnswered(Ok(false)))).collect()
}

fn steals(commands: &[Command]) -> bool {
    commands.iter().any(|command| matches!(command, Command::StealLock(_)))
}

#[test]
fn a_holder_that_says_nothing_for_long_loses_the_lock_and_one_that_lives_keeps_it() {
    let mut onlooker = World::looking_on();
    assert!(!steals(&told_of_another_holder(&mut onlooker, 44)));
    assert!(steals(&told_of_another_holder(&mut onlooker, 1)));
    assert!(!steals(&told_of_another_holder(&mut onlooker, 44)), "it is counted anew");
    onlooker.hears(TabWord::Alive);
    assert!(!steals(&told_of_another_holder(&mut onlooker, 44)), "it lives");
    assert!(steals(&told_of_another_holder(&mut onlooker, 1)));
    let commands = onlooker.tell(Event::LockAnswered(Ok(true)));
    assert!(commands.contains(&Command::Restore), "what the other one did is read first");
    assert_eq!(said(&commands), [TabWord::Alive]);
}

#[test]
fn the_tab_that_trades_says_so_now_and_then() {
    let mut world = World::new();
    let words = |world: &mut World, rounds: u32| -> usize {
        (0..rounds).map(|_| said(&world.look(&[2_560])).len()).sum()
    };
    let all = words(&mut world, 10);
    assert!((3..=5).contains(&all), "{all} times within 20 s");
    world.machine.lock = Lock::Free;
    assert_eq!(words(&mut world, 10), 0, "others are silent");
}

#[test]
fn a_tab_that_was_frozen_and_lost_the_lock_trades_nothing_before_it_has_it_again() {
    let mut world = World::new();
    world.holds_lock = false;
    let commands = world.look(&[2_560]);
    let waits = Command::Wait { timer: Timer::Lock(HERE), millis: 2_000 };
    assert!(commands.contains(&waits), "{commands:?}");
    assert_eq!(world.machine.snapshot().trader, TraderStatus::OtherTab);
    for whole in (2_565..2_700).step_by(5) {
        assert_eq!(prepared_plan(world.look(&[whole])), None);
    }
}

/// A browser in which nobody may be asked anything; the session key lies in its vault.
fn offline() -> Environment {
    let environment = Environment::in_memory(Rc::new(|url: &str| panic!("{url} is asked")));
    let sealed = environment.vault.put(&key_name(), &KEY).now_or_never();
    sealed.expect("a vault in memory waits for nothing").expect("it takes a key");
    environment
}

fn performed(environment: &Environment, command: Command) -> Event {
    perform(environment, command).now_or_never().expect("it waits for nobody")
}

#[test]
fn nothing_is_signed_or_sent_without_the_lock() {
    let mut world = World::new();
    world.tell(Event::ContractsChecked(HERE, Ok(Flavour::StandIns)));
    let plan = world.trade();
    let commands = world.tell(prepared(plan));
    let sign = commands.into_iter().find(|command| matches!(command, Command::Sign { .. })).expect("a trade");
    let environment = offline();
    let Event::Signed(_, refused) = performed(&environment, sign.clone()) else { panic!("an answer") };
    let fenced = "Another tab of this page trades now, so this one has stopped.";
    assert_eq!(refused.expect_err("it has no lock").sentence, fenced);
    let journal = environment.store.all(Collection::Journal).now_or_never().expect("at once");
    assert_eq!(journal.expect("readable"), [], "nothing is written either");

    let lock = "leash-trader";
    assert_eq!(environment.lock.try_acquire(lock).now_or_never(), Some(Ok(true)));
    let Event::Signed(_, signed) = performed(&environment, sign) else { panic!("an answer") };
    let signed = signed.expect("it has the lock");
    let seal = signed.entry.seal.as_ref().expect("stated");
    let hash = eip191_hash_message(&seal.statement);
    let signature = normalize_signature(&seal.signature).expect("65 bytes");
    assert_eq!(recover(hash, &signature), Ok(key(1).address()), "the session key signed the statement too");

    environment.lock.release();
    let Event::Sent(_, sent) = performed(&environment, Command::Send(signed)) else { panic!("an answer") };
    let refused = sent.expect_err("it has no lock any more");
    assert_eq!((refused.failure.sentence.as_str(), refused.is_definite), (fenced, false));
}
