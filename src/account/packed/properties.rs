//! Packing and hashing of any operation, against the standard's own words.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::{SolCall, SolValue};
use proptest::prelude::*;

use crate::account::samples::{any_address, any_operation};
use crate::account::{Fees, GasLimits, Sponsorship, UserOperation, UserOperationDraft, handle_ops_call_data};
use crate::contracts::ENTRY_POINT;
use crate::contracts::abi::IEntryPoint::{PackedUserOperation, handleOpsCall};

/// ERC-4337: the hash is over the packed fields, then over EntryPoint and chain. By an ABI encoder that is not
/// ours, of fields that are put together here.
fn hash_by_the_standard(operation: &UserOperation, chain_id: u64) -> B256 {
    let (gas, fees) = (operation.gas(), operation.fees());
    let pair = |upper: u128, lower: u128| B256::from((U256::from(upper) << 128) | U256::from(lower));
    let init_code = operation.factory().map_or(Vec::new(), |(factory, data)| {
        let mut code = factory.to_vec();
        code.extend_from_slice(data);
        code
    });
    let sponsored = operation.sponsorship().map_or(Vec::new(), |sponsorship| {
        let gas = (sponsorship.verification_gas.into(), sponsorship.post_op_gas.into());
        let mut data = sponsorship.paymaster.to_vec();
        data.extend_from_slice(pair(gas.0, gas.1).as_slice());
        data.extend_from_slice(&sponsorship.data);
        data
    });
    let fields = (
        operation.sender(),
        operation.nonce(),
        keccak256(init_code),
        keccak256(operation.call_data()),
        pair(gas.verification.into(), gas.call.into()),
        U256::from(gas.pre_verification),
        pair(fees.max_priority, fees.max),
        keccak256(sponsored),
    );
    keccak256((keccak256(fields.abi_encode_params()), ENTRY_POINT, U256::from(chain_id)).abi_encode_params())
}

/// Reads a packed operation as the EntryPoint does. `None` where it would revert, or a gas limit is above ours.
fn unpack(packed: &PackedUserOperation) -> Option<UserOperation> {
    let number = |bytes: &[u8]| U256::try_from_be_slice(bytes);
    let gas = |bytes: &[u8]| u64::try_from(number(bytes)?).ok();
    let fee = |bytes: &[u8]| u128::try_from(number(bytes)?).ok();
    let (limits, fees) = (&packed.accountGasLimits, &packed.gasFees);
    let factory = match packed.initCode.len() {
        0 => None,
        _ => Some((Address::from_slice(packed.initCode.get(..20)?), packed.initCode.slice(20..))),
    };
    let sponsorship = match packed.paymasterAndData.as_ref() {
        [] => None,
        data => Some(Sponsorship {
            paymaster: Address::from_slice(data.get(..20)?),
            verification_gas: gas(data.get(20..36)?)?,
            post_op_gas: gas(data.get(36..52)?)?,
            data: Bytes::copy_from_slice(&data[52..]),
        }),
    };
    let draft = UserOperationDraft {
        sender: packed.sender,
        nonce: packed.nonce,
        factory,
        call_data: packed.callData.clone(),
        fees: Fees { max: fee(&fees[16..])?, max_priority: fee(&fees[..16])? },
        gas: GasLimits {
            pre_verification: u64::try_from(packed.preVerificationGas).ok()?,
            verification: gas(&limits[..16])?,
            call: gas(&limits[16..])?,
        },
        sponsorship,
    };
    Some(draft.sign_with(packed.signature.clone()))
}

proptest! {
    #[test]
    fn any_operation_hashes_as_the_standard_says(operation in any_operation(), chain_id in any::<u64>()) {
        prop_assert_eq!(operation.hash(chain_id).0, hash_by_the_standard(&operation, chain_id));
        prop_assert_eq!(operation.draft().hash(chain_id), operation.hash(chain_id));
    }

    #[test]
    fn what_is_packed_is_unpacked_as_it_was(operation in any_operation()) {
        prop_assert_eq!(unpack(&operation.pack()), Some(operation));
    }

    #[test]
    fn a_bundle_of_ones_own_reads_back(
        operations in proptest::collection::vec(any_operation(), 0..3), beneficiary in any_address()
    ) {
        let call_data = handle_ops_call_data(&operations, beneficiary);
        let call = handleOpsCall::abi_decode_validate(&call_data).expect("its own calldata");
        prop_assert_eq!(call.beneficiary, beneficiary);
        let read: Option<Vec<UserOperation>> = call.ops.iter().map(unpack).collect();
        prop_assert_eq!(read, Some(operations));
    }

    #[test]
    fn the_journal_keeps_any_operation(operation in any_operation(), at in any::<prop::sample::Index>()) {
        let stored = operation.to_bytes().expect("memory suffices");
        prop_assert!(UserOperation::from_bytes(&stored[..at.index(stored.len())]).is_err(), "cut short");
        prop_assert_eq!(UserOperation::from_bytes(&stored), Ok(operation));
    }
}
