//! What decisions are compared by, and what a live one was told from outside.

use alloy_primitives::{B256, Keccak256};

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
        let outcome = match decided {
            Ok(order) => order.item().lots.to_string(),
            Err(refused) => refused.to_string(),
        };
        let Signal { candle_open_at, side, .. } = signal;
        self.hash.update(format!("{} {side:?} {outcome}: {signal}\n", candle_open_at.0).as_bytes());
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
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Told {
    /// Block time.
    pub at: UnixSecs,
    /// What its risk was asked with.
    pub context: RiskContext,
}
