//! How much of the market's past is read.

use super::*;

/// Candles that last as on live networks.
const FIVE_MINUTES: StrategyTerms = StrategyTerms::FIVE_MINUTES;

/// Seconds that are asked for.
fn asked(commands: &[Command]) -> Option<u64> {
    commands.iter().find_map(
        |command| {
            if let Command::LoadHistory { secs, .. } = command { Some(*secs) } else { None }
        },
    )
}

/// The price of every minute before [`START`], up and down.
fn minutes(count: u64) -> Vec<PriceTick> {
    let tick = |minute: u64| PriceTick {
        at: UnixSecs(START.0 - 60 * (count - minute)),
        block: 100_000 + 30 * (1_000 - count + minute),
        price: price(2_500 + u128::from(minute % 40)),
    };
    (0..count).map(tick).collect()
}

fn watching() -> Machine {
    let mut machine = Machine::new(None).expect("a network");
    machine.start();
    let begun = machine.handle(Event::Restored(Ok(Box::default())), START.to_millis());
    assert_eq!(asked(&begun), Some(7_200), "two hours are more than the averages of two seconds need");
    let looks = machine.handle(Event::HistoryLoaded(HERE, Ok(minutes(120))), START.to_millis());
    assert!(asked(&looks).is_none() && looks.into_iter().find_map(plan_of).is_some());
    machine
}

#[test]
fn slower_averages_are_shown_as_they_would_be_had_the_page_been_open_for_long() {
    let mut machine = watching();
    assert_eq!(asked(&machine.watch_with(FIVE_MINUTES)), Some(3 * 26 * 300));
    assert_eq!(machine.feed.averages(), None, "two hours have not enough candles");
    assert_eq!(asked(&machine.watch_with(FIVE_MINUTES)), None, "once");
    let commands = machine.handle(Event::HistoryLoaded(HERE, Ok(minutes(390))), START.to_millis());
    assert!(commands.into_iter().find_map(plan_of).is_none(), "the rounds of reading go on as they did");
    assert!(machine.feed.averages().is_some());
    assert_eq!(machine.feed.closed().len(), 78, "and nothing twice");
    // Faster ones need no more; the slowest get what public nodes give.
    assert_eq!(asked(&machine.watch_with(StrategyTerms::MINUTE)), None);
    let slowest = StrategyTerms { trend: 1_000, ..FIVE_MINUTES };
    assert_eq!(asked(&machine.watch_with(slowest)), Some(12 * 3_600));
}

#[test]
fn a_node_that_does_not_give_more_leaves_what_is_known() {
    let mut machine = watching();
    machine.watch_with(FIVE_MINUTES);
    let failed = Event::HistoryLoaded(HERE, Err(Failure::new("Too many blocks.")));
    assert!(machine.handle(failed, START.to_millis()).is_empty());
    assert!(machine.feed.trouble.is_none() && machine.feed.has_history);
    assert_eq!(machine.feed.closed().len(), 24);
}

#[test]
fn what_was_chosen_before_the_history_came_gets_its_own() {
    let mut machine = Machine::new(None).expect("a network");
    machine.start();
    machine.handle(Event::Restored(Ok(Box::default())), START.to_millis());
    assert_eq!(asked(&machine.watch_with(FIVE_MINUTES)), None, "the first one is still on its way");
    let commands = machine.handle(Event::HistoryLoaded(HERE, Ok(minutes(120))), START.to_millis());
    assert_eq!(asked(&commands), Some(23_400));
}
