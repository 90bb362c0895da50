//! What a trader decides: strategy, orders in lots, risk, position, journal.
//!
//! This room refuses to know how an order reaches a chain: no sessions, no UserOperations, no calls. It
//! refuses rather than fails ([`RiskRefused`]), and reads no clock.

mod journal;
mod order;
mod terms;

pub use journal::{JournalEntry, OrderState, Purpose, StateChange};
pub use order::{Cross, Fill, Order, RiskApproved, RiskRefused, Side};
pub use terms::{StrategyTerms, Terms};
