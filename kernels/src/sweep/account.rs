//! What one pair of averages has, and what became of it so far.

use super::extremes::Extremes;
use super::{Outcome, WORD, WORDS};

/// Money or units, never both.
#[derive(Clone)]
pub(super) struct Account {
    /// The share of a trade that its fee leaves.
    keep: f64,
    cash: f64,
    units: f64,
    /// Whether it was above at the last close, and so whether units are held.
    is_held: bool,
    /// The greatest worth so far.
    height: f64,
    /// The least worth since then: only the next height ends it, so only then it is divided.
    low: f64,
    /// The least share of a height so far, up to the last one.
    least: f64,
    trades: u32,
}

impl Account {
    pub(super) const fn new(keep: f64) -> Self {
        Self { keep, cash: 1.0, units: 0.0, is_held: false, height: 1.0, low: 1.0, least: 1.0, trades: 0 }
    }

    /// Goes on over a block of `closes`, of which `above` tells where to hold.
    pub(super) fn advance(&mut self, above: &[u64; WORDS], closes: &[f64], extremes: &Extremes) {
        let (mut from, mut was_above) = (0, u64::from(self.is_held));
        for (word, above) in above.iter().enumerate() {
            let left = closes.len().saturating_sub(word * WORD);
            let valid = if left < WORD { (1 << left) - 1 } else { u64::MAX };
            let mut turns = (above ^ (above << 1 | was_above)) & valid;
            was_above = above >> (WORD - 1);
            self.trades += turns.count_ones();
            while turns != 0 {
                let at = word * WORD + turns.trailing_zeros() as usize;
                turns &= turns - 1;
                if self.is_held {
                    self.hold(from, at, closes, extremes);
                    self.cash = self.units * closes[at] * self.keep;
                    self.see(self.cash);
                } else {
                    self.units = self.cash * self.keep / closes[at];
                    from = at;
                }
                self.is_held = !self.is_held;
            }
        }
        if self.is_held {
            self.hold(from, closes.len(), closes, extremes);
        }
    }

    /// The units were held from the close `from` to before `to`.
    fn hold(&mut self, from: usize, to: usize, closes: &[f64], extremes: &Extremes) {
        if from == to {
            return;
        }
        let (highest, lowest) = extremes.between(from, to);
        if self.units * highest > self.height {
            closes[from..to].iter().for_each(|close| self.see(self.units * close));
        } else {
            self.low = lesser(self.low, self.units * lowest);
        }
    }

    /// The worth at the next close.
    fn see(&mut self, worth: f64) {
        if worth > self.height {
            self.least = lesser(self.least, self.low / self.height);
            (self.height, self.low) = (worth, worth);
        } else {
            self.low = lesser(self.low, worth);
        }
    }

    /// What came of it, where `last` is the last close.
    pub(super) fn outcome(&self, last: f64) -> Outcome {
        let worth = if self.is_held { self.units * last } else { self.cash };
        let drawdown = 1.0 - lesser(self.least, self.low / self.height);
        Outcome { worth, drawdown, trades: self.trades }
    }
}

/// One instruction, where `f64::min` asks for numbers that are none.
fn lesser(one: f64, other: f64) -> f64 {
    if other < one { other } else { one }
}
