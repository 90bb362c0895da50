//! The running local stack: its chain, and the levers of its control endpoint.

use std::time::Duration;

use serde_json::{Value, json};

pub(crate) const NODE: &str = "http://127.0.0.1:8545";
pub(crate) const CONTROL: &str = "http://127.0.0.1:8548";

/// Longest answer; starting a service takes the longest.
const PATIENCE: Duration = Duration::from_secs(100);

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
