//! The sandbox's chain over long runs: one seed is one chain, and a stored chain goes on as if it had never been
//! stored.
//!
//! `cargo xtask genesis` makes the state that it begins with.

#[path = "support/genesis.rs"]
mod genesis;
#[path = "sandbox_chain/run.rs"]
mod run;

use std::fs;
use std::path::{Path, PathBuf};

use genesis::genesis;
use leash::sandbox::{Peer, Sandbox};
use run::{ask, digest, run, unlocked};
use serde_json::json;

const SEED: u64 = 1;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/genesis")
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
