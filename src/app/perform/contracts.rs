//! Which code stands where it is relied on. An unknown contract is refused before anything is signed.

use alloy_primitives::{B256, keccak256};
use futures_util::future::try_join_all;

use crate::app::services::Services;
use crate::app::{Environment, Failure, Flavour};
use crate::contracts::{KnownContract, Network, PRODUCTION_CONTRACTS, STAND_IN_CONTRACTS};
use crate::rpc::BlockTag;

/// Compares every contract with its pin. Stand-ins count on the local chain only.
pub(super) async fn flavour(environment: &Environment, services: &Services) -> Result<Flavour, Failure> {
    let node = services.node(environment);
    let chain_id = node.chain_id().await?;
    if chain_id != services.network.chain_id {
        return Err(Failure::new(format!("The node is on another chain than {}.", services.network.name))
            .with_details(&format!("chain {chain_id} instead of {}", services.network.chain_id)));
    }
    let codes = PRODUCTION_CONTRACTS.iter().map(|known| node.code(known.address, BlockTag::Latest));
    let codes = try_join_all(codes).await?;
    let mut flavour = Flavour::Production;
    for (known, code) in PRODUCTION_CONTRACTS.iter().zip(codes) {
        if code.is_empty() {
            return Err(Failure::new(format!("{} does not stand on {}.", known.name, services.network.name))
                .with_advice("Choose another network.")
                .with_details(&known.address.to_string()));
        }
        let hash = keccak256(&code);
        match flavour_of(services.network, known, hash) {
            Some(Flavour::Production) => {}
            Some(Flavour::StandIns) => flavour = Flavour::StandIns,
            None => {
                return Err(Failure::new(format!(
                    "{} is not the audited version, so nothing is signed.",
                    known.name
                ))
                .with_details(&format!(
                    "{}: code hash {hash}, expected {}",
                    known.address, known.code_hash
                )));
            }
        }
    }
    Ok(flavour)
}

/// What code of this hash is where `known` should stand; `None` for anything else than that or its stand-in.
fn flavour_of(network: &Network, known: &KnownContract, hash: B256) -> Option<Flavour> {
    let is_stand_in =
        |stand_in: &KnownContract| stand_in.address == known.address && stand_in.code_hash == hash;
    if hash == known.code_hash {
        Some(Flavour::Production)
    } else if network.is_local() && STAND_IN_CONTRACTS.iter().any(is_stand_in) {
        Some(Flavour::StandIns)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
