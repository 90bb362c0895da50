//! The hash of every encoding, by the implementation that is quick in WebAssembly, beside another one.
#![cfg(not(target_arch = "wasm32"))]

use alloy_primitives::{Keccak256, b256, keccak256};
use proptest::collection::vec;
use proptest::prelude::*;
use sha3::Digest as _;

/// From the Keccak team's known answers for a capacity of 512 bits
/// (<https://keccak.team/archives.html>, ShortMsgKAT_256).
#[test]
fn known_answers_are_given() {
    let check = |message: &[u8], answer| assert_eq!(keccak256(message), answer);
    check(&[], b256!("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"));
    check(&[0xcc], b256!("eead6dbfc7340a56caedc044696a168870549a6a7f6f56961e84a54bd9970b8a"));
    check(b"abc", b256!("4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"));
}

proptest! {
    #[test]
    fn another_implementation_agrees(message in vec(any::<u8>(), 0..1_000), piece in 1_usize..300) {
        let right = sha3::Keccak256::digest(&message);
        let whole = keccak256(&message);
        prop_assert_eq!(whole.as_slice(), right.as_slice());
        let mut hasher = Keccak256::new();
        message.chunks(piece).for_each(|piece| hasher.update(piece));
        prop_assert_eq!(hasher.finalize(), whole);
    }
}
