//! Blocks, transactions, receipts and logs, as they are looked up.

use alloy_primitives::B256;

use super::block::Header;
use super::logs::{self, ChainLog, LogFilter, Receipt};
use super::transaction::Transaction;
use super::{Chain, ChainError};

/// Blocks behind the head that count as safe, and half of those that count as final.
const EPOCH: u64 = 32;

/// Which state is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockId {
    /// The newest block.
    Latest,
    /// The block that would come now.
    Pending,
    /// The first block.
    Earliest,
    /// 32 blocks behind.
    Safe,
    /// 64 blocks behind.
    Finalized,
    /// By height.
    Number(u64),
    /// By hash.
    Hash(B256),
}

impl Chain {
    /// The height that `id` stands for.
    ///
    /// # Errors
    /// [`ChainError::OutOfRange`], [`ChainError::UnknownBlock`].
    pub fn height(&self, id: BlockId) -> Result<u64, ChainError> {
        let height = self.head().number;
        match id {
            BlockId::Latest | BlockId::Pending => Ok(height),
            BlockId::Earliest => Ok(0),
            BlockId::Safe => Ok(height.saturating_sub(EPOCH)),
            BlockId::Finalized => Ok(height.saturating_sub(2 * EPOCH)),
            BlockId::Number(number) if number <= height => Ok(number),
            BlockId::Number(asked) => Err(ChainError::OutOfRange { height, asked }),
            BlockId::Hash(hash) => self.history.height(hash).ok_or(ChainError::UnknownBlock),
        }
    }

    /// How many blocks lie over the state of `id`: the depth to read the world at.
    ///
    /// # Errors
    /// As [`Chain::height`], and [`ChainError::StateForgotten`].
    pub fn depth(&self, id: BlockId) -> Result<usize, ChainError> {
        let asked = self.height(id)?;
        let height = self.head().number;
        let depth = usize::try_from(height - asked).unwrap_or(usize::MAX);
        let kept = self.world.undo_depth();
        if depth <= kept {
            return Ok(depth);
        }
        let oldest = height.saturating_sub(u64::try_from(kept).unwrap_or(u64::MAX));
        Err(ChainError::StateForgotten { asked, oldest })
    }

    /// A block's head; `None` where there is no such block (any more).
    pub fn header(&self, id: BlockId) -> Option<&Header> {
        self.history.block(self.height(id).ok()?).map(|block| &block.header)
    }

    /// The hashes of a block's transactions.
    pub fn transactions_of(&self, number: u64) -> Vec<B256> {
        let block = self.history.block(number);
        block.map(|block| block.transactions.iter().map(|mined| mined.hash).collect()).unwrap_or_default()
    }

    /// A transaction, mined or waiting, while it is remembered.
    pub fn transaction(&self, hash: B256) -> Option<&Transaction> {
        let mined = self.history.transaction(hash).and_then(|(_, _, mined)| mined.body.as_ref());
        mined.map(|body| &body.transaction).or_else(|| self.pool.get(hash))
    }

    /// What became of a transaction; `None` while it is in no block.
    pub fn receipt(&self, hash: B256) -> Option<Receipt> {
        self.history.transaction(hash).map(|(block, place, mined)| logs::receipt(block, place, mined))
    }

    /// The receipts of a block.
    pub fn receipts_of(&self, number: u64) -> Vec<Receipt> {
        let Some(block) = self.history.block(number) else { return Vec::new() };
        let receipts = block.transactions.iter().enumerate();
        receipts.map(|(place, mined)| logs::receipt(block, place, mined)).collect()
    }

    /// The logs of the blocks `first` to `last` that `filter` wants, oldest first, until there are more than
    /// `most`. Blocks far behind the head are no longer there, unless they hold UserOperations.
    pub fn logs(&self, first: u64, last: u64, filter: &LogFilter, most: usize) -> Vec<ChainLog> {
        let mut found = Vec::new();
        for block in self.history.range(first, last) {
            logs::collect(block, filter, &mut found);
            if found.len() > most {
                break;
            }
        }
        found
    }
}
