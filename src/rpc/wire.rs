//! Reading JSON from outside: every value is checked, and a wrong one is named by its path.

use alloy_primitives::{Address, B256, Bytes, U256, hex};
use serde_json::Value;

/// A value that is not what the method promises.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct ShapeError {
    /// Where: `result.logs[3].address`.
    pub field: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

/// A place in an answer.
#[derive(Clone, Debug)]
pub(super) struct Wire<'a> {
    value: &'a Value,
    path: String,
}

type Read<T> = Result<T, ShapeError>;

impl<'a> Wire<'a> {
    /// The whole `result`.
    pub(super) fn result(value: &'a Value) -> Self {
        Self { value, path: "result".to_owned() }
    }

    /// The error for this place.
    pub(super) fn wrong<T>(&self, problem: &'static str) -> Read<T> {
        Err(ShapeError { field: self.path.clone(), problem })
    }

    /// The member `name`, which must be there and not null.
    pub(super) fn field(&self, name: &str) -> Read<Self> {
        match self.optional(name)? {
            Some(field) => Ok(field),
            None => Self { value: &Value::Null, path: format!("{}.{name}", self.path) }.wrong("is missing"),
        }
    }

    /// The member `name`, or `None` when it is absent or null.
    pub(super) fn optional(&self, name: &str) -> Read<Option<Self>> {
        let Value::Object(members) = self.value else {
            return self.wrong("is no object");
        };
        let field = |value| Self { value, path: format!("{}.{name}", self.path) };
        Ok(members.get(name).map(field).and_then(Self::present))
    }

    /// `None` when null.
    pub(super) fn present(self) -> Option<Self> {
        if self.value.is_null() { None } else { Some(self) }
    }

    /// The elements of an array of at most `limit`.
    pub(super) fn list(&self, limit: usize) -> Read<Vec<Self>> {
        let Value::Array(items) = self.value else {
            return self.wrong("is no list");
        };
        if items.len() > limit {
            return self.wrong("is too long a list");
        }
        let item = |(index, value)| Self { value, path: format!("{}[{index}]", self.path) };
        Ok(items.iter().enumerate().map(item).collect())
    }

    /// A text.
    pub(super) fn text(&self) -> Read<&'a str> {
        self.value.as_str().map_or_else(|| self.wrong("is no text"), Ok)
    }

    /// `true` or `false`, nothing that resembles them.
    pub(super) fn boolean(&self) -> Read<bool> {
        self.value.as_bool().map_or_else(|| self.wrong("is neither true nor false"), Ok)
    }

    /// Hexadecimal digits after a lower-case `0x`.
    fn digits(&self) -> Read<&'a str> {
        let text = self.value.as_str();
        let digits = text.and_then(|text| text.strip_prefix("0x"));
        match digits {
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) => Ok(digits),
            _ => self.wrong("is no hexadecimal text"),
        }
    }

    /// A QUANTITY of at most 256 bits; leading zeros are tolerated, an empty one is not.
    pub(super) fn quantity(&self) -> Read<U256> {
        let digits = self.digits()?;
        let significant = digits.trim_start_matches('0');
        if digits.is_empty() {
            return self.wrong("is an empty number");
        }
        if significant.len() > 64 {
            return self.wrong("is larger than 256 bits");
        }
        U256::from_str_radix(digits, 16).or_else(|_| self.wrong("is no number"))
    }

    /// A QUANTITY of at most 64 bits.
    pub(super) fn u64(&self) -> Read<u64> {
        let wide = self.quantity()?;
        u64::try_from(wide).or_else(|_| self.wrong("is absurdly large"))
    }

    /// A QUANTITY of at most 128 bits.
    pub(super) fn u128(&self) -> Read<u128> {
        let wide = self.quantity()?;
        u128::try_from(wide).or_else(|_| self.wrong("is absurdly large"))
    }

    /// A number in whichever form: JSON number, decimal or hexadecimal text. For chain ids of wallets and the
    /// fees of one bundler; never for amounts.
    pub(super) fn loose_u64(&self) -> Read<u64> {
        match self.value {
            Value::Number(number) => number.as_u64().map_or_else(|| self.wrong("is no whole number"), Ok),
            Value::String(text) if !text.starts_with("0x") => {
                let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                let parsed = text.parse::<u64>().ok().filter(|_| is_plain);
                parsed.map_or_else(|| self.wrong("is no number"), Ok)
            }
            Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
                self.u64()
            }
        }
    }

    /// DATA of any length.
    pub(super) fn bytes(&self) -> Read<Bytes> {
        let digits = self.digits()?;
        match hex::decode(digits) {
            Ok(bytes) => Ok(bytes.into()),
            Err(_) => self.wrong("is half a byte short"),
        }
    }

    /// Exactly 32 bytes.
    pub(super) fn b256(&self) -> Read<B256> {
        let bytes = self.bytes()?;
        B256::try_from(bytes.as_ref()).or_else(|_| self.wrong("is not 32 bytes long"))
    }

    /// Exactly 20 bytes, not all zero.
    pub(super) fn address(&self) -> Read<Address> {
        let bytes = self.bytes()?;
        match Address::try_from(bytes.as_ref()) {
            Ok(address) if !address.is_zero() => Ok(address),
            Ok(_) => self.wrong("is the zero address"),
            Err(_) => self.wrong("is not 20 bytes long"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn quantities_are_exact_or_refused() {
        let check = |value: Value, expected: Option<U256>| {
            assert_eq!(Wire::result(&value).quantity().ok(), expected, "{value}");
        };
        check(json!("0x0"), Some(U256::ZERO));
        check(json!("0x0010"), Some(U256::from(16)));
        check(json!("0xFf"), Some(U256::from(255)));
        check(json!(format!("0x{}", "f".repeat(64))), Some(U256::MAX));
        check(json!(format!("0x0{}", "f".repeat(64))), Some(U256::MAX));
        check(json!(format!("0x1{}", "0".repeat(64))), None);
        for bad in ["0x", "0x0x1", "0X1", "1", "-0x1", "0x-1", "0xg", "", " 0x1", "0x1 ", "0x1_0", "0x+1"] {
            check(json!(bad), None);
        }
        for bad in [json!(1), json!(1.5), json!(null), json!(true), json!([]), json!({})] {
            check(bad, None);
        }
    }

    #[test]
    fn narrow_numbers_do_not_wrap() {
        assert_eq!(Wire::result(&json!("0xffffffffffffffff")).u64(), Ok(u64::MAX));
        assert!(Wire::result(&json!("0x10000000000000000")).u64().is_err());
        assert_eq!(
            Wire::result(&json!("0x20000000000001")).u64(),
            Ok((1 << 53) + 1),
            "never through a float"
        );
        assert!(Wire::result(&json!(format!("0x1{}", "0".repeat(32)))).u128().is_err());
    }

    #[test]
    fn data_addresses_and_hashes_have_their_length() {
        let bytes = |text: &str| Wire::result(&json!(text)).bytes().ok();
        assert_eq!(bytes("0x"), Some(Bytes::new()));
        assert_eq!(bytes("0xABcd"), Some(Bytes::from_static(&[0xab, 0xcd])));
        assert_eq!(bytes("0xabc"), None);
        assert_eq!(bytes("abcd"), None);
        let address = |text: String| Wire::result(&json!(text)).address().is_ok();
        assert!(address(format!("0x{}", "1".repeat(40))));
        assert!(!address(format!("0x{}", "1".repeat(38))) && !address(format!("0x{}", "1".repeat(42))));
        assert!(!address(format!("0x{}", "0".repeat(40))) && !address("vitalik.eth".to_owned()));
        assert!(Wire::result(&json!(format!("0x{}", "1".repeat(64)))).b256().is_ok());
        assert!(Wire::result(&json!(format!("0x{}", "1".repeat(62)))).b256().is_err());
    }

    #[test]
    fn numbers_of_wallets_come_in_many_forms() {
        let check = |value: Value, expected: Option<u64>| {
            assert_eq!(Wire::result(&value).loose_u64().ok(), expected, "{value}");
        };
        check(json!("0x14a34"), Some(84_532));
        check(json!("0x014a34"), Some(84_532));
        check(json!(84_532), Some(84_532));
        check(json!("84532"), Some(84_532));
        for bad in [json!("+1"), json!("1.0"), json!(1.5), json!(-1), json!(""), json!(null), json!("0x")] {
            check(bad, None);
        }
    }

    #[test]
    fn a_wrong_place_is_named() {
        let answer = json!({ "logs": [{ "address": 5 }] });
        let logs = Wire::result(&answer).field("logs").and_then(|logs| logs.list(9)).expect("a list");
        let error = logs[0].field("address").and_then(|field| field.address()).expect_err("a number");
        assert_eq!(error.to_string(), "result.logs[0].address is no hexadecimal text");
        let error = logs[0].field("data").expect_err("absent");
        assert_eq!(error.to_string(), "result.logs[0].data is missing");
        assert!(Wire::result(&answer).field("logs").and_then(|logs| logs.list(0)).is_err());
        assert!(Wire::result(&json!([])).field("x").is_err());
    }
}
