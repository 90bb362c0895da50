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
    /// `None`: there was no such account.
    pub(super) accounts: BTreeMap<Address, Option<AccountHead>>,
    pub(super) storage: BTreeMap<(Address, U256), U256>,
}

impl Undo {
    pub(super) fn note_account(&mut self, address: Address, before: Option<AccountHead>) {
        self.accounts.entry(address).or_insert(before);
    }

    pub(super) fn note_slot(&mut self, address: Address, slot: U256, before: U256) {
        self.storage.entry((address, slot)).or_insert(before);
    }

    /// A hash of everything that was changed, with the values that `account` and `slot` tell now.
    pub(super) fn digest(
        &self,
        account: impl Fn(Address) -> Option<AccountHead>,
        slot: impl Fn(Address, U256) -> U256,
    ) -> B256 {
        let mut text = Vec::with_capacity(84 * (self.accounts.len() + self.storage.len()));
        for address in self.accounts.keys() {
            text.extend_from_slice(address.as_slice());
            let head = account(*address).unwrap_or_default();
            text.extend_from_slice(&head.balance.to_be_bytes::<32>());
            text.extend_from_slice(&head.nonce.to_be_bytes());
            text.extend_from_slice(head.code_hash.as_slice());
        }
        for (address, key) in self.storage.keys() {
            text.extend_from_slice(address.as_slice());
            text.extend_from_slice(&key.to_be_bytes::<32>());
            text.extend_from_slice(&slot(*address, *key).to_be_bytes::<32>());
        }
        keccak256(text)
    }
}
