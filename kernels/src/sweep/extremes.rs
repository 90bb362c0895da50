//! The highest and the lowest close of any stretch of a block, in two look-ups.

use super::BLOCK;

/// A stretch of up to a whole block is two of 2^9, and one of 2^0 is a close.
const LEVELS: usize = 10;

/// At `level`, `start`: over the 2^`level` closes from `start` on.
pub(super) struct Extremes {
    highest: Vec<[f64; BLOCK]>,
    lowest: Vec<[f64; BLOCK]>,
}

impl Extremes {
    pub(super) fn new() -> Self {
        let empty = || vec![[0.0; BLOCK]; LEVELS];
        Self { highest: empty(), lowest: empty() }
    }

    /// Reads `closes`, which are one block or less.
    pub(super) fn read(&mut self, closes: &[f64]) {
        fill(&mut self.highest, closes, |one, other| if one > other { one } else { other });
        fill(&mut self.lowest, closes, |one, other| if one < other { one } else { other });
    }

    /// The highest and the lowest close from `from` to before `to`, which is greater.
    pub(super) fn between(&self, from: usize, to: usize) -> (f64, f64) {
        let level = (to - from).ilog2() as usize;
        let other = to - (1 << level);
        let (highest, lowest) = (&self.highest[level], &self.lowest[level]);
        let (high, low) = (highest[from], lowest[from]);
        (
            if highest[other] > high { highest[other] } else { high },
            if lowest[other] < low { lowest[other] } else { low },
        )
    }
}

fn fill(levels: &mut [[f64; BLOCK]], closes: &[f64], better: fn(f64, f64) -> f64) {
    levels[0][..closes.len()].copy_from_slice(closes);
    for level in 1..LEVELS {
        let half = 1 << (level - 1);
        let Some(starts) = (closes.len() + 1).checked_sub(2 * half) else { break };
        let (shorter, longer) = levels.split_at_mut(level);
        let shorter = &shorter[level - 1];
        for (start, longer) in longer[0][..starts].iter_mut().enumerate() {
            *longer = better(shorter[start], shorter[start + half]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_stretch_has_its_own() {
        let closes: Vec<f64> =
            (0..BLOCK).map(|index| f64::from(u16::try_from(index * 7_919 % 1_009).expect("small"))).collect();
        let mut extremes = Extremes::new();
        for length in [1, 2, 3, 100, BLOCK] {
            let closes = &closes[BLOCK - length..];
            extremes.read(closes);
            for from in 0..length {
                let (mut high, mut low) = (closes[from], closes[from]);
                for to in from + 1..=length {
                    (high, low) = (high.max(closes[to - 1]), low.min(closes[to - 1]));
                    assert_eq!(extremes.between(from, to), (high, low), "{from} to {to} of {length}");
                }
            }
        }
    }
}
