//! How fast the codecs, the engine and the chain in the tab are, beside JavaScript in the same browser, and how much
//! memory that chain takes.

mod journal;
mod memory;
mod rows;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use self::journal::JournalWrites;
use self::memory::Memory;
use self::rows::{Round, Speed, compare};
use crate::failure::{Because, Failure, Outcome};
use crate::http::{Asked, HttpServer, Reply};
use crate::process::{Process, answer, run};
use crate::stop::Stop;
use crate::{genesis, paths, tools};

/// Five rounds of twelve tasks on each side, half a second each and two for long ones, and a day in the sandbox, on a
/// machine that has other work too.
const LONGEST: Duration = Duration::from_secs(600);

/// Far more than all rows, in bytes.
const LONGEST_ANSWER: usize = 1 << 20;

/// What the page posts.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Answer {
    Measured { rounds: Vec<Round>, memory: Memory, journal: JournalWrites },
    Error { error: String },
}

/// What was measured in the browser.
#[derive(Debug, Serialize)]
pub(super) struct Speeds {
    rows: Vec<Speed>,
    sandbox_memory: Memory,
    journal_writes: JournalWrites,
}

impl Speeds {
    /// As tables, with the bars.
    pub(super) fn table(&self) -> String {
        format!("{}{}{}", rows::table(&self.rows), self.sandbox_memory.line(), self.journal_writes.line())
    }
}

/// `cargo xtask bench speed`.
pub(crate) fn command(stop: &Stop) -> Outcome<()> {
    tools::ensure(stop)?;
    println!("\n{}", measure(stop)?.table());
    Ok(())
}

/// Builds the bench's page, runs it in a headless browser and reads what it tells.
pub(super) fn measure(stop: &Stop) -> Outcome<Speeds> {
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
        if let Ok(told) = told.recv_timeout(Duration::from_millis(100)) {
            return read(serde_json::from_slice(&told).because("The bench's rows cannot be read")?);
        }
    }
    Err(Failure::new("The bench did not end within ten minutes."))
}

fn read(answer: Answer) -> Outcome<Speeds> {
    match answer {
        Answer::Measured { rounds, memory, journal } => {
            Ok(Speeds { rows: compare(&rounds)?, sandbox_memory: memory, journal_writes: journal })
        }
        Answer::Error { error } => Err(Failure::new(format!("The bench failed: {error}"))),
    }
}

fn build(site: &Path, stop: &Stop) -> Outcome<()> {
    fs::create_dir_all(site).because("Cannot write target/bench")?;
    write_chain(site, stop)?;
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

/// The sandbox's genesis, and a chain with the bundles that are timed on it, which a test makes.
fn write_chain(site: &Path, stop: &Stop) -> Outcome<()> {
    fs::copy(genesis::build(stop)?, site.join("genesis.bin")).because("Cannot copy the genesis")?;
    let mut test = Command::new("cargo");
    test.current_dir(paths::root()).env("LEASH_CALLS", site);
    test.args(["test", "--features", "sandbox-tests", "--test", "sandbox_rules"]);
    test.args(["--", "--ignored", "--exact", "calls::bundles_for_the_bench"]);
    run("cargo test", &mut test, stop).because("The bundles for the bench are not made")
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn an_answer_is_measured_whole_or_says_why_not() {
        let told = |answer: Value| serde_json::from_value(answer).because("JSON").and_then(read);
        let row = json!({ "name": "user_op_hash", "per_second": 1.0, "p50_micros": 1.0, "p99_micros": 1.0 });
        let rounds = json!([{ "ours": [row], "peers": [row] }]);
        let journal = json!({ "writes": 500, "p50_millis": 1.25, "p99_millis": 7.0 });
        let whole = json!({ "rounds": rounds, "memory": vec![0; 24], "journal": journal });
        let speeds = told(whole.clone()).expect("all are there");
        assert_eq!(speeds.rows.len(), 1);
        let table = speeds.table();
        assert!(table.ends_with("durable: p50 1.25 ms, p99 7.00 ms over 500 writes\n"), "{table}");
        let without = |part: &str| {
            let mut less = whole.clone();
            less[part].take();
            told(less)
        };
        for part in ["rounds", "memory", "journal"] {
            assert!(without(part).is_err(), "{part} is missing");
        }
        let mut shorter = whole.clone();
        shorter["memory"] = json!(vec![0; 23]);
        assert!(told(shorter).is_err(), "an hour is missing");
        let failed = told(json!({ "error": "no peer" })).expect_err("it says so");
        assert!(failed.to_string().contains("no peer"), "{failed}");
    }
}
