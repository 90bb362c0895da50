//! The blocks that are remembered. A tab that trades for a day must not grow: old blocks lose their
//! transactions' bodies, then go altogether, unless a UserOperation is in them.

use std::collections::{BTreeMap, VecDeque};

use alloy_primitives::B256;
use serde::{Deserialize, Serialize};

use super::block::{Block, Mined};
use crate::contracts::ENTRY_POINT;
use crate::evm::MAX_UNDO_DEPTH;

/// Newest blocks whose transactions are kept whole: ten minutes of the market's pace.
const BODIES_KEPT: u64 = 300;
// What can still be taken back is kept whole.
const _: () = assert!((MAX_UNDO_DEPTH as u64) < BODIES_KEPT);
/// Newest blocks that are kept: two hours of the market's pace, which is what a trader draws, and some more. They are
/// counted and not timed, so that a leap of the clock takes nothing from a trader who has not read it yet.
const BLOCKS_KEPT: u64 = 3_700;
/// Room for so many blocks is taken at a time: doubling it would leave half of it empty.
const PIECE: usize = 256;
/// Blocks with UserOperations that outlive this.
const OPERATION_BLOCKS_KEPT: usize = 2_000;

/// The blocks, and where to find what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct History {
    /// By height, with gaps where blocks were forgotten.
    blocks: VecDeque<Block>,
    /// Heights of blocks and of transactions, by their hashes.
    heights: BTreeMap<B256, u64>,
    /// Below this height bodies are gone, except in blocks with UserOperations.
    whole_from: u64,
    /// Below this height only blocks with UserOperations are left: these.
    complete_from: u64,
    operation_blocks: Vec<u64>,
}

impl History {
    pub(super) fn push(&mut self, mut block: Block) {
        // It grew while the block was filled, and no more comes.
        block.transactions.shrink_to_fit();
        for hash in hashes(&block) {
            self.heights.insert(hash, block.header.number);
        }
        if self.blocks.len() == self.blocks.capacity() {
            self.blocks.reserve_exact(PIECE);
        }
        self.blocks.push_back(block);
        self.forget_old();
    }

    /// Takes the newest block off.
    pub(super) fn pop(&mut self) -> Option<Block> {
        let block = self.blocks.pop_back()?;
        self.unindex(&block);
        Some(block)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    pub(super) fn head(&self) -> &Block {
        self.blocks.back().expect("a chain has its first block")
    }

    pub(super) fn block(&self, number: u64) -> Option<&Block> {
        self.blocks.get(self.place(number)?)
    }

    /// Of the block with this hash.
    pub(super) fn height(&self, hash: B256) -> Option<u64> {
        let number = *self.heights.get(&hash)?;
        self.block(number).filter(|block| block.header.hash == hash).map(|_| number)
    }

    pub(super) fn transaction(&self, hash: B256) -> Option<(&Block, usize, &Mined)> {
        let block = self.block(*self.heights.get(&hash)?)?;
        let (place, mined) = block.transactions.iter().enumerate().find(|(_, mined)| mined.hash == hash)?;
        Some((block, place, mined))
    }

    pub(super) fn range(&self, first: u64, last: u64) -> impl Iterator<Item = &Block> {
        let start = self.blocks.partition_point(|block| block.header.number < first);
        self.blocks.range(start..).take_while(move |block| block.header.number <= last)
    }

    /// Where the block of this height is among those that are left.
    fn place(&self, number: u64) -> Option<usize> {
        self.blocks.binary_search_by_key(&number, |block| block.header.number).ok()
    }

    fn unindex(&mut self, block: &Block) {
        for hash in hashes(block) {
            self.heights.remove(&hash);
        }
    }

    fn forget_old(&mut self) {
        let newest = self.head().header.number;
        while self.whole_from + BODIES_KEPT <= newest {
            let place = self.place(self.whole_from);
            if let Some(block) = place.and_then(|place| self.blocks.get_mut(place))
                && !block.has_log_by(ENTRY_POINT)
            {
                block.transactions.iter_mut().for_each(|mined| mined.body = None);
            }
            self.whole_from += 1;
        }
        while self.complete_from + BLOCKS_KEPT <= newest {
            if let Some(block) = self.block(self.complete_from) {
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
        if let Some(block) = self.place(number).and_then(|place| self.blocks.remove(place)) {
            self.unindex(&block);
        }
    }
}

fn hashes(block: &Block) -> impl Iterator<Item = B256> {
    std::iter::once(block.header.hash).chain(block.transactions.iter().map(|mined| mined.hash))
}
