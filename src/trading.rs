//! What a trader decides: strategy, orders in lots, risk, position, journal.
//!
//! This room refuses to know how an order reaches a chain: no sessions, no UserOperations, no calls. It
//! refuses rather than fails ([`RiskRefused`]), and reads no clock.

mod alarm;
mod breaker;
mod default_terms;
mod floors;
mod guard_terms;
mod guards;
mod journal;
mod order;
mod position;
mod reference;
mod risk;
mod seal;
mod sizing;
mod strategy;
mod terms;
mod terms_check;
mod terms_mend;
mod track;

pub use alarm::Alarm;
pub use breaker::{BreakerReason, OpenBreaker, open_breaker};
pub use floors::{Pair, RemainingLots, StolenKeyLoss};
pub use guards::{GuardReason, Guards};
pub use journal::{Inclusion, JournalEntry, OrderState, Purpose, SignedBytes, StateChange};
pub use order::{Cause, Fill, Order, RiskApproved, RiskRefused, Side, Signal};
pub use position::{Arrival, Position};
pub use reference::Reference;
pub use risk::{Allowance, LAST_BUYING_SECS, RiskContext, assess};
pub use seal::{Seal, Statement};
pub use sizing::Sizing;
pub use strategy::{Outlook, Strategy, StrategyRefused, replay, reproduces};
pub use terms::{StrategyTerms, Terms};
pub use terms_check::{FieldProblem, TermsContext};
pub use track::{Movement, Sale, Track};
