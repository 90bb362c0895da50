//! What became of an operation, from the EntryPoint's events.

use alloy_primitives::B256;
use alloy_sol_types::SolEvent;
use serde_json::{Value, json};

use crate::contracts::ENTRY_POINT;
use crate::contracts::abi::IEntryPoint::{BeforeExecution, UserOperationEvent, UserOperationRevertReason};
use crate::sandbox::chain::{Chain, ChainLog, LogFilter};
use crate::sandbox::methods::wire;

/// The event that tells the outcome of the operation; `None` while it is in no block.
pub(super) fn event_of(chain: &Chain, operation: B256) -> Option<ChainLog> {
    let topics = vec![vec![UserOperationEvent::SIGNATURE_HASH], vec![operation]];
    let filter = LogFilter { addresses: vec![ENTRY_POINT], topics };
    chain.logs(0, chain.head().number, &filter, 0).pop()
}

/// The answer to `eth_getUserOperationReceipt`.
pub(super) fn receipt(chain: &Chain, operation: B256) -> Value {
    let Some(found) = event_of(chain, operation) else { return Value::Null };
    let Ok(event) = UserOperationEvent::decode_log_validate(&found.log) else { return Value::Null };
    let Some(receipt) = chain.receipt(found.transaction) else { return Value::Null };
    let own = own_logs(&receipt.logs, found.index);
    let mut told = json!({
        "userOpHash": operation,
        "entryPoint": ENTRY_POINT,
        "sender": event.sender,
        "nonce": event.nonce,
        "paymaster": event.paymaster,
        "actualGasCost": event.actualGasCost,
        "actualGasUsed": event.actualGasUsed,
        "success": event.success,
        "logs": own.iter().map(wire::log).collect::<Vec<_>>(),
        "receipt": wire::receipt(&receipt),
    });
    let reason = own.iter().find_map(|log| UserOperationRevertReason::decode_log_validate(&log.log).ok());
    if let Some(reason) = reason.filter(|reason| reason.userOpHash == operation) {
        told["reason"] = json!(reason.revertReason);
    }
    told
}

/// The logs of one operation's calls: after validation, or the operation before it, up to its own event.
fn own_logs(logs: &[ChainLog], event: usize) -> &[ChainLog] {
    let is_before = |log: &ChainLog| {
        let topic = log.log.topics().first();
        let ends = [BeforeExecution::SIGNATURE_HASH, UserOperationEvent::SIGNATURE_HASH];
        log.log.address == ENTRY_POINT && topic.is_some_and(|topic| ends.contains(topic))
    };
    let Some(last) = logs.iter().position(|log| log.index == event) else { return &[] };
    let first = logs[..last].iter().rposition(is_before).map_or(0, |before| before + 1);
    &logs[first..=last]
}
