//! A bundle of one operation, tried or sent.

use alloy_primitives::{Address, Bytes, address};
use alloy_sol_types::SolEvent;

use super::refusal::Objection;
use crate::account::{UserOperation, handle_ops_call_data};
use crate::contracts::ENTRY_POINT;
use crate::contracts::abi::IEntryPoint::UserOperationEvent;
use crate::evm::{Fees, Message};
use crate::sandbox::chain::{BlockId, Chain, ChainError};

/// Sends the bundles and gets their fees; anvil's fourth account, as on the local stack.
pub(super) const EXECUTOR: Address = address!("90F79bf6EB2c4f870365E785982E1f101E93b906");

/// Gas of any transaction, before its data.
const TRANSACTION_GAS: u64 = 21_000;
/// What the EntryPoint does around an operation costs less.
const BUNDLE_GAS: u64 = 100_000;

/// Gas that a transaction with `data` costs before it begins (EIP-2028).
pub(super) fn intrinsic_gas(data: &[u8]) -> u64 {
    let byte_gas = |byte: &u8| if *byte == 0 { 4 } else { 16 };
    TRANSACTION_GAS + data.iter().map(byte_gas).sum::<u64>()
}

/// Gas that an operation may use in all.
pub(super) fn operation_gas(operation: &UserOperation) -> u64 {
    let (gas, sponsorship) = (operation.gas(), operation.sponsorship());
    let sponsor = sponsorship.map_or([0, 0], |sponsor| [sponsor.verification_gas, sponsor.post_op_gas]);
    [gas.verification, gas.call, sponsor[0], sponsor[1]].into_iter().fold(0, u64::saturating_add)
}

/// The transaction that hands `operation` to the EntryPoint. Its gas is enough for every limit of the operation,
/// of which each call inside keeps a 64th back (AA95).
pub(super) fn bundle(operation: &UserOperation, fees: Fees) -> Message {
    let data: Bytes = handle_ops_call_data(std::slice::from_ref(operation), EXECUTOR);
    let gas = operation_gas(operation);
    let gas_limit =
        intrinsic_gas(&data).saturating_add(BUNDLE_GAS).saturating_add(gas).saturating_add(gas / 32);
    Message { fees, ..Message::view(EXECUTOR, ENTRY_POINT, data, gas_limit) }
}

/// Bundles that were mined up to the head.
pub(in crate::sandbox) fn mined_bundles(chain: &Chain) -> u64 {
    chain.world().nonce(EXECUTOR)
}

/// Whether the EntryPoint would take `operation` in the next block, and its calls would fail.
pub(in crate::sandbox) fn would_fail(chain: &Chain, operation: &UserOperation) -> bool {
    let Ok(done) = chain.call(&bundle(operation, Fees::Flat(0)), BlockId::Pending) else { return false };
    let event = done.logs.iter().find_map(|log| UserOperationEvent::decode_log_validate(log).ok());
    event.is_some_and(|event| !event.success)
}

/// What the EntryPoint would say to `operation` in the next block; `None` when it takes it. That an account or a
/// sponsor is not there it only says when it is simulated; deployed, it reverts without a word.
pub(super) fn objection(chain: &Chain, operation: &UserOperation) -> Result<Option<Objection>, ChainError> {
    let is_absent = |address: Address| chain.world().code_at(address, 0).is_empty();
    if operation.factory().is_none() && is_absent(operation.sender()) {
        return Ok(Some(Objection::new("AA20 account not deployed")));
    }
    if operation.sponsorship().is_some_and(|sponsorship| is_absent(sponsorship.paymaster)) {
        return Ok(Some(Objection::new("AA30 paymaster not deployed")));
    }
    let done = chain.call(&bundle(operation, Fees::Flat(0)), BlockId::Pending)?;
    Ok(Objection::of(&done))
}
