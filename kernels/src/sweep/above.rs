//! Where one average lies above another: one bit a close.

use super::averages::Row;
use super::two::{Two, above};
use super::{WORD, WORDS};

/// For each close of a block whether `fast` is above `slow` there, the first in the lowest bit.
pub(super) fn bits(fast: &Row, slow: &Row) -> [u64; WORDS] {
    let (fast, slow) = (fast.as_chunks().0, slow.as_chunks().0);
    std::array::from_fn(|word| word_of(&fast[word], &slow[word]))
}

fn word_of(fast: &[Two; WORD / 2], slow: &[Two; WORD / 2]) -> u64 {
    let fours = fast.as_chunks().0.iter().zip(slow.as_chunks().0).enumerate();
    fours.fold(0, |word, (at, (fast, slow))| word | u64::from(above(fast, slow)) << (4 * at))
}
