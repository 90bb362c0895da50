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
#[path = "rules_bite/trading.rs"]
mod trading;
#[path = "rules_bite/verdict.rs"]
mod verdict;

use std::sync::Mutex;

use leash::session::Leg;

use crate::attempt::Attempt;
use crate::chain::Chain;
use crate::scene::Scene;
use crate::verdict::Verdict;

/// One chain and one market are shared, so tests take turns.
static TURN: Mutex<()> = Mutex::new(());

/// What is tried, the one change to an accepted operation, and what the chain says to it.
type Row = (&'static str, fn(&mut Attempt<'_>), Verdict);

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

/// Tries every row by itself on the operation that `accepted` makes. One row of each verdict is also sent through
/// the bundler, with the sponsor's signature.
async fn check<'a>(chain: &Chain, rows: &[Row], accepted: impl Fn() -> Attempt<'a>) {
    let mut seen = Vec::new();
    for (name, change, verdict) in rows {
        let mut attempt = accepted();
        change(&mut attempt);
        let name = format!("{:?}: {name}", attempt.leg);
        let refusal = chain.refusal(&attempt.sign()).await;
        verdict.assert_on_chain(&name, &attempt, refusal.as_ref());
        if *verdict != Verdict::Accepted && !seen.contains(verdict) {
            seen.push(*verdict);
            let refusal = chain.send(&attempt).await.expect_err(&name);
            verdict.assert_by_bundler(&name, &attempt, &refusal);
        }
    }
}

/// A grant whose permissions both traded once already.
async fn live_scene(chain: &Chain) -> Scene {
    let scene = Scene::new(chain, |_| {}).await;
    chain.faucet(scene.account()).await;
    chain.mine("deploy, enable and buy", &scene.trade(chain, Leg::Buy).await.creating().enabling()).await;
    chain.mine("enable and sell", &scene.trade(chain, Leg::Sell).await.enabling()).await;
    scene
}
