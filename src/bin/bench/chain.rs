//! What is timed of the chain in the tab: bundles of one sponsored operation, run on a chain on which two grants were
//! signed.
//!
//! The files that they are in come from the flows (`tests/rules_bite/calls.rs`); `bench/chain.js` runs them by
//! @ethereumjs/evm. Whoever uses another amount of gas is not timed.

use std::hint::black_box;

use alloy_primitives::{Address, Bytes};
use leash::evm::Message;
use leash::sandbox::Sandbox;
use serde::Deserialize;

use crate::clock::Work;
use crate::files::file;
use crate::work::work;

/// What `calls.json` holds for this side; the state is in `chain.bin`.
#[derive(Deserialize)]
struct Calls {
    calls: Vec<Call>,
}

#[derive(Deserialize)]
struct Call {
    name: String,
    from: Address,
    to: Address,
    data: Bytes,
    gas_limit: u64,
    gas_used: u64,
}

/// Everything that is timed, each checked against its gas.
pub(crate) fn all() -> Vec<Work> {
    let sandbox = Sandbox::restore(&file("chain.bin")).expect("a chain of this version");
    let Calls { calls } = serde_json::from_slice(&file("calls.json")).expect("the calls are JSON");
    calls.into_iter().map(|call| timed(call, sandbox.clone())).collect()
}

fn timed(call: Call, mut sandbox: Sandbox) -> Work {
    let Call { name, from, to, data, gas_limit, gas_used } = call;
    let message = Message::view(from, to, data, gas_limit);
    let mut rehearsed = move || sandbox.chain_mut().rehearse(|run| run(black_box(&message)));
    // Twice: nothing is left of the first run.
    for time in ["first", "second"] {
        let done = rehearsed().expect("it runs");
        assert!(done.is_success() && done.gas_used == gas_used, "{name}, the {time} time: {done:?}");
    }
    work(&name, rehearsed)
}
