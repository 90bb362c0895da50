//! JSON-RPC text in, JSON-RPC text out.

use leash::sandbox::{Peer, Refusal};
use serde_json::{Value, json};

/// JSON-RPC 2.0: the text is no JSON.
const PARSE_ERROR: i64 = -32_700;
/// JSON-RPC 2.0: the JSON is no request.
const INVALID_REQUEST: i64 = -32_600;
/// JSON-RPC 2.0: there is no such method.
const METHOD_NOT_FOUND: i64 = -32_601;
/// The one lever that the trader may pull.
const FAUCET: &str = "leash_faucet";

/// Who is behind an endpoint of the network table. The wallet is not: only the page reaches it.
pub(crate) fn peer(endpoint: &str) -> Option<Peer> {
    match endpoint {
        "sandbox:node" => Some(Peer::Node),
        "sandbox:bundler" => Some(Peer::Bundler),
        "sandbox:paymaster" => Some(Peer::Paymaster),
        "sandbox:control" => Some(Peer::Control),
        _ => None,
    }
}

/// A request.
pub(crate) struct Request {
    pub(crate) id: Value,
    pub(crate) method: String,
    pub(crate) params: Value,
}

/// The request in `body`, or the text that refuses it.
pub(crate) fn read(peer: Peer, body: &str) -> Result<Request, String> {
    let refuse = |id: Value, code: i64, message: &str| {
        Err(answer(&id, &Err(Refusal { code, message: message.to_owned(), data: None })))
    };
    let Ok(mut request) = serde_json::from_str::<Value>(body) else {
        return refuse(Value::Null, PARSE_ERROR, "this is no JSON");
    };
    // A text that is no object has no parts: it is no request either.
    let mut part = |name: &str| request.get_mut(name).map(Value::take).unwrap_or_default();
    let (id, method, params) = (part("id"), part("method"), part("params"));
    match method.as_str() {
        None => refuse(id, INVALID_REQUEST, "this is no request"),
        Some(method) if peer == Peer::Control && method != FAUCET => {
            refuse(id, METHOD_NOT_FOUND, "the page alone pulls this lever")
        }
        Some(method) => Ok(Request { id, method: method.to_owned(), params }),
    }
}

/// The text that answers request `id`.
pub(crate) fn answer(id: &Value, answer: &Result<Value, Refusal>) -> String {
    match answer {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err(Refusal { code, message, data }) => {
            let mut error = json!({ "code": code, "message": message });
            if let Some(data) = data {
                error["data"] = data.clone();
            }
            json!({ "jsonrpc": "2.0", "id": id, "error": error })
        }
    }
    .to_string()
}
