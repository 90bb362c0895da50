//! What befalls a sandbox: its worker dies in the middle of a trade, or what it keeps was tampered with.

use serde_json::json;

use crate::evidence;
use crate::kills::{agree, is_busy};
use crate::person::{Person, rows};
use crate::tab::Tab;

/// Deaths after which one must have come in the middle of a trade.
const MOST_DEATHS: usize = 12;

/// Whether a trade was neither mined nor given up when the worker died: nobody answers the trader any more.
fn is_in_flight(tab: &Tab) -> bool {
    let newest = tab.text("journal-state");
    newest.is_some_and(|state| ["planned", "signed", "sent"].contains(&state.as_str()))
}

#[test]
fn a_worker_killed_in_the_middle_of_a_trade_leaves_a_journal_that_is_the_chain() {
    let person = Person::on_sandbox();
    let tab = &person.tab;
    let account = person.connect();
    person.fund();
    person.sign();
    let fills = |more: usize| {
        let goal = rows(tab, "", "filled") + more;
        tab.until("more trades", |tab| (rows(tab, "", "filled") >= goal).then_some(()));
    };
    fills(1);
    let mut in_flight = 0;
    for death in 1..=MOST_DEATHS {
        let worker = tab.worker_of("sandbox_loader.js");
        tab.until("a trade under way", |tab| is_busy(tab).then_some(()));
        tab.run_in(&worker, "close()");
        tab.until_says("sandbox-dead", "it gives no sign of life");
        in_flight += usize::from(is_in_flight(tab));
        tab.press("sandbox-dead-act");
        tab.until("the page anew", |tab| (!tab.has("sandbox-dead") && tab.has("leash-bar")).then_some(()));
        agree(&person, account);
        fills(1);
        eprintln!("death {death}: {in_flight} in the middle of a trade");
        if in_flight == 2 {
            break;
        }
    }
    assert!(in_flight > 0, "no death came in the middle of a trade");
    let candles = evidence::traded_candles(tab);
    assert!(candles.values().all(|trades| *trades == 1), "nothing was traded twice: {candles:?}");
}

/// Writes other bytes in the place of the sandbox's production contracts, and takes its chain away.
const TAMPER: &str = r#"(async () => {
  const until = (request) => new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
  const database = await until(indexedDB.open("leash-sandbox-chain"));
  const store = database.transaction("settings", "readwrite").objectStore("settings");
  await until(store.delete("chain"));
  await until(store.put(new Uint8Array([1, 2, 0x60, 0x00]), "production"));
  database.close();
  return "done";
})()"#;

#[test]
fn stored_contracts_that_were_tampered_with_are_refused_and_the_sandbox_falls_back() {
    let person = Person::on_sandbox();
    let tab = &person.tab;
    tab.until_says("price", ".");
    // A running worker would write its chain again.
    tab.run_in(&tab.worker_of("sandbox_loader.js"), "close()");
    assert_eq!(tab.run(TAMPER), json!("done"));
    tab.reload();
    let refused = tab.until_says("sandbox-trouble", "are not used");
    assert!(refused.starts_with("The stored production contracts are not used: "), "{refused}");
    tab.press_inside("sandbox-more");
    tab.until_says("sandbox-contracts", "stand-ins");
    person.connect();
    person.fund();
    person.sign();
    tab.until("a trade", |tab| (rows(tab, "", "filled") > 0).then_some(()));
}
