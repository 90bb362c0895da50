//! How an account comes to be: Nexus with the owner as default validator and SmartSession installed.
//!
//! The default validator knows SmartSession as a safe sender from the start, so that the owner's plain typed-data
//! signature over a grant is enough and no transaction is needed before the first trade. The address is asked of
//! the factory ([`account_address_call_data`]), never computed from embedded bytecode.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolCall, SolValue};

use crate::contracts::abi::INexusBootstrap::{
    BootstrapConfig, initNexusWithDefaultValidatorAndOtherModulesNoRegistryCall as BootstrapCall,
};
use crate::contracts::abi::INexusFactory::{computeAccountAddressCall, createAccountCall};
use crate::contracts::{NEXUS_BOOTSTRAP, SMART_SESSION};

/// `initData` of the account of `owner`: the bootstrap contract and what it is called with.
pub fn account_init_data(owner: Address) -> Bytes {
    let nothing = || BootstrapConfig { module: Address::ZERO, data: Bytes::new() };
    let bootstrap_call = BootstrapCall {
        defaultValidatorInitData: [owner.as_slice(), SMART_SESSION.as_slice()].concat().into(),
        validators: vec![BootstrapConfig { module: SMART_SESSION, data: Bytes::new() }],
        executors: Vec::new(),
        hook: nothing(),
        fallbacks: Vec::new(),
        preValidationHooks: Vec::new(),
    };
    (NEXUS_BOOTSTRAP, Bytes::from(bootstrap_call.abi_encode())).abi_encode_params().into()
}

/// Calldata of the factory that creates account number `index` of `owner`.
pub fn create_account_call_data(owner: Address, index: U256) -> Bytes {
    createAccountCall { initData: account_init_data(owner), salt: salt(index) }.abi_encode().into()
}

/// Calldata of the factory's view that tells the address of account number `index` of `owner`.
pub fn account_address_call_data(owner: Address, index: U256) -> Bytes {
    computeAccountAddressCall { initData: account_init_data(owner), salt: salt(index) }.abi_encode().into()
}

const fn salt(index: U256) -> B256 {
    B256::new(index.to_be_bytes())
}

#[cfg(test)]
mod properties;
