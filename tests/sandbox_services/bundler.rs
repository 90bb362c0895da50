//! Estimates that suffice, refusals with their codes, one place per lane.

use std::time::Duration;

use alloy_primitives::{Address, Bytes, U256};
use leash::account::{GasLimits, UserOperationDraft, UserOperationHash};
use leash::contracts::ENTRY_POINT;
use leash::rpc::{BlockTag, OperationLookup, RpcError};
use leash::trading::Side;
use serde_json::json;

use crate::desk::{Desk, Owner, at_desk, raised};
use crate::support::http_transport::with_sandbox;

#[test]
fn it_says_what_it_serves() {
    at_desk(async |desk| {
        assert_eq!(desk.bundler.chain_id().await, Ok(31_337));
        assert_eq!(desk.bundler.supported_entry_points().await, Ok(vec![ENTRY_POINT]));
        let base_fee = desk.node.block(BlockTag::Latest).await.expect("a head").base_fee.expect("a base fee");
        let fees = desk.bundler.fees(&desk.node).await.expect("fees");
        assert!(
            fees.max >= base_fee + fees.max_priority && fees.max_priority > 0,
            "{fees:?} over {base_fee}"
        );
    });
}

#[test]
fn an_estimate_suffices_as_it_is_and_half_of_it_does_not() {
    at_desk(async |desk| {
        let owner = desk.owner().await;
        for what in ["creates the account", "uses it"] {
            let prepared = desk.prepared(desk.harmless(&owner).await).await;
            let GasLimits { verification, call, .. } = prepared.gas;
            let halved = |gas: GasLimits| UserOperationDraft { gas, ..prepared.clone() };
            let little = halved(GasLimits { verification: verification / 2, ..prepared.gas });
            let refusal = refusal_of(desk, &owner, little).await;
            assert!(
                ["AA13", "AA23", "AA26"].iter().any(|code| refusal.1.contains(code)),
                "{what}: {refusal:?}"
            );
            let trial = desk.sponsored(halved(GasLimits { call: call / 2, ..prepared.gas })).await;
            let spent = owner.sign(trial);
            if what == "uses it" {
                desk.send(&spent).await.expect("the calls' gas is not tried");
                assert!(!desk.receipt(&spent).await.expect("mined").success, "half of the calls' gas");
                continue;
            }
            let mined = || with_sandbox(|sandbox| sandbox.mined_bundles());
            let before = mined();
            let receipt = desk.mine(&owner.sign(prepared)).await;
            assert_eq!(mined(), before + 1, "it is worth keeping the chain for");
            assert!(receipt.gas_cost_wei > U256::ZERO && receipt.sender == owner.account);
        }
    });
}

/// Sponsors and signs what was changed, sends it, and gives back the refusal.
async fn refusal_of(desk: &Desk, owner: &Owner, draft: UserOperationDraft) -> (i64, String) {
    let sponsored = desk.sponsored(draft).await;
    refused(desk.send(&owner.sign(sponsored)).await)
}

fn refused<T: std::fmt::Debug>(answer: Result<T, RpcError>) -> (i64, String) {
    let error = answer.expect_err("refused");
    let (code, message, data) = error.refusal().unwrap_or_else(|| panic!("{error}"));
    assert_eq!(data, None, "the message says it all");
    (code, message.to_owned())
}

#[test]
fn every_refusal_has_its_number_and_its_reason() {
    at_desk(async |desk| {
        let owner = desk.owner().await;
        let creating = desk.prepared(desk.harmless(&owner).await).await;
        let unborn = UserOperationDraft { factory: None, ..creating.clone() };
        let check = |told: (i64, String), code: i64, words: &str| {
            assert!(told.0 == code && told.1.contains(words), "{code} {words}: {told:?}");
        };
        check(refusal_of(desk, &owner, unborn).await, -32_500, "AA20 account not deployed");
        let (factory, data) = creating.factory.clone().expect("a factory");
        let broken = Some((factory, data.slice(..4)));
        let broken = UserOperationDraft { factory: broken, ..creating.clone() };
        check(refusal_of(desk, &owner, broken).await, -32_500, "AA13 initCode failed or OOG");
        let elsewhere = UserOperationDraft { sender: Address::repeat_byte(9), ..creating.clone() };
        check(refusal_of(desk, &owner, elsewhere).await, -32_500, "AA14 initCode must return sender");
        desk.mine(&owner.sign(creating.clone())).await;
        check(refusal_of(desk, &owner, creating.clone()).await, -32_500, "AA10 sender already constructed");
        // The same bytes again, now that they are mined.
        check(refused(desk.send(&owner.sign(creating)).await), -32_500, "AA10");

        let good = desk.prepared(desk.harmless(&owner).await).await;
        let skipped = UserOperationDraft { nonce: good.nonce + U256::ONE, ..good.clone() };
        check(refusal_of(desk, &owner, skipped).await, -32_500, "AA25 invalid account nonce");
        let stranger = desk.owner().await;
        check(refused(desk.send(&stranger.sign(good.clone())).await), -32_507, "AA24 signature error");
        let unpaid = UserOperationDraft { sponsorship: None, ..good.clone() };
        check(refused(desk.send(&owner.sign(unpaid)).await), -32_500, "AA21 didn't pay prefund");
        let sponsor = good.sponsorship.clone().expect("a sponsor");
        let with = |change: fn(&mut Vec<u8>)| {
            let mut data = sponsor.data.to_vec();
            change(&mut data);
            let mut draft = good.clone();
            draft.sponsorship.as_mut().expect("a sponsor").data = data.into();
            draft
        };
        let longer = with(|data| data[6] ^= 1);
        check(refused(desk.send(&owner.sign(longer)).await), -32_507, "AA34 signature error");
        let cut = with(|data| data.truncate(5));
        check(refused(desk.send(&owner.sign(cut)).await), -32_501, "AA33 reverted");
        let mut elsewhere = good.clone();
        elsewhere.sponsorship.as_mut().expect("a sponsor").paymaster = Address::repeat_byte(8);
        let absent = refused(desk.send(&owner.sign(elsewhere.clone())).await);
        check(absent, -32_501, "AA30 paymaster not deployed");
        let token = desk.venue.facts().base.address;
        elsewhere.sponsorship.as_mut().expect("a sponsor").paymaster = token;
        check(refused(desk.send(&owner.sign(elsewhere)).await), -32_508, "AA31 paymaster deposit too low");

        let with_gas = |gas: GasLimits| UserOperationDraft { gas, ..good.clone() };
        let gas = good.gas;
        let light = with_gas(GasLimits { pre_verification: gas.pre_verification / 2, ..gas });
        check(refusal_of(desk, &owner, light).await, -32_500, "preVerificationGas is not enough");
        for huge in [30_000_001, u64::MAX] {
            let heavy = with_gas(GasLimits { call: huge, ..gas });
            check(
                refusal_of(desk, &owner, heavy).await,
                -32_602,
                "an operation may use 30000000 gas at most",
            );
        }
        let mut cheap = good.clone();
        cheap.fees.max = 1;
        cheap.fees.max_priority = 1;
        check(refusal_of(desk, &owner, cheap).await, -32_602, "maxFeePerGas must be at least");

        desk.pass(Duration::from_secs(301)).await;
        check(refused(desk.send(&owner.sign(good)).await), -32_503, "AA32 paymaster expired or not due");
    });
}

#[test]
fn an_estimate_is_refused_as_sending_would_be() {
    at_desk(async |desk| {
        let owner = desk.owner().await;
        desk.mine(&desk.ready(&owner).await).await;
        let good = desk.prepared(desk.harmless(&owner).await).await;
        let nobody = Bytes::from([&[0x11; 64], [27].as_slice()].concat());
        let estimate = async |draft: &UserOperationDraft| desk.bundler.estimate(draft, &nobody).await;
        assert!(estimate(&good).await.is_ok(), "nobody's signature is good enough");
        let skipped = UserOperationDraft { nonce: good.nonce + U256::ONE, ..good.clone() };
        let told = refused(estimate(&skipped).await);
        assert_eq!(
            told,
            (
                -32_500,
                "UserOperation reverted during simulation with reason: AA25 invalid account nonce".into()
            )
        );
        let unpaid = UserOperationDraft { sponsorship: None, ..good.clone() };
        assert!(refused(estimate(&unpaid).await).1.contains("AA21 didn't pay prefund"));
        let lot = desk.network.pool.expect("a pool").quote;
        let too_much =
            leash::venue::transfer_call(lot, owner.account, leash::units::TokenAmount::from_raw(5));
        let fails = desk.draft(&owner, &[too_much]).await;
        let told = refused(desk.bundler.estimate(&fails, &nobody).await);
        assert!(told.0 == -32_521 && told.1.contains("reason: 0x"), "{told:?}");
    });
}

#[test]
fn one_operation_waits_per_lane_and_gives_way_to_one_that_pays_a_tenth_more() {
    at_desk(async |desk| {
        let owner = desk.owner().await;
        desk.mine(&desk.ready(&owner).await).await;
        desk.ask_bundler("debug_bundler_setBundlingMode", json!(["manual"])).await;
        let first = desk.prepared(desk.harmless(&owner).await).await;
        let operation = owner.sign(first.clone());
        let hash = desk.send(&operation).await.expect("taken");
        assert_eq!(desk.send(&operation).await, Ok(hash), "the same bytes again");
        let waiting = Some(OperationLookup { transaction: None, block: None });
        assert_eq!(desk.bundler.by_hash(UserOperationHash(hash)).await, Ok(waiting));
        assert_eq!(desk.receipt(&operation).await, None);
        let rival = async |percent: u128| {
            let fees = raised(first.fees, percent);
            let draft = desk.sponsored(UserOperationDraft { fees, ..first.clone() }).await;
            owner.sign(draft)
        };
        let (code, message) = refused(desk.send(&rival(9).await).await);
        assert!(code == -32_602 && message.starts_with("AA25 invalid account nonce"), "{message}");
        let winner = rival(10).await;
        desk.send(&winner).await.expect("a tenth more");
        assert_eq!(desk.bundler.by_hash(UserOperationHash(hash)).await, Ok(None), "it gave way");
        desk.ask_bundler("debug_bundler_setBundlingMode", json!(["auto"])).await;
        assert!(desk.receipt(&winner).await.expect("mined").success);
        assert_eq!(desk.receipt(&operation).await, None);
        let found = desk.bundler.by_hash(winner.hash(31_337)).await.expect("readable").expect("known");
        assert!(found.transaction.is_some() && found.block.is_some());
    });
}

#[test]
fn a_receipt_holds_the_operations_own_logs() {
    at_desk(async |desk| {
        let owner = desk.owner().await;
        let operation = desk.ready(&owner).await;
        let receipt = desk.mine(&operation).await;
        let told = desk.ask_bundler("eth_getUserOperationReceipt", json!([operation.hash(31_337).0])).await;
        let own = told["logs"].as_array().expect("logs");
        let all = told["receipt"]["logs"].as_array().expect("logs");
        assert!(own.len() >= 2 && own.len() < all.len(), "an approval and the event, without validation");
        assert_eq!(own.last(), all.last(), "the EntryPoint's event ends it");
        assert_eq!(told["nonce"], "0x0");
        let head = desk.node.block(BlockTag::Latest).await.expect("a head").number;
        let outcome =
            desk.node.outcome(operation.hash(31_337), 0..=head).await.expect("logs").expect("mined");
        assert_eq!(
            (outcome.transaction, outcome.gas_cost_wei),
            (receipt.transaction.hash, receipt.gas_cost_wei)
        );
        let harmless = desk.venue.harmless_call(Side::Buy);
        assert!(own.iter().any(|log| log["address"] == json!(harmless.target)));
    });
}
