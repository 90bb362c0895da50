//! A table of operations, each with what the chain must say to it.

use leash::session::Leg;

use crate::attempt::Attempt;
use crate::chain::Chain;
use crate::scene::Scene;
use crate::verdict::Verdict;

/// What is tried, the one change to an accepted operation, and what the chain says to it.
pub(crate) type Row = (&'static str, fn(&mut Attempt<'_>), Verdict);

/// Tries every row by itself on the operation that `accepted` makes. One row of each verdict is also sent through
/// the bundler, with the sponsor's signature.
pub(crate) async fn check<'a>(chain: &Chain, rows: &[Row], accepted: impl Fn() -> Attempt<'a>) {
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
pub(crate) async fn live_scene(chain: &Chain) -> Scene {
    let scene = Scene::new(chain, |_| {}).await;
    chain.faucet(scene.account()).await;
    chain.mine("deploy, enable and buy", &scene.trade(chain, Leg::Buy).await.creating().enabling()).await;
    chain.mine("enable and sell", &scene.trade(chain, Leg::Sell).await.enabling()).await;
    scene
}
