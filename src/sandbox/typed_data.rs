//! The hash that `eth_signTypedData_v4` signs (EIP-712), from the JSON document itself.
//!
//! Strict: every number fits its type, every fixed length is exact, every declared field is there. What a
//! document does not say is never made up.

use std::collections::BTreeSet;

use alloy_primitives::{B256, I256, Keccak256, U256, hex, keccak256};
use serde_json::{Map, Value};

/// Deepest value that is hashed.
const MAX_DEPTH: usize = 64;

/// The fields of a domain in their order, for documents that declare no `EIP712Domain`.
const DOMAIN: [(&str, &str); 5] = [
    ("name", "string"),
    ("version", "string"),
    ("chainId", "uint256"),
    ("verifyingContract", "address"),
    ("salt", "bytes32"),
];

/// Why a document cannot be hashed: a place and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct TypedDataError(String);

type Hashed<T> = Result<T, TypedDataError>;

fn wrong<T>(path: &str, problem: &str) -> Hashed<T> {
    Err(TypedDataError(format!("{path} {problem}")))
}

/// The members of a struct type: name and type of each.
type Members<'a> = Vec<(&'a str, &'a str)>;

/// keccak256(0x1901 ‖ domain separator ‖ hash of the message).
///
/// # Errors
/// [`TypedDataError`] names the place.
pub(super) fn signing_hash(document: &Value) -> Hashed<B256> {
    let types = Types::of(document)?;
    let part = |name: &str| document.get(name).map_or_else(|| wrong(name, "is missing"), Ok);
    let Some(primary) = part("primaryType")?.as_str() else { return wrong("primaryType", "is no text") };
    let domain = types.hash_struct("EIP712Domain", part("domain")?, "domain", 0)?;
    let mut hasher = Keccak256::new();
    hasher.update([0x19, 0x01]);
    hasher.update(domain);
    if primary != "EIP712Domain" {
        hasher.update(types.hash_struct(primary, part("message")?, "message", 0)?);
    }
    Ok(hasher.finalize())
}

/// The declared types of a document.
struct Types<'a> {
    declared: &'a Map<String, Value>,
    /// Fields of the domain, when it is not declared.
    domain: Members<'a>,
}

impl<'a> Types<'a> {
    fn of(document: &'a Value) -> Hashed<Self> {
        let declared = document.get("types").and_then(Value::as_object);
        let Some(declared) = declared else { return wrong("types", "is no object") };
        let domain = document.get("domain").unwrap_or(&Value::Null);
        let domain = DOMAIN.into_iter().filter(|(name, _)| domain.get(name).is_some()).collect();
        Ok(Self { declared, domain })
    }

    /// The members of the struct `name`; `None` when no struct has this name.
    fn members(&self, name: &str) -> Hashed<Option<Members<'a>>> {
        let Some(fields) = self.declared.get(name) else {
            return Ok((name == "EIP712Domain").then(|| self.domain.clone()));
        };
        let path = format!("types.{name}");
        let Some(fields) = fields.as_array() else { return wrong(&path, "is no list") };
        let text = |field: &'a Value, part: &str| field.get(part).and_then(Value::as_str);
        let member = |field| Some((text(field, "name")?, text(field, "type")?));
        let members: Option<Members<'a>> = fields.iter().map(member).collect();
        members.map_or_else(|| wrong(&path, "has a member without name or type"), |members| Ok(Some(members)))
    }

    /// `Mail(Person from,Person to)Person(string name)`: the struct, then those it refers to by their names.
    fn encode_type(&self, name: &'a str) -> Hashed<String> {
        let mut others = BTreeSet::new();
        self.collect(name, &mut others)?;
        others.remove(name);
        let mut text = String::new();
        for name in std::iter::once(name).chain(others) {
            text.push_str(name);
            text.push('(');
            for (index, (member, kind)) in self.members(name)?.unwrap_or_default().into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(kind);
                text.push(' ');
                text.push_str(member);
            }
            text.push(')');
        }
        Ok(text)
    }

    fn collect(&self, name: &'a str, found: &mut BTreeSet<&'a str>) -> Hashed<()> {
        let Some(members) = self.members(name)? else { return Ok(()) };
        if found.insert(name) {
            for (_, kind) in members {
                self.collect(kind.split('[').next().unwrap_or(kind), found)?;
            }
        }
        Ok(())
    }

    fn hash_struct(&self, name: &'a str, value: &Value, path: &str, depth: usize) -> Hashed<B256> {
        let Some(members) = self.members(name)? else {
            return wrong(path, &format!("is of the type {name}, which is not declared"));
        };
        let Some(values) = value.as_object() else { return wrong(path, "is no object") };
        let mut hasher = Keccak256::new();
        hasher.update(keccak256(self.encode_type(name)?));
        for (member, kind) in members {
            let path = format!("{path}.{member}");
            let Some(value) = values.get(member) else { return wrong(&path, "is missing") };
            hasher.update(self.encode(kind, value, &path, depth + 1)?);
        }
        Ok(hasher.finalize())
    }

    /// The 32 bytes that stand for `value` in its struct.
    fn encode(&self, kind: &'a str, value: &Value, path: &str, depth: usize) -> Hashed<B256> {
        if depth > MAX_DEPTH {
            return wrong(path, "is too deep");
        }
        if let Some((item, length)) = kind.strip_suffix(']').and_then(|kind| kind.rsplit_once('[')) {
            return self.encode_list(item, length, value, path, depth);
        }
        if self.members(kind)?.is_some() {
            return self.hash_struct(kind, value, path, depth);
        }
        encode_atom(kind, value, path)
    }

    fn encode_list(
        &self,
        item: &'a str,
        length: &str,
        value: &Value,
        path: &str,
        depth: usize,
    ) -> Hashed<B256> {
        let Some(values) = value.as_array() else { return wrong(path, "is no list") };
        if !length.is_empty() && length.parse() != Ok(values.len()) {
            return wrong(path, "has another length than its type");
        }
        let mut hasher = Keccak256::new();
        for (index, value) in values.iter().enumerate() {
            hasher.update(self.encode(item, value, &format!("{path}[{index}]"), depth + 1)?);
        }
        Ok(hasher.finalize())
    }
}

fn encode_atom(kind: &str, value: &Value, path: &str) -> Hashed<B256> {
    let text = value.as_str();
    let bytes = || match text.and_then(|text| text.strip_prefix("0x")).map(hex::decode) {
        Some(Ok(bytes)) => Ok(bytes),
        Some(Err(_)) | None => wrong(path, "is no hexadecimal text of whole bytes"),
    };
    let exactly = |length: usize| match bytes()? {
        bytes if bytes.len() == length => Ok(bytes),
        _ => wrong(path, &format!("is not {length} bytes long")),
    };
    match kind {
        "string" => text.map_or_else(|| wrong(path, "is no text"), |text| Ok(keccak256(text))),
        "bytes" => bytes().map(keccak256),
        "bool" => match value.as_bool() {
            Some(is_true) => Ok(B256::with_last_byte(u8::from(is_true))),
            None => wrong(path, "is neither true nor false"),
        },
        "address" => exactly(20).map(|bytes| B256::left_padding_from(&bytes)),
        _ => {
            if let Some(bits) = kind.strip_prefix("uint").and_then(bits) {
                return unsigned(bits, value, path);
            }
            if let Some(bits) = kind.strip_prefix("int").and_then(bits) {
                return signed(bits, value, path);
            }
            let length = kind.strip_prefix("bytes").and_then(plain_number);
            match length.filter(|length| (1..=32).contains(length)) {
                Some(length) => exactly(length).map(|bytes| B256::right_padding_from(&bytes)),
                None => wrong(path, &format!("is of the type {kind}, which is not declared")),
            }
        }
    }
}

/// The width in `uint256` or `int8`; without a number it is 256.
fn bits(digits: &str) -> Option<usize> {
    let bits = if digits.is_empty() { Some(256) } else { plain_number(digits) };
    bits.filter(|bits| (8..=256).contains(bits) && bits.is_multiple_of(8))
}

fn plain_number(digits: &str) -> Option<usize> {
    let is_plain = !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_plain)
}

/// A number as sign and size: JSON, decimal or hexadecimal.
fn read_number(value: &Value, path: &str) -> Hashed<(bool, U256)> {
    let number = value.as_number().filter(|number| !number.is_f64()).map(ToString::to_string);
    let Some(text) = number.as_deref().or(value.as_str()) else {
        return wrong(path, "is no whole number");
    };
    let (is_negative, size) = text.strip_prefix('-').map_or((false, text), |size| (true, size));
    let (radix, digits) = size.strip_prefix("0x").map_or((10, size), |digits| (16, digits));
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| char::from(byte).is_digit(radix));
    match U256::from_str_radix(digits, radix.into()) {
        Ok(size) if is_number => Ok((is_negative && !size.is_zero(), size)),
        Ok(_) | Err(_) => wrong(path, "is no whole number of at most 256 bits"),
    }
}

fn unsigned(bits: usize, value: &Value, path: &str) -> Hashed<B256> {
    match read_number(value, path)? {
        (true, _) => wrong(path, "is below nothing"),
        (false, size) if size.bit_len() > bits => wrong(path, &format!("is larger than {bits} bits")),
        (false, size) => Ok(size.into()),
    }
}

fn signed(bits: usize, value: &Value, path: &str) -> Hashed<B256> {
    let (is_negative, size) = read_number(value, path)?;
    let limit = U256::ONE << (bits - 1);
    let fits = if is_negative { size <= limit } else { size < limit };
    if !fits {
        return wrong(path, &format!("is larger than {bits} bits"));
    }
    let number = I256::from_raw(size);
    Ok(if is_negative { number.wrapping_neg() } else { number }.into_raw().into())
}

#[cfg(test)]
mod tests;
