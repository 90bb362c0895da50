//! What decisions are compared by, and what a live one was told from outside.

use alloy_primitives::{B256, Keccak256};
use serde::{Deserialize, Serialize};

use crate::trading::{Order, RiskApproved, RiskContext, RiskRefused, Signal};
use crate::units::UnixSecs;

/// keccak256 over decisions in their order, and how many they are: two that decided alike have the same.
#[derive(Clone, Debug, Default)]
pub struct DecisionHash {
    hash: Keccak256,
    count: u32,
}

impl DecisionHash {
    /// What became of a signal.
    pub fn note(&mut self, signal: &Signal, decided: &Result<RiskApproved<Order>, RiskRefused>) {
        self.note_line(&Self::line(signal, decided));
    }

    /// What is hashed of a decision: the candle's open time, the side, the lots or what they were refused with, and
    /// why they were asked for.
    pub fn line(signal: &Signal, decided: &Result<RiskApproved<Order>, RiskRefused>) -> String {
        let outcome = match decided {
            Ok(order) => order.item().lots.to_string(),
            Err(refused) => refused.to_string(),
        };
        let Signal { candle_open_at, side, .. } = signal;
        format!("{} {side:?} {outcome}: {signal}", candle_open_at.0)
    }

    /// The hash of these lines.
    pub fn of(lines: &[String]) -> B256 {
        let mut hash = Self::default();
        lines.iter().for_each(|line| hash.note_line(line));
        hash.value()
    }

    fn note_line(&mut self, line: &str) {
        self.hash.update(format!("{line}\n").as_bytes());
        self.count += 1;
    }

    /// How many.
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// The hash so far.
    pub fn value(&self) -> B256 {
        self.hash.clone().finalize()
    }
}

/// What a live trader was told from outside when a signal came: balances, what the chain leaves, what stands in the
/// way. Position, protections, swing and leaps in it are its own findings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// Block time.
    pub at: UnixSecs,
    /// What its risk was asked with.
    pub context: RiskContext,
}
