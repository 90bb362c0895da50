//! The JSON-RPC 2.0 envelope around a request and its response.

use serde_json::{Value, json};

use crate::ports::TransportError;

/// No answer of a node, bundler or paymaster needs more.
pub(super) const MAX_ANSWER_BYTES: usize = 8 * 1024 * 1024;

/// How much of a strange body is kept, in characters.
const LONGEST_BODY: usize = 500;

/// The request as text.
pub(super) fn request_body(id: u64, method: &str, params: &Value) -> String {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string()
}

/// The result inside a response's body, or why there is none. An RPC error inside wins over the HTTP status.
pub(super) fn parse_response(
    id: u64,
    status: u16,
    retry_after: Option<&str>,
    body: &[u8],
) -> Result<Value, TransportError> {
    let start = || String::from_utf8_lossy(body).chars().take(LONGEST_BODY).collect::<String>();
    let is_success = (200..300).contains(&status);
    let retry_after_secs = retry_after.and_then(|text| text.trim().parse().ok());
    let http = || TransportError::Http { status, retry_after_secs, body: start() };
    let Ok(mut response) = serde_json::from_slice::<Value>(body) else {
        return Err(if is_success { TransportError::Malformed(start()) } else { http() });
    };
    if let Some(error) = response.get("error").filter(|error| error.is_object()) {
        return Err(TransportError::Refused {
            code: error.get("code").and_then(Value::as_i64).unwrap_or(0),
            message: error.get("message").and_then(Value::as_str).unwrap_or("no message").to_owned(),
            data: error.get("data").map(Value::to_string),
        });
    }
    if !is_success {
        return Err(http());
    }
    if response.get("id").and_then(Value::as_u64) != Some(id) {
        return Err(TransportError::Malformed(format!("not the answer to request {id}: {}", start())));
    }
    response.get_mut("result").map(Value::take).ok_or_else(|| TransportError::Malformed(start()))
}
