//! One call that the account makes.

use alloy_primitives::{Address, Bytes, U256};
use serde::{Deserialize, Serialize};

/// A call by the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Whom.
    pub target: Address,
    /// Wei sent along; Leash always sends none.
    pub value: U256,
    /// Selector and arguments.
    pub data: Bytes,
}

impl Call {
    /// A call of `target` with `data` and no ether.
    pub const fn new(target: Address, data: Bytes) -> Self {
        Self { target, value: U256::ZERO, data }
    }
}
