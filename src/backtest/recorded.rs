//! A run as it happens, decided on once more.

use alloy_primitives::{B256, Keccak256};

use super::PaperTrader;
use crate::market::Candle;
use crate::trading::{Movement, Order, RiskApproved, RiskContext, RiskRefused, Signal};
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

/// A live run, decided on again: the trader stood where the live one did, and is told what that one was told.
#[derive(Clone, Debug)]
pub struct Recorded(PaperTrader);

impl Recorded {
    /// Begins where `trader` stands, which has seen all that is older.
    pub fn new(mut trader: PaperTrader) -> Self {
        trader.forget_decisions();
        Self(trader)
    }

    /// A candle that closed unseen: it is known, but nothing was decided on it.
    pub fn miss(&mut self, candle: &Candle) {
        self.0.warm(candle);
    }

    /// A close that was decided on, with what was told from outside when a signal came of it. On paper nothing is:
    /// there the trader has books of its own.
    pub fn close(&mut self, candle: &Candle, told: Option<&Told>) {
        self.0.decide_told(candle, told);
    }

    /// Tokens came or went by this block time.
    pub fn move_tokens(&mut self, movement: &Movement, at: UnixSecs) {
        self.0.note_movement(movement, at);
    }

    /// What was decided again.
    pub const fn decisions(&self) -> &DecisionHash {
        self.0.decision_hash()
    }
}
