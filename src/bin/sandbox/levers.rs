//! The page's levers in the words of the control endpoint, and its answers as the page shows them.

use leash::app::{Drill, Flavour, Lever, MarketControls, SandboxView, SharedWallet};
use leash::sandbox::{Peer, Reply, Sandbox};
use serde_json::{Value, json};

/// A node this slow is noticed, in milliseconds.
const SLOW_MILLIS: u64 = 1_500;

/// Pulls `lever`.
///
/// # Errors
/// A sentence, when the sandbox refuses.
pub(crate) fn pull(sandbox: &mut Sandbox, lever: Lever) -> Result<(), String> {
    let (method, order) = match lever {
        Lever::Speed(speed) => ("sandbox_time", json!({ "speed": speed })),
        Lever::JumpBy(secs) => ("sandbox_time", json!({ "jump_secs": secs })),
        Lever::JumpTo(secs) => ("sandbox_time", json!({ "to_secs": secs })),
        Lever::Trend(trend) => ("sandbox_market", json!({ "trend": trend })),
        Lever::Volatility(percent) => ("sandbox_market", json!({ "volatility": percent })),
        Lever::Shock(bps) => ("sandbox_market", json!({ "shock_bps": bps })),
        Lever::Pause(is_paused) => ("sandbox_market", json!({ "pause": is_paused })),
        Lever::Seed(seed) => ("sandbox_market", json!({ "seed": seed })),
        Lever::Drill(drill, is_on) => ("sandbox_faults", fault(drill, is_on)),
        Lever::Reorg(blocks) => ("sandbox_faults", json!({ "reorg": blocks })),
    };
    match sandbox.ask(Peer::Control, method, &json!([order])) {
        Reply::Answer(Err(refusal)) => Err(refusal.message),
        Reply::Answer(Ok(_)) | Reply::Later { .. } | Reply::Silence => Ok(()),
    }
}

/// Which switch a drill is, and its word for "on".
fn switch(drill: Drill) -> (&'static str, Value) {
    match drill {
        Drill::BundlerDown => ("bundler", json!("down")),
        Drill::PaymasterRefuses => ("paymaster", json!("refuses")),
        Drill::NodeStale => ("node", json!("stale")),
        Drill::NodeSlow => ("node", json!({ "slow_millis": SLOW_MILLIS })),
        Drill::OperationStuck => ("operation", json!("stuck")),
        Drill::OperationReverts => ("operation", json!("reverts")),
    }
}

fn fault(drill: Drill, is_on: bool) -> Value {
    let (name, word) = switch(drill);
    json!({ name: if is_on { word } else { json!("well") } })
}

const DRILLS: [Drill; 6] = [
    Drill::BundlerDown,
    Drill::PaymasterRefuses,
    Drill::NodeStale,
    Drill::NodeSlow,
    Drill::OperationStuck,
    Drill::OperationReverts,
];

/// What the wallet shares.
fn shared(sandbox: &mut Sandbox) -> SharedWallet {
    let accounts = match sandbox.ask(Peer::Wallet, "eth_accounts", &json!([])) {
        Reply::Answer(Ok(accounts)) => accounts,
        Reply::Answer(Err(_)) | Reply::Later { .. } | Reply::Silence => Value::Null,
    };
    let texts = accounts.as_array().map(Vec::as_slice).unwrap_or_default();
    SharedWallet {
        accounts: texts.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        chain_id: sandbox.chain().chain_id(),
    }
}

/// How the sandbox stands.
pub(crate) fn view(sandbox: &mut Sandbox) -> SandboxView {
    let status = match sandbox.ask(Peer::Control, "sandbox_status", &json!([])) {
        Reply::Answer(Ok(status)) => status,
        Reply::Answer(Err(_)) | Reply::Later { .. } | Reply::Silence => Value::Null,
    };
    let market = &status["market"];
    let small = |value: &Value| value.as_i64().and_then(|number| i32::try_from(number).ok());
    let is_on = |drill: &Drill| {
        let (name, word) = switch(*drill);
        status["faults"][name] == word
    };
    SandboxView {
        time_scale: sandbox.time_scale(),
        flavour: match status["contracts"].as_str() {
            Some("production") => Some(Flavour::Production),
            Some("stand-ins") => Some(Flavour::StandIns),
            _ => None,
        },
        wallet: shared(sandbox),
        market: MarketControls {
            trend: small(&market["trend"]).unwrap_or_default(),
            volatility: small(&market["volatility"]).map_or(100, i32::unsigned_abs),
            is_paused: market["pause"] == true,
            seed: market["seed"].as_u64().or(status["seed"].as_u64()).unwrap_or_default(),
        },
        faults: DRILLS.into_iter().filter(is_on).collect(),
        activity: None,
        trouble: market["trouble"].as_str().map(str::to_owned),
    }
}
