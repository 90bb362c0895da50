//! The bench's program: times what a tick, a grant and a backtest cost, in a worker as in the page. It is never
//! shipped.
//!
//! A tick's and a grant's inputs and right answers are those that the production contracts gave; nothing is timed before
//! its answer is right. `bench/peers.js` and `bench/engine.js` do the same work in JavaScript.

#[cfg(target_arch = "wasm32")]
mod clock;
#[cfg(target_arch = "wasm32")]
mod engine;
#[cfg(target_arch = "wasm32")]
mod work;

#[cfg(target_arch = "wasm32")]
fn main() {
    console_error_panic_hook::set_once();
    clock::report([work::all(), engine::all()].into_iter().flatten().collect());
}

/// The bench runs in a browser only.
#[cfg(not(target_arch = "wasm32"))]
fn main() {}
