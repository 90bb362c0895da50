//! Three grants from the wallet's window to the proof of their end.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolError;
use leash::contracts::ENTRY_POINT;
use leash::contracts::abi::ISmartSession::HashMismatch;
use leash::contracts::abi::{IERC20, IEntryPoint};
use serde_json::json;

use crate::evidence;
use crate::person::{Person, rows};
use crate::stack::{self, Trend, ether_of, quantity};
use crate::tab::Tab;
use crate::thief::Thief;

/// The page, and the services of the local network.
const HOSTS: [&str; 6] = [
    "data:",
    "http://127.0.0.1:8080",
    "http://127.0.0.1:8545",
    "http://127.0.0.1:8546",
    "http://127.0.0.1:8547",
    "http://127.0.0.1:8548",
];

/// Native coin of the owner, of the account, and of the account in the EntryPoint.
fn ether(person: &Person, account: Address) -> [U256; 3] {
    let deposited = stack::read(ENTRY_POINT, &IEntryPoint::balanceOfCall { account });
    [ether_of(person.owner), ether_of(account), deposited]
}

/// Asserts that the proof on the page holds, line by line, and on chain.
fn is_proven(tab: &Tab, account: Address) {
    tab.until_says("ending-state", "proven");
    let lines = tab.attributes("proof-line", "data-holds");
    assert_eq!(lines, ["holds"; 6], "{:?}", tab.texts("proof-line"));
    evidence::session_is_dead(account);
    tab.until_says("state-word", "Revoked");
    assert_eq!(tab.texts("permission-state"), ["off", "off"]);
    assert!(!tab.has("change"), "new terms are no renewal any more");
}

/// Chromium says this of every preloaded program, also of this one, whose integrity boot.js checks itself.
fn is_known(complaint: &str) -> bool {
    complaint.contains("`integrity` attribute is currently ignored for preload destinations")
}

/// Asserts that nothing was refused, nothing failed and nobody else was asked.
fn all_is_quiet(person: &Person, is_expected: impl Fn(&str) -> bool) {
    let complaints = person.tab.complaints(|text| is_known(text) || is_expected(text));
    assert!(complaints.is_empty(), "{complaints:#?}");
    let hosts = person.tab.hosts();
    let strangers: Vec<_> = hosts.iter().filter(|host| !HOSTS.contains(&host.as_str())).collect();
    assert!(strangers.is_empty(), "asked {strangers:?}");
}

#[test]
fn one_signature_then_trades_both_ways_through_a_reload_then_revoked_without_the_wallet() {
    let person = Person::new();
    let account = person.connect();
    person.fund();
    let before = ether(&person, account);
    person.sign();
    assert_eq!(person.tab.prompts(), ["eth_signTypedData_v4"], "one signature grants");
    person.until_averages(Trend::Up);
    person.trade(Trend::Down);
    person.trade(Trend::Up);

    let second = person.second_tab();
    second.until_says("trader-word", "Other tab");
    second.until("the journal in the other tab", |tab| (rows(tab, "", "filled") >= 2).then_some(()));
    second.close();

    // The tab goes away while a signed operation is under way; it is settled, never sent twice.
    let count = evidence::journal(&person.tab).len();
    let is_signed = |tab: &Tab| {
        let rows = evidence::journal(tab);
        rows.len() > count && rows.last().is_some_and(|row| row.state != "planned")
    };
    person.trend(Trend::Down, "another trade", is_signed);
    person.tab.reload();
    person.tab.until("the journal again", |tab| {
        let rows = evidence::journal(tab);
        (rows.len() > count && rows.iter().all(|row| row.state == "filled")).then_some(())
    });
    person.tab.until_says("wallet-state", "Walletless");
    person.until_averages(Trend::Up);
    person.trade(Trend::Down);
    person.trade(Trend::Up);

    evidence::crosses_are_reproduced(&person.tab, 5.0, 15.0, 2);
    let told = person.tab.attributes("chart", "aria-label").concat();
    let trades = person.rows("Buy", "filled") + person.rows("Sell", "filled");
    assert!(told.contains(&format!(". {trades} trades")), "the chart marks every trade: {told}");
    // Since the reload this tab has decided at least on the two trades.
    let decided = person.tab.until_says("decisions", "under the grant");
    assert!(!decided.contains(": 0.") && !decided.contains(": 1."), "{decided}");
    person.tab.until_says("decisions-state", "the same");

    let thief = Thief::look_into(&person.tab);
    thief.finds_no_key_elsewhere(&person.tab);
    person.tab.press("revoke");
    is_proven(&person.tab, account);
    thief.gets_nothing();
    assert_eq!(person.tab.prompts(), ["eth_signTypedData_v4"], "no wallet was asked for trading or ending");
    assert_eq!(ether(&person, account), before, "nobody paid ether");
    evidence::journal_is_the_chain(&person.tab, account);
    evidence::journal_is_saved(&person.tab);
    withdraws(&person, account);
    assert_eq!(ether(&person, account), before, "nobody paid ether for the withdrawal");
    all_is_quiet(&person, |_| false);
}

/// All tokens go home by one signature.
fn withdraws(person: &Person, account: Address) {
    let facts = evidence::pool();
    let held = |owner: Address| {
        let balance = |token: Address| stack::read(token, &IERC20::balanceOfCall { account: owner });
        [balance(facts.base.address), balance(facts.quote.address)]
    };
    let all = held(account);
    let prompts = person.tab.prompts().len();
    person.tab.press("withdraw");
    person.tab.until_says("ending-status", "Done.");
    assert_eq!(held(person.owner), all, "everything is the owner's");
    assert_eq!(person.tab.prompts()[prompts..], ["personal_sign"], "one signature");
}

#[test]
fn an_owner_revokes_by_one_signature_what_may_not_end_itself() {
    let person = Person::new();
    let account = person.connect();
    person.fund();
    person.until_averages(Trend::Down);
    person.tab.press("field-may-renounce");
    let before = ether(&person, account);
    person.sign();
    person.trade(Trend::Up);
    assert_eq!(person.rows("Sell", "filled"), 0, "selling was never used");
    let thief = Thief::look_into(&person.tab);
    person.tab.press("revoke");
    person.tab.press("revoke-by-owner");
    is_proven(&person.tab, account);
    assert_eq!(person.tab.prompts(), ["eth_signTypedData_v4", "personal_sign"], "one request ends it");
    let refusal = thief.sells().expect("the signature for selling that was never used is void");
    assert_eq!(refusal.get(..4), Some(&HashMismatch::SELECTOR[..]), "{refusal}");
    evidence::session_is_dead(account);
    assert_eq!(ether(&person, account), before, "nobody paid ether");
    all_is_quiet(&person, |_| false);
}

#[test]
fn taking_the_sessions_away_alone_would_leave_the_unused_signature_alive() {
    let person = Person::new();
    person.connect();
    person.fund();
    // The way down comes before the grant, or its cross would sell what the faucet gave.
    person.until_averages(Trend::Down);
    person.sign();
    person.trade(Trend::Up);
    assert_eq!(person.rows("Sell", "filled"), 0, "selling was never used");
    // It must not renounce meanwhile, nor sell.
    person.tab.press("pause");
    person.tab.until_says("trader-word", "Paused");
    let thief = Thief::look_into(&person.tab);
    thief.owner_removes_the_sessions_only();
    assert_eq!(thief.sells(), None, "this is why ending makes the signatures void too");
}

/// Bundler and paymaster are down until this is dropped.
struct Outage;

impl Outage {
    fn begin() -> Self {
        stack::control("leash_services", &json!({ "bundler": false, "paymaster": false }));
        Self
    }
}

impl Drop for Outage {
    fn drop(&mut self) {
        stack::control("leash_services", &json!({ "bundler": true, "paymaster": true }));
    }
}

#[test]
fn an_owner_revokes_by_own_transaction_when_the_services_are_down() {
    let person = Person::new();
    let account = person.grant();
    let before = ether(&person, account);
    person.until_averages(Trend::Down);
    person.trade(Trend::Up);
    assert_eq!(ether(&person, account), before, "trading costs no ether");
    let thief = Thief::look_into(&person.tab);
    let outage = Outage::begin();
    person.tab.press("revoke");
    person.tab.press("by-transaction");
    is_proven(&person.tab, account);
    thief.gets_nothing();
    let prompts = person.tab.prompts();
    assert_eq!(
        prompts,
        ["eth_signTypedData_v4", "personal_sign", "eth_sendTransaction"],
        "two requests end it"
    );
    drop(outage);
    let [owner, rest @ ..] = ether(&person, account);
    assert_eq!(rest, before[1..], "the account paid nothing");
    let hash = person.tab.attributes("journal-transaction", "data-full").remove(0);
    let receipt = stack::receipt(&json!(hash));
    let gas = quantity(&receipt["gasUsed"]) * quantity(&receipt["effectiveGasPrice"]);
    assert_eq!(owner, before[0] - gas, "the owner paid for the own transaction only");
    all_is_quiet(&person, |text| text.contains("ERR_CONNECTION_REFUSED"));
}
