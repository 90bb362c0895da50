//! The rules bite: whoever holds the session key and goes past every check of Leash gets no further than the
//! chain lets them.
//!
//! The grant is built and signed by the project's own codecs; what is then sent differs from an accepted operation
//! in one thing, and the EntryPoint must refuse it with exactly the expected error. Accepted operations stand in the
//! same tables, so that nothing passes by everything failing. `cargo xtask test` starts the stack.

#![expect(clippy::disallowed_methods, reason = "a host has clocks and threads")]

#[path = "rules_bite/abi.rs"]
mod abi;
#[path = "rules_bite/attempt.rs"]
mod attempt;
#[path = "rules_bite/chain.rs"]
mod chain;
#[path = "rules_bite/enabling.rs"]
mod enabling;
#[path = "rules_bite/ending.rs"]
mod ending;
#[path = "rules_bite/scene.rs"]
mod scene;
#[path = "rules_bite/slippage.rs"]
mod slippage;
#[path = "support"]
mod support {
    pub(crate) mod http_transport;
    pub(crate) mod secret;
    pub(crate) mod stack;
}
#[path = "rules_bite/table.rs"]
mod table;
#[path = "rules_bite/trading.rs"]
mod trading;
#[path = "rules_bite/verdict.rs"]
mod verdict;

use std::sync::Mutex;

use crate::chain::Chain;
pub(crate) use crate::table::{Row, check, live_scene};

/// One chain and one market are shared, so tests take turns.
static TURN: Mutex<()> = Mutex::new(());

/// Runs a test alone, while nobody else moves the market.
fn on_stack(test: impl AsyncFnOnce(&Chain)) {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let chain = Chain::new();
        chain.hold_market(true).await;
        test(&chain).await;
        chain.hold_market(false).await;
    });
}
