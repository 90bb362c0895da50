//! How fast a stranger gets somewhere on the sandbox, and how smooth the page stays: told, never asserted, since a
//! busy machine delays everything. `cargo xtask bench page` runs it and writes the figures down.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::chromium::{Chromium, Windows};
use crate::person::page_url;
use crate::sandbox::Stranger;
use crate::tab::Tab;

/// Each in a browser that never saw the page.
const STRANGERS: usize = 5;
/// How often trading is stopped and begun again.
const STOPS: usize = 9;
/// How long tasks are watched for.
const WATCHED: Duration = Duration::from_secs(30);

/// Notes every task of the page's thread that takes longer than 50 ms.
const WATCH_TASKS: &str = "window.longTasks = []; new PerformanceObserver((list) => { for (const entry of \
     list.getEntries()) window.longTasks.push(entry.duration); }).observe({ type: 'longtask' }); 0";

/// Presses pause and waits, within the page, until the trader has stopped and it can be resumed; the milliseconds
/// between.
const STOP: &str = r#"new Promise((done) => {
  const says = () => document.querySelector("[data-testid=resume]");
  const pressed = performance.now();
  const seen = new MutationObserver(() => {
    if (says()) { seen.disconnect(); done(performance.now() - pressed); }
  });
  seen.observe(document.body, { subtree: true, childList: true, characterData: true });
  document.querySelector("[data-testid=pause]").click();
})"#;

impl Stranger {
    /// Stops trading and lets it go on; how long stopping took, by the word of the trader, in milliseconds.
    fn stops(&self) -> u64 {
        let tab = &self.tab;
        tab.until("a pause button", |tab| tab.has("pause").then_some(()));
        let millis = tab.run(STOP).as_f64().expect("a time");
        tab.press("resume");
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a short time")]
        let whole = millis.ceil() as u64;
        whole
    }

    /// Puts the sandbox at its fastest, and watches the page's thread.
    pub(crate) fn long_tasks_at_full_speed(&self) -> Vec<f64> {
        let tab = &self.tab;
        tab.press("lever-1000×");
        tab.until("that it runs", |tab| {
            (tab.attributes("lever-1000×", "aria-pressed") == ["true"]).then_some(())
        });
        tab.run(WATCH_TASKS);
        let clock = |tab: &Tab| tab.text("chain-clock");
        let before = clock(tab);
        let until = Instant::now() + WATCHED;
        tab.until("half a minute", |_| (Instant::now() > until).then_some(()));
        assert_ne!(clock(tab), before, "time passed");
        serde_json::from_value(tab.run("window.longTasks")).expect("durations")
    }
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).expect("no test takes so long")
}

#[test]
#[ignore = "measures: cargo xtask bench page runs it by name"]
fn a_stranger_gets_so_far_so_fast() {
    let mut seen = Vec::new();
    for _ in 0..STRANGERS {
        let browser = Arc::new(Chromium::start(Windows::Headless));
        let tab = Tab::open(&browser, &[]);
        tab.go("about:blank");
        let opened = Instant::now();
        tab.go(&page_url());
        tab.until_says("price", ".");
        let cold = millis(opened);
        tab.press("try-it");
        tab.press("sheet-approve");
        tab.until("a settled trade", |tab| (crate::person::rows(tab, "", "filled") > 0).then_some(()));
        let traded = millis(opened);
        let again = Instant::now();
        tab.reload();
        tab.until_says("price", ".");
        let warm = millis(again);
        seen.push(json!({ "cold": cold, "warm": warm, "traded": traded }));
    }
    let stranger = Stranger::new();
    stranger.trades();
    let stops: Vec<u64> = (0..STOPS).map(|_| stranger.stops()).collect();
    let tasks = stranger.long_tasks_at_full_speed();
    let figures = json!({ "strangers": seen, "stops": stops, "long_tasks": tasks });
    let file = std::env::var("LEASH_PAGE_FIGURES").expect("where to write");
    std::fs::write(file, figures.to_string()).expect("written");
}
