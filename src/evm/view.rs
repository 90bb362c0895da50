//! The world as a message sees it: some blocks ago, and with what the asker would like to be different.

use std::convert::Infallible;

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256};
use revm::Database;
use revm::bytecode::Bytecode;
use revm::state::AccountInfo;

use super::world::{AccountHead, World};

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
    pub storage: Option<Vec<(U256, U256)>>,
    /// Slots that differ.
    pub slots: Vec<(U256, U256)>,
}

/// What is different, by account. Few and searched one by one: a map would cost a tab more than it saves it.
pub type StateOverrides = Vec<(Address, AccountOverride)>;

/// What is wished for an account.
pub(super) fn wish_for(overrides: &StateOverrides, address: Address) -> Option<&AccountOverride> {
    overrides.iter().find(|(at, _)| *at == address).map(|(_, wish)| wish)
}

fn value_of(slots: &[(U256, U256)], slot: U256) -> Option<U256> {
    slots.iter().find(|(at, _)| *at == slot).map(|(_, value)| *value)
}

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
        let wish = wish_for(self.overrides, address);
        if head == AccountHead::default() && wish.is_none() {
            return Ok(None);
        }
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
        let wished = wish_for(self.overrides, address).and_then(|wish| {
            let whole = || wish.storage.as_ref().map(|all| value_of(all, slot).unwrap_or_default());
            value_of(&wish.slots, slot).or_else(whole)
        });
        Ok(wished.unwrap_or_else(|| self.world.slot_at(address, slot, self.depth)))
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, Infallible> {
        Ok(self.world.block_hash(number).unwrap_or_default())
    }
}
