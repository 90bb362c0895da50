//! `cargo xtask test`: everything that is checked, stage by stage, from nothing.

mod stages;

use std::fs;
use std::path::Path;
use std::process::Command;

use self::stages::{Budget, Run, table};
use crate::failure::{Failure, Outcome};
use crate::serve::{self, FileServer};
use crate::stack::{Options, Stack, description_file};
use crate::stop::Stop;
use crate::{contracts, dist, paths, tools};

/// `cargo xtask test`.
pub(crate) fn command(stop: &Stop) -> Outcome<()> {
    let mut run = Run { stop, rows: Vec::new() };
    if run.stage("tools", Budget::Tools, tools::ensure)
        && run.stage("browser tools", Budget::Tools, tools::ensure_browser)
    {
        on_the_host(&mut run);
        on_the_stack(&mut run);
    }
    println!("\n{}", table(&run.rows));
    let failed = run.rows.iter().filter(|row| row.result.is_err()).count();
    stop.check()?;
    if failed == 0 {
        Ok(())
    } else {
        Err(Failure::new(format!("{failed} of {} stages failed.", run.rows.len())))
    }
}

fn on_the_host(run: &mut Run<'_>) {
    use Budget::{Browser, Builds, HostTests};
    run.tests("rustfmt", Builds, cargo().args(["fmt", "--all", "--check"]));
    let features = "stack-tests,browser-tests";
    let host = ["clippy", "--workspace", "--all-targets", "--features", features, "--", "-D", "warnings"];
    run.tests("clippy on the host", Builds, cargo().args(host));
    let mut wasm = cargo();
    wasm.args([
        "clippy",
        "--target",
        "wasm32-unknown-unknown",
        "--features",
        "page,trader",
        "--lib",
        "--bins",
    ]);
    wasm.args(web_tests()).args(["--", "-D", "warnings"]);
    run.tests("clippy on wasm32", Builds, &mut wasm);
    run.stage("contracts", Builds, contracts::compile);
    run.tests("host tests", HostTests, cargo().args(["test", "--workspace"]));
    if !web_tests().is_empty() {
        let mut web = cargo();
        web.args(["test", "--target", "wasm32-unknown-unknown", "--features", "page,trader"])
            .args(web_tests());
        run.tests("web tests in a browser", Browser, &mut web);
    }
}

/// What needs the stack, and the page on top of it.
fn on_the_stack(run: &mut Run<'_>) {
    use Budget::{Browser, Builds, HostTests};
    let mut server = None;
    run.stage("page", Builds, |stop| {
        dist::build(stop)?;
        server = Some(FileServer::start(&paths::dist(), serve::PORT)?);
        Ok(())
    });
    let mut stack = None;
    let is_up = run.stage("stack up", HostTests, |stop| {
        stack = Some(Stack::start(&Options::default(), stop)?);
        Ok(())
    });
    if is_up && !test_files("stack-tests").is_empty() {
        run.tests("stack tests", HostTests, &mut tests_of("stack-tests"));
    }
    if is_up && server.is_some() && !test_files("browser-tests").is_empty() {
        run.tests("browser tests", Browser, &mut tests_of("browser-tests"));
    }
    drop(server);
    if let Some(mut stack) = stack {
        run.stage("stack down", HostTests, |_| stack.death().map_or(Ok(()), Err));
    }
}

/// `cargo test` over the files that need `feature`; LEASH_STACK is where the stack describes itself, LEASH_PAGE
/// where the page is served.
fn tests_of(feature: &str) -> Command {
    let mut command = cargo();
    command
        .env("LEASH_STACK", description_file())
        .env("LEASH_PAGE", format!("http://127.0.0.1:{}", serve::PORT))
        .args(["test", "--features", feature]);
    for name in test_files(feature) {
        command.args(["--test", &name]);
    }
    // They share one chain and one market.
    command.args(["--", "--test-threads=1"]);
    command
}

fn cargo() -> Command {
    let mut command = Command::new("cargo");
    let runner = paths::tools().join("bin/wasm-bindgen-test-runner");
    let runner = if runner.is_file() { runner } else { "wasm-bindgen-test-runner".into() };
    command
        .current_dir(paths::root())
        .env("PATH", tools::path())
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner)
        // Seconds; a busy machine takes long to open a browser.
        .env("WASM_BINDGEN_TEST_TIMEOUT", "120");
    if let Some(driver) = tools::chromedriver() {
        command.env("CHROMEDRIVER", driver);
    }
    command
}

/// `--test web` once tests/web.rs exists.
fn web_tests() -> &'static [&'static str] {
    if paths::root().join("tests/web.rs").is_file() { &["--test", "web"] } else { &[] }
}

/// The files of tests/ that are compiled only with `feature`.
fn test_files(feature: &str) -> Vec<String> {
    let gate = format!("feature = \"{feature}\"");
    let Ok(entries) = fs::read_dir(paths::root().join("tests")) else { return Vec::new() };
    let is_gated = |path: &Path| {
        path.extension().is_some_and(|extension| extension == "rs")
            && fs::read_to_string(path).is_ok_and(|text| {
                text.lines().any(|line| line.starts_with("#![cfg(") && line.contains(&gate))
            })
    };
    let paths = entries.flatten().map(|entry| entry.path()).filter(|path| is_gated(path));
    let mut names: Vec<_> = paths.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    names
}
