//! Several tabs of one profile: stop pressed in one that looks on, many that see the same candle, one that freezes.

use alloy_primitives::Address;
use serde_json::json;

use crate::chain::stack_chain;
use crate::evidence;
use crate::person::{Person, block_of, rows};
use crate::stack::{self, Trend};
use crate::tab::Tab;

/// Tabs beside the first one.
const OTHERS: usize = 7;
/// Candles that all of them see.
const CANDLES: usize = 200;
/// Candles of one direction before the price turns.
const TURN: usize = 6;
/// Candles of one direction in which the averages must have crossed.
const LONG_TURN: usize = 20;
/// Candles in which a trade must have come.
const MOST_CANDLES: usize = 4 * LONG_TURN;
/// How often a tab is frozen.
const FREEZES: usize = 5;

#[test]
fn stop_in_the_tab_that_looks_on_stops_the_one_that_trades() {
    let person = Person::new();
    let account = person.grant();
    let trading = &person.tab;
    let onlooking = person.second_tab();
    onlooking.until_says("trader-word", "Other tab");

    onlooking.press("pause");
    trading.until_says("trader-word", "Paused");
    onlooking.press("resume");
    trading.until_says("trader-word", "Waiting");

    person.until_averages(Trend::Down);
    person.trade(Trend::Up);
    onlooking.press("revoke");
    for tab in [trading, &onlooking] {
        tab.until_says("ending-state", "proven");
        tab.until_says("state-word", "Revoked");
    }
    evidence::session_is_dead(stack_chain(), account);
    let ended = |tab: &Tab| rows(tab, "End the session", "filled");
    trading.until("its own ending", |tab| (ended(tab) == 1).then_some(()));
    assert_eq!(person.tab.prompts(), ["eth_signTypedData_v4"], "no wallet was asked");
}

/// Every trade that was filled had a candle of its own, and the chain has what the page tells.
fn nothing_was_doubled(tab: &Tab, account: Address, at_least: usize) {
    let candles = evidence::traded_candles(tab);
    assert!(candles.values().all(|trades| *trades == 1), "{candles:?}");
    let mined = evidence::operations_of(stack_chain(), account);
    assert!(mined.len() >= at_least, "a test without trades shows nothing: {}", mined.len());
    tab.until("the journal is the chain", |tab| {
        let filled = rows(tab, "", "filled") + rows(tab, "", "reverted");
        (filled == evidence::operations_of(stack_chain(), account).len()).then_some(())
    });
}

fn is_trading(tab: &Tab) -> bool {
    tab.text("trader-word").is_some_and(|word| ["Waiting", "Busy"].iter().any(|known| word.contains(known)))
}

fn nothing_is_under_way(tab: &Tab) {
    tab.until("that nothing is under way", |tab| {
        tab.text("trader-word").is_some_and(|word| !word.contains("Busy")).then_some(())
    });
}

fn is_looking_on(tab: &Tab) -> bool {
    tab.text("trader-word").is_some_and(|word| word.contains("Other tab"))
}

#[test]
fn eight_tabs_that_see_the_same_candles_trade_each_once_at_most() {
    let person = Person::new();
    let account = person.grant();
    let others: Vec<Tab> = (0..OTHERS).map(|_| person.second_tab()).collect();
    others.iter().for_each(|tab| tab.until("that it looks on", |tab| is_looking_on(tab).then_some(())));
    person.until_warm();
    for candle in 0..CANDLES {
        stack::step(if (candle / TURN).is_multiple_of(2) { Trend::Up } else { Trend::Down });
        person.sees_the_chain();
    }
    nothing_is_under_way(&person.tab);
    nothing_was_doubled(&person.tab, account, 8);
    for tab in others.iter().chain([&person.tab]) {
        let told = tab.texts("notice").concat();
        assert!(!told.contains("AA25") && !told.contains("nonce"), "no quarrel over a nonce is told: {told}");
    }
    assert!(others.iter().all(is_looking_on), "one trades all the while");
    // The one that trades is closed: one of the others goes on.
    person.tab.close();
    let heir = others[0].until("one heir", |_| others.iter().find(|tab| is_trading(tab)));
    heir.until_says("journal-count", &evidence::operations_of(stack_chain(), account).len().to_string());
    assert_eq!(others.iter().filter(|tab| is_trading(tab)).count(), 1);
}

/// Moves the price candle by candle, until this tab is at a trade or has made one. The price turns again where the
/// first cross gives none: a purchase that was planned as its tab froze was never made, so there is nothing to sell.
fn until_it_trades(tab: &Tab, turns: [Trend; 2], account: Address) {
    let before = evidence::operations_of(stack_chain(), account).len();
    for candle in 0..MOST_CANDLES {
        stack::step(turns[(candle / LONG_TURN) % 2]);
        tab.until("the new candle", |tab| (block_of(tab)? >= stack_chain().block()).then_some(()));
        let is_at_it = tab.text("trader-word").is_some_and(|word| word.contains("Busy"));
        if is_at_it || evidence::operations_of(stack_chain(), account).len() > before {
            return;
        }
    }
    panic!("no trade in {MOST_CANDLES} candles: {:?}", tab.text("trader-why"));
}

fn lifecycle(tab: &Tab, state: &str) {
    tab.ask("Page.setWebLifecycleState", &json!({ "state": state }));
}

/// Freezes `tab` anywhere but within a transaction on its records, seen from `other`: there no browser freezes a page,
/// since all others of its origin would wait for it.
fn freeze(tab: &Tab, other: &Tab) {
    const RECORDS_ARE_FREE: &str = "new Promise((answer) => {
  setTimeout(() => answer(false), 1_000);
  indexedDB.open('leash').onsuccess = ({ target: { result: records } }) => {
    const use = records.transaction([...records.objectStoreNames], 'readwrite');
    use.oncomplete = () => { records.close(); answer(true); };
  };
})";
    other.until("a moment without a transaction", |other| {
        lifecycle(tab, "frozen");
        let is_free = other.run(RECORDS_ARE_FREE) == json!(true);
        if !is_free {
            lifecycle(tab, "active");
        }
        is_free.then_some(())
    });
}

#[test]
fn a_tab_that_freezes_and_wakes_after_another_took_over_doubles_nothing() {
    let person = Person::new();
    let account = person.grant();
    let second = person.second_tab();
    second.until("that it looks on", |tab| is_looking_on(tab).then_some(()));
    person.until_warm();
    let (mut leader, mut heir) = (&person.tab, &second);
    for round in 0..FREEZES {
        let (there, back) =
            if round.is_multiple_of(2) { (Trend::Up, Trend::Down) } else { (Trend::Down, Trend::Up) };
        // Every other time in the middle of its trade, which then comes to nothing; three such in a row would halt it.
        if !round.is_multiple_of(2) {
            nothing_is_under_way(leader);
        }
        freeze(leader, heir);
        let before = block_of(leader);
        (0..TURN).for_each(|_| stack::step(back));
        heir.until("that the heir sees them", |tab| (block_of(tab)? >= stack_chain().block()).then_some(()));
        assert!(block_of(leader) <= before, "a frozen tab sees nothing");
        // What the heir does by itself after a minute and a half of silence.
        heir.run(
            "navigator.locks.query().then(({ held }) => held.filter(({ name }) => name.startsWith('leash-trader'))\
             .forEach(({ name }) => navigator.locks.request(name, { steal: true }, () => 0))), 1",
        );
        heir.until("that it trades", |tab| is_trading(tab).then_some(()));
        // The old one wakes while the new one is at a trade, at the very candle that it would trade at itself.
        until_it_trades(heir, [there, back], account);
        lifecycle(leader, "active");
        leader.until("that it looks on", |tab| is_looking_on(tab).then_some(()));
        heir.until("that it trades on", |tab| is_trading(tab).then_some(()));
        std::mem::swap(&mut leader, &mut heir);
    }
    // What was planned when its tab froze was never signed, and is no trade.
    nothing_is_under_way(leader);
    nothing_was_doubled(leader, account, FREEZES / 2);
}
