//! How fast the codecs and the engine are, beside JavaScript in the same browser.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use crate::failure::{Because, Failure, Outcome};
use crate::http::{Asked, HttpServer, Reply};
use crate::process::{Process, answer, run};
use crate::stop::Stop;
use crate::{paths, tools};

/// Five rounds of ten tasks on each side, half a second each and two for long ones, on a machine that has other work
/// too.
const LONGEST: Duration = Duration::from_secs(300);

/// Far more than all rows, in bytes.
const LONGEST_ANSWER: usize = 1 << 20;

/// One task on one side, in one round.
#[derive(Debug, Deserialize)]
struct Row {
    name: String,
    #[serde(default)]
    peer: String,
    per_second: f64,
    p50_micros: f64,
    p99_micros: f64,
}

/// Both sides, one right after the other.
#[derive(Debug, Deserialize)]
struct Round {
    ours: Vec<Row>,
    peers: Vec<Row>,
}

/// What the page posts.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Answer {
    Rounds { rounds: Vec<Round> },
    Error { error: String },
}

/// One task, ours beside theirs: medians over the rounds.
#[derive(Debug, Serialize)]
pub(super) struct Speed {
    pub(super) task: String,
    pub(super) peer: String,
    pub(super) per_second: f64,
    pub(super) p50_micros: f64,
    pub(super) p99_micros: f64,
    pub(super) peer_per_second: f64,
    pub(super) peer_p50_micros: f64,
    pub(super) peer_p99_micros: f64,
    /// How many times faster than the peer: the median over the rounds of the ratio within a round, by p50.
    /// Other programs on the machine hardly move it.
    pub(super) ratio: f64,
    /// The ratio to reach; none where only told.
    pub(super) target: Option<f64>,
}

/// Ratios that the design promises.
const TARGETS: [(&str, f64); 9] = [
    ("user_op_hash", 10.0),
    ("tick_to_signed_op", 2.5),
    ("grant_digest", 6.0),
    ("flz_compress_enable", 20.0),
    ("secp256k1_sign", 1.3),
    ("secp256k1_recover", 1.2),
    ("keccak256_1k", 9.0),
    ("ema_cross_1m", 0.95),
    ("sweep_1000x100k", 1.8),
];

/// Builds the bench's page, runs it in a headless browser and reads its rows.
pub(super) fn measure(stop: &Stop) -> Outcome<Vec<Speed>> {
    let site = paths::target().join("bench/site");
    build(&site, stop)?;
    let (tell, told) = mpsc::channel();
    let server = HttpServer::start(0, LONGEST_ANSWER, move |asked| answer_to(asked, &site, &tell))?;
    let mut browser = start_browser(server.port())?;
    let deadline = Instant::now() + LONGEST;
    while Instant::now() < deadline {
        stop.check()?;
        if let Some(death) = browser.death() {
            return Err(death);
        }
        if let Ok(rows) = told.recv_timeout(Duration::from_millis(100)) {
            return compare(serde_json::from_slice(&rows).because("The bench's rows cannot be read")?);
        }
    }
    Err(Failure::new("The bench did not end within five minutes."))
}

fn build(site: &Path, stop: &Stop) -> Outcome<()> {
    fs::create_dir_all(site).because("Cannot write target/bench")?;
    let target = "wasm32-unknown-unknown";
    let mut cargo = Command::new("cargo");
    cargo.current_dir(paths::root()).env("CARGO_ENCODED_RUSTFLAGS", tools::browser_flags());
    cargo.args([
        "build",
        "--release",
        "--locked",
        "--target",
        target,
        "--bin",
        "bench",
        "--features",
        "bench",
    ]);
    run("cargo build", &mut cargo, stop).because("The bench does not build")?;
    let mut bindgen = Command::new("wasm-bindgen");
    bindgen.env("PATH", tools::path()).args(["--target", "web", "--no-typescript", "--out-dir"]).arg(site);
    bindgen.arg(paths::target().join(target).join("release/bench.wasm"));
    run("wasm-bindgen", &mut bindgen, stop)?;
    let source = paths::root().join("bench");
    for file in ["index.html", "run.js", "ours.js"] {
        fs::copy(source.join(file), site.join(file)).because(format!("Cannot copy bench/{file}"))?;
    }
    let modules = paths::stack_packages().join("node_modules");
    let mut esbuild = Command::new(modules.join(".bin/esbuild"));
    esbuild.env("NODE_PATH", modules).arg(source.join("peers.js"));
    esbuild.args(["--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning"]);
    esbuild.arg(format!("--outfile={}", site.join("peers.js").display()));
    run("esbuild", &mut esbuild, stop)
}

fn start_browser(port: u16) -> Outcome<Process> {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let is_there = |name: &&&str| answer(Command::new(**name).arg("--version")).is_some();
    let name = names.iter().find(is_there).because("The bench needs Chromium or Chrome")?;
    let profile = paths::target().join("bench/profile");
    let mut browser = Command::new(name);
    browser.args(["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]);
    browser.args(["--disable-background-networking", "--disable-component-update"]);
    browser.arg(format!("--user-data-dir={}", profile.display())).arg(format!("http://127.0.0.1:{port}/"));
    Process::start("the bench's browser", &mut browser, Some(paths::target().join("bench/browser.log")))
}

/// Answers a request, and tells the rows when it brings them.
fn answer_to(asked: Asked, site: &Path, rows: &mpsc::Sender<Vec<u8>>) -> Reply {
    if asked.method == Method::POST {
        // Nobody hears it after the deadline.
        let _late = rows.send(asked.body.unwrap_or_default());
        return Reply::new(StatusCode::NO_CONTENT, "");
    }
    let name = asked.target.trim_start_matches('/');
    let name = if name.is_empty() { "index.html" } else { name };
    let mime = match name.rsplit('.').next() {
        Some("html") => "text/html",
        Some("wasm") => "application/wasm",
        _ => "text/javascript",
    };
    let reply = match fs::read(site.join(name)).ok().filter(|_| !name.contains("..")) {
        Some(bytes) => Reply::new(StatusCode::OK, bytes),
        None => Reply::new(StatusCode::NOT_FOUND, ""),
    };
    // Only a page that is isolated from others is told the time in steps of 5 µs instead of 100.
    reply
        .with("Content-Type", mime)
        .with("Cross-Origin-Opener-Policy", "same-origin")
        .with("Cross-Origin-Embedder-Policy", "require-corp")
}

fn compare(answer: Answer) -> Outcome<Vec<Speed>> {
    let rounds = match answer {
        Answer::Rounds { rounds } => rounds,
        Answer::Error { error } => return Err(Failure::new(format!("The bench failed: {error}"))),
    };
    let first = rounds.first().because("The bench ran no round")?;
    first.ours.iter().map(|row| speed(&row.name, &rounds)).collect()
}

/// The task `name` over all rounds.
fn speed<'a>(name: &str, rounds: &'a [Round]) -> Outcome<Speed> {
    let pair = |round: &'a Round| Some((row(&round.ours, name)?, row(&round.peers, name)?));
    let pairs: Option<Vec<_>> = rounds.iter().map(pair).collect();
    let pairs = pairs.because(format!("{name} has no peer"))?;
    let over = |number: &dyn Fn(&Row, &Row) -> f64| {
        median(pairs.iter().map(|(ours, peer)| number(ours, peer)).collect())
    };
    Ok(Speed {
        task: name.to_owned(),
        peer: pairs[0].1.peer.clone(),
        per_second: over(&|ours, _| ours.per_second),
        p50_micros: over(&|ours, _| ours.p50_micros),
        p99_micros: over(&|ours, _| ours.p99_micros),
        peer_per_second: over(&|_, peer| peer.per_second),
        peer_p50_micros: over(&|_, peer| peer.p50_micros),
        peer_p99_micros: over(&|_, peer| peer.p99_micros),
        ratio: over(&|ours, peer| peer.p50_micros / ours.p50_micros),
        target: TARGETS.iter().find(|(task, _)| *task == name).map(|(_, target)| *target),
    })
}

fn row<'a>(rows: &'a [Row], name: &str) -> Option<&'a Row> {
    rows.iter().find(|row| row.name == name)
}

/// The middle one, the upper of two; `numbers` is not empty.
fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// The rows as a table.
pub(super) fn table(speeds: &[Speed]) -> String {
    let head = format!(
        "{:<20} {:>10} {:>9} {:>9}   {:<9} {:>10} {:>9} {:>9} {:>8} {:>7}\n",
        "task", "ops/s", "p50 µs", "p99 µs", "peer", "ops/s", "p50 µs", "p99 µs", "ratio", "target"
    );
    let line = |speed: &Speed| {
        let target = speed.target.map_or_else(String::new, |target| format!("≥ {target}"));
        format!(
            "{:<20} {:>10.0} {:>9.2} {:>9.2}   {:<9} {:>10.0} {:>9.2} {:>9.2} {:>7.2}x {target:>7}\n",
            speed.task,
            speed.per_second,
            speed.p50_micros,
            speed.p99_micros,
            speed.peer,
            speed.peer_per_second,
            speed.peer_p50_micros,
            speed.peer_p99_micros,
            speed.ratio,
        )
    };
    speeds.iter().map(line).fold(head, |table, line| table + &line)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_are_paired_by_name_and_their_medians_told() {
        let row = |name: &str, micros: f64| json!({ "name": name, "peer": "viem", "per_second": 1e6 / micros, "p50_micros": micros, "p99_micros": 2.0 * micros });
        let told = |rounds: &[(f64, f64)], peer: &str| {
            let round = |&(ours, theirs): &(f64, f64)| json!({ "ours": [row("user_op_hash", ours)], "peers": [row(peer, theirs)] });
            let rounds: Vec<_> = rounds.iter().map(round).collect();
            serde_json::from_value(json!({ "rounds": rounds }))
                .because("the test's own JSON")
                .and_then(compare)
        };
        // The second round met a busy machine on both sides, the third on theirs alone.
        let speeds = told(&[(1.0, 10.0), (5.0, 50.0), (1.0, 30.0)], "user_op_hash").expect("pairs");
        assert!((speeds[0].ratio - 10.0).abs() < 1e-9 && speeds[0].target == Some(10.0));
        assert!((speeds[0].p50_micros - 1.0).abs() < 1e-9 && (speeds[0].peer_p50_micros - 30.0).abs() < 1e-9);
        assert!(table(&speeds).contains("10.00x"), "{}", table(&speeds));
        assert!(told(&[(1.0, 10.0)], "another").is_err(), "no peer");
        assert!(told(&[], "user_op_hash").is_err(), "no round");
        let failed = serde_json::from_value(json!({ "error": "no" })).because("JSON").and_then(compare);
        assert!(failed.is_err());
    }
}
