//! Stop pressed in one tab, trading in another: the words between them.

use super::*;
use crate::app::TabWord;

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
