//! Logs and receipts as they are asked for.

use alloy_primitives::{Address, B256, Bytes, Log};

use super::block::{Block, Mined};
use super::packed_logs::LogView;

/// Which logs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFilter {
    /// By one of these; empty for anybody.
    pub addresses: Vec<Address>,
    /// Per position those of which one must be there; an empty list stands for anything.
    pub topics: Vec<Vec<B256>>,
}

impl LogFilter {
    fn matches(&self, log: &LogView<'_>) -> bool {
        let fits = |(position, any): (usize, &Vec<B256>)| {
            log.topic(position).is_some_and(|topic| any.is_empty() || any.contains(&topic))
        };
        (self.addresses.is_empty() || self.addresses.contains(&log.address))
            && self.topics.iter().enumerate().all(fits)
    }
}

/// A log and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainLog {
    /// Address, topics, data.
    pub log: Log,
    /// Height of its block.
    pub block: u64,
    /// Its block.
    pub block_hash: B256,
    /// The block's time, in seconds since 1970.
    pub timestamp: u64,
    /// Its transaction.
    pub transaction: B256,
    /// The transaction's place in the block.
    pub transaction_index: usize,
    /// Its place among the block's logs.
    pub index: usize,
}

/// What became of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its hash.
    pub transaction: B256,
    /// Its place in the block.
    pub transaction_index: usize,
    /// Height of its block.
    pub block: u64,
    /// Its block.
    pub block_hash: B256,
    /// Who sent it.
    pub from: Address,
    /// Whom it called.
    pub to: Option<Address>,
    /// EIP-2718.
    pub kind: u8,
    /// Whether it ran through.
    pub success: bool,
    /// Gas it used.
    pub gas_used: u64,
    /// Gas of the block up to and with it.
    pub cumulative_gas: u64,
    /// Wei per gas that were paid.
    pub gas_price: u128,
    /// What it deployed.
    pub created: Option<Address>,
    /// What it logged.
    pub logs: Vec<ChainLog>,
    /// Return or revert data, while it is kept.
    pub output: Option<Bytes>,
}

/// Puts the logs of `block` that `filter` wants into `found`.
pub(super) fn collect(block: &Block, filter: &LogFilter, found: &mut Vec<ChainLog>) {
    let mut index = 0;
    for (place, mined) in block.transactions.iter().enumerate() {
        for log in mined.logs.iter() {
            if filter.matches(&log) {
                found.push(chain_log(block, place, mined, &log, index));
            }
            index += 1;
        }
    }
}

fn chain_log(block: &Block, place: usize, mined: &Mined, log: &LogView<'_>, index: usize) -> ChainLog {
    ChainLog {
        log: log.to_log(),
        block: block.header.number,
        block_hash: block.header.hash,
        timestamp: block.header.timestamp,
        transaction: mined.hash,
        transaction_index: place,
        index,
    }
}

/// The receipt of the transaction at `place`.
pub(super) fn receipt(block: &Block, place: usize, mined: &Mined) -> Receipt {
    let before = block.transactions.iter().take(place);
    let first_log: usize = before.clone().map(|earlier| earlier.logs.iter().count()).sum();
    let gas_before: u64 = before.map(|earlier| earlier.gas_used).sum();
    let logs = mined.logs.iter().enumerate();
    let logs = logs.map(|(index, log)| chain_log(block, place, mined, &log, first_log + index)).collect();
    Receipt {
        transaction: mined.hash,
        transaction_index: place,
        block: block.header.number,
        block_hash: block.header.hash,
        from: mined.from,
        to: mined.to,
        kind: mined.kind,
        success: mined.success,
        gas_used: mined.gas_used,
        cumulative_gas: gas_before + mined.gas_used,
        gas_price: mined.gas_price,
        created: mined.created,
        logs,
        output: mined.body.as_ref().map(|body| body.output.clone()),
    }
}
