//! Bundler, sponsor, wallet and faults of the sandbox, through the app's own clients, on the deployed contracts.

#![expect(clippy::disallowed_methods, reason = "a host has clocks and threads")]

#[path = "sandbox_services/bundler.rs"]
mod bundler;
#[path = "sandbox_services/control.rs"]
mod control;
#[path = "sandbox_services/desk.rs"]
mod desk;
#[path = "../src/bin/sandbox/envelope.rs"]
mod envelope;
#[path = "sandbox_services/excess.rs"]
mod excess;
#[path = "sandbox_services/faults.rs"]
mod faults;
#[path = "sandbox_services/flood.rs"]
mod flood;
#[path = "sandbox_services/hostile.rs"]
mod hostile;
#[path = "sandbox_services/levers.rs"]
mod levers;
#[path = "../src/bin/sandbox/levers.rs"]
mod page_levers;
#[path = "sandbox_services/paymaster.rs"]
mod paymaster;
#[path = "support"]
mod support {
    pub(crate) mod genesis;
    #[path = "inside_transport.rs"]
    pub(crate) mod http_transport;
    pub(crate) mod secret;
    pub(crate) mod stack;
}
#[path = "sandbox_services/wallet.rs"]
mod wallet;
