//! Compiled contracts from files: npm artifacts, our own stand-ins, code read from a live chain.

use std::fs;
use std::path::Path;

use alloy_primitives::{Address, Bytes, keccak256};
use leash::contracts::{
    ENTRY_POINT, K1_VALIDATOR, KnownContract, NEXUS_BOOTSTRAP, NEXUS_FACTORY, NEXUS_IMPLEMENTATION,
    PRODUCTION_CONTRACTS, SMART_SESSION, TIME_FRAME_POLICY, UNI_ACTION_POLICY, USAGE_LIMIT_POLICY,
};
use leash::sandbox::Flavour;
use serde_json::Value;

use crate::failure::{Because, Failure, Outcome};
use crate::paths;

/// The stand-in for each canonical address.
const STAND_INS: [(&str, Address); 8] = [
    ("StandInNexus", NEXUS_IMPLEMENTATION),
    ("StandInNexusFactory", NEXUS_FACTORY),
    ("StandInNexusBootstrap", NEXUS_BOOTSTRAP),
    ("StandInK1Validator", K1_VALIDATOR),
    ("StandInSmartSession", SMART_SESSION),
    ("StandInUniActionPolicy", UNI_ACTION_POLICY),
    ("StandInTimeFramePolicy", TIME_FRAME_POLICY),
    ("StandInUsageLimitPolicy", USAGE_LIMIT_POLICY),
];

/// Creation code of a contract in an npm package of the stack.
pub(crate) fn npm_creation_code(artifact: &str) -> Outcome<Vec<u8>> {
    let path = paths::stack_packages().join("node_modules").join(artifact);
    field(&path, "bytecode").map(|code| code.to_vec())
}

/// Creation code of one of our own contracts.
pub(crate) fn own_creation_code(name: &str) -> Outcome<Vec<u8>> {
    field(&own(name), "bytecode").map(|code| code.to_vec())
}

/// Creation code of Pimlico's paymaster for EntryPoint v0.7, from the text of the service that deploys it.
pub(crate) fn paymaster_creation_code() -> Outcome<Vec<u8>> {
    let path = paths::stack_packages().join("node_modules/@pimlico/mock-paymaster/constants.ts");
    let text = fs::read_to_string(&path).because(format!("Cannot read {}", path.display()))?;
    let code =
        text.split_once("getSingletonPaymaster07InitCode").and_then(|(_, rest)| rest.split('"').nth(1));
    let code = code.and_then(|code| code.parse::<Bytes>().ok()).filter(|code| !code.is_empty());
    code.map(|code| code.to_vec()).because(format!("{} has no creation code", path.display()))
}

/// Runtime code for every canonical address but the EntryPoint's, which is deployed.
pub(crate) fn account_code(flavour: Flavour) -> Outcome<Vec<(Address, Bytes)>> {
    match flavour {
        Flavour::StandIns => STAND_INS
            .iter()
            .map(|(name, address)| Ok((*address, field(&own(name), "deployedBytecode")?)))
            .collect(),
        Flavour::Production => PRODUCTION_CONTRACTS
            .iter()
            .filter(|contract| contract.address != ENTRY_POINT)
            .map(|contract| Ok((contract.address, production(contract)?)))
            .collect(),
    }
}

/// Production where `contracts --production` has read everything.
pub(crate) fn flavour_at_hand() -> Flavour {
    if production_is_complete() { Flavour::Production } else { Flavour::StandIns }
}

fn production_is_complete() -> bool {
    PRODUCTION_CONTRACTS.iter().all(|contract| production_file(contract).is_file())
}

/// Where the production code of `contract` is kept.
pub(crate) fn production_file(contract: &KnownContract) -> std::path::PathBuf {
    paths::production_code().join(format!("{:#x}.hex", contract.address))
}

/// The code, if it is the pinned one.
pub(crate) fn pinned(contract: &KnownContract, code: Bytes) -> Outcome<Bytes> {
    let found = keccak256(&code);
    if found == contract.code_hash {
        return Ok(code);
    }
    let KnownContract { name, address, code_hash } = contract;
    Err(Failure::new(format!(
        "{name} at {address} is refused: its code hashes to {found}, pinned is {code_hash}."
    )))
}

fn production(contract: &KnownContract) -> Outcome<Bytes> {
    let path = production_file(contract);
    let text = fs::read_to_string(&path).because(format!("Cannot read {}", path.display()))?;
    pinned(contract, text.trim().parse().because(format!("{} is not hex", path.display()))?)
}

fn own(name: &str) -> std::path::PathBuf {
    paths::compiled_contracts().join(format!("{name}.json"))
}

fn field(path: &Path, name: &str) -> Outcome<Bytes> {
    let text = fs::read_to_string(path).because(format!("Cannot read {}", path.display()))?;
    let artifact: Value = serde_json::from_str(&text).because(format!("{} is not JSON", path.display()))?;
    let code = artifact[name].as_str().and_then(|text| text.parse::<Bytes>().ok());
    code.filter(|code| !code.is_empty()).because(format!("{} has no {name}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pinned_contract_has_a_stand_in() {
        for contract in PRODUCTION_CONTRACTS.iter().filter(|contract| contract.address != ENTRY_POINT) {
            let stands_in = STAND_INS.iter().any(|(_, address)| *address == contract.address);
            assert!(stands_in, "nothing stands in for {}", contract.name);
        }
    }

    #[test]
    fn other_code_than_the_pinned_one_is_refused_with_both_hashes() {
        let contract =
            KnownContract { name: "Nexus", address: Address::repeat_byte(1), code_hash: keccak256([1, 2]) };
        assert!(pinned(&contract, Bytes::from_static(&[1, 2])).is_ok());
        let refusal = pinned(&contract, Bytes::from_static(&[1, 3])).expect_err("other code").to_string();
        for part in ["Nexus".to_owned(), keccak256([1, 2]).to_string(), keccak256([1, 3]).to_string()] {
            assert!(refusal.contains(&part), "{refusal} names {part}");
        }
    }
}
