//! Two numbers in one register in the browser, and side by side elsewhere.
//!
//! Told by hand: of two numbers that lie side by side the compiler makes two loads, and of sixteen comparisons in one
//! register a detour.

pub(super) use here::{Two, above, second, two};

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod here {
    use std::arch::wasm32::{f64x2, f64x2_extract_lane, f64x2_gt, i32x4_bitmask, i32x4_shuffle, v128};

    /// Two numbers.
    pub(crate) type Two = v128;

    pub(crate) fn two(first: f64, second: f64) -> Two {
        f64x2(first, second)
    }

    pub(crate) fn second(two: Two) -> f64 {
        f64x2_extract_lane::<1>(two)
    }

    /// Which of four numbers are greater than others, the first in the lowest bit.
    pub(crate) fn above(ones: &[Two; 2], others: &[Two; 2]) -> u8 {
        let is_above = [f64x2_gt(ones[0], others[0]), f64x2_gt(ones[1], others[1])];
        i32x4_bitmask(i32x4_shuffle::<0, 2, 4, 6>(is_above[0], is_above[1]))
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod here {
    /// Two numbers.
    pub(crate) type Two = [f64; 2];

    pub(crate) const fn two(first: f64, second: f64) -> Two {
        [first, second]
    }

    pub(crate) const fn second(two: Two) -> f64 {
        two[1]
    }

    /// Which of four numbers are greater than others, the first in the lowest bit.
    pub(crate) fn above(ones: &[Two; 2], others: &[Two; 2]) -> u8 {
        let pairs = ones.iter().flatten().zip(others.iter().flatten()).enumerate();
        pairs.fold(0, |bits, (at, (one, other))| bits | u8::from(one > other) << at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greater_ones_are_told_by_their_bits() {
        let tens = [two(10.0, 10.0), two(10.0, 10.0)];
        assert_eq!(above(&[two(11.0, 10.0), two(9.0, f64::INFINITY)], &tens), 0b1001);
        assert_eq!(above(&[two(f64::NAN, 11.0), two(f64::NEG_INFINITY, 0.0)], &tens), 0b0010);
        assert!(second(two(1.0, 2.0)) > 1.5);
    }
}
