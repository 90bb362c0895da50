//! The lab: candles chosen and dropped, a run, a grid, the smallest grant that fits, in the page a stranger opens;
//! and the strategy on paper, which trades there before any wallet is seen.

use serde_json::json;

use crate::person::Person;
use crate::pictures::pictures;
use crate::sandbox::Stranger;
use crate::tab::Tab;

/// Two days of minutes around the sandbox's price, up and down by a tenth.
fn candles() -> String {
    let close = |minute: u64| 2_400 + if minute % 400 < 200 { minute % 200 } else { 200 - minute % 200 };
    let row = |minute: u64| format!("{},{1},{1},{1},{1},5\n", 1_700_000_100 + minute * 60, close(minute));
    format!("time,open,high,low,close,volume\n{}", (0..2_880).map(row).collect::<String>())
}

fn figure(tab: &Tab, name: &str) -> String {
    let rows = tab.texts("lab-figure");
    let row = rows.iter().find_map(|row| row.strip_prefix(name));
    row.unwrap_or_else(|| panic!("no {name} in {rows:?}")).to_owned()
}

#[test]
fn a_stranger_tries_a_file_of_candles_and_takes_the_smallest_leash_that_fits() {
    let stranger = Stranger::new();
    let tab = &stranger.tab;
    tab.until_says("price", ".");
    tab.press("lab-open");
    tab.chooses("lab-file", "notes.txt", "nothing of the kind");
    tab.until_says("lab-trouble", "notes.txt is not taken");
    tab.drops_on("lab-drop", "waves.csv", &candles());
    tab.until_says("lab-history", "waves.csv: 2880 candles of 60 s, 2023-11-14 to 2023-11-16.");
    assert!(!tab.has("lab-trouble"), "what was wrong is over");
    tab.write("lab-fast", "30");
    tab.write("lab-slow", "15");
    tab.press("lab-preset-1m");
    tab.write("lab-slow", "5");
    tab.press("lab-run");
    tab.until_says("lab-trouble", "must be shorter");
    tab.press("lab-preset-1m");
    tab.press("lab-run");
    tab.until_says("lab-verdict", "It won ");
    assert!(figure(tab, "Trades").contains("sales"), "{:?}", tab.texts("lab-figure"));
    let free = figure(tab, "Decisions");
    let saved = tab.saves("lab-save", "leash-backtest.csv");
    assert!(saved.starts_with("closed_at_unix_s,side,lots,") && saved.lines().count() > 4, "{saved}");
    pictures(tab, "10-lab-run", "[data-testid=lab]");

    tab.press_inside("lab-protections");
    tab.write("lab-take-profit-percent", "1");
    tab.press("lab-run");
    tab.until("other decisions", |tab| (figure(tab, "Decisions") != free).then_some(()));

    tab.press("lab-sweep");
    tab.until_says("lab-agreement", "Order of the pairs");
    tab.press("lab-cell-60-8-26");
    let fields = ["lab-fast", "lab-slow"]
        .map(|mark| tab.run(&format!("document.querySelector('[data-testid={mark}]').value")));
    assert_eq!(fields, [json!("8"), json!("26")], "a cell's averages stand in the fields");
    pictures(tab, "11-lab-sweep", "[data-testid=lab-grid]");

    // What was tried stands in the terms of the account that is opened now.
    tab.press("lab-run");
    tab.until_says("lab-verdict", "It ");
    tab.press("lab-take");
    tab.until_says("lab-taken", "in the terms");
    stranger.is_quiet(|_| false);
}

#[test]
fn a_strategy_that_was_tried_stands_beside_the_terms_that_are_suggested_later() {
    let person = Person::new();
    let tab = &person.tab;
    tab.until_says("price", "");
    tab.press("lab-open");
    tab.chooses("lab-file", "waves.csv", &candles());
    tab.until_says("lab-history", "2880 candles");
    tab.write("lab-fast", "7");
    tab.press_inside("lab-protections");
    tab.write("lab-stop-loss-percent", "2");
    person.connect();
    person.fund();
    let value = |mark: &str| tab.run(&format!("document.querySelector('[data-testid={mark}]').value"));
    tab.until("lots for what is there", |_| (value("field-buy-lot") != json!("")).then_some(()));
    assert_eq!([value("field-fast"), value("field-stop-loss-percent")], [json!("7"), json!("2")]);
    tab.press("suggested-terms");
    tab.until("the suggested ones", |_| (value("field-stop-loss-percent") == json!("")).then_some(()));
}

#[test]
fn the_strategy_trades_on_paper_before_any_wallet_is_seen() {
    let stranger = Stranger::new();
    let tab = &stranger.tab;
    tab.until_says("paper-since", "with 10000 USDC of play money");
    tab.until_says("paper-trade", "Because the averages crossed");
    assert_ne!(tab.text("paper-count").as_deref(), Some("0"));
    pictures(tab, "9-paper", "body");
    tab.until_says("decisions-state", "the same");
    replays(tab);
    stranger.trades();
    tab.until("no paper beside real tokens", |tab| (!tab.has("paper")).then_some(()));
}

/// The chart once more from its first candle on, with what was decided and why; then live again.
fn replays(tab: &Tab) {
    tab.press("replay-open");
    tab.until_says("replay-reason", "Nothing was decided yet.");
    tab.choose("replay-speed", "100");
    tab.until_says("replay-reason", "On paper: ");
    pictures(tab, "14-replay", "body");
    tab.press("replay-close");
    tab.until("the live chart", |tab| (!tab.has("replay-reason")).then_some(()));
}
