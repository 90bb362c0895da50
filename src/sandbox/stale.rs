//! A node that fell behind: it answers as if the chain ended with an old block.

use serde_json::{Value, json};

use super::methods;
use super::{Peer, Refusal, Sandbox};

/// A node that is further behind than this many blocks catches up: older states are forgotten.
const MOST_BEHIND: u64 = 200;

/// Methods with a block among their parameters, and its place.
const BLOCK_PARAMETER: [(&str, usize); 9] = [
    ("eth_call", 1),
    ("eth_estimateGas", 1),
    ("eth_getBalance", 1),
    ("eth_getCode", 1),
    ("eth_getTransactionCount", 1),
    ("eth_getStorageAt", 2),
    ("eth_getBlockByNumber", 0),
    ("eth_getBlockReceipts", 0),
    ("eth_feeHistory", 1),
];

/// What the node answers to `method`, were `last` its newest block.
///
/// # Errors
/// As the node's.
pub(super) fn answer(
    sandbox: &mut Sandbox,
    last: u64,
    method: &str,
    params: &Value,
) -> Result<Value, Refusal> {
    let head = sandbox.chain().head().number;
    let last = last.clamp(head.saturating_sub(MOST_BEHIND), head);
    let mut params = params.clone();
    if let Some((_, place)) = BLOCK_PARAMETER.iter().find(|(known, _)| *known == method) {
        let Some(list) = params.as_array_mut() else { return Err(Refusal::params("parameters are missing")) };
        while list.len() <= *place {
            list.push(Value::Null);
        }
        set_back(&mut list[*place], last);
    }
    if method == "eth_getLogs" {
        let Some(filter) = params.get_mut(0).filter(|filter| filter.is_object()) else {
            return Err(Refusal::params("parameter 1 is no object"));
        };
        if number(&filter["fromBlock"]).is_some_and(|first| first > last) {
            return Ok(json!([]));
        }
        if filter["blockHash"].is_null() {
            set_back(&mut filter["toBlock"], last);
            set_back(&mut filter["fromBlock"], last);
        }
    }
    let answer = methods::answer(sandbox, Peer::Node, method, &params)?;
    Ok(if method == "eth_blockNumber" {
        json!(format!("{last:#x}"))
    } else if is_later(&answer, last) {
        Value::Null
    } else {
        answer
    })
}

/// A block that is newer, or the newest, becomes `last`.
fn set_back(block: &mut Value, last: u64) {
    let is_newest = block.is_null() || ["latest", "pending"].iter().any(|tag| block == tag);
    if is_newest || number(block).is_some_and(|number| number > last) {
        *block = json!(format!("{last:#x}"));
    }
}

fn number(text: &Value) -> Option<u64> {
    u64::from_str_radix(text.as_str()?.strip_prefix("0x")?, 16).ok()
}

/// Whether an answer is about something of a newer block: a receipt, a transaction, a block.
fn is_later(answer: &Value, last: u64) -> bool {
    let block = answer.get("blockNumber").or_else(|| answer.get("number"));
    block.and_then(number).is_some_and(|number| number > last)
}
