//! The networks Leash knows: one table.

use alloy_primitives::Address;

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
pub const NETWORKS: &[Network] = &[];
