//! JSON-RPC, one file per family of methods.
//!
//! A family answers `None` for a method that is not its own, so that the next one is asked.

mod anvil;
pub(super) mod bundler;
mod control;
mod eth;
mod eth_blocks;
mod eth_send;
mod eth_state;
mod fee_history;
mod operation_wire;
mod params;
mod paymaster;
pub(super) mod wallet;
mod wire;

use alloy_primitives::hex;
use serde_json::{Value, json};

use super::chain::{ChainError, TransactionError, failure_message};
use super::{Peer, Sandbox};
use crate::evm::{Execution, Outcome, Rejection};

/// A JSON-RPC error.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// JSON-RPC's, EIP-1474's, ERC-7769's or EIP-1193's number.
    pub code: i64,
    /// A plain sentence.
    pub message: String,
    /// Revert data and the like.
    pub data: Option<Value>,
}

impl Refusal {
    /// A refusal without data.
    pub fn new(code: i64, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    /// -32602: the parameters make no sense.
    pub fn params(message: impl Into<String>) -> Self {
        Self::new(-32602, message)
    }

    /// -32601: nobody knows this method.
    pub fn unknown_method(method: &str) -> Self {
        let shown: String = method.chars().take(100).collect();
        Self::new(-32601, format!("The method {shown} does not exist here."))
    }

    /// What a failed execution is told as: code 3 with the revert data, or -32603; `None` for one that succeeded.
    pub fn of_execution(done: &Execution) -> Option<Self> {
        let message = failure_message(done)?;
        Some(match done.outcome {
            Outcome::Success | Outcome::Halted(_) => Self::new(-32603, message),
            Outcome::Reverted => {
                Self { code: 3, message, data: Some(json!(hex::encode_prefixed(&done.output))) }
            }
        })
    }
}

impl From<ChainError> for Refusal {
    fn from(error: ChainError) -> Self {
        let code = match &error {
            ChainError::Failed(done) => {
                return Self::of_execution(done).unwrap_or_else(|| Self::new(-32603, error.to_string()));
            }
            // Unlike the others these say that the request, not the sender's purse, is wrong.
            ChainError::Rejected(
                Rejection::GasAboveBlock | Rejection::GasBelowIntrinsic { .. } | Rejection::Unsupported(_),
            )
            | ChainError::StateForgotten { .. }
            | ChainError::Known
            | ChainError::Oversized
            | ChainError::UnknownBlock => -32000,
            ChainError::Rejected(_) | ChainError::PoolFull | ChainError::Underpriced => -32003,
            ChainError::Transaction(
                TransactionError::Shape(_)
                | TransactionError::Type(_)
                | TransactionError::Signature
                | TransactionError::Chain { .. },
            )
            | ChainError::OutOfRange { .. }
            | ChainError::TimeBackwards { .. }
            | ChainError::TimeTooFar { .. } => -32602,
        };
        Self::new(code, error.to_string())
    }
}

/// An answer, or `None` for a method of another family.
pub(super) type Answer = Option<Result<Value, Refusal>>;

/// Asks the families of `peer` in turn.
pub(super) fn answer(
    sandbox: &mut Sandbox,
    peer: Peer,
    method: &str,
    params: &Value,
) -> Result<Value, Refusal> {
    if !matches!(params, Value::Array(_) | Value::Object(_) | Value::Null) {
        return Err(Refusal::new(-32600, "Parameters come as a list."));
    }
    let families: &[fn(&mut Sandbox, &str, &Value) -> Answer] = match peer {
        Peer::Node => &[eth::answer, eth_blocks::answer, eth_state::answer, eth_send::answer, anvil::answer],
        Peer::Bundler => &[bundler::answer],
        Peer::Paymaster => &[paymaster::answer],
        Peer::Control => &[control::answer],
        // As every wallet it reads the chain for the page, too.
        Peer::Wallet => &[wallet::answer, eth::answer, eth_blocks::answer, eth_state::answer],
    };
    let answer = families.iter().find_map(|family| family(sandbox, method, params));
    answer.unwrap_or_else(|| Err(Refusal::unknown_method(method)))
}

#[cfg(test)]
mod tests;
