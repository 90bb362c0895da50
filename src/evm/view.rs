//! The world as a message sees it: some blocks ago, and with what the asker would like to be different.

use std::collections::BTreeMap;
use std::convert::Infallible;

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256};
use revm::Database;
use revm::bytecode::Bytecode;
use revm::state::AccountInfo;

use super::world::World;

/// What is different about one account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountOverride {
    /// Wei.
    pub balance: Option<U256>,
    /// Next nonce.
    pub nonce: Option<u64>,
    /// Runtime code.
    pub code: Option<Bytes>,
    /// The whole storage: every other slot is zero.
    pub storage: Option<BTreeMap<U256, U256>>,
    /// Slots that differ.
    pub slots: BTreeMap<U256, U256>,
}

/// What is different, by account.
pub type StateOverrides = BTreeMap<Address, AccountOverride>;

/// A world to read from.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    pub(super) world: &'a World,
    pub(super) depth: usize,
    pub(super) overrides: &'a StateOverrides,
}

impl Database for View<'_> {
    type Error = Infallible;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Infallible> {
        let head = self.world.head_at(address, self.depth);
        let wish = self.overrides.get(&address);
        if head.is_none() && wish.is_none() {
            return Ok(None);
        }
        let head = head.unwrap_or_default();
        let mut info = AccountInfo {
            balance: head.balance,
            nonce: head.nonce,
            code_hash: head.code_hash,
            account_id: None,
            code: None,
        };
        if let Some(wish) = wish {
            info.balance = wish.balance.unwrap_or(info.balance);
            info.nonce = wish.nonce.unwrap_or(info.nonce);
            if let Some(code) = &wish.code {
                let code = Bytecode::new_legacy(code.clone());
                info.code_hash = if code.is_empty() { KECCAK256_EMPTY } else { code.hash_slow() };
                info.code = Some(code);
            }
        }
        Ok(Some(info))
    }

    fn code_by_hash(&mut self, code_hash: B256) -> Result<Bytecode, Infallible> {
        Ok(self.world.code(code_hash).cloned().unwrap_or_default())
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, Infallible> {
        let wish = self.overrides.get(&address);
        let wished = wish.and_then(|wish| {
            let whole = || wish.storage.as_ref().map(|all| all.get(&slot).copied().unwrap_or_default());
            wish.slots.get(&slot).copied().or_else(whole)
        });
        Ok(wished.unwrap_or_else(|| self.world.slot_at(address, slot, self.depth)))
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, Infallible> {
        Ok(self.world.block_hash(number).unwrap_or_default())
    }
}
