//! The crash simulation of `src/app/crash.rs`, with as many runs as are asked for.

use std::process::Command;

use crate::failure::Outcome;
use crate::paths;
use crate::process::run;
use crate::stop::Stop;

/// Runs within `cargo xtask test`.
pub(crate) const RUNS_OF_A_TEST: u64 = 10_000;
/// Runs of `cargo xtask bench crash`.
const RUNS_OF_A_BENCH: u64 = 1_000_000;

/// `cargo xtask bench crash`.
pub(crate) fn bench(stop: &Stop) -> Outcome<()> {
    println!("{RUNS_OF_A_BENCH} runs; two processors take two hours and more.");
    run("cargo test", simulation(RUNS_OF_A_BENCH).args(ONLY_IT), stop)
}

/// What follows the command to run it.
pub(crate) const ONLY_IT: [&str; 3] = ["--", "--nocapture", "app::crash::"];

/// The command that makes `runs`: compiled for speed, or they would take twenty times as long.
pub(crate) fn simulation(runs: u64) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(paths::root()).env("LEASH_CRASH_RUNS", runs.to_string());
    cargo.args(["test", "--lib", "--profile", "measured"]);
    cargo
}
