//! Fresh keys and names.

use alloy_primitives::{Address, B256, hex, keccak256};
use k256::ecdsa::SigningKey;

/// 32 fresh bytes from the system's hasher keys, which differ in every process and call.
pub(crate) fn fresh() -> B256 {
    use std::hash::{BuildHasher, Hasher};
    let word = || std::collections::hash_map::RandomState::new().build_hasher().finish().to_be_bytes();
    keccak256([word(), word(), word(), word()].concat())
}

/// A fresh name.
pub(crate) fn fresh_text() -> String {
    hex::encode(&fresh()[..8])
}

/// The address of a private key.
pub(crate) fn address_of(secret: B256) -> Address {
    let key = SigningKey::from_slice(secret.as_slice()).expect("a hash is a valid key but for one in 2^128");
    let point = key.verifying_key().to_encoded_point(false);
    Address::from_raw_public_key(&point.as_bytes()[1..])
}
