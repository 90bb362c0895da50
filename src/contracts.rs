//! Contracts that Leash talks to: their ABIs, their addresses, the code that must stand there.
//!
//! Declarations only. This room refuses to decide anything, and names a public source for every address.

pub mod abi;
mod known;
mod networks;
mod sponsors;

pub use known::{
    ENTRY_POINT, EXECUTE_SELECTOR, K1_VALIDATOR, KnownContract, NEXUS_BOOTSTRAP, NEXUS_FACTORY,
    NEXUS_IMPLEMENTATION, PRODUCTION_CONTRACTS, RENOUNCE_SELECTOR, RENOUNCE_TARGET, SMART_SESSION,
    STAND_IN_CONTRACTS, TIME_FRAME_POLICY, UNI_ACTION_POLICY, USAGE_LIMIT_POLICY,
};
pub use networks::{
    DEFAULT_ID, Dialect, Endpoints, NETWORKS, Network, PoolFacts, PublicLine, SANDBOX_ID, Token,
    network_by_id,
};
pub use sponsors::{Sponsor, WordLayout};
