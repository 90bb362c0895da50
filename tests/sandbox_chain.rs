//! The sandbox's chain over long runs: one seed is one chain, and a stored chain goes on as if it had never been
//! stored.
//!
//! `cargo xtask genesis` makes the state that it begins with.

#[path = "sandbox_chain/run.rs"]
mod run;

use std::fs;
use std::path::{Path, PathBuf};

use leash::market::CandleSeries;
use leash::sandbox::{Genesis, LogFilter, Peer, Sandbox, SandboxOptions};
use leash::trading::{Cross, Side, StrategyTerms, replay};
use leash::units::UnixSecs;
use leash::venue::UniswapV3;
use run::{ask, digest, run, unlocked};
use serde_json::json;

const SEED: u64 = 1;

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

/// The crosses in so many seconds of chain time after the start, with the averages that the page suggests.
fn crosses(options: SandboxOptions, secs: u64) -> Vec<Cross> {
    let mut sandbox = Sandbox::new(&genesis(), options);
    sandbox.advance(0);
    for second in 1..=secs {
        sandbox.advance(second * 1_000_000 / u64::from(options.speed_permille));
    }
    let venue = UniswapV3::new(*sandbox.facts());
    let filter = LogFilter { addresses: vec![sandbox.facts().pool], topics: Vec::new() };
    let mut series = CandleSeries::new(StrategyTerms::SANDBOX.interval);
    for log in sandbox.chain().logs(0, u64::MAX, &filter, usize::MAX) {
        let tick = venue.tick(&log.log, log.block, UnixSecs(log.timestamp)).expect("a price");
        tick.map(|tick| series.push(tick));
    }
    let crosses = replay(series.closed(), StrategyTerms::SANDBOX).expect("terms that are suggested");
    crosses.into_iter().filter(|cross| cross.candle_open_at >= options.start_at).collect()
}

#[test]
fn whoever_opens_the_sandbox_soon_sees_a_purchase_and_a_sale() {
    let options = SandboxOptions::default();
    // Six seconds at the speed it begins with: time to press twice. Then one within two seconds, others soon after.
    let pressed = UnixSecs(options.start_at.0 + 6 * u64::from(options.speed_permille) / 1_000);
    let seen: Vec<_> = crosses(options, 600)
        .into_iter()
        .map(|cross| (cross.side, StrategyTerms::SANDBOX.interval.next_open(cross.candle_open_at)))
        .filter(|(_, closed_at)| *closed_at >= pressed)
        .collect();
    assert!(seen.first().is_some_and(|(_, closed_at)| closed_at.0 <= pressed.0 + 60), "{seen:?}");
    for side in [Side::Buy, Side::Sell] {
        assert!(seen.iter().any(|(known, _)| *known == side), "{seen:?}");
    }
}
