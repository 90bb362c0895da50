//! A saved journal held against the session keys that signed it and against the chain: nobody has to believe a file.
//!
//! Five things are looked at, each with a line of its own: the owner's signature of every grant, the session key's
//! signature of every statement, their order without a gap, what the chain says of every operation and of what it
//! moved, and whether the file leaves any of the account's operations out.

mod chain;
mod file;
mod statements;

pub(super) use file::{Entry, SavedJournal};

use alloy_primitives::Address;
use serde::{Deserialize, Serialize};

use super::ProofLine;
use crate::contracts::PoolFacts;
use crate::rpc::OperationOutcome;
use crate::trading::Fill;

/// Faults that a line names; the rest is counted.
const NAMED: usize = 3;

/// What became of a saved journal that was brought back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditView {
    /// The file's name.
    pub name: String,
    /// Whether the chain is still being read.
    pub is_busy: bool,
    /// Why it was not held against anything.
    pub trouble: Option<String>,
    /// What was looked at, and whether it holds.
    pub lines: Vec<ProofLine>,
}

/// An operation on chain, and what it moved where it was a trade.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub(super) outcome: OperationOutcome,
    pub(super) fill: Option<Fill>,
}

/// What there is to say of `saved`, when its account is that of `owners` by the factory's word, and the chain knows
/// `found` of it, in the order of the chain.
pub(super) fn lines(
    saved: &SavedJournal,
    owners: &[Address],
    found: &[Found],
    pool: &PoolFacts,
) -> Vec<ProofLine> {
    statements::lines(saved, owners, found).into_iter().chain(chain::lines(saved, found, pool)).collect()
}

/// A line that holds when nothing is at fault; `told` says what was looked at.
fn line(claim: &str, told: String, faults: &[String]) -> ProofLine {
    let mut evidence = told;
    for fault in faults.iter().take(NAMED) {
        evidence.push(' ');
        evidence.push_str(fault);
    }
    if let Some(more) = faults.len().checked_sub(NAMED).filter(|more| *more > 0) {
        evidence.push_str(&format!(" And {more} more."));
    }
    ProofLine { claim: claim.to_owned(), holds: faults.is_empty(), evidence }
}

#[cfg(test)]
mod tests;
