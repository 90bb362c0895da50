//! What is measured on the host alone, compiled for speed: the pool's maths and a long journal.

use std::process::Command;

use crate::failure::Outcome;
use crate::process::run;
use crate::stop::Stop;
use crate::{genesis, paths};

/// Swaps whose outcome is held against the quoter's answer.
const SWAPS: u64 = 100_000;
/// Entries of a journal that must open within a second.
const ROWS: u64 = 100_000;

/// `cargo xtask bench pool`.
pub(crate) fn pool(stop: &Stop) -> Outcome<()> {
    genesis::build(stop)?;
    let mut test = test("LEASH_POOL_SWAPS", SWAPS);
    test.args(["--features", "sandbox-tests", "--test", "pool_maths", "--", "--nocapture"]);
    run("cargo test", &mut test, stop)
}

/// `cargo xtask bench journal`.
pub(crate) fn journal(stop: &Stop) -> Outcome<()> {
    let mut test = test("LEASH_JOURNAL_ROWS", ROWS);
    test.args(["--lib", "--", "--nocapture", "app::machine::tests::long::"]);
    run("cargo test", &mut test, stop)
}

/// `cargo test` of fast code that is told by `name` how `much` to do.
fn test(name: &str, much: u64) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(paths::root()).env(name, much.to_string()).args(["test", "--profile", "measured"]);
    cargo
}
