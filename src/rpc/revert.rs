//! Finding revert data: every node and bundler puts it somewhere else.

use alloy_primitives::{Bytes, hex};
use serde_json::Value;

/// Longest revert data that is kept, in bytes.
const MAX_REVERT_BYTES: usize = 4_096;

/// The revert data in a JSON-RPC error, when the error says that a call reverted: in `data` as a text or
/// somewhere inside an object, or in the message. Empty for a revert without data; `None` for other errors.
pub fn revert_data(code: i64, message: &str, data: Option<&str>) -> Option<Bytes> {
    let parsed = data.and_then(|text| serde_json::from_str::<Value>(text).ok());
    // 3: geth and anvil; -32015: Nethermind and OpenEthereum; -32521: ERC-7769.
    let says_so = matches!(code, 3 | -32015 | -32521) || message.to_ascii_lowercase().contains("revert");
    if !says_so {
        return None;
    }
    let found = parsed.as_ref().and_then(hex_in_value).or_else(|| hex_in_text(message));
    Some(found.unwrap_or_default())
}

fn hex_in_value(value: &Value) -> Option<Bytes> {
    match value {
        Value::String(text) => hex_in_text(text),
        Value::Object(members) => {
            let known = ["data", "revertData", "originalError", "error"];
            known.iter().filter_map(|name| members.get(*name)).find_map(hex_in_value)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    }
}

/// The last `0x…` of four bytes or more in a text, such as “AA23 reverted 0x3b577361…”; longer than 4,096 bytes
/// it is cut. 20 bytes are somebody's address, not data.
fn hex_in_text(text: &str) -> Option<Bytes> {
    let last = text.rmatch_indices("0x").find_map(|(start, _)| {
        let rest = &text[start + 2..];
        let end = rest.bytes().position(|byte| !byte.is_ascii_hexdigit()).unwrap_or(rest.len());
        let digits = &rest[..end.min(2 * MAX_REVERT_BYTES) & !1];
        if digits.len() < 8 || digits.len() == 40 { None } else { hex::decode(digits).ok() }
    });
    last.map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revert_data_is_found_wherever_it_is_put() {
        let check = |code: i64, message: &str, data: Option<&str>, expected: Option<&str>| {
            let found = revert_data(code, message, data).map(|bytes| bytes.to_string());
            assert_eq!(found.as_deref(), expected, "{code} {message} {data:?}");
        };
        check(3, "execution reverted", Some(r#""0x1c792c05aa""#), Some("0x1c792c05aa"));
        check(3, "execution reverted", None, Some("0x"));
        check(-32015, "VM execution error.", Some(r#""Reverted 0x1c792c05""#), Some("0x1c792c05"));
        check(-32000, "execution reverted", Some(r#"{"data":"0x1c792c05"}"#), Some("0x1c792c05"));
        let nested = r#"{"originalError":{"code":3,"data":"0x1c792c05"}}"#;
        check(-32603, "Internal: reverted", Some(nested), Some("0x1c792c05"));
        let alto = "UserOperation reverted during simulation with reason: AA23 reverted 0x3b57736100";
        check(-32500, alto, None, Some("0x3b57736100"));
        check(-32000, "insufficient funds", None, None);
        check(-32000, "header not found", Some(r#""0x1c792c05""#), None);
        let address = "reverted 0x1c792c05 from 0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc";
        check(3, address, None, Some("0x1c792c05"));
        check(3, "reverted", Some("not json"), Some("0x"));
        check(3, "reverted at 0x12", None, Some("0x"));
    }

    #[test]
    fn endless_data_is_cut() {
        let long = format!("reverted 0x{}", "ab".repeat(1_000_000));
        assert_eq!(hex_in_text(&long).map(|data| data.len()), Some(MAX_REVERT_BYTES));
        assert_eq!(hex_in_text("0xabcdef012"), Some(Bytes::from_static(&[0xab, 0xcd, 0xef, 0x01])));
    }
}
