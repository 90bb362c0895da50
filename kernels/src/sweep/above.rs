//! Where one average lies above another: one bit a close.

use super::averages::Row;
use super::{WORD, WORDS};

/// For each close of a block whether `fast` is above `slow` there, the first in the lowest bit.
pub(super) fn bits(fast: &Row, slow: &Row) -> [u64; WORDS] {
    let (fast, slow) = (fast.as_chunks::<WORD>().0, slow.as_chunks::<WORD>().0);
    std::array::from_fn(|word| word_of(&fast[word], &slow[word]))
}

/// Sixteen comparisons become sixteen bytes, of which one instruction takes the highest bits.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
fn word_of(fast: &[f64; WORD], slow: &[f64; WORD]) -> u64 {
    use std::arch::wasm32::{
        f64x2, f64x2_gt, i8x16_bitmask, i8x16_narrow_i16x8, i16x8_narrow_i32x4, i32x4_shuffle,
    };

    const BYTES: usize = 16;
    let sixteen = |part: usize| {
        let two = |at: usize| {
            let at = part * BYTES + at;
            f64x2_gt(f64x2(fast[at], fast[at + 1]), f64x2(slow[at], slow[at + 1]))
        };
        let four = |at: usize| i32x4_shuffle::<0, 2, 4, 6>(two(at), two(at + 2));
        let eight = |at: usize| i16x8_narrow_i32x4(four(at), four(at + 4));
        u64::from(i8x16_bitmask(i8x16_narrow_i16x8(eight(0), eight(8))))
    };
    sixteen(0) | sixteen(1) << BYTES | sixteen(2) << (2 * BYTES) | sixteen(3) << (3 * BYTES)
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
fn word_of(fast: &[f64; WORD], slow: &[f64; WORD]) -> u64 {
    let pairs = fast.iter().zip(slow).enumerate();
    pairs.fold(0, |word, (at, (fast, slow))| word | u64::from(fast > slow) << at)
}
