//! `cargo xtask test`: everything that is checked, stage by stage, from nothing.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::failure::{Failure, Outcome};
use crate::process::run_and_keep;
use crate::serve::{self, FileServer};
use crate::stack::{Options, Stack, description_file};
use crate::stop::Stop;
use crate::{contracts, dist, paths, tools};

/// Stages share a budget; passing it is shown, not punished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Budget {
    Tools,
    Builds,
    HostTests,
    Browser,
}

impl Budget {
    const ALL: [Self; 4] = [Self::Tools, Self::Builds, Self::HostTests, Self::Browser];

    fn name_and_minutes(self) -> (&'static str, u64) {
        match self {
            Self::Tools => ("tools", 8),
            Self::Builds => ("builds", 18),
            Self::HostTests => ("host tests", 10),
            Self::Browser => ("browser", 18),
        }
    }
}

/// How a stage ended.
#[derive(Debug)]
struct Row {
    stage: &'static str,
    budget: Budget,
    took: Duration,
    result: Outcome<()>,
    /// The runners' own last lines.
    summaries: Vec<String>,
}

/// Runs stages, remembers rows.
#[derive(Debug)]
struct Run<'a> {
    stop: &'a Stop,
    rows: Vec<Row>,
}

impl Run<'_> {
    /// Runs `work` as a stage; whether it passed.
    fn stage(
        &mut self,
        stage: &'static str,
        budget: Budget,
        work: impl FnOnce(&Stop) -> Outcome<()>,
    ) -> bool {
        self.record(stage, budget, |stop| (Vec::new(), work(stop)))
    }

    /// Runs a test runner as a stage; whether it passed.
    fn tests(&mut self, stage: &'static str, budget: Budget, command: &mut Command) -> bool {
        self.record(stage, budget, |stop| run_and_keep(stage, command, is_summary, stop))
    }

    fn record(
        &mut self,
        stage: &'static str,
        budget: Budget,
        work: impl FnOnce(&Stop) -> (Vec<String>, Outcome<()>),
    ) -> bool {
        println!("\n== {stage}");
        let started = Instant::now();
        let (summaries, result) =
            self.stop.check().map_or_else(|stopped| (Vec::new(), Err(stopped)), |()| work(self.stop));
        let took = started.elapsed();
        if let Err(failure) = &result {
            println!("{failure}");
        }
        println!("== {stage}: {} in {:.1} s", verdict(&result), took.as_secs_f32());
        let passed = result.is_ok();
        self.rows.push(Row { stage, budget, took, result, summaries });
        passed
    }
}

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

/// How the runners of Rust and of wasm-bindgen sum up a test program.
fn is_summary(line: &str) -> bool {
    line.starts_with("test result: ")
}

fn verdict(result: &Outcome<()>) -> &'static str {
    if result.is_ok() { "passed" } else { "FAILED" }
}

fn table(rows: &[Row]) -> String {
    let mut text = String::new();
    for row in rows {
        let Row { stage, took, result, .. } = row;
        let _infallible = writeln!(text, "{stage:<24} {:>8.1} s  {}", took.as_secs_f32(), verdict(result));
    }
    for budget in Budget::ALL {
        let (name, minutes) = budget.name_and_minutes();
        let took: Duration = rows.iter().filter(|row| row.budget == budget).map(|row| row.took).sum();
        let over = if took > Duration::from_secs(60 * minutes) { ": over budget" } else { "" };
        let _infallible =
            writeln!(text, "{name:<24} {:>8.1} min of {minutes}{over}", took.as_secs_f32() / 60.0);
    }
    for row in rows {
        for line in &row.summaries {
            let _infallible = writeln!(text, "{}: {line}", row.stage);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_ends_with_the_runners_own_words() {
        let row = |stage, result, summary: &str| Row {
            stage,
            budget: Budget::Builds,
            took: Duration::from_secs(19 * 60),
            result,
            summaries: vec![summary.to_owned()],
        };
        let rows = [
            row("good", Ok(()), "test result: ok."),
            row("bad", Err(Failure::new("x")), "test result: FAILED."),
        ];
        let table = table(&rows);
        assert!(table.contains("1140.0 s  passed") && table.contains("1140.0 s  FAILED"), "{table}");
        assert!(table.contains("38.0 min of 18: over budget"), "{table}");
        assert!(table.ends_with("good: test result: ok.\nbad: test result: FAILED.\n"), "{table}");
    }

    #[test]
    fn a_run_goes_on_after_a_failure_but_not_after_ctrl_c() {
        let stop = Stop::default();
        let mut run = Run { stop: &stop, rows: Vec::new() };
        assert!(!run.stage("one", Budget::Tools, |_| Err(Failure::new("no"))));
        assert!(run.stage("two", Budget::Tools, |_| Ok(())));
        stop.set();
        assert!(!run.stage("three", Budget::Tools, |_| Ok(())));
        let passed: Vec<_> = run.rows.iter().map(|row| row.result.is_ok()).collect();
        assert_eq!(passed, [false, true, false]);
    }
}
