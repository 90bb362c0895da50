//! How fast a stranger gets somewhere on the sandbox in Chromium, and how smooth the page stays meanwhile.

use std::fs;

use serde::{Deserialize, Serialize};

use crate::failure::{Because, Outcome};
use crate::process::run;
use crate::serve::{self, serve_folder};
use crate::stop::Stop;
use crate::test::tests_of;
use crate::{paths, tools};

/// Milliseconds from the opened page to the first candle, the first time and once it is known.
const COLD_BAR: u64 = 1_500;
const WARM_BAR: u64 = 500;
/// Milliseconds from the opened page to the first settled trade.
const TRADED_BAR: u64 = 10_000;

/// Milliseconds from the press on pause to the trader's word that it trades no more.
const STOP_BAR: u64 = 100;

/// One visit, in milliseconds.
#[derive(Debug, Deserialize, Serialize)]
struct Visit {
    cold: u64,
    warm: u64,
    traded: u64,
}

/// What the measuring test writes.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Figures {
    strangers: Vec<Visit>,
    /// Milliseconds from the press on pause to the trader's word that it trades no more.
    stops: Vec<u64>,
    /// Tasks of the page's thread over 50 ms, within 30 s at a thousand times the speed.
    long_tasks: Vec<f64>,
}

/// `cargo xtask bench page`: on the built page.
pub(crate) fn command(stop: &Stop) -> Outcome<()> {
    tools::ensure(stop)?;
    crate::dist::build(stop)?;
    println!("\n{}", measure(stop)?.table());
    Ok(())
}

/// Opens the page in `dist/` as strangers do.
pub(crate) fn measure(stop: &Stop) -> Outcome<Figures> {
    tools::ensure_browser(stop)?;
    let tests = || tests_of(&["browser".to_owned()]);
    // Built first: nothing else should run while it is measured.
    run("cargo test", tests().arg("--no-run"), stop)?;
    let file = paths::target().join("bench/page.json");
    let _page = serve_folder(&paths::dist(), serve::PORT)?;
    let mut visits = tests();
    visits.env("LEASH_PAGE_FIGURES", &file);
    visits.args(["--", "--ignored", "--exact", "figures::a_stranger_gets_so_far_so_fast"]);
    run("the measured visits", &mut visits, stop)?;
    let text = fs::read_to_string(&file).because("The measured visits wrote nothing")?;
    serde_json::from_str(&text).because("The visits' figures cannot be read")
}

impl Figures {
    /// As a table, with the bars.
    pub(crate) fn table(&self) -> String {
        let visits = |of: fn(&Visit) -> u64| -> Vec<u64> { self.strangers.iter().map(of).collect() };
        let row = |name: &str, mut millis: Vec<u64>, bar: u64| {
            millis.sort_unstable();
            let p50 = millis.get(millis.len() / 2).copied().unwrap_or_default();
            let most = millis.last().copied().unwrap_or_default();
            let verdict = if p50 <= bar { "met" } else { "MISSED" };
            format!("{name:<36} {p50:>8} {most:>8} {bar:>8}  {verdict}\n")
        };
        let mut table =
            format!("{:<36} {:>8} {:>8} {:>8}\n", "the sandbox in Chromium, in ms", "p50", "most", "bar");
        table += &row("opened → first candle, first visit", visits(|visit| visit.cold), COLD_BAR);
        table += &row("opened → first candle, once known", visits(|visit| visit.warm), WARM_BAR);
        table += &row("opened → first settled trade", visits(|visit| visit.traded), TRADED_BAR);
        table += &row("pause pressed → no more trades", self.stops.clone(), STOP_BAR);
        let longest = self.long_tasks.iter().copied().fold(0.0, f64::max);
        let verdict = if self.long_tasks.is_empty() { "met" } else { "MISSED" };
        table
            + &format!(
                "tasks over 50 ms in 30 s at 1000×: {} (bar 0), longest {longest:.0} ms  {verdict}\n",
                self.long_tasks.len()
            )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_stand_beside_their_bars() {
        let text = r#"{ "strangers": [
            { "cold": 900, "warm": 700, "traded": 6000 }, { "cold": 1900, "warm": 400, "traded": 7000 },
            { "cold": 1200, "warm": 600, "traded": 5000 } ], "stops": [9, 8, 120], "long_tasks": [61.5] }"#;
        let table = serde_json::from_str::<Figures>(text).expect("the test's own form").table();
        let rows: Vec<&str> = table.lines().collect();
        assert_eq!(
            rows[1].split_whitespace().rev().take(4).collect::<Vec<_>>(),
            ["met", "1500", "1900", "1200"]
        );
        assert_eq!(
            rows[2].split_whitespace().rev().take(4).collect::<Vec<_>>(),
            ["MISSED", "500", "700", "600"]
        );
        assert_eq!(rows[4].split_whitespace().rev().take(4).collect::<Vec<_>>(), ["met", "100", "120", "9"]);
        assert_eq!(rows[5], "tasks over 50 ms in 30 s at 1000×: 1 (bar 0), longest 62 ms  MISSED");
    }
}
