//! How fast the codecs are, beside JavaScript in the same browser.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tiny_http::{Header, Method, Request, Response, Server};

use crate::failure::{Because, Failure, Outcome};
use crate::process::{Process, answer, run};
use crate::stop::Stop;
use crate::{paths, tools};

/// Six tasks on each side, half a second each, and a browser's start.
const LONGEST: Duration = Duration::from_secs(120);

/// One task on one side.
#[derive(Debug, Deserialize)]
struct Row {
    name: String,
    #[serde(default)]
    peer: String,
    per_second: f64,
    p50_micros: f64,
    p99_micros: f64,
}

/// What the page posts.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Answer {
    Rows { ours: Vec<Row>, peers: Vec<Row> },
    Error { error: String },
}

/// One task, ours beside theirs.
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
    /// How many times faster than the peer, by medians: other programs on the machine hardly move them.
    pub(super) ratio: f64,
    /// The ratio to reach; none where only told.
    pub(super) target: Option<f64>,
}

/// Ratios that the design promises.
const TARGETS: [(&str, f64); 4] = [
    ("user_op_hash", 10.0),
    ("tick_to_signed_op", 2.5),
    ("grant_digest", 6.0),
    ("flz_compress_enable", 20.0),
];

/// Builds the bench's page, runs it in a headless browser and reads its rows.
pub(super) fn measure(stop: &Stop) -> Outcome<Vec<Speed>> {
    let site = paths::target().join("bench/site");
    build(&site, stop)?;
    let server = Server::http(("127.0.0.1", 0)).because("Cannot listen for the bench's browser")?;
    let port = server.server_addr().to_ip().because("The bench has no port")?.port();
    let mut browser = start_browser(port)?;
    let deadline = Instant::now() + LONGEST;
    while Instant::now() < deadline {
        stop.check()?;
        if let Some(death) = browser.death() {
            return Err(death);
        }
        let request = server.recv_timeout(Duration::from_millis(100)).because("The bench's server")?;
        if let Some(rows) = request.map(|request| answer_to(request, &site)).transpose()?.flatten() {
            return pair(rows);
        }
    }
    Err(Failure::new("The bench did not end within two minutes."))
}

fn build(site: &Path, stop: &Stop) -> Outcome<()> {
    fs::create_dir_all(site).because("Cannot write target/bench")?;
    let target = "wasm32-unknown-unknown";
    let mut cargo = Command::new("cargo");
    cargo.current_dir(paths::root()).env("CARGO_ENCODED_RUSTFLAGS", tools::remapping());
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

/// Answers a request; the rows, when it brings them.
fn answer_to(mut request: Request, site: &Path) -> Outcome<Option<Answer>> {
    if *request.method() == Method::Post {
        let mut text = String::new();
        request.as_reader().read_to_string(&mut text).because("The bench's rows were cut short")?;
        let _gone = request.respond(Response::empty(204));
        return serde_json::from_str(&text).map(Some).because("The bench's rows cannot be read");
    }
    let name = request.url().trim_start_matches('/').to_owned();
    let name = if name.is_empty() { "index.html" } else { &name };
    let mime = match name.rsplit('.').next() {
        Some("html") => "text/html",
        Some("wasm") => "application/wasm",
        _ => "text/javascript",
    };
    let file = fs::read(site.join(name)).ok().filter(|_| !name.contains(".."));
    let mut response = Response::from_data(file.clone().unwrap_or_default());
    response = response.with_status_code(if file.is_some() { 200 } else { 404 });
    // Only a page that is isolated from others is told the time in steps of 5 µs instead of 100.
    for (header, value) in [
        ("Content-Type", mime),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Embedder-Policy", "require-corp"),
    ] {
        response.add_header(Header::from_bytes(header, value).map_err(|()| Failure::new("No header"))?);
    }
    let _gone = request.respond(response);
    Ok(None)
}

fn pair(answer: Answer) -> Outcome<Vec<Speed>> {
    let (ours, peers) = match answer {
        Answer::Rows { ours, peers } => (ours, peers),
        Answer::Error { error } => return Err(Failure::new(format!("The bench failed: {error}"))),
    };
    let speed = |row: Row| {
        let peer = peers.iter().find(|peer| peer.name == row.name);
        let peer = peer.because(format!("{} has no peer", row.name))?;
        Ok(Speed {
            peer: peer.peer.clone(),
            per_second: row.per_second,
            p50_micros: row.p50_micros,
            p99_micros: row.p99_micros,
            peer_per_second: peer.per_second,
            peer_p50_micros: peer.p50_micros,
            peer_p99_micros: peer.p99_micros,
            ratio: peer.p50_micros / row.p50_micros,
            target: TARGETS.iter().find(|(name, _)| *name == row.name).map(|(_, target)| *target),
            task: row.name,
        })
    };
    ours.into_iter().map(speed).collect()
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
            "{:<20} {:>10.0} {:>9.2} {:>9.2}   {:<9} {:>10.0} {:>9.2} {:>9.2} {:>7.1}x {target:>7}\n",
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
    use super::*;

    #[test]
    fn rows_are_paired_by_name() {
        let rows = |peer: &str| {
            let row =
                r#"{ "name": "user_op_hash", "per_second": 20.0, "p50_micros": 1.0, "p99_micros": 2.0 }"#;
            let other = format!(
                r#"{{ "name": "{peer}", "peer": "viem", "per_second": 2.0, "p50_micros": 10.0, "p99_micros": 2.0 }}"#
            );
            serde_json::from_str::<Answer>(&format!(r#"{{ "ours": [{row}], "peers": [{other}] }}"#))
                .because("the test's own JSON")
                .and_then(pair)
        };
        let speeds = rows("user_op_hash").expect("a pair");
        assert!((speeds[0].ratio - 10.0).abs() < 1e-9 && speeds[0].target == Some(10.0));
        assert!(table(&speeds).contains("10.0x"), "{}", table(&speeds));
        assert!(rows("another").is_err());
        let failed = serde_json::from_str::<Answer>(r#"{ "error": "no" }"#).because("JSON").and_then(pair);
        assert!(failed.is_err());
    }
}
