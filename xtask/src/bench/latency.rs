//! How long a trade takes on the local stack, beside the same trade prepared as the usual libraries do.

use std::fs;
use std::process::Command;

use serde::{Deserialize, Serialize};

use crate::failure::{Because, Outcome};
use crate::paths;
use crate::process::run;
use crate::stack::{Options, Stack, description_file};
use crate::stop::Stop;

/// Of the peer's time from the order to the bundler's yes.
const TARGET: f64 = 0.55;
/// Where it is still good enough.
const BAR: f64 = 0.8;

/// Milliseconds.
#[derive(Debug, Deserialize, Serialize)]
struct Spread {
    p50: f64,
    p95: f64,
}

/// A part of a trade's way.
#[derive(Debug, Deserialize, Serialize)]
struct Stage {
    millis: Spread,
    /// Of which the trader's thread computed.
    own_millis: Spread,
    /// Of which it waited for others.
    waiting_millis: Spread,
}

/// What the measuring flow writes.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Latency {
    trades: u32,
    seen_to_accepted: Stage,
    accepted_to_settled: Stage,
    seen_to_settled: Stage,
    requests_in_series: u32,
    peer: String,
    peer_requests_in_series: u32,
    peer_millis: Spread,
    /// Ours over the peer's, by medians.
    ratio: f64,
}

/// Starts the stack and lets the flow measure on it.
pub(super) fn measure(stop: &Stop) -> Outcome<Latency> {
    // Built first: the market should not run meanwhile.
    run("cargo test", flows().arg("--no-run"), stop)?;
    let file = paths::target().join("bench/latency.json");
    let stack = Stack::start(&Options::default(), stop)?;
    let mut flow = flows();
    flow.env("LEASH_STACK", description_file()).env("LEASH_LATENCY", &file);
    flow.args(["--", "--ignored", "--exact", "latency::a_trade_takes_this_long"]);
    run("the latency flow", &mut flow, stop)?;
    drop(stack);
    let text = fs::read_to_string(&file).because("The latency flow wrote nothing")?;
    serde_json::from_str(&text).because("The latency flow's figures cannot be read")
}

fn flows() -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(paths::root());
    cargo.args(["test", "--profile", "measured", "--features", "stack-tests", "--test", "flows"]);
    cargo
}

impl Latency {
    /// As a table, with the bars.
    pub(super) fn table(&self) -> String {
        let mut table = format!(
            "{:<26} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}\n",
            "a trade's way, in ms", "p50", "p95", "own p50", "own p95", "wait p50", "wait p95"
        );
        for (name, stage) in [
            ("candle seen → accepted", &self.seen_to_accepted),
            ("accepted → settled", &self.accepted_to_settled),
            ("candle seen → settled", &self.seen_to_settled),
        ] {
            let Stage { millis, own_millis, waiting_millis } = stage;
            let spreads = [millis, own_millis, waiting_millis];
            let figures = spreads.map(|spread| format!("{:>9.1} {:>9.1}", spread.p50, spread.p95)).join(" ");
            table += &format!("{name:<26} {figures}\n");
        }
        let Self { peer_millis, ratio, .. } = self;
        let peer = "peer: order → accepted";
        table += &format!("{peer:<26} {:>9.1} {:>9.1}   ({})\n", peer_millis.p50, peer_millis.p95, self.peer);
        table
            + &format!(
                "{} trades; {} requests in series, the peer {}; ratio {ratio:.2} (bar {BAR}, target {TARGET})\n",
                self.trades, self.requests_in_series, self.peer_requests_in_series
            )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_stand_in_their_columns() {
        let spread = |p50: f64| format!(r#"{{ "p50": {p50}, "p95": {} }}"#, p50 * 2.0);
        let stage = |all: f64| {
            let (whole, own, waiting) = (spread(all), spread(all / 10.0), spread(all * 0.9));
            format!(r#"{{ "millis": {whole}, "own_millis": {own}, "waiting_millis": {waiting} }}"#)
        };
        let text = format!(
            r#"{{ "trades": 32, "seen_to_accepted": {}, "accepted_to_settled": {}, "seen_to_settled": {},
                "requests_in_series": 2, "peer": "five requests", "peer_requests_in_series": 5,
                "peer_millis": {}, "ratio": 0.5 }}"#,
            stage(40.0),
            stage(100.0),
            stage(140.0),
            spread(80.0)
        );
        let latency: Latency = serde_json::from_str(&text).expect("the flow's own form");
        let table = latency.table();
        assert!(
            table.contains("candle seen → accepted          40.0      80.0       4.0       8.0"),
            "{table}"
        );
        assert!(table.contains("ratio 0.50 (bar 0.8, target 0.55)"), "{table}");
    }
}
