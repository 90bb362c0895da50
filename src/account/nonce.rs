//! Nonce lanes: the EntryPoint counts each 192-bit key of an account by itself.

use alloy_primitives::aliases::U192;
use alloy_primitives::{Address, U256};
use serde::{Deserialize, Serialize};

/// The upper 192 bits of a nonce as Nexus reads them: lane (3 bytes), mode (1 byte, 0 = validate), validator
/// (20 bytes, zero = the account's default validator).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NonceKey(U192);

impl NonceKey {
    /// The owner's operations: lane 0 of the default validator.
    pub const OWNER: Self = Self(U192::ZERO);

    /// A lane of `validator`.
    pub fn new(lane: [u8; 3], validator: Address) -> Self {
        let mut bytes = [0; 24];
        bytes[..3].copy_from_slice(&lane);
        bytes[4..].copy_from_slice(validator.as_slice());
        Self(U192::from_be_bytes(bytes))
    }

    /// The lane beside it with the same validator; after the last comes the first.
    #[must_use]
    pub fn next_lane(self) -> Self {
        Self(self.0.wrapping_add(U192::from(1) << 168))
    }

    /// The nonce of the operation number `sequence` in this lane.
    pub fn nonce(self, sequence: u64) -> U256 {
        (U256::from(self.0) << 64) | U256::from(sequence)
    }

    /// The key and sequence of `nonce`.
    pub fn split(nonce: U256) -> (Self, u64) {
        let [sequence, low, middle, high] = nonce.into_limbs();
        (Self(U192::from_limbs([low, middle, high])), sequence)
    }

    /// As `EntryPoint.getNonce` takes it.
    pub const fn key(self) -> U192 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::hex;

    use super::*;
    use crate::contracts::SMART_SESSION;

    #[test]
    fn a_nonce_is_lane_mode_validator_sequence() {
        let check = |key: NonceKey, sequence: u64, nonce: [u8; 32]| {
            assert_eq!(key.nonce(sequence).to_be_bytes(), nonce);
            assert_eq!(NonceKey::split(U256::from_be_bytes(nonce)), (key, sequence));
        };
        let zeros = "0000000000000000000000000000000000000000000000000000000000000005";
        check(NonceKey::OWNER, 5, hex::FromHex::from_hex(zeros).expect("hex"));
        let lane = NonceKey::new([0xff, 0xff, 0xfe], SMART_SESSION);
        check(lane, 9, hex!("fffffe0000000000008bdaba73cd9815d79069c247eb4bda0000000000000009"));
        check(lane.next_lane(), 0, hex!("ffffff0000000000008bdaba73cd9815d79069c247eb4bda0000000000000000"));
        let last = lane.next_lane().next_lane();
        check(last, 1, hex!("000000000000000000 8bdaba73cd9815d79069c247eb4bda 0000000000000001"));
    }
}
