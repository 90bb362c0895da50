//! The sandbox: a stranger opens the page, presses twice and watches it trade; then breaks it, moves time, kills
//! its worker.

use std::sync::Arc;

use crate::chromium::{Chromium, Windows};
use crate::person::{page_url, rows};
use crate::pictures::pictures;
use crate::tab::Tab;

/// A browser that never saw the page, without any wallet.
pub(crate) struct Stranger {
    pub(crate) browser: Arc<Chromium>,
    pub(crate) tab: Tab,
}

impl Stranger {
    pub(crate) fn new() -> Self {
        Self::at(&page_url())
    }

    pub(crate) fn at(url: &str) -> Self {
        Self::in_browser(Arc::new(Chromium::start(Windows::Headless)), url)
    }

    fn in_browser(browser: Arc<Chromium>, url: &str) -> Self {
        let tab = Tab::open(&browser, &[]);
        tab.go(url);
        Self { browser, tab }
    }

    /// The two presses.
    pub(crate) fn trades(&self) {
        self.tab.press("try-it");
        self.tab.press("sheet-approve");
        self.tab.until_says("state-word", "Signed");
    }

    fn filled(&self) -> usize {
        rows(&self.tab, "", "filled")
    }

    /// Waits until this many more trades are filled.
    pub(crate) fn fills(&self, more: usize) {
        let goal = self.filled() + more;
        self.tab.until(&format!("{goal} trades"), |tab| (rows(tab, "", "filled") >= goal).then_some(()));
    }

    /// The key of the session.
    fn key(&self) -> Vec<String> {
        self.tab.attributes("session-key", "data-full")
    }

    /// Takes the offered restart, and waits for the same session and its trades.
    fn restarts_with(&self, key: &[String], trades: usize) {
        self.tab.press("sandbox-dead-act");
        self.tab.until("the same leash", |_| (self.key() == key).then_some(()));
        let titles = |tab: &Tab| tab.texts("journal-title").len();
        self.tab.until("the same journal", |tab| (titles(tab) >= trades).then_some(()));
    }

    fn is_on(&self, mark: &str) -> bool {
        self.tab.run(&format!("document.querySelector('[data-testid={mark}]').checked")) == true
    }

    /// Turns a switch, and waits until the sandbox says that it is turned.
    fn turn(&self, mark: &str, on: bool) {
        assert_ne!(self.is_on(mark), on, "{mark}");
        self.tab.press(mark);
        self.tab.until(mark, |_| (self.is_on(mark) == on).then_some(()));
    }

    pub(crate) fn is_quiet(&self, is_expected: impl Fn(&str) -> bool) {
        let is_known = |text: &str| {
            text.contains("`integrity` attribute is currently ignored for preload destinations")
                || is_expected(text)
        };
        let complaints = self.tab.complaints(is_known);
        assert!(complaints.is_empty(), "{complaints:#?}");
        let strangers: Vec<_> = self
            .tab
            .hosts()
            .into_iter()
            .filter(|host| host != "data:" && !host.starts_with("http://127.0.0.1:"))
            .collect();
        assert!(strangers.is_empty(), "asked {strangers:?}");
    }
}

/// What the wallet's sheet shows under a label.
fn compared(tab: &Tab, label: &str) -> String {
    let rows = tab.texts("sheet-compare");
    let row = rows.iter().find_map(|row| row.strip_prefix(label));
    row.unwrap_or_else(|| panic!("no {label} in {rows:#?}")).to_owned()
}

#[test]
fn two_presses_lead_from_a_strangers_first_sight_to_a_settled_trade() {
    let stranger = Stranger::new();
    let tab = &stranger.tab;
    tab.until_says("price", ".");
    assert_eq!(tab.run("location.search"), "?network=sandbox", "a stranger begins on the sandbox");
    tab.press("try-it");
    tab.until_says("sheet-title", "Grant a session");
    assert_eq!(tab.texts("sheet-kind"), ["play money"]);
    let account = tab.attributes("account-address", "data-full").concat();
    assert!(compared(tab, "Account").contains(&account), "the sheet names the account on the page");
    assert!(compared(tab, "Session key").starts_with("0x"));
    assert!(compared(tab, "Ends").contains("UTC"));
    let shown = tab.texts("sheet-section").join("\n");
    for word in ["exactInputSingle", "Recipient", "your smart account", "WETH", "USDC", "Operations"] {
        assert!(shown.contains(word), "{word} in\n{shown}");
    }
    tab.press("sheet-approve");
    tab.until_says("state-word", "Signed");
    stranger.fills(1);
    let row = tab.texts("journal-cause").pop().expect("a trade");
    assert!(row.contains("average"), "it names its cross: {row}");
    tab.until_says("state-word", "Live");
    stranger.fills(2);
    tab.press("revoke");
    tab.until_says("ending-state", "proven");
    assert_eq!(tab.attributes("proof-line", "data-holds"), ["holds"; 6], "{:?}", tab.texts("proof-line"));
    tab.press("withdraw");
    tab.until_says("sheet-title", "Sign a message");
    tab.press("sheet-approve");
    tab.until_says("ending-status", "Done.");
    stranger.is_quiet(|_| false);
}

#[test]
fn a_rejected_sheet_grants_nothing_and_a_second_try_does() {
    let stranger = Stranger::new();
    let tab = &stranger.tab;
    let declined = |press: &dyn Fn()| {
        tab.until_says("sheet-title", "Grant a session");
        let focus = "document.querySelector('dialog').contains(document.activeElement)";
        assert_eq!(tab.run(focus), true, "the focus is in the sheet");
        press();
        tab.until("the refusal", |tab| {
            tab.texts("notice-sentence").into_iter().find(|text| text.contains("You declined"))
        });
        assert!(!tab.has("sheet") && !tab.has("leash-bar"), "nothing was granted");
        tab.press("notice-dismiss");
    };
    tab.press("try-it");
    declined(&|| tab.press("sheet-reject"));
    tab.press("grant-sign");
    declined(&|| tab.key("Escape"));
    tab.press("grant-sign");
    tab.until_says("sheet-title", "Grant a session");
    // Round the sheet by keyboard alone, and never out of it.
    for _ in 0..12 {
        tab.key("Tab");
        let outside = "document.activeElement !== document.body && !document.querySelector('dialog').contains(document.activeElement)";
        assert_eq!(tab.run(outside), false, "the focus stays in the sheet");
    }
    tab.run("document.querySelector('[data-testid=sheet-approve]').focus()");
    tab.key("Enter");
    tab.until_says("state-word", "Signed");
}

#[test]
fn it_trades_on_when_a_drill_is_over() {
    let stranger = Stranger::new();
    stranger.trades();
    stranger.fills(1);
    for drill in ["drill-bundler", "drill-paymaster", "drill-stale", "drill-slow", "drill-stuck"] {
        stranger.turn(drill, true);
        stranger.turn(drill, false);
        stranger.fills(1);
    }
    stranger.turn("drill-bundler", true);
    let before = stranger.filled();
    stranger.tab.until("a trade that comes to nothing", |tab| (rows(tab, "", "abandoned") > 0).then_some(()));
    assert_eq!(stranger.filled(), before, "nothing gets past a bundler that is down");
    stranger.turn("drill-bundler", false);
    stranger.fills(1);
    stranger.tab.press("drill-reorg");
    stranger.fills(1);
    stranger.tab.press("drill-clock");
    stranger.fills(1);
    stranger.is_quiet(|_| false);
}

#[test]
fn past_its_end_a_session_is_over_by_itself() {
    let stranger = Stranger::new();
    stranger.trades();
    stranger.fills(1);
    // At its usual speed the last minute is over before it is seen.
    stranger.tab.press("lever-1×");
    stranger.tab.press("jump-before");
    stranger.tab.until_says("expires-in", " s left");
    stranger.tab.press("jump-past");
    stranger.tab.until_says("state-word", "Expired");
    let prompts = stranger.tab.has("sheet");
    assert!(!prompts, "nothing is asked to end it");
}

#[test]
fn a_killed_worker_is_offered_a_restart_and_the_leash_lives_on() {
    let stranger = Stranger::new();
    stranger.trades();
    stranger.fills(2);
    let key = stranger.key();
    let worker = stranger.tab.worker_of("sandbox_loader.js");
    stranger.tab.run_in(&worker, "close()");
    stranger.restarts_with(&key, 2);
    stranger.fills(3);
}

#[test]
fn a_second_tab_says_where_the_sandbox_runs_and_goes_on_with_it_when_that_tab_is_closed() {
    let first = Stranger::new();
    first.trades();
    first.fills(1);
    let key = first.key();
    assert_eq!(key.len(), 1, "{key:?}");
    let second = Stranger::in_browser(Arc::clone(&first.browser), &page_url());
    second.tab.until_says("sandbox-dead", "it runs in another tab of this browser");
    first.fills(1);
    first.tab.close();
    second.restarts_with(&key, 2);
    second.fills(1);
}

#[test]
fn a_reset_begins_at_genesis_again() {
    let stranger = Stranger::new();
    stranger.trades();
    stranger.fills(1);
    stranger.tab.press_inside("sandbox-more");
    stranger.tab.press("sandbox-reset");
    stranger.tab.until("the beginning", |tab| (tab.has("try-it") && !tab.has("leash-bar")).then_some(()));
    assert_eq!(stranger.filled(), 0);
    stranger.trades();
    stranger.fills(1);
}

/// How many candles the chart shows, and of how many.
fn shown(tab: &Tab) -> Option<(usize, usize)> {
    let text = tab.text("chart-shown")?;
    let (shown, all) = text.strip_suffix(" candles")?.split_once(" of ")?;
    Some((shown.parse().ok()?, all.parse().ok()?))
}

#[test]
fn the_chart_shows_as_much_of_its_two_hours_as_one_likes() {
    let stranger = Stranger::new();
    let tab = &stranger.tab;
    let is = |what: &str, is_wanted: fn(usize, usize) -> bool| {
        tab.until(what, |tab| shown(tab).filter(|(part, all)| is_wanted(*part, *all)))
    };
    let (part, all) = is("a part of the history", |part, all| part < all);
    assert!(all * 20 >= 2 * 3_600 - 60, "two hours of candles of 20 s, not {all}");
    tab.press("chart-closer");
    let (closer, _) = is("less", |part, all| part < all);
    assert!(closer < part || closer == 10, "{closer} of {part}");
    tab.press("chart-all");
    is("all", |part, all| part == all);
    tab.press("chart-closer");
    is("half", |part, all| part < all && part >= all / 2 - 1);
    tab.press("chart-earlier");
    tab.picture("16-chart-earlier-1440x900");
    tab.press("chart-newest");
    is("as much as before", |part, all| part < all && part >= all / 2 - 1);
}

#[test]
fn contracts_with_another_hash_are_refused_by_name() {
    let stranger = Stranger::new();
    let tab = &stranger.tab;
    tab.until_says("price", ".");
    tab.press_inside("sandbox-more");
    // The local stack runs on stand-ins, at the addresses of the production contracts.
    tab.choose("production-network", "local");
    tab.press("load-production");
    let refused = tab.until_says("sandbox-trouble", "not the pinned");
    assert!(refused.contains("SmartSession at 0x00000000008bDABA73cD9815d79069c247Eb4bDA"), "{refused}");
    tab.until_says("sandbox-contracts", "stand-ins");
    stranger.trades();
    stranger.fills(1);
}

#[test]
fn every_state_of_the_sandbox_has_its_picture() {
    let stranger = Stranger::new();
    let tab = &stranger.tab;
    tab.until_says("ema-slow", ".");
    pictures(tab, "5-sandbox-begin", "body");
    tab.press("try-it");
    tab.until_says("sheet-title", "Grant a session");
    pictures(tab, "6-sandbox-sheet", "body");
    tab.press("sheet-approve");
    stranger.fills(3);
    pictures(tab, "7-sandbox-trading", "body");
    pictures(tab, "8-sandbox-panel", "[data-testid=sandbox-panel]");
}

#[test]
fn at_a_thousand_times_the_speed_the_page_goes_on() {
    let stranger = Stranger::new();
    stranger.trades();
    stranger.long_tasks_at_full_speed();
}
