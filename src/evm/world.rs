//! Accounts, code and storage, and the way back to what they were some blocks ago.

use std::collections::{BTreeMap, VecDeque};

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};
use revm::bytecode::Bytecode;
use revm::state::EvmState;
use serde::{Deserialize, Serialize};

use super::undo::Undo;

/// So many blocks can be taken back or looked into.
pub const MAX_UNDO_DEPTH: usize = 256;

/// What an account is, apart from its storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountHead {
    /// Wei.
    pub balance: U256,
    /// Transactions sent, or contracts created.
    pub nonce: u64,
    /// Of the runtime code.
    pub code_hash: B256,
}

impl Default for AccountHead {
    fn default() -> Self {
        Self { balance: U256::ZERO, nonce: 0, code_hash: KECCAK256_EMPTY }
    }
}

/// The state of a chain.
///
/// A fresh world has no block open: changes made then can never be taken back.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "WorldRecord", into = "WorldRecord")]
pub struct World {
    /// Those that are not empty.
    heads: BTreeMap<Address, AccountHead>,
    /// Those that are not zero.
    slots: BTreeMap<(Address, U256), U256>,
    codes: BTreeMap<B256, Bytecode>,
    /// The newest block's is the last.
    undo: VecDeque<Undo>,
}

/// A world as it is stored: what can be worked out from code is not.
#[derive(Serialize, Deserialize)]
struct WorldRecord {
    heads: BTreeMap<Address, AccountHead>,
    slots: BTreeMap<(Address, U256), U256>,
    codes: Vec<Bytes>,
    undo: VecDeque<Undo>,
}

impl From<World> for WorldRecord {
    fn from(world: World) -> Self {
        let codes = world.codes.values().map(Bytecode::original_bytes).collect();
        Self { heads: world.heads, slots: world.slots, codes, undo: world.undo }
    }
}

impl From<WorldRecord> for World {
    fn from(record: WorldRecord) -> Self {
        let (heads, slots, undo) = (record.heads, record.slots, record.undo);
        let mut world = Self { heads, slots, codes: BTreeMap::new(), undo };
        for code in record.codes {
            world.know_code(code);
        }
        world
    }
}

impl World {
    /// From now on changes belong to a new block.
    pub fn begin_block(&mut self) {
        self.undo.push_back(Undo::default());
    }

    /// The newest block got a height and a hash, which BLOCKHASH tells.
    pub fn seal_block(&mut self, number: u64, hash: B256) {
        if let Some(undo) = self.undo.back_mut() {
            undo.block = Some((number, hash));
        }
        if self.undo.len() > MAX_UNDO_DEPTH {
            self.undo.pop_front();
        }
    }

    /// The hash of a recent block.
    pub fn block_hash(&self, number: u64) -> Option<B256> {
        self.undo
            .iter()
            .filter_map(|undo| undo.block)
            .find(|(height, _)| *height == number)
            .map(|(_, hash)| hash)
    }

    /// Takes the newest block's changes back; false when there is none.
    pub fn undo_block(&mut self) -> bool {
        let Some(undo) = self.undo.pop_back() else { return false };
        for ((address, slot), before) in undo.slots {
            self.put_slot(address, slot, before);
        }
        for (address, before) in undo.heads {
            self.put_head(address, before);
        }
        true
    }

    /// Lets `script` change the world, and takes everything back.
    pub fn rehearse<T>(&mut self, script: impl FnOnce(&mut Self) -> T) -> T {
        self.undo.push_back(Undo::default());
        let outcome = script(self);
        self.undo_block();
        outcome
    }

    /// How many blocks can be taken back.
    pub fn undo_depth(&self) -> usize {
        self.undo.len()
    }

    /// A hash of what the newest block changed and to what.
    pub fn block_digest(&self) -> B256 {
        let Some(undo) = self.undo.back() else { return B256::ZERO };
        undo.digest(|address| self.head_at(address, 0), |address, slot| self.slot(address, slot))
    }

    /// Every address at which there is anything, once.
    pub fn addresses(&self) -> Vec<Address> {
        let mut addresses: Vec<Address> = self.heads.keys().copied().collect();
        for (address, _) in self.slots.keys() {
            if !self.heads.contains_key(address) && addresses.last() != Some(address) {
                addresses.push(*address);
            }
        }
        addresses
    }

    /// The slots of an account that are not zero, in order.
    pub fn storage(&self, address: Address) -> impl Iterator<Item = (U256, U256)> {
        let all = (address, U256::ZERO)..=(address, U256::MAX);
        self.slots.range(all).map(|((_, slot), value)| (*slot, *value))
    }

    /// The account as it was `depth` blocks ago; an empty one where there was none (EIP-161).
    pub fn head_at(&self, address: Address, depth: usize) -> AccountHead {
        let before = self.undone(depth).find_map(|undo| undo.heads.get(&address));
        before.or_else(|| self.heads.get(&address)).copied().unwrap_or_default()
    }

    /// A storage slot as it was `depth` blocks ago.
    pub fn slot_at(&self, address: Address, slot: U256, depth: usize) -> U256 {
        let key = (address, slot);
        let before = self.undone(depth).find_map(|undo| undo.slots.get(&key));
        before.or_else(|| self.slots.get(&key)).copied().unwrap_or_default()
    }

    /// The runtime code as it was `depth` blocks ago.
    pub fn code_at(&self, address: Address, depth: usize) -> Bytes {
        let head = self.head_at(address, depth);
        self.code(head.code_hash).map(|code| code.original_bytes()).unwrap_or_default()
    }

    /// Wei it has now.
    pub fn balance(&self, address: Address) -> U256 {
        self.head_at(address, 0).balance
    }

    /// Its next nonce.
    pub fn nonce(&self, address: Address) -> u64 {
        self.head_at(address, 0).nonce
    }

    /// A storage slot now.
    pub fn slot(&self, address: Address, slot: U256) -> U256 {
        self.slot_at(address, slot, 0)
    }

    /// Sets what an account has, in wei.
    pub fn set_balance(&mut self, address: Address, balance: U256) {
        let head = self.head_at(address, 0);
        self.change_head(address, AccountHead { balance, ..head });
    }

    /// Sets the next nonce.
    pub fn set_nonce(&mut self, address: Address, nonce: u64) {
        let head = self.head_at(address, 0);
        self.change_head(address, AccountHead { nonce, ..head });
    }

    /// Sets the runtime code.
    pub fn set_code(&mut self, address: Address, code: Bytes) {
        let code_hash = self.know_code(code);
        let head = self.head_at(address, 0);
        self.change_head(address, AccountHead { code_hash, ..head });
    }

    /// Sets a storage slot.
    pub fn set_slot(&mut self, address: Address, slot: U256, value: U256) {
        self.change_slot(address, slot, value);
    }

    pub(super) fn code(&self, hash: B256) -> Option<&Bytecode> {
        self.codes.get(&hash)
    }

    /// Takes over what a message changed.
    pub(super) fn commit(&mut self, changes: EvmState) {
        for (address, account) in changes {
            if !account.is_touched() {
                continue;
            }
            if account.is_selfdestructed() {
                let slots: Vec<_> = self.storage(address).collect();
                slots.into_iter().for_each(|(slot, _)| self.change_slot(address, slot, U256::ZERO));
                self.change_head(address, AccountHead::default());
                continue;
            }
            for (slot, value) in account.changed_storage_slots() {
                self.change_slot(address, *slot, value.present_value());
            }
            if let Some(code) = account.info.code.filter(|code| !code.is_empty()) {
                self.codes.entry(account.info.code_hash).or_insert(code);
            }
            let (balance, nonce, code_hash) =
                (account.info.balance, account.info.nonce, account.info.code_hash);
            self.change_head(address, AccountHead { balance, nonce, code_hash });
        }
    }

    /// The records of the last `depth` blocks, oldest first.
    fn undone(&self, depth: usize) -> impl Iterator<Item = &Undo> {
        self.undo.range(self.undo.len().saturating_sub(depth)..)
    }

    fn know_code(&mut self, code: Bytes) -> B256 {
        if code.is_empty() {
            return KECCAK256_EMPTY;
        }
        let hash = keccak256(&code);
        self.codes.entry(hash).or_insert_with(|| Bytecode::new_legacy(code));
        hash
    }

    fn change_head(&mut self, address: Address, head: AccountHead) {
        let before = self.head_at(address, 0);
        if before != head {
            if let Some(undo) = self.undo.back_mut() {
                undo.heads.entry(address).or_insert(before);
            }
            self.put_head(address, head);
        }
    }

    fn change_slot(&mut self, address: Address, slot: U256, value: U256) {
        let before = self.slot(address, slot);
        if before != value {
            if let Some(undo) = self.undo.back_mut() {
                undo.slots.entry((address, slot)).or_insert(before);
            }
            self.put_slot(address, slot, value);
        }
    }

    fn put_head(&mut self, address: Address, head: AccountHead) {
        if head == AccountHead::default() {
            self.heads.remove(&address);
        } else {
            self.heads.insert(address, head);
        }
    }

    fn put_slot(&mut self, address: Address, slot: U256, value: U256) {
        if value.is_zero() {
            self.slots.remove(&(address, slot));
        } else {
            self.slots.insert((address, slot), value);
        }
    }
}

#[cfg(test)]
mod tests;
