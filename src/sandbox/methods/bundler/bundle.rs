//! A bundle of one operation, tried or sent.

use alloy_primitives::{Address, Bytes, address};

use super::refusal::Objection;
use crate::account::{UserOperation, handle_ops_call_data};
use crate::contracts::ENTRY_POINT;
use crate::evm::{Fees, Message};
use crate::sandbox::chain::{BlockId, Chain, ChainError};

/// Sends the bundles and gets their fees; anvil's fourth account, as on the local stack.
pub(in crate::sandbox) const EXECUTOR: Address = address!("90F79bf6EB2c4f870365E785982E1f101E93b906");

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

/// What the EntryPoint would say to `operation` in the next block; `None` when it takes it.
pub(super) fn objection(chain: &Chain, operation: &UserOperation) -> Result<Option<Objection>, ChainError> {
    let done = chain.call(&bundle(operation, Fees::Flat(0)), BlockId::Pending)?;
    Ok(Objection::of(&done))
}
