//! EIP-1193: what a wallet answers.

use serde_json::Value;

use super::{Answer, Sandbox};

/// Answers a method of this family.
pub(super) fn answer(_sandbox: &mut Sandbox, _method: &str, _params: &Value) -> Answer {
    None
}
