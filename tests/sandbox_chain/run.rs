//! A run that is the same wherever it runs: a thousand blocks of market with strangers in between.

use alloy_primitives::{Address, B256, keccak256};
use leash::sandbox::{DEV_ACCOUNTS, Genesis, Peer, Reply, Sandbox, SandboxOptions};
use serde_json::{Value, json};

/// Blocks after the history.
const BLOCKS: u64 = 1_000;
/// Real milliseconds between two looks at the clock: twelve seconds of chain time, six steps of the market.
const LOOK_MILLIS: u64 = 400;

/// A sandbox whose accounts are unlocked.
pub(crate) fn unlocked(genesis: &Genesis, seed: u64) -> Sandbox {
    Sandbox::new(genesis, SandboxOptions { seed, is_unlocked: true, ..SandboxOptions::default() })
}

/// The answer to a request that must be granted.
pub(crate) fn ask(sandbox: &mut Sandbox, peer: Peer, method: &str, params: Value) -> Value {
    match sandbox.ask(peer, method, &params) {
        Reply::Answer(Ok(answer)) => answer,
        other @ (Reply::Answer(Err(_)) | Reply::Later { .. } | Reply::Silence) => {
            panic!("{method} {params}: {other:?}")
        }
    }
}

/// The sandbox after the run.
pub(crate) fn run(genesis: &Genesis, seed: u64) -> Sandbox {
    let mut sandbox = unlocked(genesis, seed);
    let last = sandbox.chain().head().number + BLOCKS;
    let mut real_millis = 1_000_000;
    let mut look: u64 = 0;
    while sandbox.chain().head().number < last {
        sandbox.advance(real_millis);
        stranger(&mut sandbox, look);
        real_millis += LOOK_MILLIS;
        look += 1;
    }
    sandbox
}

/// What is compared.
pub(crate) fn digest(sandbox: &Sandbox) -> B256 {
    keccak256(sandbox.save())
}

/// Somebody else's turn: money, tokens, market and time, each now and then.
fn stranger(sandbox: &mut Sandbox, look: u64) {
    let someone = Address::from_word(keccak256(look.to_be_bytes()));
    match look % 25 {
        3 | 14 => {
            let transfer = json!([{ "from": DEV_ACCOUNTS[0], "to": someone, "value": "0x1234" }]);
            ask(sandbox, Peer::Node, "eth_sendTransaction", transfer);
        }
        7 => {
            ask(sandbox, Peer::Control, "leash_faucet", json!([someone]));
        }
        11 => {
            let swap = json!({ "swap": { "token_in": "USDC", "amount_in": "12345.678" } });
            ask(sandbox, Peer::Control, "leash_market", json!([swap]));
        }
        16 => {
            let trend = if look.is_multiple_of(2) { 120 } else { -120 };
            ask(sandbox, Peer::Control, "sandbox_market", json!([{ "trend": trend, "shock_bps": 15 }]));
        }
        20 => {
            ask(sandbox, Peer::Control, "sandbox_time", json!([{ "jump_secs": 90 }]));
        }
        23 => {
            ask(sandbox, Peer::Node, "anvil_reorg", json!([2]));
        }
        _ => {}
    }
}
