//! How a session ends: by its own key, by its uses, by time; and that the key can do no more to the session module
//! than end what it was granted.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolCall, SolValue};
use leash::account::{Call, NonceKey};
use leash::contracts::SMART_SESSION;
use leash::contracts::abi::ISmartSession::{
    enableSessionsCall, removeSessionCall, revokeEnableSignatureCall, setPermit4337PaymasterCall,
};
use leash::rpc::{BlockTag, RpcError};
use leash::session::Leg;

use crate::abi::IOtherSession::{
    disableUserOpPoliciesCall, enableActionPoliciesCall, enableUserOpPoliciesCall, onInstallCall,
    onUninstallCall,
};
use crate::attempt::{Attempt, session_call};
use crate::chain::Chain;
use crate::scene::Scene;
use crate::verdict::Action;
use crate::verdict::Verdict::{self, *};
use crate::{Row, check, live_scene, on_stack};

const ONES: B256 = B256::repeat_byte(0xff);

const ROWS: &[Row] = &[
    ("end both", |op| op.calls = op.scene.grant.grant().renounce_calls(), Accepted),
    ("end its own", |op| session_call(op, remove(op.id, &[ONES])), Accepted),
    ("end the other", |op| session_call(op, remove(op.scene.id(op.leg.other()), &[ONES])), Accepted),
    ("burn the other's enable signature", |op| session_call(op, burn_other(op)), Accepted),
    ("end without the word of ones", |op| session_call(op, remove(op.id, &[])), CutShort),
    ("burn without the word of ones", |op| session_call(op, bare_burn(op)), CutShort),
    ("end with another second word", |op| session_call(op, remove(op.id, &[B256::ZERO])), AgainstRules),
    (
        "end somebody else's session",
        |op| session_call(op, remove(B256::repeat_byte(0x77), &[ONES])),
        AgainstRules,
    ),
    (
        "end the one just below the pair",
        |op| session_call(op, remove(beside_pair(op, false), &[ONES])),
        AgainstRules,
    ),
    (
        "end the one just above the pair",
        |op| session_call(op, remove(beside_pair(op, true), &[ONES])),
        AgainstRules,
    ),
    ("end with a wei", |op| end_with_a_wei(op), SendsEther(Action::Renounce)),
    ("enable a session", |op| session_call(op, enable_sessions(op)), AgainstRules),
    ("add actions", |op| session_call(op, enable_actions(op)), AgainstRules),
    ("add policies", |op| session_call(op, enable_policies(op)), AgainstRules),
    ("drop policies", |op| session_call(op, disable_policies(op)), AgainstRules),
    ("let sponsors pay", |op| session_call(op, sponsor(op.id, true)), AgainstRules),
    ("let nobody pay", |op| session_call(op, sponsor(op.id, false)), AgainstRules),
    (
        "install once more",
        |op| session_call(op, onInstallCall { data: Bytes::new() }.abi_encode()),
        AgainstRules,
    ),
    ("uninstall", |op| session_call(op, onUninstallCall { data: Bytes::new() }.abi_encode()), AgainstRules),
    ("an end after a good trade", |op| op.and_then(SMART_SESSION, remove(op.id, &[ONES])), Accepted),
    ("a bare end after a good trade", |op| op.and_then(SMART_SESSION, remove(op.id, &[])), CutShort),
];

#[test]
fn the_key_can_end_its_own_pair_and_do_nothing_else_to_the_session_module() {
    on_stack(async |chain| {
        let scene = live_scene(chain).await;
        for leg in Leg::BOTH {
            let trade = scene.trade(chain, leg).await;
            check(chain, ROWS, || trade.clone()).await;
        }
        // What has the two words that the rules want may be called; it must not do anything but end.
        let harmful = [
            enableSessionsCall::SELECTOR,
            enableActionPoliciesCall::SELECTOR,
            enableUserOpPoliciesCall::SELECTOR,
            setPermit4337PaymasterCall::SELECTOR,
            onInstallCall::SELECTOR,
            onUninstallCall::SELECTOR,
        ];
        for leg in Leg::BOTH {
            for selector in harmful {
                let data = with_words(selector, &[scene.id(leg), ONES]);
                let called =
                    chain.node.call_from(Some(scene.account()), SMART_SESSION, &data, BlockTag::Latest).await;
                assert!(
                    matches!(called, Err(RpcError::Reverted { .. })),
                    "{leg:?} {selector:02x?}: {called:?}"
                );
            }
        }
        let mut end = scene.trade(chain, Leg::Sell).await;
        end.calls = scene.grant.grant().renounce_calls();
        chain.mine("end both", &end).await;
        assert_ended(chain, &scene).await;
    });
}

#[test]
fn one_permission_ends_the_other_before_it_was_ever_enabled() {
    on_stack(async |chain| {
        for leg in Leg::BOTH {
            let scene = Scene::new(chain, |_| {}).await;
            let mut end = scene.trade(chain, leg).await.creating().enabling();
            end.calls = scene.grant.grant().renounce_calls();
            chain.mine("create, enable and end both", &end).await;
            assert_ended(chain, &scene).await;
        }
    });
}

#[test]
fn removing_alone_leaves_an_unused_signature_alive_and_the_owners_calls_burn_it() {
    on_stack(async |chain| {
        let scene = Scene::new(chain, |_| {}).await;
        chain.faucet(scene.account()).await;
        let first = scene.trade(chain, Leg::Buy).await.creating().enabling();
        chain.mine("buy, and never sell", &first).await;
        let all = chain.venue.owner_revoke_calls(scene.grant.grant());
        by_owner(chain, &scene, all[..2].to_vec()).await;
        expect(chain, "what was removed", &scene.trade(chain, Leg::Buy).await, NotEnabled).await;
        let unused = scene.trade(chain, Leg::Sell).await.enabling();
        expect(chain, "the unused signature", &unused, Accepted).await;
        by_owner(chain, &scene, all).await;
        assert_ended(chain, &scene).await;
    });
}

#[test]
fn used_up_is_over_but_the_other_side_can_still_end_both() {
    on_stack(async |chain| {
        let scene = Scene::new(chain, |spec| spec.uses = 2).await;
        chain.faucet(scene.account()).await;
        chain.mine("the first use", &scene.trade(chain, Leg::Buy).await.creating().enabling()).await;
        let rows: [Row; 2] = [
            ("a third trade", |_| {}, NoUsesLeft),
            ("ending takes a use too", |op| op.calls = op.scene.grant.grant().renounce_calls(), NoUsesLeft),
        ];
        let second = scene.trade(chain, Leg::Buy).await;
        expect(chain, "the second trade", &second, Accepted).await;
        chain.mine("the second use", &second).await;
        let third = scene.trade(chain, Leg::Buy).await;
        check(chain, &rows, || third.clone()).await;
        let mut end = scene.trade(chain, Leg::Sell).await.enabling();
        end.calls = scene.grant.grant().renounce_calls();
        chain.mine("end both under the other", &end).await;
        assert_ended(chain, &scene).await;
    });
}

#[test]
fn time_ends_what_is_live_and_what_was_never_enabled() {
    on_stack(async |chain| {
        let end = chain.head().await.timestamp.plus_secs(120);
        let scene = Scene::new(chain, |spec| spec.valid_until = end).await;
        chain.faucet(scene.account()).await;
        chain.mine("in time", &scene.trade(chain, Leg::Buy).await.creating().enabling()).await;
        let live = scene.trade(chain, Leg::Buy).await;
        let unused = scene.trade(chain, Leg::Sell).await.enabling();
        expect(chain, "a trade in time", &live, Accepted).await;
        expect(chain, "enabling in time", &unused, Accepted).await;
        chain.pass_secs(130).await;
        let estimate = chain.estimate_refusal(&chain.sponsored(&live).await).await;
        assert_eq!(estimate.is_some(), OutOfTime.is_seen_by_estimate(), "{estimate:?}");
        let rows: [Row; 2] = [
            ("too late", |_| {}, OutOfTime),
            ("too late to end", |op| op.calls = op.scene.grant.grant().renounce_calls(), OutOfTime),
        ];
        check(chain, &rows, || live.clone()).await;
        check(chain, &rows, || unused.clone()).await;
    });
}

#[test]
fn a_permission_that_no_sponsor_may_pay_for_is_not_paid_for() {
    on_stack(async |chain| {
        let scene = live_scene(chain).await;
        for leg in Leg::BOTH {
            let trade = scene.trade(chain, leg).await;
            let sponsored = chain.sponsored(&trade).await;
            Accepted.assert_on_chain("before", &trade, chain.refusal(&sponsored).await.as_ref());
            by_owner(chain, &scene, vec![Call::new(SMART_SESSION, sponsor(scene.id(leg), false).into())])
                .await;
            NoSponsors.assert_on_chain("the same bytes", &trade, chain.refusal(&sponsored).await.as_ref());
            let refusal = chain.send(&trade).await.expect_err("no sponsor may pay");
            NoSponsors.assert_by_bundler("sent", &trade, &refusal);
        }
    });
}

/// The owner makes `calls`.
async fn by_owner(chain: &Chain, scene: &Scene, calls: Vec<Call>) {
    let nonce = chain.node.operation_nonce(scene.account(), NonceKey::OWNER.key(), BlockTag::Latest).await;
    let trade = scene.trade(chain, Leg::Buy).await;
    chain.mine("the owner's calls", &trade.by_owner(nonce.expect("a nonce"), calls)).await;
}

async fn expect(chain: &Chain, name: &str, attempt: &Attempt<'_>, verdict: Verdict) {
    verdict.assert_on_chain(name, attempt, chain.refusal(&attempt.sign()).await.as_ref());
}

/// Neither permission is enabled, and neither signature can enable again.
async fn assert_ended(chain: &Chain, scene: &Scene) {
    for leg in Leg::BOTH {
        assert!(!chain.is_enabled(scene.id(leg), scene.account()).await, "{leg:?}");
        let rows: [Row; 2] = [
            ("trade after the end", |_| {}, NotEnabled),
            ("enable after the end", |op| *op = op.clone().enabling(), OtherSession),
        ];
        let trade = scene.trade(chain, leg).await;
        check(chain, &rows, || trade.clone()).await;
    }
}

fn with_params(selector: [u8; 4], params: &[u8]) -> Vec<u8> {
    [&selector, params].concat()
}

fn with_words(selector: [u8; 4], words: &[B256]) -> Vec<u8> {
    with_params(selector, words.concat().as_slice())
}

fn remove(id: B256, rest: &[B256]) -> Vec<u8> {
    with_words(removeSessionCall::SELECTOR, &[&[id], rest].concat())
}

fn burn_other(op: &Attempt<'_>) -> Vec<u8> {
    with_words(revokeEnableSignatureCall::SELECTOR, &[op.scene.id(op.leg.other()), ONES])
}

fn bare_burn(op: &Attempt<'_>) -> Vec<u8> {
    with_words(revokeEnableSignatureCall::SELECTOR, &[op.id])
}

/// The name next to the lower or upper one of the pair, outside.
fn beside_pair(op: &Attempt<'_>, above: bool) -> B256 {
    let ids = Leg::BOTH.map(|leg| U256::from_be_bytes(op.scene.id(leg).0));
    let beside = if above { ids[0].max(ids[1]) + U256::ONE } else { ids[0].min(ids[1]) - U256::ONE };
    beside.into()
}

fn end_with_a_wei(op: &mut Attempt<'_>) {
    session_call(op, remove(op.id, &[ONES]));
    op.calls[0].value = U256::ONE;
}

fn enable_sessions(op: &Attempt<'_>) -> Vec<u8> {
    let session = op.scene.grant.grant().leg(op.leg).session().clone();
    enableSessionsCall { sessions: vec![session] }.abi_encode()
}

fn enable_actions(op: &Attempt<'_>) -> Vec<u8> {
    let session = op.scene.grant.grant().leg(op.leg).session();
    with_params(enableActionPoliciesCall::SELECTOR, &(op.id, session.actions.clone()).abi_encode_params())
}

fn enable_policies(op: &Attempt<'_>) -> Vec<u8> {
    let session = op.scene.grant.grant().leg(op.leg).session();
    with_params(
        enableUserOpPoliciesCall::SELECTOR,
        &(op.id, session.userOpPolicies.clone()).abi_encode_params(),
    )
}

fn disable_policies(op: &Attempt<'_>) -> Vec<u8> {
    let session = op.scene.grant.grant().leg(op.leg).session();
    let policies: Vec<Address> = session.userOpPolicies.iter().map(|policy| policy.policy).collect();
    disableUserOpPoliciesCall { permissionId: op.id, policies }.abi_encode()
}

fn sponsor(id: B256, enabled: bool) -> Vec<u8> {
    setPermit4337PaymasterCall { permissionId: id, enabled }.abi_encode()
}
