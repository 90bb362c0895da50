//! `cargo xtask contracts`: compiles the stand-ins, or reads the production code from a live chain.

use std::fs;
use std::process::Command;

use alloy_primitives::{Bytes, keccak256};
use leash::contracts::PRODUCTION_CONTRACTS;
use serde_json::json;

use crate::failure::{Because, Outcome};
use crate::paths;
use crate::process::run;
use crate::progress::announce;
use crate::rpc::Rpc;
use crate::stack::artifacts;
use crate::stop::Stop;

/// Compiles contracts/ with the pinned solc when a source changed since the last time.
pub(crate) fn compile(stop: &Stop) -> Outcome<()> {
    let folder = paths::root().join("contracts");
    let stamp = paths::compiled_contracts().join("sources.keccak256");
    let sources = sources_hash()?;
    if fs::read_to_string(&stamp).is_ok_and(|known| known == sources) {
        return Ok(());
    }
    announce("own contracts, with solc (about half a minute)");
    run("contracts/build.mjs", Command::new("node").arg("build.mjs").current_dir(folder), stop)?;
    fs::write(&stamp, sources).because("Cannot write contracts/out")
}

/// Reads every relied-on contract from `url` and keeps it, if its hash is the pinned one.
pub(crate) fn read_production(url: &str, stop: &Stop) -> Outcome<()> {
    let rpc = Rpc::new(url);
    let folder = paths::production_code();
    fs::create_dir_all(&folder).because(format!("Cannot write {}", folder.display()))?;
    for contract in &PRODUCTION_CONTRACTS {
        stop.check()?;
        let answer = rpc.call("eth_getCode", &json!([contract.address, "latest"]))?;
        let code = answer.as_str().and_then(|text| text.parse::<Bytes>().ok());
        let code = artifacts::pinned(contract, code.because(format!("{url} answers no code"))?)?;
        let file = artifacts::production_file(contract);
        fs::write(&file, code.to_string()).because(format!("Cannot write {}", file.display()))?;
        println!("  {} {}: {} bytes, as pinned", contract.name, contract.address, code.len());
    }
    println!("The local stack runs on the production code from now on.");
    Ok(())
}

/// One hash over names and texts of everything the compiler reads.
fn sources_hash() -> Outcome<String> {
    let folder = paths::root().join("contracts");
    let mut files = vec![paths::stack_packages().join("package-lock.json")];
    let entries = fs::read_dir(&folder).because("Cannot read contracts/")?;
    for entry in entries {
        let path = entry.because("Cannot read contracts/")?.path();
        if path.extension().is_some_and(|extension| extension == "sol" || extension == "mjs") {
            files.push(path);
        }
    }
    files.sort();
    let mut bytes = Vec::new();
    for path in files {
        bytes.extend(path.file_name().unwrap_or_default().as_encoded_bytes());
        bytes.extend(fs::read(&path).because(format!("Cannot read {}", path.display()))?);
    }
    Ok(keccak256(bytes).to_string())
}
