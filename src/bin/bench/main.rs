//! The bench's program: times what a tick and a grant cost, in a worker as in the page. It is never shipped.
//!
//! Inputs and right answers are those that the production contracts gave; nothing is timed before its answer is
//! right. `bench/peers.js` does the same work with the usual JavaScript.

#[cfg(target_arch = "wasm32")]
mod clock;
#[cfg(target_arch = "wasm32")]
mod work;

#[cfg(target_arch = "wasm32")]
fn main() {
    console_error_panic_hook::set_once();
    clock::report(work::all());
}

/// The bench runs in a browser only.
#[cfg(not(target_arch = "wasm32"))]
fn main() {}
