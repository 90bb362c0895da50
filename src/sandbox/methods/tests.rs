use alloy_primitives::{Address, B256, Bytes, U256};
use proptest::prelude::*;

use super::*;
use crate::sandbox::{DEV_ACCOUNTS, Genesis, Reply, SandboxOptions};

const ALICE: Address = DEV_ACCOUNTS[0];
const LOGGER: Address = Address::repeat_byte(0x10);

/// Everything that a node answers here.
const METHODS: [&str; 36] = [
    "eth_chainId",
    "net_version",
    "net_listening",
    "eth_syncing",
    "web3_clientVersion",
    "eth_gasPrice",
    "eth_maxPriorityFeePerGas",
    "eth_feeHistory",
    "eth_blockNumber",
    "eth_getBlockByNumber",
    "eth_getBlockByHash",
    "eth_getBlockTransactionCountByNumber",
    "eth_getBlockReceipts",
    "eth_getTransactionByHash",
    "eth_getTransactionReceipt",
    "eth_getLogs",
    "eth_getBalance",
    "eth_getCode",
    "eth_getStorageAt",
    "eth_getTransactionCount",
    "eth_call",
    "eth_estimateGas",
    "eth_sendRawTransaction",
    "eth_sendRawTransactionSync",
    "eth_accounts",
    "eth_sendTransaction",
    "eth_sendTransactionSync",
    "anvil_setBalance",
    "anvil_setNonce",
    "anvil_setCode",
    "anvil_setStorageAt",
    "evm_mine",
    "evm_setNextBlockTimestamp",
    "evm_increaseTime",
    "txpool_status",
    "anvil_reorg",
];

/// An unlocked sandbox with a contract that logs and counts, and three blocks.
fn sandbox() -> Sandbox {
    let options = SandboxOptions { is_unlocked: true, history_secs: 0, ..SandboxOptions::default() };
    let mut sandbox = Sandbox::new(&Genesis::development(), options);
    // Adds one to slot 0 and logs the sum as a topic.
    ok(&mut sandbox, "anvil_setCode", json!([LOGGER, "0x5f54600101805f555f5fa100"]));
    for _ in 0..3 {
        ok(&mut sandbox, "eth_sendTransaction", json!([{ "from": ALICE, "to": LOGGER }]));
    }
    sandbox
}

fn node(sandbox: &mut Sandbox, method: &str, params: Value) -> Result<Value, Refusal> {
    let Reply::Answer(answer) = sandbox.ask(Peer::Node, method, &params) else { panic!("{method} waits") };
    answer
}

fn ok(sandbox: &mut Sandbox, method: &str, params: Value) -> Value {
    node(sandbox, method, params.clone()).unwrap_or_else(|refusal| panic!("{method} {params}: {refusal:?}"))
}

#[test]
fn the_node_says_who_it_is() {
    let mut sandbox = sandbox();
    assert_eq!(ok(&mut sandbox, "eth_chainId", json!([])), "0x7a69");
    assert_eq!(ok(&mut sandbox, "net_version", Value::Null), "31337");
    let version = ok(&mut sandbox, "web3_clientVersion", json!([]));
    assert!(version.as_str().is_some_and(|name| name.starts_with("leash-sandbox/v")), "{version}");
    assert_eq!(ok(&mut sandbox, "eth_accounts", json!([])), json!(DEV_ACCOUNTS));
}

#[test]
fn whoever_holds_no_lock_changes_nothing() {
    let options = SandboxOptions { history_secs: 0, ..SandboxOptions::default() };
    let mut sandbox = Sandbox::new(&Genesis::development(), options);
    let before = sandbox.save();
    let transfer = json!([{ "from": ALICE, "to": LOGGER, "value": "0x1" }]);
    for (method, params) in [
        ("eth_sendTransaction", transfer.clone()),
        ("eth_sendTransactionSync", transfer),
        ("anvil_setBalance", json!([ALICE, "0x1"])),
        ("anvil_setCode", json!([ALICE, "0x00"])),
        ("anvil_setStorageAt", json!([ALICE, "0x0", "0x1"])),
        ("evm_mine", json!([])),
        ("evm_increaseTime", json!([1])),
        ("evm_setAutomine", json!([false])),
        ("anvil_reorg", json!([1])),
    ] {
        assert_eq!(node(&mut sandbox, method, params).expect_err(method).code, -32601, "{method}");
    }
    assert_eq!(ok(&mut sandbox, "eth_accounts", json!([])), json!([]));
    assert_eq!(sandbox.save(), before);
}

#[test]
fn logs_are_filtered_by_block_address_and_topics() {
    let mut sandbox = sandbox();
    let topic = |number: u8| B256::with_last_byte(number);
    let mut count = |filter: Value| {
        ok(&mut sandbox, "eth_getLogs", json!([filter])).as_array().map(Vec::len).expect("a list")
    };
    assert_eq!(count(json!({ "fromBlock": "0x0" })), 3);
    assert_eq!(count(json!({})), 1, "the newest block alone");
    assert_eq!(count(json!({ "fromBlock": "earliest", "toBlock": "0xffffffffffffffff" })), 3);
    assert_eq!(count(json!({ "fromBlock": "0x2", "toBlock": "0x2" })), 1);
    assert_eq!(count(json!({ "fromBlock": "0x3", "toBlock": "0x2" })), 0);
    let every = |filter: Value| {
        let mut filter = filter;
        filter["fromBlock"] = json!("0x0");
        filter
    };
    assert_eq!(count(every(json!({ "address": LOGGER }))), 3);
    assert_eq!(count(every(json!({ "address": [ALICE, LOGGER] }))), 3);
    assert_eq!(count(every(json!({ "address": ALICE }))), 0);
    assert_eq!(count(every(json!({ "topics": [topic(2)] }))), 1);
    assert_eq!(count(every(json!({ "topics": [[topic(1), topic(3)]] }))), 2);
    assert_eq!(count(every(json!({ "topics": [null] }))), 3);
    assert_eq!(count(every(json!({ "topics": [[]] }))), 3);
    assert_eq!(count(every(json!({ "topics": [null, null] }))), 0, "no log has two topics");
    let second = ok(&mut sandbox, "eth_getBlockByNumber", json!(["0x2", false]));
    let of_block = json!([{ "blockHash": second["hash"] }]);
    let logs = ok(&mut sandbox, "eth_getLogs", of_block);
    assert_eq!(logs[0]["topics"], json!([topic(2)]));
    for (field, other) in [("blockHash", "hash"), ("blockTimestamp", "timestamp"), ("blockNumber", "number")]
    {
        assert_eq!(logs[0][field], second[other], "{field}");
    }
    let receipt = ok(&mut sandbox, "eth_getTransactionReceipt", json!([second["transactions"][0]]));
    assert_eq!(receipt["logs"], logs);
    assert_eq!(receipt["logsBloom"], second["logsBloom"]);
}

#[test]
fn too_many_logs_are_asked_for_in_pieces() {
    let mut sandbox = sandbox();
    // 1,000 logs a call.
    ok(&mut sandbox, "anvil_setCode", json!([LOGGER, "0x6103e85b5f5fa060019003806003570000"]));
    for _ in 0..11 {
        ok(&mut sandbox, "eth_sendTransaction", json!([{ "from": ALICE, "to": LOGGER, "gas": "0xf4240" }]));
    }
    let range = |first: u64| json!([{ "fromBlock": format!("{first:#x}"), "toBlock": "latest" }]);
    let refused = node(&mut sandbox, "eth_getLogs", range(0)).expect_err("too many");
    assert_eq!(refused.code, -32005, "{refused:?}");
    let logs = ok(&mut sandbox, "eth_getLogs", range(5));
    assert_eq!(logs.as_array().map(Vec::len), Some(10_000));
}

#[test]
fn a_range_of_more_blocks_than_one_reads_at_once_is_refused() {
    let mut sandbox = sandbox();
    for _ in 0..100_000 {
        sandbox.chain_mut().mine();
    }
    let head = sandbox.chain().head().number;
    let range = |first: u64, last: Value| json!([{ "fromBlock": format!("{first:#x}"), "toBlock": last }]);
    let ahead = json!(format!("{:#x}", head + 1_000_000));
    for last in [json!("latest"), ahead.clone()] {
        let refused = node(&mut sandbox, "eth_getLogs", range(head - 100_000, last)).expect_err("too long");
        let sentence = "the range is limited to 100000 blocks";
        assert_eq!((refused.code, refused.message.as_str()), (-32_005, sentence));
    }
    assert_eq!(
        ok(&mut sandbox, "eth_getLogs", range(head - 99_999, ahead)),
        json!([]),
        "as far as there are any"
    );
}

#[test]
fn a_call_may_differ_from_the_chain_in_every_way_it_names() {
    let mut sandbox = sandbox();
    let mut read =
        |overrides: Value| ok(&mut sandbox, "eth_call", json!([{ "to": LOGGER }, "latest", overrides]));
    let word = |number: u8| json!(B256::with_last_byte(number));
    let returns = |code: &str| json!({ (LOGGER.to_string()): { "code": code } });
    // Its slot 0, its balance, and the balance of the caller that it asks for.
    let slot = "0x5f545f5260205ff3";
    assert_eq!(read(returns(slot)), word(3));
    let mut wish = returns(slot);
    wish[LOGGER.to_string()]["stateDiff"] = json!({ "0x0": "0x9" });
    assert_eq!(read(wish), word(9));
    let mut wish = returns(slot);
    wish[LOGGER.to_string()]["state"] = json!({ (B256::with_last_byte(1).to_string()): word(8) });
    assert_eq!(read(wish), word(0), "every slot that is not named is zero");
    let mut wish = returns("0x475f5260205ff3");
    wish[LOGGER.to_string()]["balance"] = json!("0x7");
    assert_eq!(read(wish), word(7));
    let both = json!({ (LOGGER.to_string()): { "state": {}, "stateDiff": {} } });
    let refused = node(&mut sandbox, "eth_call", json!([{ "to": LOGGER }, "latest", both]));
    assert_eq!(refused.expect_err("one of them").code, -32602);
}

#[test]
fn failures_are_told_as_nodes_tell_them() {
    let mut sandbox = sandbox();
    let call = json!([{ "from": ALICE, "to": LOGGER, "gas": "0x186a0" }, "latest"]);
    ok(&mut sandbox, "anvil_setCode", json!([LOGGER, "0x63deadbeef5f526004601cfd"]));
    for method in ["eth_call", "eth_estimateGas"] {
        let refusal = node(&mut sandbox, method, call.clone()).expect_err("reverts");
        let expected = (3, "execution reverted", Some(json!("0xdeadbeef")));
        assert_eq!((refusal.code, refusal.message.as_str(), refusal.data), expected, "{method}");
    }
    ok(&mut sandbox, "anvil_setCode", json!([LOGGER, "0xfe"]));
    let halt = node(&mut sandbox, "eth_call", call).expect_err("halts");
    assert_eq!((halt.code, halt.message.as_str()), (-32603, "EVM error: invalid opcode"));
    let mut refuse = |transaction: Value, code: i64, words: &str| {
        let refusal = node(&mut sandbox, "eth_sendTransaction", json!([transaction])).expect_err(words);
        assert!(refusal.code == code && refusal.message.contains(words), "{refusal:?}");
    };
    refuse(json!({ "from": ALICE, "to": ALICE, "nonce": "0x0" }), -32003, "nonce too low");
    refuse(json!({ "from": ALICE, "to": ALICE, "gasPrice": "0x1" }), -32003, "less than block base fee");
    let tip = json!({ "from": ALICE, "to": ALICE, "maxFeePerGas": "0x3b9aca00", "maxPriorityFeePerGas": "0x3b9aca01" });
    refuse(tip, -32003, "max priority fee per gas higher than max fee per gas");
    refuse(json!({ "from": LOGGER, "to": ALICE }), -32003, "insufficient funds");
    refuse(json!({ "from": ALICE, "to": ALICE, "gas": "0x0" }), -32000, "intrinsic gas too low");
    refuse(
        json!({ "from": ALICE, "to": ALICE, "gas": "0xffffffffffffffff" }),
        -32000,
        "exceeds the block gas limit",
    );
    refuse(
        json!({ "from": ALICE, "to": ALICE, "gas": "0x10000000000000000" }),
        -32602,
        "larger than 64 bits",
    );
    refuse(json!({ "to": ALICE }), -32602, "no sender");
}

#[test]
fn what_makes_no_sense_is_refused_with_its_place() {
    let mut sandbox = sandbox();
    let mut refuse = |method: &str, params: Value, words: &str| {
        let refusal = node(&mut sandbox, method, params.clone()).expect_err(words);
        assert_eq!(refusal.code, -32602, "{method} {params}: {refusal:?}");
        assert!(refusal.message.contains(words), "{method} {params}: {refusal:?}");
    };
    refuse("eth_getBalance", json!([]), "parameter 1 is missing");
    refuse("eth_getBalance", json!({}), "parameter 1 is missing");
    refuse("eth_getBalance", json!(["0x12"]), "parameter 1 is no address of 20 bytes");
    refuse("eth_getBalance", json!([7]), "parameter 1 is no text");
    refuse("eth_getBalance", json!([ALICE, "newest"]), "parameter 2 is no hexadecimal quantity");
    refuse("eth_getBalance", json!([ALICE, "0x"]), "parameter 2 is no hexadecimal quantity");
    refuse("eth_getBalance", json!([ALICE, -1]), "parameter 2 is no text");
    refuse("eth_getBalance", json!([ALICE, 1.5]), "parameter 2 is no text");
    refuse("eth_getBalance", json!([ALICE, "0x4"]), "block height is 3 but requested was 4");
    refuse("eth_getBalance", json!([ALICE, "0x10000000000000000"]), "larger than 64 bits");
    refuse("eth_getBalance", json!([ALICE, {}]), "parameter 2 names no block");
    refuse("eth_call", json!(["x"]), "parameter 1 is no object");
    refuse("eth_call", json!([{ "data": "0x1" }]), "parameter 1.data is no hexadecimal byte string");
    refuse("eth_call", json!([{ "data": "0x01", "input": "0x02" }]), "has an input and other data");
    refuse("eth_call", json!([{ "gasPrice": "0x1", "maxFeePerGas": "0x1" }]), "both a gas price");
    refuse("eth_call", json!([{}, "latest", { "0x1": {} }]), "is not named by an address");
    refuse("eth_getLogs", json!([{ "topics": ["0x1"] }]), "topics[0] is no hash of 32 bytes");
    refuse("eth_getLogs", json!([{ "topics": [null, null, null, null, null] }]), "more than 4 entries");
    refuse("eth_getLogs", json!([{ "address": vec![ALICE; 1_001] }]), "more than 1000 entries");
    refuse("eth_getLogs", json!([{ "fromBlock": "0x5" }]), "block height is 3 but requested was 5");
    refuse("eth_sendRawTransaction", json!(["0x1234"]), "type 18 are not supported");
    refuse("eth_sendRawTransaction", json!(["0xc0"]), "cannot be decoded");
    refuse("eth_feeHistory", json!(["0x1", "latest", [101]]), "is no percentile");
    refuse("evm_increaseTime", json!([u64::MAX]), "after the year 9999");
    refuse("evm_setNextBlockTimestamp", json!([1]), "lower than previous block's timestamp");
    let refusal = node(&mut sandbox, "eth_chainId", json!("x")).expect_err("no list");
    assert_eq!(refusal.code, -32600);
    let long = "x".repeat(1_000_000);
    let refusal = node(&mut sandbox, &long, json!([])).expect_err("unknown");
    assert!(refusal.code == -32601 && refusal.message.len() < 200);
}

#[test]
fn the_fees_of_the_past_are_told() {
    let mut sandbox = sandbox();
    let history = ok(&mut sandbox, "eth_feeHistory", json!(["0x3", "latest", [0, 50, 100]]));
    let fees = history["baseFeePerGas"].as_array().expect("a list");
    assert_eq!((fees.len(), &history["oldestBlock"]), (4, &json!("0x1")));
    assert_eq!(fees[0], "0x3b9aca00");
    assert_eq!(history["reward"][0], json!(["0x3b9aca00", "0x3b9aca00", "0x3b9aca00"]));
    let everything = ok(&mut sandbox, "eth_feeHistory", json!(["0xffffffffffffffff", "latest"]));
    assert_eq!(everything["gasUsedRatio"].as_array().map(Vec::len), Some(4));
}

#[test]
fn a_saved_sandbox_goes_on_where_it_stood() {
    let mut sandbox = sandbox();
    sandbox.advance(1_000);
    sandbox.advance(5_000);
    let bytes = sandbox.save();
    let mut restored = Sandbox::restore(&bytes).expect("what was saved");
    assert_eq!(restored.chain().now(), sandbox.chain().now());
    assert_eq!(restored.chain().head(), sandbox.chain().head());
    for sandbox in [&mut sandbox, &mut restored] {
        ok(sandbox, "eth_sendTransaction", json!([{ "from": ALICE, "to": LOGGER }]));
        ok(sandbox, "anvil_reorg", json!([3]));
        ok(sandbox, "evm_mine", json!([]));
    }
    assert_eq!(restored.chain().head(), sandbox.chain().head());
    assert!(Sandbox::restore(&[]).is_err());
    for place in (0..bytes.len()).step_by(97) {
        let mut broken = bytes.clone();
        broken[place] ^= 0x10;
        assert!(Sandbox::restore(&broken).is_err(), "byte {place}");
        assert!(Sandbox::restore(&bytes[..place]).is_err(), "cut at {place}");
    }
}

/// JSON that is nearly right, or far from it.
fn value() -> impl Strategy<Value = Value> {
    let words = [
        "0x0",
        "0x1",
        "0x",
        "0xg",
        "",
        "latest",
        "pending",
        "earliest",
        "safe",
        "finalized",
        "0xffffffffffffffff",
        "0x10000000000000000",
        "0x5f545f5260205ff3",
        "-0x1",
        "\u{0}\u{1f980}",
    ];
    let names = [
        "from",
        "to",
        "data",
        "input",
        "value",
        "gas",
        "gasPrice",
        "maxFeePerGas",
        "maxPriorityFeePerGas",
        "nonce",
        "accessList",
        "address",
        "storageKeys",
        "topics",
        "fromBlock",
        "toBlock",
        "blockHash",
        "blockNumber",
        "timestamp",
        "code",
        "state",
        "stateDiff",
        "balance",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<[u8; 32]>().prop_map(|word| json!(B256::from(word))),
        proptest::collection::vec(any::<u8>(), 0..80).prop_map(|bytes| json!(Bytes::from(bytes))),
        Just(json!(ALICE)),
        Just(json!(LOGGER)),
        Just(json!(format!("{:#x}", U256::MAX))),
        proptest::sample::select(words.to_vec()).prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        let name = prop_oneof![
            6 => proptest::sample::select(names.to_vec()).prop_map(str::to_owned),
            1 => Just(ALICE.to_string()),
            1 => ".{0,5}",
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::btree_map(name, inner, 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn nonsense_is_refused_and_nobody_dies(
        requests in proptest::collection::vec((proptest::sample::select(METHODS.to_vec()), value(), value(), value()), 1..12),
    ) {
        let mut sandbox = sandbox();
        for (method, first, second, third) in requests {
            let mut time = sandbox.chain().head().timestamp;
            for params in [json!([first, second, third]), json!([first, second]), json!([first]), first] {
                if let Err(refusal) = node(&mut sandbox, method, params.clone()) {
                    let known = [3, 4, -32600, -32602, -32603, -32000, -32003, -32005];
                    prop_assert!(known.contains(&refusal.code), "{method} {params}: {refusal:?}");
                    prop_assert!(!refusal.message.is_empty());
                }
                if method != "anvil_reorg" {
                    let now = sandbox.chain().head().timestamp;
                    prop_assert!(now >= time, "{method} {params} made time run backwards");
                    time = now;
                }
            }
        }
        // It still works.
        prop_assert!(node(&mut sandbox, "eth_blockNumber", json!([])).is_ok());
        prop_assert!(Sandbox::restore(&sandbox.save()).is_ok());
    }
}
