//! Averages of several lengths over a block of closes.

use super::two::{Two, second, two};
use super::{BLOCK, warm_from};
use crate::cross::weight;

/// An average at each close of a block, two by two.
pub(super) type Row = [Two; BLOCK / 2];

/// Averages that are worked out side by side, so that none waits for itself alone.
const SIDE_BY_SIDE: usize = 4;

/// Several averages and where they stand.
pub(super) struct Averages {
    /// First closes at which they are warm.
    warm_from: Vec<usize>,
    weights: Vec<f64>,
    values: Vec<f64>,
    /// Some more than there are lengths, so that there are full groups only.
    rows: Vec<Row>,
    /// What stands where one is not warm.
    cold: f64,
    /// Closes before this block.
    seen: usize,
}

impl Averages {
    /// Averages of `lengths` closes, seeded by the `first`, and `cold` where they are not warm.
    pub(super) fn new(lengths: &[u32], first: f64, cold: f64) -> Self {
        let all = lengths.len().next_multiple_of(SIDE_BY_SIDE);
        let mut weights: Vec<_> = lengths.iter().map(|length| weight(*length)).collect();
        weights.resize(all, 0.0);
        Self {
            warm_from: lengths.iter().map(|length| warm_from(*length)).collect(),
            weights,
            values: vec![first; all],
            rows: vec![[two(0.0, 0.0); BLOCK / 2]; all],
            cold,
            seen: 0,
        }
    }

    /// Goes on over `closes`, which are one block or less.
    pub(super) fn advance(&mut self, closes: &[f64]) {
        let values = self.values.as_chunks_mut::<SIDE_BY_SIDE>().0;
        let weights = self.weights.as_chunks::<SIDE_BY_SIDE>().0;
        let rows = self.rows.as_chunks_mut::<SIDE_BY_SIDE>().0;
        for ((values, weights), rows) in values.iter_mut().zip(weights).zip(rows) {
            go_on(values, weights, rows, closes);
        }
        for (row, warm_from) in self.rows.iter_mut().zip(&self.warm_from) {
            let cold = warm_from.saturating_sub(self.seen).min(BLOCK);
            row[..cold / 2].fill(two(self.cold, self.cold));
            if cold % 2 == 1 {
                row[cold / 2] = two(self.cold, second(row[cold / 2]));
            }
        }
        self.seen += closes.len();
    }

    /// The averages of the last block, one a length.
    pub(super) fn rows(&self) -> &[Row] {
        &self.rows[..self.warm_from.len()]
    }
}

fn go_on(
    values: &mut [f64; SIDE_BY_SIDE],
    weights: &[f64; SIDE_BY_SIDE],
    rows: &mut [Row; SIDE_BY_SIDE],
    closes: &[f64],
) {
    let mut now = *values;
    let (pairs, odd) = closes.as_chunks();
    for (index, [close, next]) in pairs.iter().enumerate().take(BLOCK / 2) {
        for ((now, weight), row) in now.iter_mut().zip(weights).zip(rows.iter_mut()) {
            let at_close = *now + weight * (close - *now);
            *now = at_close + weight * (next - at_close);
            row[index] = two(at_close, *now);
        }
    }
    // Only the last block of all may have one close too many, and nothing goes on from there.
    if let [close] = odd {
        for ((now, weight), row) in now.iter().zip(weights).zip(rows.iter_mut()) {
            row[pairs.len()] = two(now + weight * (close - now), 0.0);
        }
    }
    *values = now;
}
