//! The rules bite on the sandbox too: the tables of the local stack, in one process.

#![expect(clippy::disallowed_methods, reason = "a host has clocks and threads")]

#[path = "rules_bite/abi.rs"]
mod abi;
#[path = "rules_bite/attempt.rs"]
mod attempt;
#[path = "rules_bite/calls.rs"]
mod calls;
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
    pub(crate) mod genesis;
    #[path = "inside_transport.rs"]
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

use crate::chain::Chain;
pub(crate) use crate::table::{Row, check, live_scene};

/// Runs a test on a chain of its own, while nobody else moves the market.
pub(crate) fn on_stack(test: impl AsyncFnOnce(&Chain)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let chain = Chain::new();
        chain.hold_market(true).await;
        test(&chain).await;
    });
}
