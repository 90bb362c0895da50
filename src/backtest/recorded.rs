//! A run as it happened, to be decided on once more.

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

/// What came, in order.
#[derive(Clone, Debug)]
enum Happened {
    /// A candle that closed unseen: it is known, but nothing was decided on it.
    Missed(Candle),
    /// A close that was decided on, with what was told from outside when a signal came of it. On paper nothing is:
    /// there the trader has books of its own.
    Closed(Candle, Option<Box<Told>>),
    /// Tokens that came or went by this block time.
    Moved(Movement, UnixSecs),
}

/// Where a trader stood, and what it has seen since.
#[derive(Clone, Debug)]
pub struct Recorded {
    begun: PaperTrader,
    happened: Vec<Happened>,
}

impl Recorded {
    /// Begins where `trader` stands, which has seen all that is older.
    pub fn new(mut trader: PaperTrader) -> Self {
        trader.forget_decisions();
        Self { begun: trader, happened: Vec::new() }
    }

    /// A candle on which nothing was decided.
    pub fn miss(&mut self, candle: Candle) {
        self.happened.push(Happened::Missed(candle));
    }

    /// A candle that was decided on.
    pub fn close(&mut self, candle: Candle, told: Option<Told>) {
        self.happened.push(Happened::Closed(candle, told.map(Box::new)));
    }

    /// Tokens came or went.
    pub fn move_tokens(&mut self, movement: Movement, at: UnixSecs) {
        self.happened.push(Happened::Moved(movement, at));
    }

    /// How much was recorded.
    pub fn len(&self) -> usize {
        self.happened.len()
    }

    /// Whether nothing was.
    pub fn is_empty(&self) -> bool {
        self.happened.is_empty()
    }

    /// What the backtest's trader decides over all of it.
    pub fn decide_again(&self) -> DecisionHash {
        let mut trader = self.begun.clone();
        for happened in &self.happened {
            match happened {
                Happened::Missed(candle) => trader.warm(candle),
                Happened::Closed(candle, told) => drop(trader.decide_told(candle, told.as_deref())),
                Happened::Moved(movement, at) => trader.note_movement(movement, *at),
            }
        }
        trader.decision_hash().clone()
    }
}
