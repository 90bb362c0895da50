//! Three grants from the wallet's window to the proof of their end.

use alloy_primitives::{Address, U256};
use leash::contracts::ENTRY_POINT;
use leash::contracts::abi::{IERC20, IEntryPoint};
use serde_json::json;

use crate::chain::quantity;
use crate::evidence::{self, Row};
use crate::person::{Ground, Person, page_url, rows};
use crate::stack::{self, Trend};
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
    let chain = &*person.chain();
    let deposited = chain.read(ENTRY_POINT, &IEntryPoint::balanceOfCall { account });
    [chain.ether_of(person.owner), chain.ether_of(account), deposited]
}

/// Asserts that the proof on the page holds, line by line, and on chain.
fn is_proven(person: &Person, account: Address) {
    let tab = &person.tab;
    tab.until_says("ending-state", "proven");
    let lines = tab.attributes("proof-line", "data-holds");
    assert_eq!(lines, ["holds"; 6], "{:?}", tab.texts("proof-line"));
    evidence::session_is_dead(&*person.chain(), account);
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
    let own = page_url();
    let is_known = |host: &str| match person.ground {
        Ground::Stack => HOSTS.contains(&host) || host == own,
        Ground::Sandbox => ["data:", own.as_str()].contains(&host),
    };
    let strangers: Vec<_> = hosts.iter().filter(|host| !is_known(host)).collect();
    assert!(strangers.is_empty(), "asked {strangers:?}");
}

#[test]
fn one_signature_then_trades_both_ways_through_a_reload_then_revoked_without_the_wallet() {
    from_one_signature_to_the_withdrawal(Person::new());
}

#[test]
fn one_signature_then_trades_both_ways_through_a_reload_then_revoked_on_the_sandbox() {
    from_one_signature_to_the_withdrawal(Person::on_sandbox());
}

/// One signature grants, both averages' crosses are traded, the tab goes away in the middle of it, the session ends
/// itself, and all tokens go home: step by step the same on both chains.
fn from_one_signature_to_the_withdrawal(mut person: Person) {
    let account = person.connect();
    let owner = person.tab.attributes("owner", "data-full").concat().parse().expect("an address");
    if person.ground == Ground::Sandbox {
        person.owner = owner;
    }
    assert_eq!(person.owner, owner, "the owner is the wallet's account");
    person.fund();
    let before = ether(&person, account);
    person.sign();
    assert_eq!(person.tab.prompts(), ["eth_signTypedData_v4"], "one signature grants");
    person.until_averages(Trend::Up);
    person.trade(Trend::Down);
    person.trade(Trend::Up);
    looks_on_from_a_second_tab(&person);

    // The tab goes away while a signed operation is under way; it is settled, never sent twice.
    let averages = person.ground.averages();
    let crosses = |rows: &[Row]| evidence::crosses_are_reproduced(&*person.chain(), rows, averages);
    let rows = evidence::journal(&person.tab);
    crosses(&rows);
    let count = rows.len();
    let is_signed = |tab: &Tab| {
        let rows = evidence::journal(tab);
        rows.len() > count && rows.last().is_some_and(|row| row.state != "planned")
    };
    person.trend(Trend::Down, "another trade", is_signed);
    person.tab.reload();
    person.tab.until("the journal again", |tab| {
        let rows = evidence::journal(tab);
        (rows.len() > count && rows.iter().all(|row| is_settled(person.ground, row))).then_some(())
    });
    person.tab.until_says("wallet-state", person.wallet_name());
    person.until_averages(Trend::Up);
    person.trade(Trend::Down);
    person.trade(Trend::Up);

    // Which candles the trade under way was decided on may be gone with it.
    let since = if person.ground == Ground::Sandbox { count + 1 } else { 0 };
    crosses(&evidence::journal(&person.tab)[since..]);
    let told = person.tab.attributes("chart", "aria-label").concat();
    let trades = person.rows("Buy", "filled") + person.rows("Sell", "filled");
    assert!(told.contains(&format!(". {trades} trades")), "the chart marks every trade: {told}");
    // Since the reload this tab has decided at least on the two trades.
    let decided = person.tab.until_says("decisions", "under the grant");
    assert!(!decided.contains(": 0.") && !decided.contains(": 1."), "{decided}");
    person.tab.until_says("decisions-state", "the same");

    let thief = (person.ground == Ground::Stack).then(|| Thief::look_into(&person.tab));
    if let Some(thief) = &thief {
        thief.finds_no_key_elsewhere(&person.tab);
    }
    person.tab.press("revoke");
    is_proven(&person, account);
    if let Some(thief) = thief {
        thief.gets_nothing();
    }
    assert_eq!(person.tab.prompts(), ["eth_signTypedData_v4"], "no wallet was asked for trading or ending");
    assert_eq!(ether(&person, account), before, "nobody paid ether");
    let given_up = evidence::journal_is_the_chain(&*person.chain(), &person.tab, account);
    assert!(given_up.iter().all(|row| is_settled(person.ground, row)), "{given_up:#?}");
    evidence::journal_is_saved(&person.tab);
    withdraws(&person, account);
    assert_eq!(ether(&person, account), before, "nobody paid ether for the withdrawal");
    all_is_quiet(&person, |_| false);
}

/// On the stack the price waits for every trade, so each is filled. The sandbox's goes on, and it keeps its chain once
/// a second: a trade may come too late, or be taken back by a reload with its block, and then the row says why.
fn is_settled(ground: Ground, row: &Row) -> bool {
    let is_given_up = ["abandoned", "expired", "replaced"].contains(&row.state.as_str());
    row.state == "filled" || (ground == Ground::Sandbox && is_given_up && !row.outcome.is_empty())
}

/// A second tab shows the same and trades nothing; of a sandbox it says where that runs.
fn looks_on_from_a_second_tab(person: &Person) {
    let second = person.second_tab();
    match person.ground {
        Ground::Stack => {
            second.until_says("trader-word", "Other tab");
            let has_both = |tab: &Tab| (rows(tab, "", "filled") >= 2).then_some(());
            second.until("the journal in the other tab", has_both);
        }
        Ground::Sandbox => drop(second.until_says("sandbox-dead", "it runs in another tab of this browser")),
    }
    second.close();
}

/// All tokens go home by one signature.
fn withdraws(person: &Person, account: Address) {
    let facts = evidence::pool();
    let held = |owner: Address| {
        let balance =
            |token: Address| (*person.chain()).read(token, &IERC20::balanceOfCall { account: owner });
        [balance(facts.base.address), balance(facts.quote.address)]
    };
    let all = held(account);
    let prompts = person.tab.prompts().len();
    person.tab.press("withdraw");
    person.approves("Sign a message");
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
    is_proven(&person, account);
    assert_eq!(person.tab.prompts(), ["eth_signTypedData_v4", "personal_sign"], "one request ends it");
    thief.gets_nothing();
    evidence::session_is_dead(&*person.chain(), account);
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
    is_proven(&person, account);
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
    let receipt = (*person.chain()).receipt(&json!(hash));
    let gas = quantity(&receipt["gasUsed"]) * quantity(&receipt["effectiveGasPrice"]);
    assert_eq!(owner, before[0] - gas, "the owner paid for the own transaction only");
    all_is_quiet(&person, |text| text.contains("ERR_CONNECTION_REFUSED"));
}
