//! `cargo xtask test`: everything that is checked, stage by stage, from nothing.

mod stages;

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use self::stages::{Budget, Run, table};
use crate::failure::{Failure, Outcome};
use crate::process::answer;
use crate::serve::{self, serve_folder};
use crate::stack::{Backend, Options, description_file};
use crate::stop::Stop;
use crate::{contracts, crash, dist, genesis, paths, tools};

/// All of them for every stage, so that one build serves all.
const TEST_FEATURES: &str = "stack-tests,sandbox-tests,browser-tests";
/// Programs of the stack's suite that also run on a sandbox behind ports; the others have a sandbox inside.
const BY_HTTP: [&str; 2] = ["digests_on_stack", "rpc_on_stack"];

/// `cargo xtask test`.
pub(crate) fn command(stop: &Stop) -> Outcome<()> {
    let mut run = Run { stop, rows: Vec::new() };
    if run.stage("tools", Budget::Tools, tools::ensure)
        && run.stage("browser tools", Budget::Tools, tools::ensure_browser)
    {
        on_the_host(&mut run);
        on_the_sandbox(&mut run);
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
    let host =
        ["clippy", "--workspace", "--all-targets", "--features", TEST_FEATURES, "--", "-D", "warnings"];
    run.tests("clippy on the host", Builds, cargo().args(host));
    let mut wasm = cargo();
    wasm.args([
        "clippy",
        "--target",
        "wasm32-unknown-unknown",
        "--features",
        "page,trader,sandbox,lab,bench",
        "--lib",
        "--bins",
    ]);
    wasm.args(web_tests()).args(["--", "-D", "warnings"]);
    run.tests("clippy on wasm32", Builds, &mut wasm);
    run.stage("contracts", Builds, contracts::compile);
    run.tests("host tests", HostTests, cargo().args(["test", "--workspace"]));
    if run.tests("crash simulation, compiled", Builds, crash::simulation(0).arg("--no-run")) {
        let mut simulation = crash::simulation(crash::RUNS_OF_A_TEST);
        run.tests("crash simulation", HostTests, simulation.args(crash::ONLY_IT));
    }
    if !web_tests().is_empty() {
        run.tests("web tests in a browser", Browser, in_a_browser().args(web_tests()));
    }
}

/// The suite on the chain in the tab: in the tests' own process, then by HTTP what speaks to it as a server.
fn on_the_sandbox(run: &mut Run<'_>) {
    use Budget::{Browser, HostTests};
    if !run.stage("genesis", HostTests, genesis::command) {
        return;
    }
    if !test_programs("sandbox-tests").is_empty() {
        // Each test has a chain of its own.
        run.tests("sandbox tests", HostTests, &mut tests_of(&test_programs("sandbox-tests")));
        // Compares with what the stage before has left.
        run.tests("sandbox in a browser", Browser, in_a_browser().args(["--test", "web_chain"]));
    }
    let options = Options { is_sandbox: true, ..Options::default() };
    let mut sandbox = None;
    let is_up = run.stage("sandbox up", HostTests, |stop| {
        sandbox = Some(Backend::start(&options, stop)?);
        Ok(())
    });
    if is_up {
        run.tests("sandbox tests by HTTP", HostTests, &mut in_turns(&BY_HTTP.map(str::to_owned)));
    }
    if let Some(mut sandbox) = sandbox {
        run.stage("sandbox down", HostTests, |_| sandbox.death().map_or(Ok(()), Err));
    }
}

/// What needs the stack, and the page on top of it.
fn on_the_stack(run: &mut Run<'_>) {
    use Budget::{Browser, Builds, HostTests};
    let mut server = None;
    run.stage("page", Builds, |stop| {
        dist::build(stop)?;
        server = Some(serve_folder(&paths::dist(), serve::PORT)?);
        Ok(())
    });
    let mut stack = None;
    let is_up = run.stage("stack up", HostTests, |stop| {
        stack = Some(Backend::start(&Options::default(), stop)?);
        Ok(())
    });
    if is_up && !test_programs("stack-tests").is_empty() {
        run.tests("stack tests", HostTests, &mut in_turns(&test_programs("stack-tests")));
    }
    if is_up && server.is_some() && !test_programs("browser-tests").is_empty() {
        // Some tell what they measured.
        let mut tests = in_turns(&test_programs("browser-tests"));
        run.tests("browser tests", Browser, tests.arg("--show-output"));
    }
    drop(server);
    if let Some(mut stack) = stack {
        run.stage("stack down", HostTests, |_| stack.death().map_or(Ok(()), Err));
    }
}

/// `cargo test` over these files; LEASH_STACK is where the stack describes itself, LEASH_PAGE where the page is
/// served.
pub(crate) fn tests_of(programs: &[String]) -> Command {
    let mut command = cargo();
    command
        .env("LEASH_STACK", description_file())
        .env("LEASH_PAGE", format!("http://127.0.0.1:{}", serve::PORT))
        .args(["test", "--features", TEST_FEATURES]);
    for name in programs {
        command.args(["--test", name]);
    }
    command
}

/// As [`tests_of`], one test after the other: they share one chain and one market.
fn in_turns(programs: &[String]) -> Command {
    let mut command = tests_of(programs);
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

/// `cargo test` of what runs in a browser.
fn in_a_browser() -> Command {
    let mut command = cargo();
    command.env("CARGO_ENCODED_RUSTFLAGS", tools::browser_flags()).args([
        "test",
        "--target",
        "wasm32-unknown-unknown",
        "--features",
        "page,trader,sandbox-tests",
    ]);
    command
}

/// `--test web` once tests/web.rs exists.
fn web_tests() -> &'static [&'static str] {
    if paths::root().join("tests/web.rs").is_file() { &["--test", "web"] } else { &[] }
}

/// The test programs that exist only with `feature`: by `required-features`, or by a gate in the file.
fn test_programs(feature: &str) -> Vec<String> {
    let mut metadata = Command::new("cargo");
    metadata.current_dir(paths::root()).args(["metadata", "--no-deps", "--offline", "--format-version", "1"]);
    let metadata = answer(&mut metadata).and_then(|text| serde_json::from_str::<Value>(&text).ok());
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    metadata.map(|metadata| programs_with(&metadata, feature, read)).unwrap_or_default()
}

fn programs_with(metadata: &Value, feature: &str, read: impl Fn(&str) -> String) -> Vec<String> {
    let gate = format!("feature = \"{feature}\"");
    let needs = |target: &&Value| {
        let is_test = target["kind"] == json!(["test"]);
        let required = target["required-features"].as_array();
        let is_required = required.is_some_and(|names| names.contains(&json!(feature)));
        let source = target["src_path"].as_str().map(&read).unwrap_or_default();
        let is_gated = source.lines().any(|line| line.starts_with("#![cfg(") && line.contains(&gate));
        is_test && (is_required || is_gated)
    };
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let targets = packages.filter_map(|package| package["targets"].as_array()).flatten();
    targets.filter(needs).filter_map(|target| target["name"].as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_programs_are_found_by_either_gate() {
        let target = |name: &str, kind: &str, required: &[&str]| json!({ "name": name, "kind": [kind], "required-features": required, "src_path": name });
        let metadata = json!({ "packages": [{ "targets": [
            target("required", "test", &["stack-tests"]),
            target("gated", "test", &[]),
            target("plain", "test", &[]),
            target("other", "test", &["browser-tests"]),
            target("program", "bin", &["stack-tests"]),
        ] }] });
        let read = |path: &str| match path {
            "gated" => "//! Front.\n#![cfg(feature = \"stack-tests\")]\n".to_owned(),
            _ => "// feature = \"stack-tests\"\n".to_owned(),
        };
        assert_eq!(programs_with(&metadata, "stack-tests", read), ["required", "gated"]);
        assert_eq!(programs_with(&metadata, "browser-tests", read), ["other"]);
    }
}
