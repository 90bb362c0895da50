//! A block and what is kept of its transactions.

use alloy_primitives::{Address, B256, Bytes, keccak256};
use serde::{Deserialize, Serialize};

use super::BLOCK_GAS_LIMIT;
use super::fees::next_base_fee;
use super::packed_logs::PackedLogs;
use super::transaction::Transaction;
use crate::evm::Execution;

/// A block's head.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Height.
    pub number: u64,
    /// Of everything below, and of the transactions and what they did.
    pub hash: B256,
    /// The block before.
    pub parent_hash: B256,
    /// Seconds since 1970.
    pub timestamp: u64,
    /// Wei per gas.
    pub base_fee: u64,
    /// By all its transactions.
    pub gas_used: u64,
    /// What contracts read as PREVRANDAO.
    pub prev_randao: B256,
    /// A hash of every change of the state since the start. No trie: nobody here asks for proofs.
    pub state_digest: B256,
    /// A hash of the transactions.
    pub transactions_digest: B256,
    /// A hash of their outcomes and logs.
    pub receipts_digest: B256,
}

impl Header {
    /// The base fee of the block after this one, in wei per gas. The first block says what the second costs.
    pub fn next_base_fee(&self) -> u64 {
        if self.number == 0 {
            return self.base_fee;
        }
        next_base_fee(self.base_fee, self.gas_used, BLOCK_GAS_LIMIT)
    }

    /// The same header with its hash.
    pub(super) fn sealed(mut self) -> Self {
        let mut text = Vec::with_capacity(224);
        for digest in [
            self.parent_hash,
            self.prev_randao,
            self.state_digest,
            self.transactions_digest,
            self.receipts_digest,
        ] {
            text.extend_from_slice(digest.as_slice());
        }
        for number in [self.number, self.timestamp, self.base_fee, self.gas_used] {
            text.extend_from_slice(&number.to_be_bytes());
        }
        self.hash = keccak256(text);
        self
    }
}

/// A transaction in a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mined {
    pub(super) hash: B256,
    pub(super) from: Address,
    pub(super) to: Option<Address>,
    pub(super) kind: u8,
    pub(super) success: bool,
    pub(super) gas_used: u64,
    pub(super) gas_price: u128,
    pub(super) created: Option<Address>,
    pub(super) logs: PackedLogs,
    /// Forgotten with age.
    pub(super) body: Option<Box<Body>>,
}

/// What is asked for shortly after, or never.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Body {
    pub(super) transaction: Transaction,
    pub(super) output: Bytes,
}

impl Mined {
    pub(super) fn new(transaction: Transaction, done: Execution, base_fee: u64) -> Self {
        // As nodes do, also where the creation failed.
        let message = &transaction.message;
        let created = message.to.is_none().then(|| message.from.create(transaction.nonce()));
        Self {
            hash: transaction.hash,
            from: transaction.message.from,
            to: transaction.message.to,
            kind: transaction.kind,
            success: done.is_success(),
            gas_used: done.gas_used,
            gas_price: transaction.message.fees.price(base_fee),
            created,
            logs: PackedLogs::new(&done.logs),
            body: Some(Box::new(Body { transaction, output: done.output })),
        }
    }
}

/// A block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Block {
    pub(super) header: Header,
    pub(super) transactions: Vec<Mined>,
}

impl Block {
    pub(super) fn transactions_digest(transactions: &[Mined]) -> B256 {
        let text: Vec<u8> = transactions.iter().flat_map(|mined| mined.hash.0).collect();
        keccak256(text)
    }

    pub(super) fn receipts_digest(transactions: &[Mined]) -> B256 {
        let mut text = Vec::new();
        for mined in transactions {
            text.push(u8::from(mined.success));
            text.extend_from_slice(&mined.gas_used.to_be_bytes());
            text.extend_from_slice(mined.logs.bytes());
            if let Some(body) = &mined.body {
                text.extend_from_slice(keccak256(&body.output).as_slice());
            }
        }
        keccak256(text)
    }

    /// Whether any of its logs is by `address`.
    pub(super) fn has_log_by(&self, address: Address) -> bool {
        self.transactions.iter().any(|mined| mined.logs.iter().any(|log| log.address == address))
    }
}
