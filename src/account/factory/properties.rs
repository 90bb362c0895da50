//! What creates an account, read back by a decoder that knows only the functions as their sources write them.

use alloy_dyn_abi::{DynSolType, DynSolValue};
use alloy_primitives::{Address, U256, keccak256};
use proptest::prelude::*;

use super::{account_address_call_data, account_init_data, create_account_call_data};
use crate::account::samples::{any_address, any_number};
use crate::contracts::{NEXUS_BOOTSTRAP, SMART_SESSION};

/// `INexusBootstrap`, Nexus 1.2.0.
const BOOTSTRAP: &str = "initNexusWithDefaultValidatorAndOtherModulesNoRegistry";
const BOOTSTRAP_ARGUMENTS: &str =
    "(bytes,(address,bytes)[],(address,bytes)[],(address,bytes),(address,bytes)[],(uint256,address,bytes)[])";

/// The arguments of a call of `function`; panics when it calls another one.
fn arguments(function: &str, types: &str, call_data: &[u8]) -> Vec<DynSolValue> {
    let selector = &keccak256(format!("{function}{types}"))[..4];
    assert_eq!(&call_data[..4], selector, "{function}");
    let types: DynSolType = types.parse().expect("types");
    let decoded = types.abi_decode_params(&call_data[4..]).expect("its arguments");
    let DynSolValue::Tuple(arguments) = decoded else { panic!("one argument only") };
    arguments
}

/// A module without data for its installation.
fn module(address: Address) -> DynSolValue {
    DynSolValue::Tuple(vec![DynSolValue::Address(address), DynSolValue::Bytes(Vec::new())])
}

proptest! {
    #[test]
    fn the_factory_is_told_the_owner_the_module_and_nothing_else(
        owner in any_address(), index in any_number()
    ) {
        let init_data = account_init_data(owner);
        let types: DynSolType = "(address,bytes)".parse().expect("types");
        let decoded = types.abi_decode_params(&init_data).expect("a contract and a call");
        let DynSolValue::Tuple(parts) = decoded else { panic!("one part only") };
        let [DynSolValue::Address(bootstrap), DynSolValue::Bytes(call_data)] = parts.as_slice() else {
            panic!("other parts: {parts:?}")
        };
        prop_assert_eq!(*bootstrap, NEXUS_BOOTSTRAP);
        let default_validator = [owner.as_slice(), SMART_SESSION.as_slice()].concat();
        let none = || DynSolValue::Array(Vec::new());
        let expected = vec![
            DynSolValue::Bytes(default_validator),
            DynSolValue::Array(vec![module(SMART_SESSION)]),
            none(),
            module(Address::ZERO),
            none(),
            none(),
        ];
        prop_assert_eq!(arguments(BOOTSTRAP, BOOTSTRAP_ARGUMENTS, call_data), expected);

        let expected = vec![DynSolValue::Bytes(init_data.to_vec()), DynSolValue::FixedBytes(index.into(), 32)];
        let create = create_account_call_data(owner, index);
        prop_assert_eq!(arguments("createAccount", "(bytes,bytes32)", &create), expected.clone());
        let ask = account_address_call_data(owner, index);
        prop_assert_eq!(arguments("computeAccountAddress", "(bytes,bytes32)", &ask), expected);
    }

    #[test]
    fn the_account_number_is_the_salt(owner in any_address(), index in any_number()) {
        let call_data = create_account_call_data(owner, index);
        prop_assert_eq!(U256::from_be_slice(&call_data[36..68]), index);
    }
}
