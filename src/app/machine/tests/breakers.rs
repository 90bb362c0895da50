//! Circuit breakers: new trades wait, the page says why, and the end does not wait.

use super::*;

#[test]
fn a_leap_of_the_price_stops_trading_for_a_while_and_the_page_says_so() {
    let mut world = World::new();
    // Far enough for the averages to cross upwards at once.
    assert_eq!(prepared_plan(world.look(&[3_000])), None);
    assert_eq!(prepared_plan(world.look(&[3_000])), None);
    let TraderStatus::Halted { why } = world.machine.snapshot().trader else { panic!("it is halted") };
    assert_eq!(why, "No new trades: the price leapt by 17 % within one candle; trading goes on in 6 s.");
    world.look(&[3_000, 3_001, 3_002, 3_003]);
    assert!(matches!(world.machine.snapshot().trader, TraderStatus::Waiting { .. }), "and it goes on");
}

#[test]
fn three_trades_that_come_to_nothing_stop_trading_but_not_the_end() {
    let mut world = World::new();
    let (up, down) = ((2_560..2_700).step_by(10), (2_560..2_700).rev().step_by(10));
    let plans: Vec<_> = up
        .chain(down)
        .cycle()
        .take(600)
        .filter_map(|whole| {
            let plan = prepared_plan(world.look(&[whole]))?;
            world.tell(Event::Prepared(plan.id, Err(failure())));
            let TraderStatus::Halted { why } = world.machine.snapshot().trader else { return Some(None) };
            Some(Some(why))
        })
        .take(3)
        .collect();
    let words = "No new trades: three trades in a row came to nothing; trading goes on in 20 s.";
    assert_eq!(plans, [None, None, Some(words.to_owned())]);
    let commands = world.tell(Event::Intent(Box::new(Intent::Revoke)));
    let ending = prepared_plan(commands).expect("it is ended at once");
    assert_eq!(ending.purpose, Purpose::Renounce);
}
