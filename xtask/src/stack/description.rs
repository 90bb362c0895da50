//! What a running stack tells about itself: target/stack.json, and `leash_stack` of the control endpoint.

use std::path::PathBuf;

use leash::contracts::{Network, PRODUCTION_CONTRACTS, PoolFacts};
use serde_json::{Value, json};

use super::artifacts::Flavour;
use crate::paths;

/// Four ports in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ports(pub(crate) u16);

impl Ports {
    pub(crate) fn node(self) -> u16 {
        self.0
    }
    pub(crate) fn bundler(self) -> u16 {
        self.0 + 1
    }
    pub(crate) fn paymaster(self) -> u16 {
        self.0 + 2
    }
    pub(crate) fn control(self) -> u16 {
        self.0 + 3
    }
}

/// Where a running stack describes itself.
pub(crate) fn description_file() -> PathBuf {
    paths::target().join("stack.json")
}

/// What tests and people need to know, as JSON.
pub(crate) fn describe(ports: Ports, flavour: Flavour, network: &Network, facts: &PoolFacts) -> Value {
    let url = |port: u16| format!("http://127.0.0.1:{port}");
    let token = |token: leash::contracts::Token| json!({ "symbol": token.symbol, "decimals": token.decimals, "address": token.address });
    let contracts: serde_json::Map<_, _> = PRODUCTION_CONTRACTS
        .iter()
        .map(|contract| (contract.name.to_owned(), json!(contract.address)))
        .collect();
    json!({
        "pid": std::process::id(),
        "flavour": flavour.name(),
        "chain_id": network.chain_id,
        "node": url(ports.node()),
        "bundler": url(ports.bundler()),
        "paymaster": url(ports.paymaster()),
        "control": url(ports.control()),
        "ports": {
            "node": ports.node(), "bundler": ports.bundler(),
            "paymaster": ports.paymaster(), "control": ports.control(),
        },
        "contracts": contracts,
        "sponsor": network.paymasters,
        "pool": {
            "address": facts.pool, "fee": facts.fee, "router": facts.router, "quoter": facts.quoter,
            "base": token(facts.base), "quote": token(facts.quote),
        },
    })
}
