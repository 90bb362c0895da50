//! Canonical addresses and the runtime code they must hold.
//!
//! Sources: ERC-4337 release v0.7.0 (eth-infinitism/account-abstraction); erc7579/smartsessions with
//! rhinestone's `GLOBAL_CONSTANTS`; bcnmy/mee-contracts 2.0.0. All are CREATE2 addresses, so the same code
//! stands at the same place on every chain.

use alloy_primitives::{Address, B256, FixedBytes, address, b256, fixed_bytes};

/// ERC-4337 EntryPoint v0.7.
pub const ENTRY_POINT: Address = address!("0000000071727De22E5E9d8BAf0edAc6f37da032");
/// The session module.
pub const SMART_SESSION: Address = address!("00000000008bDABA73cD9815d79069c247Eb4bDA");
/// Argument rules on one action.
pub const UNI_ACTION_POLICY: Address = address!("0000000000714Cf48FcF88A0bFBa70d313415032");
/// An end in time.
pub const TIME_FRAME_POLICY: Address = address!("0000000000D30f611fA3bf652ac6879428586930");
/// A number of uses.
pub const USAGE_LIMIT_POLICY: Address = address!("00000000001d4479FA2A947026204d0283ceDe4B");
/// secp256k1 signatures: default validator of the account, and session validator.
pub const K1_VALIDATOR: Address = address!("00000000d12897DDAdC2044614A9677B191A2d95");
/// The account's implementation, Nexus 1.2.0.
pub const NEXUS_IMPLEMENTATION: Address = address!("000000004F43C49e93C970E84001853a70923B03");
/// Initialises a new account.
pub const NEXUS_BOOTSTRAP: Address = address!("00000000D3254452a909E4eeD47455Af7E27C289");
/// Creates accounts.
pub const NEXUS_FACTORY: Address = address!("000000001D1D5004a02bAfAb9de2D6CE5b7B13de");

/// Stands for calls to SmartSession itself in a session's actions.
pub const RENOUNCE_TARGET: Address = address!("0000000000000000000000000000000000000001");
/// With [`RENOUNCE_TARGET`]: the one action under which a session may call SmartSession.
pub const RENOUNCE_SELECTOR: FixedBytes<4> = fixed_bytes!("00000002");
/// `execute(bytes32,bytes)` of ERC-7579.
pub const EXECUTE_SELECTOR: FixedBytes<4> = fixed_bytes!("e9ae5c53");

/// A contract that is relied on, and the keccak256 of its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownContract {
    /// What it is called.
    pub name: &'static str,
    /// Where it stands.
    pub address: Address,
    /// The keccak256 of the runtime code there.
    pub code_hash: B256,
}

/// Every contract that a grant relies on. The table is const: nothing at run time may widen it.
pub const PRODUCTION_CONTRACTS: [KnownContract; 9] = [
    known(
        "EntryPoint",
        ENTRY_POINT,
        b256!("8db5ff695839d655407cc8490bb7a5d82337a86a6b39c3f0258aa6c3b582fc58"),
    ),
    known(
        "SmartSession",
        SMART_SESSION,
        b256!("0a31363c38106cce18a3008234d95376a9f2f8bdc67976eab1d1f5ad3cc91b79"),
    ),
    known(
        "TimeFramePolicy",
        TIME_FRAME_POLICY,
        b256!("a8c18f7a974673552d03d7325bbc33a102a5aaab5bc5a3c11ecae1648ca4e026"),
    ),
    known(
        "UniActionPolicy",
        UNI_ACTION_POLICY,
        b256!("c58f13d259c69d0db90f611347535e2d5642f3352740b7d58fbf6e6b939670dd"),
    ),
    known(
        "UsageLimitPolicy",
        USAGE_LIMIT_POLICY,
        b256!("a85499ae68f4ac7819fa0c9a06dfb89538a820879ed356913915ea5daac62cdd"),
    ),
    known(
        "K1MeeValidator",
        K1_VALIDATOR,
        b256!("704bf1f6052002cf291365f28d74dd9009315fba60e13a494e0d831c15a3e12f"),
    ),
    known(
        "Nexus",
        NEXUS_IMPLEMENTATION,
        b256!("a73a9d7d72916d85f153b7451315ab39ddb353bdad29a1260d2396c9d769c9c3"),
    ),
    known(
        "NexusBootstrap",
        NEXUS_BOOTSTRAP,
        b256!("9270d7802be7ec4fcb60735273c999cd3a7fc300a000142da055d1b65e8236ff"),
    ),
    known(
        "NexusAccountFactory",
        NEXUS_FACTORY,
        b256!("4c4890a3a6d2948a3fdb1c5569028805b78f940ac09bac9e184f0134f7eae3f4"),
    ),
];

/// The same places on the local chain, where the contracts of the `contracts` folder stand in: they behave like
/// production towards Leash, and are accepted on chain id 31337 alone. The EntryPoint is the real one.
pub const STAND_IN_CONTRACTS: [KnownContract; 8] = [
    known(
        "SmartSession",
        SMART_SESSION,
        b256!("9b22218d2ac00e40ed4d8b0e6a196ebc99249f907d2a59f5ba8ce870cb8de98a"),
    ),
    known(
        "TimeFramePolicy",
        TIME_FRAME_POLICY,
        b256!("240353dc5462e0a85a8e34965cef45b848d3dbe65703fddc0c63af8c4b21404f"),
    ),
    known(
        "UniActionPolicy",
        UNI_ACTION_POLICY,
        b256!("c744e5009258bf0864a3e9c34ea20b33a72483ba2e2453297551ba5fa3fbd2a1"),
    ),
    known(
        "UsageLimitPolicy",
        USAGE_LIMIT_POLICY,
        b256!("152054ffb073e29c1f206f60f99c238e42276f20f92ee27d1a8ffafadd0cbdfc"),
    ),
    known(
        "K1MeeValidator",
        K1_VALIDATOR,
        b256!("686bf56ca8d31c00b059e65d963b5732300c849915a3561e46df9815198762a1"),
    ),
    known(
        "Nexus",
        NEXUS_IMPLEMENTATION,
        b256!("6aaf608c79707ae0a372707f43989b85b5c07e7e9d73d9565d416516b710c196"),
    ),
    known(
        "NexusBootstrap",
        NEXUS_BOOTSTRAP,
        b256!("6a28def51dce60ed53c1b1aaf8a60202c95dc0cb97de83621b715fd59981858b"),
    ),
    known(
        "NexusAccountFactory",
        NEXUS_FACTORY,
        b256!("f564449c13d4ebaa2e1058f9092e1886706b69c5e1f2531ef3912c226be1a478"),
    ),
];

const fn known(name: &'static str, address: Address, code_hash: B256) -> KnownContract {
    KnownContract { name, address, code_hash }
}
