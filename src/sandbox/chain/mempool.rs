//! Transactions that wait for a block.

use alloy_primitives::{Address, B256};
use serde::{Deserialize, Serialize};

use super::transaction::Transaction;
use crate::evm::Message;

/// So many may wait.
pub(super) const MOST_WAITING: usize = 2_000;
/// Most bytes of data and access list: no node lets a larger one wait.
const MOST_BYTES: usize = 128 * 1024;
/// A replacement pays at least this much more, in percent.
const REPLACEMENT_PERCENT: u128 = 10;

/// Those that wait, in the order of their arrival.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mempool {
    waiting: Vec<Transaction>,
}

/// Why a transaction may not wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PoolError {
    Known,
    Oversized,
    Full,
    Underpriced,
}

impl Mempool {
    pub(super) fn add(&mut self, transaction: Transaction) -> Result<(), PoolError> {
        if self.get(transaction.hash).is_some() {
            return Err(PoolError::Known);
        }
        if length(&transaction.message) > MOST_BYTES {
            return Err(PoolError::Oversized);
        }
        let same = |other: &Transaction| {
            (other.message.from, other.nonce()) == (transaction.message.from, transaction.nonce())
        };
        if let Some(place) = self.waiting.iter().position(same) {
            let least = |fee: u128| fee.saturating_add(fee.saturating_mul(REPLACEMENT_PERCENT) / 100);
            if transaction.message.fees.max() < least(self.waiting[place].message.fees.max()) {
                return Err(PoolError::Underpriced);
            }
            self.waiting[place] = transaction;
            return Ok(());
        }
        if self.waiting.len() >= MOST_WAITING {
            return Err(PoolError::Full);
        }
        self.waiting.push(transaction);
        Ok(())
    }

    pub(super) fn get(&self, hash: B256) -> Option<&Transaction> {
        self.waiting.iter().find(|transaction| transaction.hash == hash)
    }

    /// The nonce after the last one of `sender` that waits without a gap from `nonce`.
    pub(super) fn nonce_after(&self, sender: Address, nonce: u64) -> u64 {
        let mut due = nonce;
        loop {
            // Those of one sender mostly came in their order: then the second round is the last.
            let before = due;
            for waiting in self.of(sender) {
                due += u64::from(waiting.nonce() == due);
            }
            if due == before {
                return due;
            }
        }
    }

    pub(super) fn of(&self, sender: Address) -> impl Iterator<Item = &Transaction> {
        self.waiting.iter().filter(move |transaction| transaction.message.from == sender)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Transaction> {
        self.waiting.iter()
    }

    /// Takes the best paying of those whose turn it is, by the nonces that `nonce` tells. What was used already
    /// is dropped; the rest stays.
    pub(super) fn take_next(
        &mut self,
        base_fee: u64,
        gas_left: u64,
        nonce: impl Fn(Address) -> u64,
    ) -> Option<Transaction> {
        self.waiting.retain(|transaction| transaction.nonce() >= nonce(transaction.message.from));
        let mut best: Option<(usize, u128)> = None;
        for (place, transaction) in self.waiting.iter().enumerate() {
            let message = &transaction.message;
            let Some(tip) = message.fees.tip(base_fee) else { continue };
            if message.gas_limit > gas_left || transaction.nonce() != nonce(message.from) {
                continue;
            }
            if best.is_none_or(|(_, most)| tip > most) {
                best = Some((place, tip));
            }
        }
        best.map(|(place, _)| self.waiting.remove(place))
    }
}

fn length(message: &Message) -> usize {
    let announced = message.access_list.iter();
    let announced = announced.map(|item| Address::len_bytes() + B256::len_bytes() * item.slots.len());
    message.data.len() + announced.sum::<usize>()
}
