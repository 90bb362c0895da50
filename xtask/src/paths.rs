//! Where things lie in the repository.

use std::path::{Path, PathBuf};

/// The repository.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// npm packages of the local stack.
pub(crate) fn stack_packages() -> PathBuf {
    root().join("tests/stack")
}

/// Compiled stand-ins, one JSON file a contract.
pub(crate) fn compiled_contracts() -> PathBuf {
    root().join("contracts/out")
}

/// Production code read from a live chain, one hex file an address.
pub(crate) fn production_code() -> PathBuf {
    root().join(".tools/production")
}

/// Programs that this helper installs.
pub(crate) fn tools() -> PathBuf {
    root().join(".tools")
}

/// What running stacks leave: logs and `stack.json`.
pub(crate) fn target() -> PathBuf {
    root().join("target")
}

/// The built page.
pub(crate) fn dist() -> PathBuf {
    root().join("dist")
}
