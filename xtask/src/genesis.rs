//! `cargo xtask genesis`: the state in which the sandbox begins, made by the stack's own deployments.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use brotli::enc::BrotliEncoderParams;
use leash::sandbox::{DEFAULT_START, Flavour, Genesis, Sandbox, SandboxOptions, local_network};
use leash::units::UnixSecs;

use crate::failure::{Because, Failure, Outcome};
use crate::progress::step;
use crate::stack::{Chain, Line, artifacts, deploy, sponsor};
use crate::stop::Stop;
use crate::{contracts, paths, tools};

/// Most bytes by brotli that a tab should have to load.
const BAR: usize = 160_000;
/// Everything is deployed so long before trading begins: before the two hours of history.
const SECS_BEFORE: u64 = 7_500;

/// `cargo xtask genesis`.
pub(crate) fn command(stop: &Stop) -> Outcome<()> {
    let file = build(stop)?;
    let bytes = fs::read(&file).because("Cannot read the genesis")?;
    let small = brotli(&bytes)?;
    println!("{}: {} bytes, {small} by brotli-11 (at most {BAR})", file.display(), bytes.len());
    if small <= BAR { Ok(()) } else { Err(Failure::new("The genesis is too large for a tab.")) }
}

/// Makes the genesis and writes it; where it lies.
pub(crate) fn build(stop: &Stop) -> Outcome<PathBuf> {
    let flavour = artifacts::flavour_at_hand();
    let mut genesis = make(flavour, stop)?;
    if flavour == Flavour::Production {
        // For whoever goes back to them: a tab has no compiler.
        genesis.codes.extend(artifacts::account_code(Flavour::StandIns)?.into_iter().map(|(_, code)| code));
    }
    let file = paths::target().join("genesis/sandbox.bin");
    fs::create_dir_all(paths::target().join("genesis")).because("Cannot write target/genesis")?;
    fs::write(&file, genesis.to_bytes()).because("Cannot write target/genesis/sandbox.bin")?;
    Ok(file)
}

/// Deploys everything to a sandbox of this process.
pub(crate) fn make(flavour: Flavour, stop: &Stop) -> Outcome<Genesis> {
    tools::npm_packages(stop)?;
    contracts::compile(stop)?;
    step(format!("genesis: {}", flavour.name()), || {
        let start_at = UnixSecs(DEFAULT_START.0 - SECS_BEFORE);
        let options = SandboxOptions { start_at, history_secs: 0, is_unlocked: true, ..Default::default() };
        let sandbox = Arc::new(Mutex::new(Sandbox::new(&Genesis::development(), options)));
        let chain = Chain::new(Line::Inside(Arc::clone(&sandbox)), true);
        deploy::entry_point(&chain)?;
        deploy::account_contracts(&chain, flavour)?;
        deploy::venue(&chain)?;
        sponsor::deploy(&chain, local_network().0)?;
        let sandbox = sandbox.lock().because("The sandbox was lost")?;
        Ok(Genesis::of(sandbox.chain().world()))
    })
}

fn brotli(bytes: &[u8]) -> Outcome<usize> {
    let mut small = Vec::new();
    let quality = BrotliEncoderParams { quality: 11, lgwin: 22, ..BrotliEncoderParams::default() };
    brotli::BrotliCompress(&mut &bytes[..], &mut small, &quality).because("Cannot compress")?;
    Ok(small.len())
}
