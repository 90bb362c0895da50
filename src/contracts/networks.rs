//! The networks Leash knows: one table.

use alloy_primitives::{Address, address};

/// How a bundler and its paymaster like to be spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `pimlico_getUserOperationGasPrice`, ERC-7677 with stub.
    Pimlico,
    /// ERC-7677, fees from the node, `sponsorshipPolicyId` in the context.
    Candide,
    /// `biconomy_getGasFeeValues`, paymaster v2 without a stub.
    Biconomy,
}

/// Where a network's services answer. `{key}` stands for a key the person may enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Nodes: the first is used, the second is asked when it fails or to compare (D28).
    pub nodes: &'static [&'static str],
    /// ERC-7769 bundlers with their dialect, keyless ones first.
    pub bundlers: &'static [(&'static str, Dialect)],
    /// ERC-7677 paymasters, in the order of `bundlers`.
    pub paymasters: &'static [&'static str],
    /// Mints demo tokens, where somebody does.
    pub faucet: Option<&'static str>,
}

/// A token of the table; symbols and decimals are never taken from the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Shown.
    pub symbol: &'static str,
    /// 0 to 36.
    pub decimals: u8,
    /// Where it stands.
    pub address: Address,
}

/// One Uniswap V3 pool and the contracts to trade it with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolFacts {
    /// The pool.
    pub pool: Address,
    /// Hundredths of a basis point: 500 is 0.05 %.
    pub fee: u32,
    /// SwapRouter02.
    pub router: Address,
    /// QuoterV2.
    pub quoter: Address,
    /// What is traded.
    pub base: Token,
    /// What it is priced in.
    pub quote: Token,
}

/// A chain with everything a grant needs on it, or the names of what is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// In the URL and in settings.
    pub id: &'static str,
    /// Shown.
    pub name: &'static str,
    /// EIP-155.
    pub chain_id: u64,
    /// Whether money on it is real.
    pub is_testnet: bool,
    /// Where services answer.
    pub endpoints: Endpoints,
    /// Largest verificationGasLimit its bundlers take.
    pub verification_gas_cap: u64,
    /// Block explorer, without trailing slash.
    pub explorer: Option<&'static str>,
    /// The pool; `None` is shown as missing and refuses a grant.
    pub pool: Option<PoolFacts>,
    /// Sponsoring paymasters that are accepted; `None` where only the local stack knows.
    pub paymasters: &'static [Address],
    /// Whether the whole flow was ever run on it (D16).
    pub was_run: bool,
}

/// All networks, in the order they are offered.
pub const NETWORKS: &[Network] = &[LOCAL];

/// The stack of `cargo xtask stack`. Its deployer is the tenth account of anvil's public mnemonic, nonces 0 to
/// 5; the stack refuses to start when a contract comes to stand elsewhere.
const LOCAL: Network = Network {
    id: "local",
    name: "Local stack",
    chain_id: 31_337,
    is_testnet: true,
    endpoints: Endpoints {
        nodes: &["http://127.0.0.1:8545"],
        bundlers: &[("http://127.0.0.1:8546", Dialect::Pimlico)],
        paymasters: &["http://127.0.0.1:8547"],
        faucet: Some("http://127.0.0.1:8548"),
    },
    verification_gas_cap: 5_000_000,
    explorer: None,
    pool: Some(PoolFacts {
        pool: address!("23C60766BCF5Bd0b42df3FC9b690863BdC7b0145"),
        fee: 500,
        router: address!("e1Aa25618fA0c7A1CFDab5d6B456af611873b629"),
        quoter: address!("e1DA8919f262Ee86f9BE05059C9280142CF23f48"),
        base: Token {
            symbol: "WETH",
            decimals: 18,
            address: address!("700b6A60ce7EaaEA56F065753d8dcB9653dbAD35"),
        },
        quote: Token {
            symbol: "USDC",
            decimals: 6,
            address: address!("A15BB66138824a1c7167f5E85b957d04Dd34E468"),
        },
    }),
    // SingletonPaymasterV7 by the deterministic deployer, with the mock's signer as its owner.
    paymasters: &[address!("38aef040CEB057B62E1598F5C265946A4E4BaB4C")],
    was_run: true,
};
