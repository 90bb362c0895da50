//! A day does not make the sandbox's chain grow. A program of its own, since it reads the memory of its process.
//!
//! `cargo xtask genesis` makes the state that it begins with.

#[path = "support/genesis.rs"]
mod genesis;

use std::fs;

use genesis::genesis;
use leash::sandbox::{Genesis, Peer, Reply, Sandbox, SandboxOptions};
use serde_json::json;

const HOUR_MILLIS: u64 = 3_600_000;
/// A stored chain and the memory of this process may grow by so much after the first hour.
const MOST_GROWTH: usize = 5 * 1024 * 1024;

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
    let mut sandbox = Sandbox::new(genesis, SandboxOptions::default());
    let speed = sandbox.ask(Peer::Control, "sandbox_time", &json!([{ "speed": 1_000 }]));
    assert!(matches!(speed, Reply::Answer(Ok(_))), "{speed:?}");
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
