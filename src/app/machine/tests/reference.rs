//! The exchange beside the pool: a gate before every trade once it is asked for.

use super::*;

fn compare(world: &mut World, wanted: bool) -> Vec<Command> {
    world.tell(Event::Intent(Box::new(Intent::Compare(wanted))))
}

fn hears(world: &mut World, whole: u128) -> Vec<Command> {
    world.tell(Event::Heard(HERE, Ok(price(whole))))
}

fn listens(commands: &[Command]) -> bool {
    commands.iter().any(|command| matches!(command, Command::Listen(..)))
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
    assert!(listens(&compare(&mut world, true)));
    assert!(!listens(&compare(&mut world, true)), "one listens already");
    let commands = hears(&mut world, 2_560);
    let pause = |millis: u64| Command::Wait { timer: Timer::Listen(HERE), millis };
    assert_eq!(commands, [pause(1_000)]);
    assert!(listens(&world.tell(Event::Woke(Timer::Listen(HERE)))));
    assert_eq!(world.tell(Event::Heard(HERE, Err(failure()))), [pause(5_000)]);
    let seen = world.machine.snapshot().reference.expect("a view");
    assert_eq!((seen.price.as_deref(), seen.apart_bps), (Some("2560"), Some(0)));
    assert!(seen.trouble.is_some());
    assert!(compare(&mut world, false).contains(&Command::HangUp));
    assert!(!listens(&world.tell(Event::Woke(Timer::Listen(HERE)))));
    assert_eq!(hears(&mut world, 2_560), [], "what was still on its way is not taken");
    assert_eq!(world.machine.snapshot().reference.expect("a view").price, None);
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
