//! The sandbox's chain in a browser is the one on this computer, byte for byte.
//!
//! tests/sandbox_chain.rs, which runs before, leaves the digest that is compared with.

#![cfg(target_arch = "wasm32")]

#[path = "sandbox_chain/run.rs"]
mod run;

use leash::sandbox::Genesis;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// The seed that the host runs too.
const SEED: u64 = 1;

#[wasm_bindgen_test]
fn a_thousand_blocks_are_the_same_bytes_as_on_the_host() {
    let genesis = Genesis::from_bytes(include_bytes!("../target/genesis/sandbox.bin")).expect("a genesis");
    let sandbox = run::run(&genesis, SEED);
    assert_eq!(sandbox.trouble(), None);
    assert_eq!(run::digest(&sandbox).to_string(), include_str!("../target/genesis/run.keccak256"));
}
