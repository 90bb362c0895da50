//! Keys that no earlier run used.

use alloy_primitives::{B256, keccak256};

/// 32 fresh bytes from the system's hasher keys, which differ in every process and call.
pub(crate) fn fresh_secret() -> [u8; 32] {
    use std::hash::{BuildHasher, Hasher};
    let word = || std::collections::hash_map::RandomState::new().build_hasher().finish().to_be_bytes();
    let secret: Vec<u8> = [word(), word(), word(), word()].concat();
    let hash: B256 = keccak256(&secret);
    hash.0
}
