//! The sandbox is a chain like any other: the same transactions on anvil and in the sandbox do the same.
//!
//! Deployments, then hundreds of transactions drawn from a seed: transfers, tokens, swaps, reverts, creations,
//! raw bytes of every type, UserOperations within and against their grant, jumps of time. Each is first called
//! and estimated, then sent, on both. What must agree: return and revert data, status, gas, logs, prices, fees,
//! balances. What may not, and does not matter: block hashes, PREVRANDAO and the wording of refusals.
//!
//! The test starts an anvil of its own on a free port; `LEASH_DIFFERENTIAL_SEED` draws other transactions.

#![expect(clippy::disallowed_methods, reason = "a host has clocks and threads")]

#[path = "differential/actions.rs"]
mod actions;
#[path = "differential/dice.rs"]
mod dice;
#[path = "differential/operations.rs"]
mod operations;
#[path = "differential/pair.rs"]
mod pair;
#[path = "differential/venue.rs"]
mod venue;

use crate::dice::Dice;
use crate::operations::{Tally, Traders};
use crate::pair::Pair;

/// Transactions that are drawn, beside the deployments.
const ROUNDS: usize = 600;

#[test]
fn both_chains_do_the_same() {
    let seed = std::env::var("LEASH_DIFFERENTIAL_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(7);
    let mut dice = Dice::new(seed);
    let mut pair = Pair::start();
    venue::deploy(&mut pair);
    let mut traders = Traders::grant(&mut pair);
    for round in 0..ROUNDS {
        pair.round = round;
        pair.pass_time(dice.below(90));
        if dice.below(2) == 0 {
            traders.act(&mut pair, &mut dice);
        } else {
            actions::act(&mut pair, &mut dice);
        }
    }
    let told = pair.finish();
    eprintln!("seed {seed}: {told}; {:?}", traders.tally);
    // Nothing passes by everything failing.
    let Tally { done, failed, refused, enabled, removed } = traders.tally;
    assert!([done, failed, refused, enabled, removed].iter().all(|count| *count > 0), "{:?}", traders.tally);
}
