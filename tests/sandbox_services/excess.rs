//! Whoever asks for too much gets a short refusal, and nothing of it is kept.

use alloy_primitives::{B256, hex};
use leash::contracts::ENTRY_POINT;
use leash::rpc::operation_json;
use leash::sandbox::{DEV_ACCOUNTS, Peer};
use serde_json::{Value, json};

use crate::desk::at_desk;
use crate::hostile::{ask, refused};
use crate::support::http_transport::with_sandbox;

#[test]
fn huge_calldata_is_answered_or_refused_and_kept_nowhere() {
    at_desk(async |desk| {
        let owner = desk.owner().await;
        let huge = hex::encode_prefixed(vec![0xff; 4 << 20]);
        let mut operation = operation_json(&desk.ready(&owner).await);
        let before = with_sandbox(|sandbox| sandbox.save().len());
        // 64 million gas is within a call's means.
        let call = json!([{ "from": DEV_ACCOUNTS[0], "to": DEV_ACCOUNTS[1], "data": huge }]);
        assert_eq!(ask(Peer::Node, "eth_call", &call), Ok(json!("0x")));
        let little = json!([{ "to": DEV_ACCOUNTS[1], "data": huge, "gas": "0x186a0" }]);
        assert_eq!(refused(Peer::Node, "eth_call", &little), -32_000);
        assert_eq!(refused(Peer::Node, "eth_sendRawTransaction", &json!([huge])), -32_602);
        for nonce in [Value::Null, json!("0xffffff")] {
            let transaction =
                json!([{ "from": DEV_ACCOUNTS[0], "to": DEV_ACCOUNTS[1], "data": huge, "nonce": nonce }]);
            assert_eq!(refused(Peer::Node, "eth_sendTransaction", &transaction), -32_000);
        }
        assert_eq!(refused(Peer::Node, "eth_getBalance", &json!([huge, huge])), -32_602);
        operation["callData"] = json!(huge);
        let params = json!([operation, ENTRY_POINT]);
        assert_eq!(refused(Peer::Bundler, "eth_estimateUserOperationGas", &params), -32_602);
        assert_eq!(refused(Peer::Bundler, "eth_sendUserOperation", &params), -32_602);
        assert_eq!(refused(Peer::Paymaster, "pm_getPaymasterData", &params), -32_602);
        assert_eq!(with_sandbox(|sandbox| sandbox.save().len()), before);
    });
}

#[test]
fn blocks_out_of_range_are_refused_or_nothing() {
    let account = DEV_ACCOUNTS[0];
    let ahead = with_sandbox(|sandbox| sandbox.chain().head().number + 1_000);
    let unknown = B256::repeat_byte(9);
    let never = [json!(format!("{ahead:#x}")), json!("0xffffffffffffffff"), json!(unknown)];
    for tag in &never {
        for (method, params) in [
            ("eth_getBalance", json!([account, tag])),
            ("eth_getCode", json!([account, tag])),
            ("eth_getStorageAt", json!([account, "0x0", tag])),
            ("eth_getTransactionCount", json!([account, tag])),
            ("eth_call", json!([{ "to": account }, tag])),
            ("eth_estimateGas", json!([{ "to": account }, tag])),
            ("eth_feeHistory", json!(["0x1", tag])),
        ] {
            let code = refused(Peer::Node, method, &params);
            assert!([-32_602, -32_000].contains(&code), "{method} {tag}: {code}");
        }
        for method in ["eth_getBlockByNumber", "eth_getBlockReceipts", "eth_getBlockTransactionCountByNumber"]
        {
            assert_eq!(ask(Peer::Node, method, &json!([tag])), Ok(Value::Null), "{method} {tag}");
        }
    }
    assert_eq!(refused(Peer::Node, "eth_getLogs", &json!([{ "fromBlock": never[0] }])), -32_602);
    assert_eq!(refused(Peer::Node, "eth_getLogs", &json!([{ "blockHash": unknown }])), -32_000);
    let state = ask(Peer::Node, "eth_getBalance", &json!([account, "earliest"]));
    assert_eq!(state.expect_err("long forgotten").code, -32_000);
}

#[test]
fn a_filter_over_everything_is_answered_and_a_longer_one_refused() {
    let count = |filter: Value| {
        let logs = ask(Peer::Node, "eth_getLogs", &json!([filter])).expect("fewer than the limit");
        logs.as_array().map(Vec::len).expect("a list")
    };
    let all = count(json!({ "fromBlock": "0x0", "toBlock": "0xffffffffffffffff" }));
    assert!(all > 0, "the market has a history");
    let of_four_topics = json!({ "fromBlock": "earliest", "topics": [null, null, null, null] });
    assert_eq!(count(of_four_topics), 0, "tokens and pool log three at most");
    let everybody = vec![ENTRY_POINT; 1_000];
    assert_eq!(count(json!({ "fromBlock": "earliest", "address": everybody })), 0, "no operation yet");
    for filter in [
        json!({ "fromBlock": "earliest", "address": vec![ENTRY_POINT; 1_001] }),
        json!({ "fromBlock": "earliest", "topics": [vec![B256::ZERO; 1_001]] }),
        json!({ "fromBlock": "earliest", "topics": vec![B256::ZERO; 5] }),
    ] {
        assert_eq!(refused(Peer::Node, "eth_getLogs", &json!([filter])), -32_602);
    }
}

#[test]
fn no_gas_and_all_gas_are_refused_in_every_field() {
    at_desk(async |desk| {
        let owner = desk.owner().await;
        let good = operation_json(&desk.ready(&owner).await);
        let fields = good.as_object().expect("an object").keys().filter(|name| name.contains("Gas"));
        for name in fields {
            let amounts = ["0x0", "0xffffffffffffffff", "0x10000000000000000"];
            // The sponsor asks for no gas afterwards.
            for amount in amounts.into_iter().filter(|amount| good[name] != *amount) {
                let mut wild = good.clone();
                wild[name] = json!(amount);
                let params = json!([wild, ENTRY_POINT]);
                let code = refused(Peer::Bundler, "eth_sendUserOperation", &params);
                assert!((-32_602..=-32_500).contains(&code), "{name} {amount}: {code}");
            }
        }
        assert_eq!(with_sandbox(|sandbox| sandbox.operations_waiting()), 0);
        for gas in ["0x0", "0x10000000000000000"] {
            let call = json!([{ "to": ENTRY_POINT, "gas": gas }]);
            refused(Peer::Node, "eth_call", &call);
        }
        desk.mine(&desk.ready(&owner).await).await;
    });
}
