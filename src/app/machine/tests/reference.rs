//! The exchange beside the pool: a gate before every trade once it is asked for.

use super::*;

fn compare(world: &mut World, wanted: bool) -> Vec<Command> {
    world.tell(Event::Intent(Box::new(Intent::Compare(wanted))))
}

fn hears(world: &mut World, whole: u128) -> Vec<Command> {
    let turn = world.machine.heard.turn;
    world.tell(Event::Heard(turn, Ok(price(whole))))
}

/// The turn in which a line is listened to.
fn asked(commands: &[Command]) -> Option<u64> {
    let turn = |command: &Command| if let Command::Listen(turn, _) = command { Some(*turn) } else { None };
    commands.iter().find_map(turn)
}

fn listens(commands: &[Command]) -> bool {
    asked(commands).is_some()
}

/// Whether a rise makes it buy, with an exchange that says this all the while.
fn buys(world: &mut World, exchange: Option<u128>) -> bool {
    (0..28_u32).any(|step| {
        if let Some(whole) = exchange {
            hears(world, whole);
        }
        prepared_plan(world.look(&[2_560 + u128::from(step) * 5])).is_some()
    })
}

#[test]
fn nobody_is_asked_before_the_person_asks_for_it() {
    let mut world = World::new();
    assert!(!listens(&world.look(&[2_560])));
    assert!(world.machine.snapshot().reference.is_some_and(|reference| !reference.is_on));
    assert!(buys(&mut world, None), "and nothing waits for it");
}

#[test]
fn it_listens_at_one_pace_and_hangs_up_when_told() {
    let mut world = World::new();
    let turn = asked(&compare(&mut world, true)).expect("it listens");
    assert_eq!(compare(&mut world, true), [], "one listens already");
    let pause = |millis: u64| Command::Wait { timer: Timer::Listen(turn), millis };
    assert_eq!(world.tell(Event::Heard(turn, Ok(price(2_560)))), [pause(1_000)]);
    assert_eq!(asked(&world.tell(Event::Woke(Timer::Listen(turn)))), Some(turn));
    assert_eq!(world.tell(Event::Heard(turn, Err(failure()))), [pause(5_000)]);
    let seen = world.machine.snapshot().reference.expect("a view");
    assert_eq!((seen.price.as_deref(), seen.apart_bps), (Some("2560"), Some(0)));
    assert!(seen.trouble.is_some());
    assert!(compare(&mut world, false).contains(&Command::HangUp));
    assert_eq!(world.tell(Event::Woke(Timer::Listen(turn))), []);
    assert_eq!(
        world.tell(Event::Heard(turn, Ok(price(2_560)))),
        [],
        "what was still on its way is not taken"
    );
    assert_eq!(world.machine.snapshot().reference.expect("a view").price, None);
}

#[test]
fn switched_off_and_on_again_it_listens_once() {
    let mut world = World::new();
    let first = asked(&compare(&mut world, true)).expect("it listens");
    compare(&mut world, false);
    let second = asked(&compare(&mut world, true)).expect("it listens again");
    assert_ne!(first, second);
    assert_eq!(world.tell(Event::Heard(first, Err(failure()))), [], "the end of the first one is no trouble");
    assert_eq!(world.tell(Event::Woke(Timer::Listen(first))), [], "and its pause begins nothing");
    assert_eq!(world.tell(Event::Heard(second, Ok(price(2_560)))).len(), 1);
    let left = world.tell(Event::Intent(Box::new(Intent::ChooseNetwork("base".to_owned()))));
    assert!(left.contains(&Command::HangUp));
    assert!(
        asked(&left).is_some_and(|turn| turn > second),
        "another network has a line of its own: {left:?}"
    );
    assert_eq!(world.tell(Event::Heard(second, Ok(price(1)))), [], "the first one's word is not for it");
}

#[test]
fn a_pool_that_is_far_from_the_exchange_is_not_traded_with() {
    let mut world = World::new();
    compare(&mut world, true);
    assert!(!buys(&mut world, Some(2_400)));
    let refusal = world.machine.last_refusal.clone().expect("a refusal");
    assert!(refusal.starts_with("the pool’s price is ") && refusal.ends_with(" away from the exchange’s"));
}

#[test]
fn an_exchange_that_says_nothing_keeps_from_trading_too() {
    let mut world = World::new();
    compare(&mut world, true);
    assert!(!buys(&mut world, None));
    let silent = "the exchange that the pool is compared with says nothing";
    assert_eq!(world.machine.last_refusal.as_deref(), Some(silent));
    let TraderStatus::Waiting { why } = world.machine.snapshot().trader else { panic!("it waits") };
    assert!(why.contains(silent), "{why}");
}

#[test]
fn a_pool_that_is_near_it_is_traded_with() {
    let mut world = World::new();
    compare(&mut world, true);
    assert!(buys(&mut world, Some(2_580)));
}

#[test]
fn the_choice_is_kept_and_the_line_opened_again_by_the_next_start() {
    let mut world = World::new();
    let commands = compare(&mut world, true);
    let kept = |command: &Command| matches!(command, Command::Save(Saved::Settings(kept)) if kept.compares);
    assert!(commands.iter().any(kept));
    let mut machine = Machine::new(None).expect("a network");
    machine.start();
    let settings = Settings { compares: true, network: "local".to_owned(), ..Settings::default() };
    let restored = Restored { settings, ..Restored::default() };
    let commands = machine.handle(Event::Restored(Ok(Box::new(restored))), START.to_millis());
    assert!(listens(&commands), "{commands:?}");
}
