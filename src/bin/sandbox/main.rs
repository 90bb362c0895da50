//! The sandbox's program: a chain with its services in a dedicated worker, for the trader over a port and for the
//! page over the worker's own line. Loaded only where the sandbox is the network.

#![cfg_attr(
    target_arch = "wasm32",
    expect(clippy::disallowed_methods, reason = "a program begins its tasks")
)]

#[cfg(target_arch = "wasm32")]
mod approvals;
#[cfg(target_arch = "wasm32")]
mod envelope;
#[cfg(target_arch = "wasm32")]
mod keeping;
#[cfg(target_arch = "wasm32")]
mod levers;
#[cfg(target_arch = "wasm32")]
mod production;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(target_arch = "wasm32")]
fn main() {
    console_error_panic_hook::set_once();
    wasm_bindgen_futures::spawn_local(worker::start());
}

/// The sandbox's worker lives in a browser only.
#[cfg(not(target_arch = "wasm32"))]
fn main() {}
