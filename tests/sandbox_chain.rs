//! The sandbox's chain over long runs: one seed is one chain, a stored chain goes on as if it had never been
//! stored, and a day does not make it grow.
//!
//! `cargo xtask genesis` makes the state that it begins with.

#[path = "sandbox_chain/run.rs"]
mod run;

use std::fs;
use std::path::{Path, PathBuf};

use leash::sandbox::{Genesis, Peer, Sandbox};
use run::{ask, digest, run, unlocked};
use serde_json::json;

const SEED: u64 = 1;
const HOUR_MILLIS: u64 = 3_600_000;
/// A stored chain and the memory of this process may grow by so much after the first hour.
const MOST_GROWTH: usize = 5 * 1024 * 1024;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/genesis")
}

fn genesis() -> Genesis {
    let bytes = fs::read(folder().join("sandbox.bin")).expect("cargo xtask genesis has made one");
    Genesis::from_bytes(&bytes).expect("a genesis of this version")
}

#[test]
fn one_seed_is_one_chain_and_another_seed_is_another() {
    let genesis = genesis();
    let (first, second, other) = (run(&genesis, SEED), run(&genesis, SEED), run(&genesis, SEED + 1));
    assert!(first.save() == second.save(), "the same bytes");
    assert_eq!(first.trouble(), None);
    assert_ne!(digest(&first), digest(&other));
    // The test in the browser compares its own with this.
    fs::write(folder().join("run.keccak256"), digest(&first).to_string()).expect("a writable folder");
}

#[test]
fn a_stored_chain_goes_on_as_if_it_had_never_been_stored() {
    let mut sandbox = unlocked(&genesis(), SEED);
    sandbox.advance(0);
    sandbox.advance(30_000);
    let mut restored = Sandbox::restore(&sandbox.save()).expect("just saved");
    restored.advance(30_000);
    for chain in [&mut sandbox, &mut restored] {
        chain.advance(45_000);
        ask(chain, Peer::Control, "leash_market", json!([{ "run": 20 }]));
    }
    let (head, other) = (sandbox.chain().head(), restored.chain().head());
    assert_eq!(head, other, "the same block");
    assert!(head.number > 1_000);
}

#[test]
fn a_day_at_full_speed_does_not_make_the_chain_grow() {
    let genesis = genesis();
    let (stored_first, _) = after_hours(&genesis, 1);
    let (stored_last, resident) = after_hours(&genesis, 24);
    eprintln!("stored after an hour {stored_first}, after a day {stored_last} bytes");
    eprintln!("resident after each hour: {resident:?}");
    assert!(stored_last <= stored_first + MOST_GROWTH);
    assert!(resident[23] <= resident[0] + MOST_GROWTH);
}

/// Bytes of the stored chain after so many hours of chain time at the highest speed, and memory after each hour.
/// Nothing is stored before the end, as that takes memory of its own.
fn after_hours(genesis: &Genesis, hours: u64) -> (usize, Vec<usize>) {
    let mut sandbox = unlocked(genesis, SEED);
    ask(&mut sandbox, Peer::Control, "sandbox_time", json!([{ "speed": 1_000 }]));
    sandbox.advance(0);
    let mut resident = Vec::new();
    // Half a minute of chain time a look.
    for look in 1..=hours * 120 {
        sandbox.advance(look * 30);
        if look.is_multiple_of(120) {
            resident.push(resident_bytes());
        }
    }
    let passed = sandbox.chain().now().to_millis().0 - sandbox.options().start_at.to_millis().0;
    assert_eq!(passed, hours * HOUR_MILLIS);
    assert!(sandbox.chain().head().number > hours * 1_750, "the market never stood");
    (sandbox.save().len(), resident)
}

/// Memory of this process.
fn resident_bytes() -> usize {
    let pages = fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split(' ').nth(1)?.parse::<usize>().ok());
    pages.unwrap_or_default() * 4_096
}
