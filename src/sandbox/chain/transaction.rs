//! Transactions as they are signed and sent: legacy (EIP-155), EIP-2930 and EIP-1559.

use alloy_primitives::{Address, B256, Bytes, TxKind, U256, keccak256};
use alloy_rlp::{Decodable, Encodable, Header, RlpDecodable, RlpEncodable};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::account::{normalize_signature, recover as recover_signer};
use crate::evm::{AccessListItem, Fees, Message};

/// A signature's three numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignatureParts {
    /// Whether the point's y is odd.
    pub y_is_odd: bool,
    /// First half.
    pub r: U256,
    /// Second half.
    pub s: U256,
}

/// A transaction with its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// Of its bytes.
    pub hash: B256,
    /// 0, 1 or 2 (EIP-2718).
    pub kind: u8,
    /// What it does; the nonce is always set.
    pub message: Message,
    /// Of the sender. Where an account is unlocked, the sender's address stands in for it.
    pub signature: SignatureParts,
}

/// Why bytes are no transaction.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TransactionError {
    /// Not RLP, or not these fields.
    #[error("the transaction cannot be decoded: {0}")]
    Shape(&'static str),
    /// EIP-4844, EIP-7702 or unknown.
    #[error("transactions of type {0} are not supported")]
    Type(u8),
    /// Not made by any key.
    #[error("the transaction's signature is not valid")]
    Signature,
    /// For another chain, or for every chain.
    #[error("the transaction is for chain {found:?}, this is {expected}")]
    Chain {
        /// `None`: from before EIP-155.
        found: Option<u64>,
        /// Here.
        expected: u64,
    },
}

#[derive(RlpEncodable, RlpDecodable)]
struct Item {
    address: Address,
    slots: Vec<B256>,
}

#[derive(RlpEncodable, RlpDecodable)]
struct Legacy {
    nonce: u64,
    gas_price: u128,
    gas_limit: u64,
    to: TxKind,
    value: U256,
    data: Bytes,
    v: u64,
    r: U256,
    s: U256,
}

#[derive(RlpEncodable, RlpDecodable)]
struct Announced {
    chain_id: u64,
    nonce: u64,
    gas_price: u128,
    gas_limit: u64,
    to: TxKind,
    value: U256,
    data: Bytes,
    access_list: Vec<Item>,
    y_is_odd: bool,
    r: U256,
    s: U256,
}

#[derive(RlpEncodable, RlpDecodable)]
struct Dynamic {
    chain_id: u64,
    nonce: u64,
    max_priority: u128,
    max: u128,
    gas_limit: u64,
    to: TxKind,
    value: U256,
    data: Bytes,
    access_list: Vec<Item>,
    y_is_odd: bool,
    r: U256,
    s: U256,
}

impl Transaction {
    /// Its sender's count.
    pub fn nonce(&self) -> u64 {
        self.message.nonce.unwrap_or_default()
    }

    /// A transaction of an unlocked account, which nobody signs.
    pub fn unsigned(message: Message, nonce: u64, chain_id: u64) -> Self {
        let r = U256::from_be_bytes(message.from.into_word().0);
        Self::signed(message, nonce, chain_id, SignatureParts { y_is_odd: false, r, s: U256::from(1) })
    }

    /// A transaction with the sender's signature of [`Transaction::signing_hash`].
    pub fn signed(message: Message, nonce: u64, chain_id: u64, signature: SignatureParts) -> Self {
        let message = Message { nonce: Some(nonce), ..message };
        let kind = kind_of(&message);
        let mut transaction = Self { hash: B256::ZERO, kind, message, signature };
        transaction.hash = keccak256(transaction.to_bytes(chain_id));
        transaction
    }

    /// The hash that the sender of `message` signs.
    pub fn signing_hash(message: &Message, nonce: u64, chain_id: u64) -> B256 {
        let message = Message { nonce: Some(nonce), ..message.clone() };
        keccak256(encode(&message, kind_of(&message), chain_id, None))
    }

    /// Its bytes, as they are sent.
    pub fn to_bytes(&self, chain_id: u64) -> Vec<u8> {
        encode(&self.message, self.kind, chain_id, Some(self.signature))
    }

    /// Reads signed bytes and finds their sender.
    ///
    /// # Errors
    /// [`TransactionError`].
    pub fn decode(bytes: &[u8], chain_id: u64) -> Result<Self, TransactionError> {
        let first = *bytes.first().ok_or(TransactionError::Shape("it is empty"))?;
        let kind = if first >= 0xc0 { 0 } else { first };
        let (message, signature, found) = match kind {
            0 if first != 0 => read::<Legacy>(bytes)?.parts()?,
            1 => read::<Announced>(&bytes[1..])?.parts(),
            2 => read::<Dynamic>(&bytes[1..])?.parts(),
            other => return Err(TransactionError::Type(other)),
        };
        if found != Some(chain_id) {
            return Err(TransactionError::Chain { found, expected: chain_id });
        }
        let signed = keccak256(encode(&message, kind, chain_id, None));
        let from = recover(signed, &signature).ok_or(TransactionError::Signature)?;
        Ok(Self { hash: keccak256(bytes), kind, message: Message { from, ..message }, signature })
    }
}

fn kind_of(message: &Message) -> u8 {
    match message.fees {
        Fees::Flat(_) => u8::from(!message.access_list.is_empty()),
        Fees::Dynamic { .. } => 2,
    }
}

fn read<T: Decodable>(mut bytes: &[u8]) -> Result<T, TransactionError> {
    let value = T::decode(&mut bytes).map_err(|_| TransactionError::Shape("its fields are wrong"))?;
    if bytes.is_empty() { Ok(value) } else { Err(TransactionError::Shape("it has a tail")) }
}

fn encode(message: &Message, kind: u8, chain_id: u64, signature: Option<SignatureParts>) -> Vec<u8> {
    let nonce = message.nonce.unwrap_or_default();
    let to = message.to.map_or(TxKind::Create, TxKind::Call);
    let (value, gas_limit) = (message.value, message.gas_limit);
    let data = &message.data;
    let max = message.fees.max();
    let mut fields = Vec::new();
    if kind > 0 {
        chain_id.encode(&mut fields);
    }
    nonce.encode(&mut fields);
    if kind == 2 {
        let tip = if let Fees::Dynamic { max_priority, .. } = message.fees { max_priority } else { max };
        tip.encode(&mut fields);
    }
    max.encode(&mut fields);
    gas_limit.encode(&mut fields);
    to.encode(&mut fields);
    value.encode(&mut fields);
    data.encode(&mut fields);
    if kind > 0 {
        let item = |item: &AccessListItem| Item { address: item.address, slots: item.slots.clone() };
        message.access_list.iter().map(item).collect::<Vec<_>>().encode(&mut fields);
    }
    // Before signing, a legacy transaction has the chain's number in place of the signature (EIP-155).
    let signature = match (kind, signature) {
        (0, None) => Some((u128::from(chain_id), U256::ZERO, U256::ZERO)),
        (0, Some(parts)) => Some((legacy_v(chain_id, parts.y_is_odd), parts.r, parts.s)),
        (_, parts) => parts.map(|parts| (u128::from(parts.y_is_odd), parts.r, parts.s)),
    };
    if let Some((v, r, s)) = signature {
        v.encode(&mut fields);
        r.encode(&mut fields);
        s.encode(&mut fields);
    }
    let mut bytes = if kind == 0 { Vec::new() } else { vec![kind] };
    Header { list: true, payload_length: fields.len() }.encode(&mut bytes);
    bytes.extend_from_slice(&fields);
    bytes
}

/// EIP-155.
pub(in crate::sandbox) fn legacy_v(chain_id: u64, y_is_odd: bool) -> u128 {
    u128::from(chain_id) * 2 + 35 + u128::from(y_is_odd)
}

type Parts = (Message, SignatureParts, Option<u64>);

impl Legacy {
    fn parts(self) -> Result<Parts, TransactionError> {
        let (chain, y_is_odd) = match self.v {
            27 | 28 => (None, self.v == 28),
            35.. => (Some((self.v - 35) / 2), (self.v - 35) % 2 == 1),
            _ => return Err(TransactionError::Signature),
        };
        let signature = SignatureParts { y_is_odd, r: self.r, s: self.s };
        let fees = Fees::Flat(self.gas_price);
        let message = message(self.nonce, fees, self.gas_limit, self.to, self.value, self.data, Vec::new());
        Ok((message, signature, chain))
    }
}

impl Announced {
    fn parts(self) -> Parts {
        let signature = SignatureParts { y_is_odd: self.y_is_odd, r: self.r, s: self.s };
        let fees = Fees::Flat(self.gas_price);
        let list = self.access_list;
        let message = message(self.nonce, fees, self.gas_limit, self.to, self.value, self.data, list);
        (message, signature, Some(self.chain_id))
    }
}

impl Dynamic {
    fn parts(self) -> Parts {
        let signature = SignatureParts { y_is_odd: self.y_is_odd, r: self.r, s: self.s };
        let fees = Fees::Dynamic { max: self.max, max_priority: self.max_priority };
        let list = self.access_list;
        let message = message(self.nonce, fees, self.gas_limit, self.to, self.value, self.data, list);
        (message, signature, Some(self.chain_id))
    }
}

fn message(
    nonce: u64,
    fees: Fees,
    gas_limit: u64,
    to: TxKind,
    value: U256,
    data: Bytes,
    list: Vec<Item>,
) -> Message {
    let item = |item: Item| AccessListItem { address: item.address, slots: item.slots };
    Message {
        from: Address::ZERO,
        to: to.into_to(),
        value,
        data,
        gas_limit,
        fees,
        nonce: Some(nonce),
        access_list: list.into_iter().map(item).collect(),
    }
}

fn recover(hash: B256, signature: &SignatureParts) -> Option<Address> {
    let mut bytes = [27 + u8::from(signature.y_is_odd); 65];
    bytes[..32].copy_from_slice(&signature.r.to_be_bytes::<32>());
    bytes[32..64].copy_from_slice(&signature.s.to_be_bytes::<32>());
    // EIP-2: the high half is refused.
    let is_low = normalize_signature(&bytes).is_ok_and(|normal| normal == bytes);
    if is_low { recover_signer(hash, &bytes).ok() } else { None }
}

#[cfg(test)]
mod tests;
