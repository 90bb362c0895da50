//! Whatever is asked, it is answered or refused: nothing crashes, and the chain stays as it is.

use alloy_primitives::{Address, B256, hex};
use leash::contracts::ENTRY_POINT;
use leash::rpc::operation_json;
use leash::sandbox::{DEV_ACCOUNTS, Peer, Refusal, Reply};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};

use crate::desk::at_desk;
use crate::envelope;
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

/// What is answered at once.
pub(crate) fn ask(peer: Peer, method: &str, params: &Value) -> Result<Value, Refusal> {
    match with_sandbox(|sandbox| sandbox.ask(peer, method, params)) {
        Reply::Answer(answer) => answer,
        other @ (Reply::Later { .. } | Reply::Silence) => panic!("{method}: {other:?}"),
    }
}

/// The number of the refusal, whose sentence is short however long the request was.
pub(crate) fn refused(peer: Peer, method: &str, params: &Value) -> i64 {
    let refusal = ask(peer, method, params).expect_err(method);
    assert!((1..300).contains(&refusal.message.len()), "{method}: {}", refusal.message);
    refusal.code
}

#[test]
fn texts_that_are_no_request_are_refused() {
    let request = json!({ "jsonrpc": "2.0", "id": 7, "method": "eth_chainId", "params": [] });
    let nested = "[".repeat(1 << 20);
    let cut = &request.to_string()[..20];
    for (text, code) in
        [("", -32_700), ("{", -32_700), (cut, -32_700), (&nested, -32_700), ("\u{0}", -32_700)]
    {
        let refusal = envelope::read(Peer::Node, text).err().expect("no JSON");
        assert!(refusal.contains(&code.to_string()) && refusal.contains("\"id\":null"), "{refusal}");
    }
    let batch = json!([request]);
    for value in
        [json!(null), json!(7), json!("eth_chainId"), json!([]), batch, json!({}), json!({ "method": 7 })]
    {
        let refusal = envelope::read(Peer::Node, &value.to_string()).err().expect("no request");
        assert!(refusal.contains("-32600"), "{value}: {refusal}");
    }
    let read = envelope::read(Peer::Node, &request.to_string()).expect("a request");
    assert_eq!((read.id, read.method.as_str(), read.params), (json!(7), "eth_chainId", json!([])));
}

#[test]
fn operations_of_strangers_are_refused_and_unknown_ones_are_nothing() {
    at_desk(async |desk| {
        let owner = desk.owner().await;
        let mut operation = operation_json(&desk.ready(&owner).await);
        let before = with_sandbox(|sandbox| sandbox.chain().head().number);
        for sender in [Address::ZERO, Address::repeat_byte(9), ENTRY_POINT, DEV_ACCOUNTS[0]] {
            operation["sender"] = json!(sender);
            for method in ["eth_estimateUserOperationGas", "eth_sendUserOperation"] {
                let code = refused(Peer::Bundler, method, &json!([operation, ENTRY_POINT]));
                assert_eq!(code, -32_500, "{method} {sender}");
            }
        }
        for method in ["eth_getUserOperationByHash", "eth_getUserOperationReceipt"] {
            assert_eq!(ask(Peer::Bundler, method, &json!([B256::repeat_byte(9)])), Ok(Value::Null));
        }
        assert_eq!(with_sandbox(|sandbox| sandbox.chain().head().number), before);
    });
}

#[test]
fn a_clock_that_is_set_back_stands_still() {
    let (now, head) = with_sandbox(|sandbox| {
        let now = sandbox.chain().now();
        for real_millis in [0, 1, u64::MAX / 2, 0] {
            sandbox.advance(real_millis);
            assert!(sandbox.chain().now() >= now, "{real_millis}");
        }
        (sandbox.chain().now(), sandbox.chain().head().timestamp)
    });
    assert!(now.0 >= head);
}
