//! Leash trades for a person on a leash that the person holds.
//!
//! One wallet signature grants a session key, born in this tab, the right to do a few exactly described
//! calls; the chain enforces the description. ARCHITECTURE.md draws the rooms below and who may use whom.

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static MEMORY: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

pub mod units;

pub mod contracts;

pub mod market;
pub mod trading;

pub mod account;
pub mod session;

pub mod venue;

pub mod backtest;

pub mod ports;
pub mod rpc;

pub mod app;

pub mod chart;

#[cfg(feature = "sandbox")]
pub mod evm;
#[cfg(feature = "sandbox")]
pub mod sandbox;

#[cfg(target_arch = "wasm32")]
pub mod web;

#[cfg(feature = "page")]
pub mod ui;
