//! Whatever is asked, it is answered or refused: nothing crashes, and the chain stays as it is.

use alloy_primitives::{Address, hex};
use leash::contracts::ENTRY_POINT;
use leash::rpc::operation_json;
use leash::sandbox::{Peer, Reply};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};

use crate::desk::at_desk;
use crate::support::http_transport::with_sandbox;

const METHODS: [(Peer, &str); 18] = [
    (Peer::Bundler, "eth_chainId"),
    (Peer::Bundler, "eth_estimateUserOperationGas"),
    (Peer::Bundler, "eth_sendUserOperation"),
    (Peer::Bundler, "eth_getUserOperationByHash"),
    (Peer::Bundler, "eth_getUserOperationReceipt"),
    (Peer::Bundler, "debug_bundler_setBundlingMode"),
    (Peer::Bundler, "no_such_method"),
    (Peer::Paymaster, "pm_getPaymasterStubData"),
    (Peer::Paymaster, "pm_getPaymasterData"),
    (Peer::Wallet, "eth_requestAccounts"),
    (Peer::Wallet, "wallet_switchEthereumChain"),
    (Peer::Wallet, "wallet_addEthereumChain"),
    (Peer::Wallet, "eth_signTypedData_v4"),
    (Peer::Wallet, "personal_sign"),
    (Peer::Wallet, "eth_sendTransaction"),
    (Peer::Control, "leash_services"),
    (Peer::Control, "sandbox_faults"),
    (Peer::Node, "eth_getLogs"),
];

/// Any JSON, often with values that stand somewhere in a good request.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(|bytes| json!(hex::encode_prefixed(bytes))),
        Just(json!(ENTRY_POINT)),
        Just(json!(Address::ZERO)),
        Just(json!("0x7a69")),
        Just(json!("0xffffffffffffffff")),
        Just(json!("latest")),
        Just(json!("{\"types\":{}}")),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        let name = prop_oneof![
            ".{0,8}",
            Just("sender".to_owned()),
            Just("node".to_owned()),
            Just("from".to_owned()),
            Just("fromBlock".to_owned()),
            Just("chainId".to_owned()),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..5)
                .prop_map(|members| members.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

/// Answered, or refused with a number of the standards and a sentence.
fn is_civil(reply: &Reply) -> bool {
    let answer = match reply {
        Reply::Answer(answer) | Reply::Later { answer, .. } => answer,
        Reply::Silence => return true,
    };
    answer.as_ref().map_or_else(|refusal| refusal.code != 0 && !refusal.message.is_empty(), |_| true)
}

#[test]
fn any_parameters_are_answered_or_refused() {
    let mut runner = TestRunner::deterministic();
    for (peer, method) in METHODS {
        for _ in 0..100 {
            let params = value().new_tree(&mut runner).expect("nothing is filtered").current();
            let reply = with_sandbox(|sandbox| sandbox.ask(peer, method, &params));
            assert!(is_civil(&reply), "{method} {params}: {reply:?}");
        }
    }
}

#[test]
fn a_good_operation_with_one_wild_field_is_answered_or_refused() {
    at_desk(async |desk| {
        let owner = desk.owner().await;
        let good = operation_json(&desk.ready(&owner).await);
        let names: Vec<String> = good.as_object().expect("an object").keys().cloned().collect();
        let mut runner = TestRunner::deterministic();
        for name in names {
            for _ in 0..20 {
                let mut wild = good.clone();
                wild[&name] = value().new_tree(&mut runner).expect("nothing is filtered").current();
                for (peer, method) in &METHODS[1..3] {
                    let params = json!([wild, ENTRY_POINT]);
                    let reply = with_sandbox(|sandbox| sandbox.ask(*peer, method, &params));
                    assert!(is_civil(&reply), "{method} {name} {}: {reply:?}", wild[&name]);
                }
            }
        }
        desk.mine(&desk.ready(&owner).await).await;
    });
}
