//! The running local stack: its chain, and the levers of its control endpoint.

use std::thread;
use std::time::{Duration, Instant};

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use serde_json::{Value, json};

pub(crate) const NODE: &str = "http://127.0.0.1:8545";
pub(crate) const CONTROL: &str = "http://127.0.0.1:8548";

/// Longest answer; starting a service takes the longest.
const PATIENCE: Duration = Duration::from_secs(100);
/// Pause between two looks at what is awaited.
const POLL: Duration = Duration::from_millis(25);

/// Asks a JSON-RPC server; its error as text.
pub(crate) fn try_ask(url: &str, method: &str, params: &Value) -> Result<Value, String> {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
    let config = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).build();
    let agent: ureq::Agent = config.into();
    let sent = agent.post(url).content_type("application/json").send(&body);
    let text = sent.and_then(|mut response| response.body_mut().read_to_string());
    let text = text.map_err(|error| error.to_string())?;
    let answer: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    match answer.get("error") {
        Some(error) => Err(error.to_string()),
        None => Ok(answer["result"].clone()),
    }
}

/// Asks the chain.
pub(crate) fn node(method: &str, params: &Value) -> Value {
    try_ask(NODE, method, params).unwrap_or_else(|error| panic!("{method}: {error}"))
}

/// Pulls a lever of the stack.
pub(crate) fn control(method: &str, order: &Value) -> Value {
    try_ask(CONTROL, method, &json!([order])).unwrap_or_else(|error| panic!("{method}: {error}"))
}

/// The receipt of a transaction that was sent; the chain may still be at it.
pub(crate) fn receipt(hash: &Value) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let receipt = node("eth_getTransactionReceipt", &json!([hash]));
        if !receipt.is_null() {
            return receipt;
        }
        assert!(Instant::now() < deadline, "{hash} is not mined");
        thread::sleep(POLL);
    }
}

/// Native coin of `address` in wei.
pub(crate) fn ether_of(address: Address) -> U256 {
    quantity(&node("eth_getBalance", &json!([address, "latest"])))
}

/// A number as nodes write it.
pub(crate) fn quantity(value: &Value) -> U256 {
    value.as_str().and_then(|text| text.parse().ok()).expect("a quantity")
}

/// Calls a view function.
pub(crate) fn read<C: SolCall>(target: Address, call: &C) -> C::Return {
    let data = alloy_primitives::hex::encode_prefixed(call.abi_encode());
    let answer = node("eth_call", &json!([{ "to": target, "data": data }, "latest"]));
    let bytes = alloy_primitives::hex::decode(answer.as_str().expect("hex text")).expect("hex text");
    C::abi_decode_returns(&bytes).expect("the declared return values")
}

/// Which way the price goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trend {
    Up,
    Down,
}

/// Halts the market's own movement; from now on only [`step`] moves it, two seconds of chain time a step. Every
/// test begins at the same price, so that none strands another at the pool's edge.
pub(crate) fn hold_market() {
    let order = json!({ "pause": true, "step_secs": 2, "target": "2500.00", "steps": 12 });
    control("leash_market", &order);
}

/// Moves the price by 0.4 % in one block, two seconds after the last.
pub(crate) fn step(trend: Trend) {
    let now = control("leash_market", &json!({}));
    let price: f64 = now["price"].as_str().and_then(|text| text.parse().ok()).expect("a price");
    let factor = match trend {
        Trend::Up => 1.004,
        Trend::Down => 0.996,
    };
    control("leash_market", &json!({ "target": format!("{:.6}", price * factor), "steps": 1 }));
}

/// The latest block's number.
pub(crate) fn block() -> u64 {
    quantity(&node("eth_blockNumber", &json!([]))).to()
}
