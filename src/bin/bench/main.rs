//! The bench's program: times what a tick, a grant, a backtest and a bundle cost, in a worker as in the page, or tells
//! how much memory a day in the sandbox takes of its worker, and how long a row of the journal takes to the disk. It is
//! never shipped.
//!
//! A tick's and a grant's inputs and right answers are those that the production contracts gave; nothing is timed before
//! its answer is right. `bench/peers.js`, `bench/engine.js` and `bench/chain.js` do the same work in JavaScript.

#![cfg_attr(
    target_arch = "wasm32",
    expect(clippy::disallowed_methods, reason = "a program begins its tasks")
)]

#[cfg(target_arch = "wasm32")]
mod chain;
#[cfg(target_arch = "wasm32")]
mod clock;
#[cfg(target_arch = "wasm32")]
mod engine;
#[cfg(target_arch = "wasm32")]
mod files;
#[cfg(target_arch = "wasm32")]
mod journal;
#[cfg(target_arch = "wasm32")]
mod memory;
#[cfg(target_arch = "wasm32")]
mod work;

#[cfg(target_arch = "wasm32")]
fn main() {
    use wasm_bindgen::{JsCast as _, JsValue};

    console_error_panic_hook::set_once();
    let scope: web_sys::DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    wasm_bindgen_futures::spawn_local(async move {
        let time = scope.performance().expect("a worker has a clock");
        // `bench/run.js` names its workers by what they are for.
        let told = match scope.name().as_str() {
            "memory" => memory::hours(),
            "journal" => journal::writes(&time).await,
            _ => {
                let works = [work::all(), engine::all(), chain::all()].into_iter().flatten().collect();
                clock::rows(works, &time)
            }
        };
        scope.post_message(&JsValue::from_str(&told.to_string())).expect("text can be posted");
    });
}

/// The bench runs in a browser only.
#[cfg(not(target_arch = "wasm32"))]
fn main() {}
