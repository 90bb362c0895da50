//! Why the chain does not do what it is asked.

use thiserror::Error;

use super::transaction::TransactionError;
use crate::evm::{Execution, Outcome, Rejection};

/// Why the chain cannot answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ChainError {
    /// The message cannot run.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// Not a transaction of this chain.
    #[error(transparent)]
    Transaction(#[from] TransactionError),
    /// Higher than the head.
    #[error("BlockOutOfRangeError: block height is {height} but requested was {asked}")]
    OutOfRange {
        /// The head.
        height: u64,
        /// Asked for.
        asked: u64,
    },
    /// No such block, or no more.
    #[error("unknown block")]
    UnknownBlock,
    /// The block is there, its state is not.
    #[error("the state of block {asked} is no longer kept; the oldest is that of {oldest}")]
    StateForgotten {
        /// Asked for.
        asked: u64,
        /// The oldest there is.
        oldest: u64,
    },
    /// It waits or was mined already.
    #[error("already known")]
    Known,
    /// Longer than any node takes.
    #[error("oversized data: a transaction has 128 KiB at most")]
    Oversized,
    /// Too many wait.
    #[error("the transaction pool is full")]
    PoolFull,
    /// It does not pay enough to take another's place.
    #[error("replacement transaction underpriced")]
    Underpriced,
    /// Blocks do not get younger.
    #[error("Timestamp error: {asked} is lower than previous block's timestamp {newest}")]
    TimeBackwards {
        /// Seconds since 1970.
        asked: u64,
        /// Of the newest block.
        newest: u64,
    },
    /// Nobody lives to see it.
    #[error("Timestamp error: {asked} lies after the year 9999")]
    TimeTooFar {
        /// Seconds since 1970.
        asked: u64,
    },
    /// The message ran and failed where it had to succeed.
    #[error("the call fails")]
    Failed(Box<Execution>),
}

/// What the caller of a failed [`Execution`] is told.
pub(in crate::sandbox) fn failure_message(done: &Execution) -> Option<String> {
    match done.outcome {
        Outcome::Success => None,
        Outcome::Reverted => Some("execution reverted".into()),
        Outcome::Halted(why) => Some(format!("EVM error: {why}")),
    }
}
