//! Parameters by position, read strictly: what cannot be read is refused with its place and a plain sentence.

use alloy_primitives::{Address, B256, Bytes, U256, hex};
use serde_json::Value;

use super::super::chain::BlockId;
use super::Refusal;

/// The parameters of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Params<'a>(&'a Value);

/// One of them, or a field of one, with its name for the sentence.
#[derive(Clone, Debug)]
pub(super) struct Param<'a> {
    pub(super) value: &'a Value,
    name: String,
}

impl<'a> Params<'a> {
    pub(super) const fn new(params: &'a Value) -> Self {
        Self(params)
    }

    /// The one at `position`; null and missing are the same.
    pub(super) fn optional(self, position: usize) -> Option<Param<'a>> {
        let value = self.0.as_array()?.get(position).filter(|value| !value.is_null())?;
        Some(Param { value, name: format!("parameter {}", position + 1) })
    }

    pub(super) fn at(self, position: usize) -> Result<Param<'a>, Refusal> {
        self.optional(position)
            .ok_or_else(|| Refusal::params(format!("parameter {} is missing", position + 1)))
    }

    /// The block at `position`; the newest where none is named.
    pub(super) fn block(self, position: usize) -> Result<BlockId, Refusal> {
        self.optional(position).map_or(Ok(BlockId::Latest), |param| param.block())
    }
}

impl<'a> Param<'a> {
    pub(super) fn wrong<T>(&self, why: &str) -> Result<T, Refusal> {
        Err(Refusal::params(format!("{} {why}", self.name)))
    }

    /// A field of an object; null and missing are the same.
    pub(super) fn field(&self, name: &str) -> Result<Option<Param<'a>>, Refusal> {
        let Some(object) = self.value.as_object() else { return self.wrong("is no object") };
        let value = object.get(name).filter(|value| !value.is_null());
        Ok(value.map(|value| Param { value, name: format!("{}.{name}", self.name) }))
    }

    pub(super) fn fields(&self) -> Result<Vec<(&'a str, Param<'a>)>, Refusal> {
        let Some(object) = self.value.as_object() else { return self.wrong("is no object") };
        let named = |(key, value): (&'a String, &'a Value)| {
            let shown: String = key.chars().take(80).collect();
            (key.as_str(), Param { value, name: format!("{}.{shown}", self.name) })
        };
        Ok(object.iter().map(named).collect())
    }

    pub(super) fn list(&self, longest: usize) -> Result<Vec<Param<'a>>, Refusal> {
        let Some(items) = self.value.as_array() else { return self.wrong("is no list") };
        if items.len() > longest {
            return self.wrong(&format!("has more than {longest} entries"));
        }
        let named = |(place, value)| Param { value, name: format!("{}[{place}]", self.name) };
        Ok(items.iter().enumerate().map(named).collect())
    }

    pub(super) fn text(&self) -> Result<&'a str, Refusal> {
        self.value.as_str().map_or_else(|| self.wrong("is no text"), Ok)
    }

    pub(super) fn boolean(&self) -> Result<bool, Refusal> {
        self.value.as_bool().map_or_else(|| self.wrong("is neither true nor false"), Ok)
    }

    /// A field, read; `None` where it is null or missing.
    pub(super) fn read<T>(
        &self,
        name: &str,
        read: fn(&Param<'a>) -> Result<T, Refusal>,
    ) -> Result<Option<T>, Refusal> {
        self.field(name)?.map(|field| read(&field)).transpose()
    }

    /// A quantity: `0x…` with at most 64 digits, or a JSON number, which development tools send.
    pub(super) fn quantity(&self) -> Result<U256, Refusal> {
        if let Some(number) = self.value.as_u64() {
            return Ok(U256::from(number));
        }
        match quantity(self.text()?) {
            Some(number) => Ok(number),
            None => self.wrong("is no hexadecimal quantity of at most 256 bits"),
        }
    }

    pub(super) fn u64(&self) -> Result<u64, Refusal> {
        u64::try_from(self.quantity()?).or_else(|_| self.wrong("is larger than 64 bits"))
    }

    pub(super) fn u128(&self) -> Result<u128, Refusal> {
        u128::try_from(self.quantity()?).or_else(|_| self.wrong("is larger than 128 bits"))
    }

    pub(super) fn bytes(&self) -> Result<Bytes, Refusal> {
        let digits = self.text()?.strip_prefix("0x");
        match digits.and_then(|digits| hex::decode(digits).ok()) {
            Some(bytes) => Ok(bytes.into()),
            None => self.wrong("is no hexadecimal byte string"),
        }
    }

    pub(super) fn address(&self) -> Result<Address, Refusal> {
        let mut address = Address::ZERO;
        match hex::decode_to_slice(self.text()?, address.as_mut_slice()) {
            Ok(()) => Ok(address),
            Err(_) => self.wrong("is no address of 20 bytes"),
        }
    }

    pub(super) fn b256(&self) -> Result<B256, Refusal> {
        let mut hash = B256::ZERO;
        match hex::decode_to_slice(self.text()?, hash.as_mut_slice()) {
            Ok(()) => Ok(hash),
            Err(_) => self.wrong("is no hash of 32 bytes"),
        }
    }

    /// A tag, a height, or an object with either (EIP-1898).
    pub(super) fn block(&self) -> Result<BlockId, Refusal> {
        if self.value.is_object() {
            if let Some(hash) = self.field("blockHash")? {
                return hash.b256().map(BlockId::Hash);
            }
            return match self.field("blockNumber")? {
                Some(number) => number.u64().map(BlockId::Number),
                None => self.wrong("names no block"),
            };
        }
        match self.value.as_str() {
            Some("latest") => Ok(BlockId::Latest),
            Some("pending") => Ok(BlockId::Pending),
            Some("earliest") => Ok(BlockId::Earliest),
            Some("safe") => Ok(BlockId::Safe),
            Some("finalized") => Ok(BlockId::Finalized),
            Some(text) if text.len() == 66 => self.b256().map(BlockId::Hash),
            _ => self.u64().map(BlockId::Number),
        }
    }
}

/// The number that `0x` and 1 to 64 digits stand for.
pub(super) fn quantity(text: &str) -> Option<U256> {
    let digits = text.strip_prefix("0x").filter(|digits| (1..=64).contains(&digits.len()))?;
    let mut word = B256::ZERO;
    hex::decode_to_slice(format!("{digits:0>64}"), word.as_mut_slice()).ok()?;
    Some(word.into())
}
