//! The flows of the local stack on the sandbox, in one process: the same use cases, the same suite, no server.

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
#[path = "support"]
mod support {
    pub(crate) mod babbler;
    pub(crate) mod clock;
    pub(crate) mod faults;
    pub(crate) mod genesis;
    pub(crate) mod ground;
    #[path = "inside_transport.rs"]
    pub(crate) mod http_transport;
    pub(crate) mod moment;
    #[path = "http_transport.rs"]
    pub(crate) mod over_http;
    pub(crate) mod person;
    pub(crate) mod secret;
    pub(crate) mod stack;
    pub(crate) mod wallet;
}
#[path = "flows/tabs.rs"]
mod tabs;
#[path = "flows/trading.rs"]
mod trading;

/// Runs a flow on its own thread's runtime, with a chain of its own.
pub(crate) fn flow(flow: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    tokio::task::LocalSet::new().block_on(&runtime, flow);
}
