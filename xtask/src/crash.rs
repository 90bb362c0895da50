//! The crash simulation of `src/app/crash.rs`, with as many runs as are asked for.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::failure::Outcome;
use crate::paths;
use crate::process::run;
use crate::stop::Stop;

/// Runs within `cargo xtask test`.
pub(crate) const RUNS_OF_A_TEST: u64 = 10_000;
/// Runs of `cargo xtask bench crash`.
const RUNS_OF_A_BENCH: u64 = 1_000_000;

/// Runs per minute that two processors should make.
const BAR: u64 = 10_000;

/// `cargo xtask bench crash`. A run that fails prints its seed, which `LEASH_CRASH_SEED` repeats.
pub(crate) fn bench(stop: &Stop) -> Outcome<()> {
    println!("{RUNS_OF_A_BENCH} runs; two processors take two hours and more.");
    run("cargo test", simulation(RUNS_OF_A_BENCH).arg("--no-run"), stop)?;
    let begun = Instant::now();
    let outcome = run("cargo test", simulation(RUNS_OF_A_BENCH).args(ONLY_THE_RUNS), stop);
    println!("{}", row(RUNS_OF_A_BENCH, begun.elapsed()));
    outcome
}

/// How fast it was.
fn row(runs: u64, took: Duration) -> String {
    let per_minute = u128::from(runs) * 60_000 / took.as_millis().max(1);
    let verdict = if per_minute >= u128::from(BAR) { "above" } else { "below" };
    format!("crash simulation: {runs} runs, {per_minute} a minute, {verdict} the bar of {BAR}")
}

/// What follows the command to run it.
pub(crate) const ONLY_IT: [&str; 3] = ["--", "--nocapture", "app::crash::"];

/// The same without the tests of the simulation itself.
const ONLY_THE_RUNS: [&str; 3] = ["--", "--nocapture", "app::crash::whatever"];

/// The command that makes `runs`: compiled for speed, or they would take twenty times as long.
pub(crate) fn simulation(runs: u64) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(paths::root()).env("LEASH_CRASH_RUNS", runs.to_string());
    cargo.args(["test", "--lib", "--profile", "measured"]);
    cargo
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_row_tells_how_fast_it_was() {
        let told = |secs: u64| row(1_000_000, Duration::from_secs(secs));
        assert_eq!(told(6_000), "crash simulation: 1000000 runs, 10000 a minute, above the bar of 10000");
        assert!(told(6_001).contains(" 9998 a minute, below "), "{}", told(6_001));
    }
}
