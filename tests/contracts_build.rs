//! The stand-in contracts compile, and the table of their code hashes says what they compile to.

use std::path::{Path, PathBuf};
use std::process::Command;

use alloy_primitives::{B256, hex, keccak256};
use leash::contracts::{ENTRY_POINT, KnownContract, PRODUCTION_CONTRACTS, STAND_IN_CONTRACTS};

/// A name in the table, and the contract that stands in for it.
const ARTIFACTS: [(&str, &str); 8] = [
    ("SmartSession", "StandInSmartSession"),
    ("TimeFramePolicy", "StandInTimeFramePolicy"),
    ("UniActionPolicy", "StandInUniActionPolicy"),
    ("UsageLimitPolicy", "StandInUsageLimitPolicy"),
    ("K1MeeValidator", "StandInK1Validator"),
    ("Nexus", "StandInNexus"),
    ("NexusBootstrap", "StandInNexusBootstrap"),
    ("NexusAccountFactory", "StandInNexusFactory"),
];

fn contracts_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts")
}

fn build() {
    let output = Command::new("node")
        .arg(contracts_folder().join("build.mjs"))
        .output()
        .expect("node runs the build: is Node installed?");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn runtime_code_hash(artifact: &str) -> B256 {
    let path = contracts_folder().join("out").join(format!("{artifact}.json"));
    let text = std::fs::read_to_string(&path).expect("the build wrote the artifact");
    let json: serde_json::Value = serde_json::from_str(&text).expect("the artifact is JSON");
    let code = json["deployedBytecode"].as_str().expect("the artifact holds runtime code");
    keccak256(hex::decode(code).expect("runtime code is hex"))
}

#[test]
fn compiled_stand_ins_match_the_table() {
    build();
    let drifted: Vec<String> = STAND_IN_CONTRACTS
        .iter()
        .filter_map(|KnownContract { name, code_hash, .. }| {
            let (_, artifact) =
                ARTIFACTS.iter().find(|(known, _)| known == name).expect("a source for each name");
            let compiled = runtime_code_hash(artifact);
            (compiled != *code_hash).then(|| format!("{name} is {compiled:x}, the table says {code_hash:x}"))
        })
        .collect();
    assert!(drifted.is_empty(), "update STAND_IN_CONTRACTS:\n{}", drifted.join("\n"));
}

#[test]
fn stand_ins_take_the_places_of_production_and_never_its_hashes() {
    let production: Vec<_> = PRODUCTION_CONTRACTS.iter().filter(|it| it.address != ENTRY_POINT).collect();
    let places = |known: &KnownContract| (known.name, known.address);
    assert_eq!(
        production.iter().map(|it| places(it)).collect::<Vec<_>>(),
        STAND_IN_CONTRACTS.iter().map(places).collect::<Vec<_>>()
    );
    for (real, stand_in) in production.iter().zip(&STAND_IN_CONTRACTS) {
        assert_ne!(real.code_hash, stand_in.code_hash, "{}", real.name);
    }
}
