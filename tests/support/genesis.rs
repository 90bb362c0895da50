//! What the sandbox begins with.

use leash::sandbox::Genesis;

/// What `cargo xtask genesis` made.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/genesis/sandbox.bin");

pub(crate) fn genesis() -> Genesis {
    let bytes = std::fs::read(FILE).expect("`cargo xtask genesis` makes target/genesis/sandbox.bin");
    Genesis::from_bytes(&bytes).expect("a genesis of this version")
}
