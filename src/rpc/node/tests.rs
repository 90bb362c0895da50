use super::*;
use crate::contracts::abi::{IERC20, IEntryPoint};
use crate::ports::{ScriptedTransport, TransportError};
use crate::rpc::testing::{block_on, refused};

fn scripted(method: &str, answer: Result<Value, TransportError>) -> (Rc<ScriptedTransport>, Node) {
    let script = Rc::new(ScriptedTransport::default());
    script.expect(method, answer);
    let node = Node::new(Rc::<ScriptedTransport>::clone(&script), "node.example");
    (script, node)
}

fn block(change: impl Fn(&mut Value)) -> Result<BlockHeader, RpcError> {
    let mut answer = json!({
        "number": "0x15d", "hash": B256::repeat_byte(1), "timestamp": "0x6b043e7a", "baseFeePerGas": "0x7",
    });
    change(&mut answer);
    let (_, node) = scripted("eth_getBlockByNumber", Ok(answer));
    block_on(node.block(BlockTag::Latest))
}

#[test]
fn a_block_is_read_whole_or_not_at_all() {
    let head = block(|_| {}).expect("a block");
    assert_eq!((head.number, head.timestamp, head.base_fee), (0x15d, UnixSecs(0x6b04_3e7a), Some(7)));
    let old = block(|block| block["baseFeePerGas"] = json!(null)).expect("a block before EIP-1559");
    assert_eq!(old.base_fee, None);
    let check = |change: fn(&mut Value), words: &str| {
        let error = block(change).expect_err(words);
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(error.sentence(), "The node (node.example) gave an answer that makes no sense.");
    };
    check(|block| *block = json!(null), "result is no object");
    check(|block| *block = json!("<html>"), "result is no object");
    check(|block| block["number"] = json!(349), "result.number is no hexadecimal text");
    check(|block| block["number"] = json!("0x10000000000000000"), "result.number is absurdly large");
    check(|block| block["timestamp"] = json!(null), "result.timestamp is missing");
    check(|block| block["hash"] = json!("0x01"), "result.hash is not 32 bytes long");
    let absurd = format!("0x1{}", "0".repeat(32));
    assert!(block(|block| block["baseFeePerGas"] = json!(absurd)).is_err());
}

#[test]
fn a_call_names_block_target_and_data() {
    let (script, node) = scripted("eth_call", Ok(json!("0x01")));
    let to = Address::repeat_byte(5);
    let answer = block_on(node.call_from(Some(to), to, &[0xab], BlockTag::Number(16)));
    assert_eq!(answer, Ok(Bytes::from_static(&[1])));
    let call = json!({ "from": to, "to": to, "data": "0xab", "input": "0xab" });
    assert_eq!(script.asked(), [("eth_call".to_owned(), json!([call, "0x10"]))]);
}

#[test]
fn reverts_are_told_from_refusals() {
    let check = |code: i64, message: &str, data: Option<&str>, expected: Option<&str>| {
        let (message, data) = (message.to_owned(), data.map(str::to_owned));
        let (_, node) = scripted("eth_call", Err(TransportError::Refused { code, message, data }));
        let error = block_on(node.call(Address::ZERO, &[], BlockTag::Latest)).expect_err("refused");
        let found = if let RpcError::Reverted { data, .. } = &error { Some(data.to_string()) } else { None };
        assert_eq!(found.as_deref(), expected, "{error}");
    };
    check(3, "execution reverted", Some(r#""0x1c792c05""#), Some("0x1c792c05"));
    check(-32000, "execution reverted", None, Some("0x"));
    check(-32000, "header not found", None, None);
}

#[test]
fn views_are_decoded_strictly() {
    let word = |last: u8| Bytes::from(U256::from(last).to_be_bytes_vec());
    let view = |data: Bytes| {
        let (_, node) = scripted("eth_call", Ok(json!(data)));
        let call = IERC20::balanceOfCall { account: Address::ZERO };
        block_on(node.view(Address::ZERO, &call, BlockTag::Latest))
    };
    assert_eq!(view(word(9)), Ok(U256::from(9)));
    for bad in [Bytes::new(), word(9).slice(..31), Bytes::from([&word(9)[..], &[0]].concat())] {
        assert!(matches!(view(bad.clone()), Err(RpcError::Shape { .. })), "{bad}");
    }
    let flag = |last: u8| {
        let (_, node) = scripted("eth_call", Ok(json!(word(last))));
        let call = IERC20::approveCall { spender: Address::ZERO, amount: U256::ZERO };
        block_on(node.view(Address::ZERO, &call, BlockTag::Latest)).ok()
    };
    assert_eq!((flag(0), flag(1), flag(2)), (Some(false), Some(true), None), "a bool of 2 is no bool");
}

#[test]
fn many_views_go_out_together() {
    let script = Rc::new(ScriptedTransport::default());
    for answer in 1..=3_u8 {
        script.expect("eth_call", Ok(json!(Bytes::from(U256::from(answer).to_be_bytes_vec()))));
    }
    let node = Node::new(Rc::<ScriptedTransport>::clone(&script), "node");
    let call = || IEntryPoint::balanceOfCall { account: Address::ZERO };
    let calls = [1, 2, 3].map(|byte| (Address::repeat_byte(byte), call()));
    let answers = block_on(node.view_all(&calls, BlockTag::Latest)).expect("three answers");
    assert_eq!(answers, [1, 2, 3].map(U256::from));
}

#[test]
fn a_receipt_is_of_the_transaction_asked_for() {
    let hash = B256::repeat_byte(4);
    let receipt = |change: fn(&mut Value)| {
        let mut answer = json!({
            "transactionHash": hash, "status": "0x1", "blockNumber": "0x5", "gasUsed": "0x5208",
            "effectiveGasPrice": "0x3b9aca07", "logs": [],
        });
        change(&mut answer);
        let (_, node) = scripted("eth_getTransactionReceipt", Ok(answer));
        block_on(node.receipt(hash))
    };
    assert!(receipt(|_| {}).expect("a receipt").is_some_and(|receipt| receipt.success));
    assert!(receipt(|receipt| receipt["status"] = json!("0x0")).expect("one").is_some_and(|r| !r.success));
    assert_eq!(receipt(|receipt| *receipt = json!(null)), Ok(None), "not mined is not zero");
    for wrong in [
        |receipt: &mut Value| receipt["status"] = json!("0x2"),
        |receipt: &mut Value| receipt["status"] = json!(true),
        |receipt: &mut Value| receipt["transactionHash"] = json!(B256::repeat_byte(5)),
        |receipt: &mut Value| receipt["logs"] = json!({}),
    ] {
        assert!(receipt(wrong).is_err());
    }
}

#[test]
fn fees_leave_room_for_a_rising_base_fee() {
    let script = Rc::new(ScriptedTransport::default());
    let head = json!({ "number": "0x1", "hash": B256::ZERO, "timestamp": "0x1", "baseFeePerGas": "0x64" });
    script.expect("eth_getBlockByNumber", Ok(head));
    script.expect("eth_maxPriorityFeePerGas", Ok(json!("0x3")));
    let node = Node::new(script, "node");
    assert_eq!(block_on(node.fees()), Ok(Fees { max: 203, max_priority: 3 }));
}

#[test]
fn a_refusal_keeps_its_words() {
    let (_, node) = scripted("eth_chainId", refused(-32601, "the method does not exist"));
    let error = block_on(node.chain_id()).expect_err("refused");
    assert_eq!(error.refusal(), Some((-32601, "the method does not exist", None)));
    assert!(!error.is_outage());
}
