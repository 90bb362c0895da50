//! The bundles that the bench times: a trade, and one that creates the account and enables the permission before it.

use std::path::PathBuf;

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolEvent as _;
use leash::account::{UserOperation, handle_ops_call_data};
use leash::contracts::ENTRY_POINT;
use leash::contracts::abi::IEntryPoint::UserOperationEvent;
use leash::evm::Message;
use leash::sandbox::{Chain as SandboxChain, DEV_ACCOUNTS, Genesis, GenesisAccount};
use leash::session::Leg;
use serde_json::{Map, Value, json};

use crate::scene::Scene;
use crate::support::http_transport::with_sandbox;
use crate::{live_scene, on_stack};

/// Sends the bundles and gets their fees, as the sandbox's bundler does.
const EXECUTOR: Address = DEV_ACCOUNTS[3];
/// More than any of them uses.
const GAS_LIMIT: u64 = 20_000_000;

/// `cargo xtask bench` runs this, and says where the files go.
#[test]
#[ignore = "it makes what is measured elsewhere"]
fn bundles_for_the_bench() {
    on_stack(async |chain| {
        let folder = PathBuf::from(std::env::var("LEASH_CALLS").expect("where to write the calls"));
        let scene = live_scene(chain).await;
        let trade = chain.sponsored(&scene.trade(chain, Leg::Buy).await).await;
        let other = Scene::new(chain, |_| {}).await;
        chain.faucet(other.account()).await;
        let first = other.trade(chain, Leg::Buy).await.creating().enabling();
        let first = chain.sponsored(&first).await;
        with_sandbox(|sandbox| {
            let calls = [("chain_trade", trade), ("chain_first_trade", first)];
            let calls = calls.map(|(name, operation)| call(sandbox.chain_mut(), name, &operation));
            let told = json!({ "block": block(sandbox.chain()), "calls": calls, "accounts": accounts(sandbox.chain()) });
            std::fs::write(folder.join("calls.json"), told.to_string()).expect("a writable folder");
            std::fs::write(folder.join("chain.bin"), sandbox.save()).expect("a writable folder");
        });
    });
}

/// What is sent, and the gas that it takes.
fn call(chain: &mut SandboxChain, name: &str, operation: &UserOperation) -> Value {
    let data: Bytes = handle_ops_call_data(std::slice::from_ref(operation), EXECUTOR);
    let message = Message::view(EXECUTOR, ENTRY_POINT, data.clone(), GAS_LIMIT);
    let done = chain.rehearse(|run| run(&message)).expect("it runs");
    let event = done.logs.iter().find_map(|log| UserOperationEvent::decode_log_validate(log).ok());
    assert!(event.is_some_and(|event| event.success), "{name}: {done:?}");
    json!({
        "name": name,
        "from": EXECUTOR,
        "to": ENTRY_POINT,
        "data": data,
        "gas_limit": GAS_LIMIT,
        "gas_used": done.gas_used,
    })
}

/// The block in which they run; its base fee is zero, as in a rehearsal.
fn block(chain: &SandboxChain) -> Value {
    let context = chain.pending_context();
    json!({
        "chain_id": context.chain_id,
        "number": context.number,
        "timestamp": context.timestamp,
        "gas_limit": context.gas_limit,
        "prev_randao": context.prev_randao,
    })
}

/// The whole state, by address.
fn accounts(chain: &SandboxChain) -> Map<String, Value> {
    let Genesis { accounts, codes } = Genesis::of(chain.world());
    let tell = |account: GenesisAccount| {
        let code = account.code.map_or_else(Bytes::new, |code| codes[code as usize].clone());
        let slot = |(slot, value): (U256, U256)| [json!(slot), json!(value)];
        let storage: Vec<_> = account.storage.into_iter().map(slot).collect();
        let told =
            json!({ "balance": account.balance, "nonce": account.nonce, "code": code, "storage": storage });
        (account.address.to_string(), told)
    };
    accounts.into_iter().map(tell).collect()
}
