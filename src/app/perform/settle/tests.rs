//! What one node does not find.

use std::rc::Rc;

use alloy_primitives::U256;
use alloy_sol_types::SolEvent as _;
use serde_json::{Value, json};

use super::*;
use crate::contracts::ENTRY_POINT;
use crate::contracts::abi::IEntryPoint::UserOperationEvent;
use crate::ports::{ScriptedTransport, Transport, TransportError};

const FIRST: &str = "https://mainnet.base.org";
const SECOND: &str = "https://base-rpc.publicnode.com";
const BUNDLER: &str = "https://public.pimlico.io/v2/8453/rpc";
const OUTAGE: TransportError = TransportError::Timeout { after_millis: 20_000 };

/// A server whose answers are these, in this order.
struct Server(&'static str, Vec<(&'static str, Result<Value, TransportError>)>);

/// A node at block 100 and time `at`, where the operation's nonce is free.
fn finds_nothing(url: &'static str, at: u64) -> Server {
    let head = json!({ "number": "0x64", "hash": B256::ZERO, "timestamp": format!("{at:#x}") });
    let nonce = json!(B256::ZERO);
    Server(
        url,
        vec![("eth_getBlockByNumber", Ok(head)), ("eth_getLogs", Ok(json!([]))), ("eth_call", Ok(nonce))],
    )
}

fn down(url: &'static str, method: &'static str) -> Server {
    Server(url, vec![(method, Err(OUTAGE))])
}

/// Settles on Base with `own` node; every server must be asked all that it has answers for.
fn settle_with(own: &str, asks_second_source: bool, servers: Vec<Server>) -> Result<Settlement, Failure> {
    settle_and_hear(own, asks_second_source, servers).0
}

/// The same, with everything that was asked.
fn settle_and_hear(
    own: &str,
    asks_second_source: bool,
    servers: Vec<Server>,
) -> (Result<Settlement, Failure>, Vec<(String, Value)>) {
    let scripts: Vec<(&str, Rc<ScriptedTransport>, usize)> = servers
        .into_iter()
        .map(|Server(url, answers)| {
            let script = Rc::new(ScriptedTransport::default());
            let count = answers.len();
            answers.into_iter().for_each(|(method, answer)| script.expect(method, answer));
            (url, script, count)
        })
        .collect();
    let known = scripts.clone();
    let service = move |url: &str| -> Rc<dyn Transport> {
        let found = known.iter().find(|(known, ..)| *known == url);
        let (_, script, _) = found.unwrap_or_else(|| panic!("{url} is not to be asked"));
        Rc::<ScriptedTransport>::clone(script)
    };
    let environment = Environment::in_memory(Rc::new(service));
    let endpoints = [own.to_owned(), String::new(), String::new()];
    let plan = SettlePlan {
        id: 1,
        services: Services::of("base", &endpoints).expect("a known network"),
        sender: Address::repeat_byte(0xac),
        operation_hash: B256::repeat_byte(7),
        nonce: U256::ZERO,
        from_block: 90,
        may_trade: false,
        asks_second_source,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let outcome = runtime.block_on(settle(&environment, &plan));
    let mut heard = Vec::new();
    for (url, script, count) in scripts {
        assert_eq!(script.asked().len(), count, "{url}");
        heard.extend(script.asked());
    }
    (outcome, heard)
}

fn pending(now: u64, is_confirmed: bool) -> Result<Settlement, Failure> {
    Ok(Settlement::Pending { now: UnixSecs(now), is_confirmed })
}

#[test]
fn what_one_node_does_not_find_is_confirmed_by_the_other() {
    assert_eq!(settle_with("", false, vec![finds_nothing(FIRST, 1_000)]), pending(1_000, false));
    let both = vec![finds_nothing(FIRST, 1_000), finds_nothing(SECOND, 990)];
    assert_eq!(settle_with("", true, both), pending(990, true), "by the clock of the one that lags");
    let one = vec![finds_nothing(FIRST, 1_000), down(SECOND, "eth_getBlockByNumber")];
    let failure = settle_with("", true, one).expect_err("nothing is confirmed");
    assert!(failure.sentence.contains("did not answer"), "{failure}");
}

#[test]
fn with_one_node_the_bundler_is_the_second_source() {
    const OWN: &str = "https://mainnet.base.org/mine";
    const METHOD: &str = "eth_getUserOperationReceipt";
    let bundler = |answer| vec![finds_nothing(OWN, 1_000), Server(BUNDLER, vec![(METHOD, answer)])];
    assert_eq!(settle_with(OWN, true, bundler(Ok(Value::Null))), pending(1_000, true));
    let unknown = TransportError::Refused { code: -32_601, message: "no such method".into(), data: None };
    assert_eq!(settle_with(OWN, true, bundler(Err(unknown))), pending(1_000, true));
    assert!(settle_with(OWN, true, bundler(Err(OUTAGE))).is_err(), "a bundler that is down says nothing");
    let mined = json!({
        "userOpHash": B256::repeat_byte(7), "sender": Address::repeat_byte(0xac), "nonce": "0x0",
        "success": true, "actualGasCost": "0x1", "actualGasUsed": "0x1", "logs": [],
        "receipt": {
            "transactionHash": B256::repeat_byte(8), "blockNumber": "0x64", "status": "0x1", "gasUsed": "0x1",
            "logs": [],
        },
    });
    let failure = settle_with(OWN, true, bundler(Ok(mined))).expect_err("the chain has not shown it yet");
    assert!(failure.sentence.contains("between two states"), "{failure}");
}

/// The EntryPoint's event of the operation, in block 95.
fn event() -> Value {
    let event = UserOperationEvent {
        userOpHash: B256::repeat_byte(7),
        sender: Address::repeat_byte(0xac),
        paymaster: Address::ZERO,
        nonce: U256::ZERO,
        success: true,
        actualGasCost: U256::ONE,
        actualGasUsed: U256::ONE,
    };
    let data = event.encode_log_data();
    json!({
        "address": ENTRY_POINT, "topics": data.topics(), "data": data.data, "blockNumber": "0x5f",
        "blockHash": B256::repeat_byte(5), "transactionHash": B256::repeat_byte(8), "logIndex": "0x0",
    })
}

#[test]
fn an_event_that_comes_between_two_questions_is_our_own() {
    let Server(url, mut answers) = finds_nothing(FIRST, 1_000);
    answers.pop();
    let block = json!({ "number": "0x5f", "hash": B256::repeat_byte(5), "timestamp": "0x3e6" });
    let receipt = json!({
        "transactionHash": B256::repeat_byte(8), "blockNumber": "0x5f", "status": "0x1", "gasUsed": "0x1",
        "logs": [event()],
    });
    answers.extend([
        ("eth_call", Ok(json!(B256::with_last_byte(1)))),
        ("eth_getLogs", Ok(json!([event()]))),
        ("eth_getTransactionReceipt", Ok(receipt)),
        ("eth_getBlockByNumber", Ok(block)),
    ]);
    let settled = settle_with("", false, vec![Server(url, answers)]).expect("it is there");
    let Settlement::Included(outcome) = settled else { panic!("taken for another's: {settled:?}") };
    assert_eq!((outcome.inclusion.block, outcome.inclusion.success), (95, true));
}

#[test]
fn an_event_without_its_receipt_is_asked_for_again() {
    let Server(url, mut answers) = finds_nothing(FIRST, 1_000);
    answers.truncate(1);
    let block = json!({ "number": "0x5f", "hash": B256::repeat_byte(5), "timestamp": "0x3e6" });
    answers.extend([
        ("eth_getLogs", Ok(json!([event()]))),
        ("eth_getTransactionReceipt", Ok(Value::Null)),
        ("eth_getBlockByNumber", Ok(block)),
    ]);
    let failure = settle_with("", false, vec![Server(url, answers)]).expect_err("what moved is not known");
    assert!(failure.sentence.contains("between two states"), "{failure}");
}

#[test]
fn what_used_a_nonce_may_be_older_than_the_plan_that_has_it() {
    let Server(url, mut answers) = finds_nothing(FIRST, 1_000);
    answers.pop();
    let mut other = event();
    other["topics"][1] = json!(B256::repeat_byte(9));
    answers.extend([("eth_call", Ok(json!(B256::with_last_byte(1)))), ("eth_getLogs", Ok(json!([other])))]);
    let (settled, heard) = settle_and_hear("", false, vec![Server(url, answers)]);
    assert_eq!(settled, Ok(Settlement::Replaced { by: B256::repeat_byte(9) }));
    let from: Vec<_> = heard
        .iter()
        .filter(|(method, _)| method == "eth_getLogs")
        .map(|(_, params)| params[0]["fromBlock"].clone())
        .collect();
    assert_eq!(from, [json!("0x5a"), json!("0x1a")], "64 blocks before it was planned");
}
