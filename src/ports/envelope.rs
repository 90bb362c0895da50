//! The JSON-RPC 2.0 envelope, for every transport that carries text: what to send, and what an answer may be.
//!
//! Strict, because the answer decides about money: a response is taken only when it is one JSON value of sane
//! depth without duplicate keys, with our id, and with exactly one of `result` and `error`.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value, json};

use super::TransportError;

/// Largest answer that is read, in bytes. Log queries are the largest.
pub const MAX_ANSWER_BYTES: usize = 8 * 1024 * 1024;

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 64;

/// Longest wait taken from a `Retry-After`, in seconds.
const MAX_RETRY_AFTER_SECS: u64 = 120;

/// The text to send for `method` with `params` (a JSON array).
pub fn request_body(id: u64, method: &str, params: &Value) -> String {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string()
}

/// The `result` in an HTTP answer to request `id`. `retry_after` is the header of that name.
///
/// # Errors
/// [`TransportError::Refused`] for a JSON-RPC error, [`TransportError::Http`] for another status than 2xx
/// without one (and always for 429, so that the wait is not lost), [`TransportError::TooLarge`] and
/// [`TransportError::Malformed`] for the rest.
pub fn parse_response(
    id: u64,
    status: u16,
    retry_after: Option<&str>,
    body: &[u8],
) -> Result<Value, TransportError> {
    if body.len() > MAX_ANSWER_BYTES {
        return Err(TransportError::TooLarge { limit_bytes: MAX_ANSWER_BYTES });
    }
    let is_success = (200..300).contains(&status);
    let answer = if status == 429 { None } else { Some(parse_answer(id, body)) };
    match answer {
        Some(Err(refused @ TransportError::Refused { .. })) => Err(refused),
        Some(answer) if is_success => answer,
        _ => {
            let retry_after_secs = retry_after.and_then(parse_retry_after);
            Err(TransportError::Http { status, retry_after_secs, body: head_of(body) })
        }
    }
}

/// Seconds to wait by a `Retry-After` header: at most 120, `None` for dates and nonsense.
pub fn parse_retry_after(header: &str) -> Option<u64> {
    let seconds = header.trim().parse::<u64>().ok()?;
    Some(seconds.min(MAX_RETRY_AFTER_SECS))
}

/// The start of a body, for details only.
fn head_of(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(800)]).chars().take(200).collect()
}

fn parse_answer(id: u64, body: &[u8]) -> Result<Value, TransportError> {
    let malformed = |why: &str| Err(TransportError::Malformed(why.to_owned()));
    let text = String::from_utf8_lossy(body);
    if text.trim().is_empty() {
        return malformed("an empty answer");
    }
    if text.trim_start().starts_with('<') {
        return malformed("a web page instead of data");
    }
    let mut answer = match parse_strictly(&text) {
        Ok(Value::Object(answer)) => answer,
        Ok(_) => return malformed("no object"),
        Err(error) => return malformed(&error.to_string()),
    };
    if answer.get("jsonrpc").is_some_and(|version| version != "2.0") {
        return malformed("another version of JSON-RPC");
    }
    let error = answer.remove("error").filter(|error| !error.is_null());
    let result = answer.remove("result");
    // A server that could not read the request cannot repeat its id (JSON-RPC 2.0, section 5).
    let is_ours = answer.get("id").is_some_and(|told| *told == id || (told.is_null() && error.is_some()));
    match (result, error) {
        _ if !is_ours => malformed("the answer to another request"),
        (Some(_), Some(_)) => malformed("both a result and an error"),
        (None, None) => malformed("neither a result nor an error"),
        (Some(result), None) => Ok(result),
        (None, Some(error)) => Err(refusal(&error)),
    }
}

fn refusal(error: &Value) -> TransportError {
    let message = error.get("message").and_then(Value::as_str);
    match (error.get("code").and_then(Value::as_i64), message) {
        (Some(code), message) => TransportError::Refused {
            code,
            message: message.unwrap_or("no message").to_owned(),
            data: error.get("data").filter(|data| !data.is_null()).map(Value::to_string),
        },
        (None, message) => {
            let words = message.or(error.as_str()).unwrap_or("no message");
            let words = words.chars().take(200).collect::<String>();
            TransportError::Malformed(format!("an error of unknown code: {words}"))
        }
    }
}

/// Reads one JSON value: no duplicate keys, no trailing text, at most [`MAX_DEPTH`] deep.
fn parse_strictly(text: &str) -> Result<Value, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Strict { depth: 0 }.deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        let depth = self.depth + 1;
        if depth > MAX_DEPTH { Err(E::custom("nested too deeply")) } else { Ok(Self { depth }) }
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut reader: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(value) = reader.next_element_seed(inner)? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut reader: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut map = Map::new();
        while let Some(key) = reader.next_key::<String>()? {
            let value = reader.next_value_seed(inner)?;
            if map.insert(key, value).is_some() {
                return Err(A::Error::custom("a key stands twice"));
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> Result<Value, TransportError> {
        parse_response(7, 200, None, body.as_bytes())
    }

    #[test]
    fn a_request_is_json_rpc() {
        let sent: Value = serde_json::from_str(&request_body(7, "eth_chainId", &json!([]))).expect("JSON");
        assert_eq!(sent, json!({ "jsonrpc": "2.0", "id": 7, "method": "eth_chainId", "params": [] }));
    }

    #[test]
    fn results_come_through() {
        let check = |body: &str, result: Value| assert_eq!(answer(body), Ok(result), "{body}");
        check(r#"{"jsonrpc":"2.0","id":7,"result":"0x1"}"#, json!("0x1"));
        check(r#"{"jsonrpc":"2.0","id":7,"result":null}"#, json!(null));
        check(r#"{"id":7,"result":[1,-2,1.5,{"a":"ü"}],"error":null}"#, json!([1, -2, 1.5, { "a": "ü" }]));
        check(&format!(r#"{{"id":7,"result":{}1{}}}"#, "[".repeat(63), "]".repeat(63)), {
            (0..63).fold(json!(1), |inner, _| json!([inner]))
        });
    }

    #[test]
    fn nonsense_is_malformed() {
        let whole = r#"{"jsonrpc":"2.0","id":7,"result":{"a":["0x1",true]}}"#;
        let mut rows: Vec<String> = (0..whole.len()).map(|end| whole[..end].to_owned()).collect();
        rows.extend(
            [
                "<html><title>Login</title></html>",
                "null",
                "[]",
                r#""text""#,
                r#"{"id":8,"result":1}"#,
                r#"{"id":"7","result":1}"#,
                r#"{"result":1}"#,
                r#"{"id":null,"result":1}"#,
                r#"{"id":7}"#,
                r#"{"id":7,"error":null}"#,
                r#"{"id":7,"error":"text"}"#,
                r#"{"id":7,"error":{"code":"-32000","message":"no"}}"#,
                r#"{"id":7,"error":{"code":1e400,"message":"no"}}"#,
                r#"{"id":7,"error":{"message":"no"}}"#,
                r#"{"id":7,"result":1,"error":{"code":1,"message":"no"}}"#,
                r#"{"jsonrpc":"1.0","id":7,"result":1}"#,
                r#"{"id":7,"result":1,"result":2}"#,
                r#"{"id":7,"result":{"a":1,"a":2}}"#,
                r#"{"id":7,"result":1} x"#,
                "\u{feff}{\"id\":7,\"result\":1}",
                r#"{"id":7,"result":NaN}"#,
                r#"{"id":7,"result":1/*c*/}"#,
                r#"{"id":7,"result":"\ud800"}"#,
                r#"[{"id":7,"result":1}]"#,
            ]
            .map(str::to_owned),
        );
        rows.push(format!(r#"{{"id":7,"result":{}}}"#, "[".repeat(10_000)));
        rows.push(format!(r#"{{"id":7,"result":{}1{}}}"#, "[".repeat(64), "]".repeat(64)));
        for body in rows {
            let answer = answer(&body);
            assert!(matches!(answer, Err(TransportError::Malformed(_))), "{body} gave {answer:?}");
        }
    }

    #[test]
    fn refusals_keep_code_words_and_data() {
        let check = |status: u16, body: &str, code: i64, message: &str, data: Option<&str>| {
            let (message, data) = (message.to_owned(), data.map(str::to_owned));
            let expected = Err(TransportError::Refused { code, message, data });
            assert_eq!(parse_response(7, status, None, body.as_bytes()), expected);
        };
        check(200, r#"{"id":7,"error":{"code":-32601,"message":"no"}}"#, -32601, "no", None);
        check(400, r#"{"id":7,"error":{"code":3,"message":"no","data":"0x"}}"#, 3, "no", Some("\"0x\""));
        check(500, r#"{"id":null,"error":{"code":-32700}}"#, -32700, "no message", None);
    }

    #[test]
    fn other_statuses_are_told() {
        let check = |status: u16, header: Option<&str>, wait: Option<u64>| {
            let body = r#"{"id":7,"result":1}"#;
            let answer = parse_response(7, status, header, body.as_bytes());
            let expected = TransportError::Http { status, retry_after_secs: wait, body: body.to_owned() };
            assert_eq!(answer, Err(expected));
        };
        check(500, None, None);
        check(401, None, None);
        check(301, None, None);
        check(429, Some("5"), Some(5));
        check(429, Some("86400"), Some(120));
        check(429, Some("-1"), None);
        check(429, Some("abc"), None);
        check(503, Some("Wed, 21 Oct 2026 07:28:00 GMT"), None);
        let limited = parse_response(7, 429, Some("3"), br#"{"id":7,"error":{"code":1,"message":"slow"}}"#);
        assert!(matches!(limited, Err(TransportError::Http { retry_after_secs: Some(3), .. })));
    }

    #[test]
    fn size_and_bytes_are_bounded() {
        let large = parse_response(7, 200, None, &vec![b' '; MAX_ANSWER_BYTES + 1]);
        assert_eq!(large, Err(TransportError::TooLarge { limit_bytes: MAX_ANSWER_BYTES }));
        let broken = parse_response(7, 200, None, b"{\"id\":7,\"result\":\"a\xff\"}");
        assert_eq!(broken, Ok(json!("a\u{fffd}")), "invalid UTF-8 is shown as such");
        assert!(matches!(parse_response(7, 204, None, b""), Err(TransportError::Malformed(_))));
    }
}
