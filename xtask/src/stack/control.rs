//! The control endpoint: a faucet for people, and levers for tests.
//!
//! JSON-RPC over POST. Answers only pages of this machine; a page from elsewhere that names its origin is
//! refused before anything is done.

use std::io::Read as _;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall as _;
use leash::contracts::abi::IERC20;
use serde_json::{Value, json};
use tiny_http::{Header, Method, Request, Response, Server};

use super::Parts;
use super::deploy::FAUCET;
use crate::failure::{Because, Outcome};
use crate::stop::Stop;

/// What one faucet call mints, in whole tokens.
const FAUCET_BASE: u64 = 4;
const FAUCET_QUOTE: u64 = 10_000;
/// No request here is longer.
const LONGEST_BODY: u64 = 64 * 1024;

/// The running endpoint.
#[derive(Debug)]
pub(crate) struct Control {
    stop: Stop,
    thread: Option<JoinHandle<()>>,
}

impl Control {
    pub(crate) fn start(parts: Arc<Parts>, port: u16) -> Outcome<Self> {
        let server = Server::http(("127.0.0.1", port)).because(format!("Cannot listen on port {port}"))?;
        let stop = Stop::default();
        let ended = stop.clone();
        let listen = move || {
            while !ended.is_set() {
                // A request may take seconds; each has a thread of its own.
                if let Ok(Some(request)) = server.recv_timeout(Duration::from_millis(50)) {
                    let parts = Arc::clone(&parts);
                    let ended = ended.clone();
                    thread::spawn(move || answer(request, &parts, &ended));
                }
            }
        };
        Ok(Self { stop, thread: Some(thread::spawn(listen)) })
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.stop.set();
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}

fn answer(mut request: Request, parts: &Parts, stop: &Stop) {
    let header = |name: &'static str| {
        let found = request.headers().iter().find(|header| header.field.equiv(name));
        found.map(|header| header.value.as_str().to_owned())
    };
    let origin = header("Origin");
    let is_foreign = origin.as_deref().is_some_and(|origin| !is_local(origin));
    let (status, body) = if is_foreign {
        (403, String::new())
    } else if *request.method() == Method::Options {
        (204, String::new())
    } else if *request.method() == Method::Post {
        let mut text = String::new();
        let read = request.as_reader().take(LONGEST_BODY).read_to_string(&mut text);
        (200, reply(read.ok().map(|_| text.as_str()), parts, stop).to_string())
    } else {
        (405, String::new())
    };
    let mut response = Response::from_string(body).with_status_code(status);
    let mut set = |name: &str, value: &str| {
        if let Ok(header) = Header::from_bytes(name, value) {
            response.add_header(header);
        }
    };
    set("Content-Type", "application/json");
    set("Vary", "Origin");
    if let Some(origin) = origin.filter(|_| !is_foreign) {
        set("Access-Control-Allow-Origin", &origin);
        set("Access-Control-Allow-Methods", "POST, OPTIONS");
        set("Access-Control-Allow-Headers", "content-type");
        set("Access-Control-Max-Age", "600");
    }
    // Whoever asked may have gone meanwhile.
    let _gone = request.respond(response);
}

/// Whether a page of this machine asks, on whatever port.
fn is_local(origin: &str) -> bool {
    let host = origin.strip_prefix("http://").map(|rest| rest.split(':').next().unwrap_or(rest));
    matches!(host, Some("127.0.0.1" | "localhost"))
}

fn reply(body: Option<&str>, parts: &Parts, stop: &Stop) -> Value {
    let Some(request) = body.and_then(|text| serde_json::from_str::<Value>(text).ok()) else {
        return json!({ "jsonrpc": "2.0", "id": null, "error": { "code": -32700, "message": "not JSON" } });
    };
    let first = &request["params"][0];
    let result = match request["method"].as_str() {
        Some("leash_faucet") => faucet(parts, first),
        Some("leash_market") => parts.market.steer(first),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_this_machine_are_local() {
        for (origin, expected) in [
            ("http://127.0.0.1:8080", true),
            ("http://localhost:9000", true),
            ("http://127.0.0.1", true),
            ("http://127.0.0.1.example.org", false),
            ("https://example.org", false),
            ("null", false),
        ] {
            assert_eq!(is_local(origin), expected, "{origin}");
        }
    }
}
