//! What a development chain tells about itself: `leash_stack`, on the local stack and in the sandbox.

use alloy_primitives::keccak256;
use serde_json::{Map, Value, json};

use crate::contracts::{
    DEFAULT_ID, KnownContract, Network, PRODUCTION_CONTRACTS, PoolFacts, STAND_IN_CONTRACTS, Token,
    network_by_id,
};
use crate::evm::World;

/// Which code the account and session contracts of a chain run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// Leash's own contracts at the canonical addresses.
    StandIns,
    /// The code of the live chains, as pinned.
    Production,
}

impl Flavour {
    /// As people and programs read it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::StandIns => "stand-ins",
            Self::Production => "production",
        }
    }

    /// What `world` runs on; `None` where a contract is missing or known to neither table.
    pub fn of(world: &World) -> Option<Self> {
        let stands = |known: &KnownContract| keccak256(world.code_at(known.address, 0)) == known.code_hash;
        if PRODUCTION_CONTRACTS.iter().all(stands) {
            Some(Self::Production)
        } else {
            STAND_IN_CONTRACTS.iter().all(stands).then_some(Self::StandIns)
        }
    }
}

/// The network table's `local` entry with its pool: the facts of every development chain, whose addresses
/// follow from equal deployments by equal accounts.
pub fn local_network() -> (&'static Network, &'static PoolFacts) {
    network_by_id(DEFAULT_ID)
        .and_then(|network| Some((network, network.pool.as_ref()?)))
        .expect("the network table has a local chain with a pool")
}

/// What tests and people need to know of a chain with these contracts.
pub fn describe(flavour: Option<Flavour>) -> Value {
    let (network, facts) = local_network();
    let token = |token: Token| json!({ "symbol": token.symbol, "decimals": token.decimals, "address": token.address });
    let contracts: Map<_, _> = PRODUCTION_CONTRACTS
        .iter()
        .map(|contract| (contract.name.to_owned(), json!(contract.address)))
        .collect();
    json!({
        "flavour": flavour.map(Flavour::name),
        "chain_id": network.chain_id,
        "contracts": contracts,
        "sponsor": network.paymasters.iter().map(|sponsor| sponsor.address).collect::<Vec<_>>(),
        "pool": {
            "address": facts.pool, "fee": facts.fee, "router": facts.router, "quoter": facts.quoter,
            "base": token(facts.base), "quote": token(facts.quote),
        },
    })
}
