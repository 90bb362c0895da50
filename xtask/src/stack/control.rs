//! The control endpoint: a faucet for people, and levers for tests. JSON-RPC over POST.

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall as _;
use leash::contracts::abi::IERC20;
use serde_json::{Value, json};

use super::Parts;
use super::deploy::FAUCET;
use super::endpoint::{Endpoint, Listener};
use crate::failure::{Because, Outcome};
use crate::stop::Stop;

/// What one faucet call mints, in whole tokens.
const FAUCET_BASE: u64 = 4;
const FAUCET_QUOTE: u64 = 10_000;
/// No request here is longer.
const LONGEST_BODY: usize = 64 * 1024;

/// The running endpoint.
#[derive(Debug)]
pub(crate) struct Control {
    levers: Arc<Levers>,
    _endpoint: Endpoint,
}

#[derive(Debug)]
struct Levers {
    parts: Arc<Parts>,
    stop: Stop,
}

impl Control {
    pub(crate) fn start(parts: Arc<Parts>, port: u16) -> Outcome<Self> {
        let levers = Arc::new(Levers { parts, stop: Stop::default() });
        Ok(Self { _endpoint: Endpoint::start(port, Arc::clone(&levers))?, levers })
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.levers.stop.set();
    }
}

impl Listener for Levers {
    fn answer(&self, body: Option<&str>) -> Option<String> {
        Some(reply(body, &self.parts, &self.stop).to_string())
    }

    fn longest_body(&self) -> usize {
        LONGEST_BODY
    }
}

fn reply(body: Option<&str>, parts: &Parts, stop: &Stop) -> Value {
    let Some(request) = body.and_then(|text| serde_json::from_str::<Value>(text).ok()) else {
        return json!({ "jsonrpc": "2.0", "id": null, "error": { "code": -32700, "message": "not JSON" } });
    };
    let first = &request["params"][0];
    let result = match request["method"].as_str() {
        Some("leash_faucet") => faucet(parts, first),
        Some("leash_market") => parts.market.steer(first),
        Some("leash_exchange") => parts.exchange.steer(first),
        Some("leash_services") => parts.services.steer(first, stop),
        Some("leash_stack") => Ok(parts.description.clone()),
        _ => {
            let error = json!({ "code": -32601, "message": "the method is not known here" });
            return json!({ "jsonrpc": "2.0", "id": request["id"], "error": error });
        }
    };
    match result {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": request["id"], "result": result }),
        Err(failure) => {
            let error = json!({ "code": -32602, "message": failure.to_string() });
            json!({ "jsonrpc": "2.0", "id": request["id"], "error": error })
        }
    }
}

/// Mints both demo tokens to an address; answers what it minted.
fn faucet(parts: &Parts, to: &Value) -> Outcome<Value> {
    let parsed = to.as_str().and_then(|text| text.parse::<Address>().ok());
    let to = parsed.filter(|to| !to.is_zero()).because("leash_faucet takes one address")?;
    let _turn = parts.faucet.lock().because("The faucet is broken")?;
    let mut minted = json!({});
    for (token, whole) in [(parts.facts.base, FAUCET_BASE), (parts.facts.quote, FAUCET_QUOTE)] {
        let amount = U256::from(whole) * U256::from(10).pow(U256::from(token.decimals));
        let call = IERC20::mintCall { to, amount };
        parts.chain.send_now(FAUCET, token.address, &call.abi_encode())?;
        minted[token.symbol] = json!(whole.to_string());
    }
    Ok(minted)
}
