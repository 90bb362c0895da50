//! The sponsor: for whom, for how long, and for whom not.

use std::rc::Rc;

use alloy_primitives::{Bytes, U256};
use leash::account::UserOperationDraft;
use leash::contracts::{Dialect, ENTRY_POINT};
use leash::ports::{Transport, TransportError};
use leash::rpc::{BlockTag, Paymaster, SponsorPolicy, operation_json};
use serde_json::{Value, json};

use crate::desk::{Desk, at_desk};
use crate::support::http_transport::HttpTransport;
use crate::support::stack::PATIENCE;

const URL: &str = "http://127.0.0.1:8547";

async fn ask(method: &str, params: Value) -> Result<Value, (i64, String)> {
    match HttpTransport::new(URL, PATIENCE).request(method, params).await {
        Err(TransportError::Refused { code, message, .. }) => Err((code, message)),
        answer => Ok(answer.expect("an answer")),
    }
}

#[test]
fn its_word_ends_five_minutes_from_the_chains_time() {
    at_desk(async |desk| {
        let owner = desk.owner().await;
        let draft = desk.harmless(&owner).await;
        let stub = desk.paymaster.stub(&draft, &Bytes::new(), &desk.limits()).await.expect("a stub");
        let stub = stub.expect("it has one");
        assert!(!stub.is_final && stub.holds.until().is_none());
        let prepared = desk.prepared(draft).await;
        let offer = desk.paymaster.sponsor(&prepared, &Bytes::new(), &desk.limits()).await.expect("an offer");
        assert_eq!(stub.sponsorship.data.len(), offer.sponsorship.data.len(), "estimates count its bytes");
        let head = desk.node.block(BlockTag::Latest).await.expect("a head");
        let secs = offer.holds.until().expect("an end").secs_since(head.timestamp);
        assert!((300..330).contains(&secs), "{secs} s");
    });
}

/// Of an operation that was sponsored.
type Change = fn(&mut UserOperationDraft);

#[test]
fn it_pays_the_whole_cost_and_its_word_binds_every_field() {
    at_desk(async |desk| {
        let owner = desk.owner().await;
        let operation = desk.ready(&owner).await;
        let sponsor = desk.network.paymasters[0].address;
        let deposit = async || desk.node.deposit(sponsor, BlockTag::Latest).await.expect("readable").deposit;
        let before = deposit().await;
        let receipt = desk.mine(&operation).await;
        assert_eq!(before - deposit().await, receipt.gas_cost_wei);
        let balance = desk.node.balance(owner.account, BlockTag::Latest).await;
        assert_eq!(balance, Ok(U256::ZERO));
        let good = desk.prepared(desk.harmless(&owner).await).await;
        let changes: [(&str, Change); 4] = [
            ("calls", |draft| draft.call_data = [&draft.call_data, [0; 32].as_slice()].concat().into()),
            ("gas", |draft| draft.gas.call += 1),
            ("fees", |draft| draft.fees.max += 1),
            ("its own gas", |draft| draft.sponsorship.as_mut().expect("sponsored").post_op_gas += 1),
        ];
        for (what, change) in changes {
            let mut changed = good.clone();
            change(&mut changed);
            changed.gas.pre_verification += 1_000;
            let error = desk.send(&owner.sign(changed)).await.expect_err(what);
            assert!(error.to_string().contains("AA34"), "{what}: {error}");
        }
        desk.mine(&owner.sign(good)).await;
    });
}

/// The parameters of a request that is granted.
async fn good_params(desk: &Desk) -> Vec<Value> {
    let owner = desk.owner().await;
    let operation = operation_json(&desk.ready(&owner).await);
    vec![operation, json!(ENTRY_POINT), json!("0x7a69"), json!({})]
}

#[test]
fn another_chain_or_entry_point_and_open_gas_are_refused() {
    at_desk(async |desk| {
        let good = good_params(desk).await;
        assert!(ask("pm_getPaymasterData", json!(good)).await.is_ok());
        assert!(ask("pm_getPaymasterData", json!(good[..3])).await.is_ok(), "the context may be missing");
        let check = async |place: usize, value: Value, words: &str| {
            for method in ["pm_getPaymasterStubData", "pm_getPaymasterData"] {
                let mut params = good.clone();
                params[place] = value.clone();
                let (code, message) = ask(method, json!(params)).await.expect_err(words);
                assert!(code == -32_602 && message.contains(words), "{method} {words}: {message}");
            }
        };
        check(1, json!(desk.network.paymasters[0].address), "is not the EntryPoint served here").await;
        check(1, json!(null), "parameter 2 is missing").await;
        check(2, json!("0x1"), "is not the chain served here, 0x7a69").await;
        check(2, json!("31337"), "is no hexadecimal quantity").await;
        check(0, json!([]), "is no object").await;
        let mut open = good.clone();
        open[0]["callGasLimit"] = json!("0x0");
        let (code, message) = ask("pm_getPaymasterData", json!(open)).await.expect_err("open gas");
        assert!(code == -32_602 && message.contains("gas limits must be filled in"), "{message}");
        assert!(ask("pm_getPaymasterStubData", json!(open)).await.is_ok(), "a stub comes before gas");
        let (code, _) = ask("pm_sponsorUserOperation", json!(good)).await.expect_err("unknown");
        assert_eq!(code, -32_601);
    });
}

#[test]
fn a_sponsor_that_refuses_refuses_everybody_until_it_is_well() {
    at_desk(async |desk| {
        let good = good_params(desk).await;
        desk.faults(json!({ "paymaster": "refuses" })).await;
        let (code, message) = ask("pm_getPaymasterData", json!(good)).await.expect_err("refused");
        assert!(code == -32_501 && message.contains("pays for nobody"), "{message}");
        assert!(ask("pm_getPaymasterStubData", json!(good)).await.is_err());
        desk.faults(json!({ "paymaster": "well" })).await;
        assert!(ask("pm_getPaymasterData", json!(good)).await.is_ok());
    });
}

#[test]
fn a_client_for_another_chain_gets_nothing() {
    at_desk(async |desk| {
        let owner = desk.owner().await;
        let draft = desk.harmless(&owner).await;
        let transport = Rc::new(HttpTransport::new(URL, PATIENCE));
        let elsewhere = Paymaster::new(transport, "sandbox", Dialect::Pimlico, 1, SponsorPolicy::default());
        let error = elsewhere.stub(&draft, &Bytes::new(), &desk.limits()).await.expect_err("refused");
        assert_eq!(error.refusal().map(|(code, ..)| code), Some(-32_602));
    });
}
