//! The blocks that are remembered. A tab that trades for a day must not grow: old blocks lose their
//! transactions' bodies, then go altogether, unless a UserOperation is in them.

use std::collections::BTreeMap;

use alloy_primitives::B256;
use serde::{Deserialize, Serialize};

use super::block::{Block, Mined};
use crate::contracts::ENTRY_POINT;
use crate::evm::MAX_UNDO_DEPTH;

/// Seconds of chain time for which transactions are kept whole.
const BODIES_KEPT_SECS: u64 = 3_600;
/// Seconds of chain time for which blocks are kept: what a trader reads back when it starts, and half an hour.
const BLOCKS_KEPT_SECS: u64 = 9_000;
/// Blocks with UserOperations that outlive this.
const OPERATION_BLOCKS_KEPT: usize = 2_000;

/// By height.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct History {
    blocks: BTreeMap<u64, Block>,
    heights: BTreeMap<B256, u64>,
    /// Transaction to block and place in it.
    places: BTreeMap<B256, (u64, usize)>,
    /// Below this height bodies are gone, except in blocks with UserOperations.
    whole_from: u64,
    /// Below this height only blocks with UserOperations are left: these.
    complete_from: u64,
    operation_blocks: Vec<u64>,
}

impl History {
    pub(super) fn push(&mut self, block: Block) {
        let number = block.header.number;
        self.heights.insert(block.header.hash, number);
        for (place, mined) in block.transactions.iter().enumerate() {
            self.places.insert(mined.hash, (number, place));
        }
        self.blocks.insert(number, block);
        self.forget_old();
    }

    /// Takes the newest block off.
    pub(super) fn pop(&mut self) -> Option<Block> {
        let (_, block) = self.blocks.pop_last()?;
        self.unindex(&block);
        Some(block)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    pub(super) fn head(&self) -> &Block {
        self.blocks.last_key_value().expect("a chain has its first block").1
    }

    pub(super) fn block(&self, number: u64) -> Option<&Block> {
        self.blocks.get(&number)
    }

    pub(super) fn height(&self, hash: B256) -> Option<u64> {
        self.heights.get(&hash).copied()
    }

    pub(super) fn transaction(&self, hash: B256) -> Option<(&Block, usize, &Mined)> {
        let (number, place) = self.places.get(&hash)?;
        let block = self.blocks.get(number)?;
        Some((block, *place, block.transactions.get(*place)?))
    }

    pub(super) fn range(&self, first: u64, last: u64) -> impl DoubleEndedIterator<Item = &Block> {
        let blocks = (first <= last).then(|| self.blocks.range(first..=last));
        blocks.into_iter().flatten().map(|(_, block)| block)
    }

    fn unindex(&mut self, block: &Block) {
        self.heights.remove(&block.header.hash);
        for mined in &block.transactions {
            self.places.remove(&mined.hash);
        }
    }

    fn forget_old(&mut self) {
        let head = &self.head().header;
        let (now, newest) = (head.timestamp, head.number);
        // What can still be taken back is kept whole.
        let touchable = newest.saturating_sub(u64::try_from(MAX_UNDO_DEPTH).unwrap_or(u64::MAX));
        let is_old = |block: &Block, secs: u64| now.saturating_sub(block.header.timestamp) > secs;
        while self.whole_from < touchable {
            if let Some(block) = self.blocks.get_mut(&self.whole_from) {
                if !is_old(block, BODIES_KEPT_SECS) {
                    break;
                }
                if !block.has_log_by(ENTRY_POINT) {
                    block.transactions.iter_mut().for_each(|mined| mined.body = None);
                }
            }
            self.whole_from += 1;
        }
        while self.complete_from < self.whole_from {
            if let Some(block) = self.blocks.get(&self.complete_from) {
                if !is_old(block, BLOCKS_KEPT_SECS) {
                    break;
                }
                if block.has_log_by(ENTRY_POINT) {
                    self.operation_blocks.push(self.complete_from);
                } else {
                    self.forget(self.complete_from);
                }
            }
            self.complete_from += 1;
        }
        while self.operation_blocks.len() > OPERATION_BLOCKS_KEPT {
            let oldest = self.operation_blocks.remove(0);
            self.forget(oldest);
        }
    }

    fn forget(&mut self, number: u64) {
        if let Some(block) = self.blocks.remove(&number) {
            self.unindex(&block);
        }
    }
}
