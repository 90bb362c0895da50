//! Whole flows on the local stack, through the same use cases as the page: real EntryPoint, real Uniswap, a
//! real bundler and paymaster over HTTP. `cargo xtask test` starts the stack.

#![expect(clippy::disallowed_methods, reason = "a host has clocks and threads")]

#[path = "flows/ending.rs"]
mod ending;
#[path = "flows/evidence.rs"]
mod evidence;
#[path = "flows/funds.rs"]
mod funds;
#[path = "flows/granting.rs"]
mod granting;
#[path = "flows/lasting.rs"]
mod lasting;
#[path = "flows/latency.rs"]
mod latency;
#[path = "flows/market.rs"]
mod market;
#[path = "flows/outages.rs"]
mod outages;
#[path = "flows/refusals.rs"]
mod refusals;
#[path = "support/mod.rs"]
mod support;
#[path = "flows/tabs.rs"]
mod tabs;
#[path = "flows/trading.rs"]
mod trading;

use std::sync::Mutex;

/// The flows share one chain and one market, so they take turns.
static TURN: Mutex<()> = Mutex::new(());

/// Runs a flow on its own thread's runtime, alone.
pub(crate) fn flow(flow: impl Future<Output = ()>) {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    tokio::task::LocalSet::new().block_on(&runtime, flow);
}
