//! Chance that a seed repeats.

use std::cell::Cell;

/// SplitMix64 (<https://prng.di.unimi.it/splitmix64.c>, public domain), by its constants.
#[derive(Debug)]
pub(super) struct Dice(Cell<u64>);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(Cell::new(seed))
    }

    fn word(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let word = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// From 0 to `end - 1`; 0 for nothing.
    pub(super) fn below(&self, end: u64) -> u64 {
        self.word().checked_rem(end).unwrap_or(0)
    }

    /// Whether something happens that happens `permille` times of a thousand.
    pub(super) fn happens(&self, permille: u64) -> bool {
        self.below(1_000) < permille
    }
}
