//! A tab that nobody sees: another tab of its window is in front, in a browser with windows on a virtual screen.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use serde_json::json;

use crate::chromium::{Chromium, Windows};
use crate::person::{Person, WalletPlan};
use crate::stack::Trend;
use crate::tab::Tab;

/// An X server without a screen, until dropped.
struct Screen {
    server: Child,
    display: u32,
}

impl Screen {
    fn start() -> Self {
        let mut xvfb = Command::new("Xvfb");
        xvfb.args(["-displayfd", "1", "-screen", "0", "1600x1000x24", "-nolisten", "tcp"]);
        let mut server =
            xvfb.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("Xvfb is installed");
        // It writes the number of its display once it takes windows.
        let mut line = String::new();
        let told = BufReader::new(server.stdout.take().expect("piped")).read_line(&mut line);
        let display = told.ok().and_then(|_| line.trim().parse().ok()).expect("Xvfb found a free display");
        Self { server, display }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _was_gone = self.server.kill();
        let _status = self.server.wait();
    }
}

/// Writes down what the browser is asked to show, and lets it.
const TELLTALE: &str = "window.told = []; const Shown = Notification; window.Notification = class extends Shown { \
                        constructor(title, options) { super(title, options); window.told.push(options.body); window.silent = options.silent; } }; 1";

fn visibility(tab: &Tab) -> String {
    tab.run("document.visibilityState").as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_hidden_tab_keeps_trading() {
    let screen = Screen::start();
    let browser = Chromium::start(Windows::On(screen.display));
    browser.ask(None, "Browser.grantPermissions", &json!({ "permissions": ["notifications"] }));
    let person = Person::at(browser, &[WalletPlan::usual()]);
    person.grant();
    assert_eq!(visibility(&person.tab), "visible");
    let browser: &Arc<Chromium> = &person.browser;
    person.tab.run(TELLTALE);
    let other = Tab::open(browser, &[]);
    other.front();
    person.tab.until("that it is hidden", |tab| (visibility(tab) == "hidden").then_some(()));
    person.until_averages(Trend::Up);
    person.trade(Trend::Down);
    person.trade(Trend::Up);
    assert_eq!(visibility(&person.tab), "hidden", "nobody saw it trade");
    let told = person.tab.run("window.told.join('\\n')").as_str().unwrap_or_default().to_owned();
    assert!(told.contains("Sell") && told.contains(": filled. Paid "), "told outside the page: {told:?}");
    assert_eq!(person.tab.run("window.silent"), true, "without a sound, as long as none is wished for");
    let title = || person.tab.run("document.title").as_str().unwrap_or_default().to_owned();
    assert!(title().starts_with('('), "the title counts what was not seen: {}", title());
    person.tab.front();
    person.tab.until("that it is seen", |tab| (visibility(tab) == "visible").then_some(()));
    let sound = |person: &Person| person.tab.attributes("notify-sound", "aria-pressed").concat();
    assert_eq!(sound(&person), "false");
    person.tab.press("notify-sound");
    person.tab.until("the sound", |_| (sound(&person) == "true").then_some(()));
    person.tab.until("that all is seen", |_| (!title().starts_with('(')).then_some(()));
    assert!(person.rows("Sell", "filled") >= 1 && person.rows("Buy", "filled") >= 1);
}
