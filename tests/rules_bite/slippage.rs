//! The least amount out of a trade follows its quote, not the sealed worst price: whoever moves the market between
//! quote and block gets nothing.

use alloy_primitives::U256;
use leash::account::{Revert, UserOperation};
use leash::rpc::BlockTag;
use leash::session::Leg;
use leash::units::TokenAmount;
use leash::venue::minimum_out;

use crate::chain::Chain;
use crate::scene::Scene;
use crate::{live_scene, on_stack};

/// How far the market is moved against the trade: more than the slippage, less than the band.
const PERCENT: i32 = 4;
const LEAST_OUT: usize = 5;

/// A prepared and signed operation that asks for at least `least_out`.
async fn prepare(chain: &Chain, scene: &Scene, leg: Leg, least_out: TokenAmount) -> UserOperation {
    let mut trade = scene.trade(chain, leg).await;
    trade.swap_word(LEAST_OUT, least_out.0);
    chain.sponsored(&trade).await
}

async fn quoted_least(chain: &Chain, scene: &Scene, leg: Leg) -> TokenAmount {
    let (paid, bought) = (scene.token_in(leg), scene.token_in(leg.other()));
    let facts = scene.facts;
    let quote =
        chain.node.quote(facts.quoter, paid, bought, facts.fee, scene.lot(leg), BlockTag::Latest).await;
    minimum_out(scene.floor(leg), quote.expect("a quote"), scene.terms.slippage_bps)
}

async fn balance(chain: &Chain, scene: &Scene, leg: Leg) -> U256 {
    let token = scene.token_in(leg.other());
    chain.node.token_balance(token, scene.account(), BlockTag::Latest).await.expect("readable").0
}

#[test]
fn a_sandwiched_trade_reverts_where_the_worst_price_alone_would_have_let_it_pass() {
    on_stack(async |chain| {
        let scene = live_scene(chain).await;
        for (leg, against) in [(Leg::Buy, PERCENT), (Leg::Sell, -PERCENT)] {
            let least = quoted_least(chain, &scene, leg).await;
            assert!(least > scene.floor(leg), "the worst price is not the working price");
            let still = prepare(chain, &scene, leg, least).await;
            assert!(chain.receipt("nobody moves the market", &still).await.success);

            let least = quoted_least(chain, &scene, leg).await;
            let victim = prepare(chain, &scene, leg, least).await;
            let before = balance(chain, &scene, leg).await;
            chain.move_market(against).await;
            let receipt = chain.receipt("sandwiched", &victim).await;
            assert!(!receipt.success, "{leg:?}: the trade went through at a price worse than its quote");
            assert_eq!(balance(chain, &scene, leg).await, before, "{leg:?}");
            let head = chain.head().await.number;
            let reverts = chain.node.revert_reason(victim.hash(chain.chain_id()), 0..=head).await;
            let reason = reverts.expect("readable").expect("it reverted");
            let words = Revert::decode(&reason);
            assert_eq!(words, Revert::Message("Too little received".to_owned()), "{leg:?}");

            let at_floor = prepare(chain, &scene, leg, scene.floor(leg)).await;
            let receipt = chain.receipt("the same trade at the worst price", &at_floor).await;
            assert!(receipt.success, "{leg:?}: only the quote protected it");
            let got = balance(chain, &scene, leg).await - before;
            assert!(scene.floor(leg).0 <= got && got < least.0, "{leg:?}: {got} for {least:?}");
            chain.move_market(-against).await;
        }
    });
}
