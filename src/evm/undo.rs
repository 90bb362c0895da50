//! What a block changed, as it was before.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, U256, keccak256};
use serde::{Deserialize, Serialize};

use super::world::AccountHead;

/// The first value of everything that one block changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Undo {
    /// Height and hash of the block, once it has them.
    pub(super) block: Option<(u64, B256)>,
    /// Empty where there was no such account.
    pub(super) heads: BTreeMap<Address, AccountHead>,
    pub(super) slots: BTreeMap<(Address, U256), U256>,
}

impl Undo {
    /// A hash of everything that was changed, with the values that `account` and `slot` tell now.
    pub(super) fn digest(
        &self,
        head: impl Fn(Address) -> AccountHead,
        slot: impl Fn(Address, U256) -> U256,
    ) -> B256 {
        let mut text = Vec::with_capacity(84 * (self.heads.len() + self.slots.len()));
        for address in self.heads.keys() {
            text.extend_from_slice(address.as_slice());
            let head = head(*address);
            text.extend_from_slice(&head.balance.to_be_bytes::<32>());
            text.extend_from_slice(&head.nonce.to_be_bytes());
            text.extend_from_slice(head.code_hash.as_slice());
        }
        for (address, key) in self.slots.keys() {
            text.extend_from_slice(address.as_slice());
            text.extend_from_slice(&key.to_be_bytes::<32>());
            text.extend_from_slice(&slot(*address, *key).to_be_bytes::<32>());
        }
        keccak256(text)
    }
}
