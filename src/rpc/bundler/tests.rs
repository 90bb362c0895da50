use super::*;
use crate::ports::{ScriptedTransport, TransportError};
use crate::rpc::testing::{block_on, refused};

fn scripted(
    dialect: Dialect,
    method: &str,
    answer: Result<Value, TransportError>,
) -> (Rc<ScriptedTransport>, Bundler) {
    let script = Rc::new(ScriptedTransport::default());
    script.expect(method, answer);
    let bundler = Bundler::new(Rc::<ScriptedTransport>::clone(&script), "bundler.example", dialect);
    (script, bundler)
}

fn draft() -> UserOperationDraft {
    UserOperationDraft {
        sender: Address::repeat_byte(1),
        nonce: U256::ONE,
        factory: None,
        call_data: Bytes::new(),
        fees: Fees::default(),
        gas: GasLimits::default(),
        sponsorship: None,
    }
}

#[test]
fn estimates_are_sane_or_refused() {
    let estimate = |change: fn(&mut Value)| {
        let mut answer = json!({
            "preVerificationGas": "0x12cc1", "verificationGasLimit": "0x2e16c7", "callGasLimit": "0x1d04d",
            "paymasterVerificationGasLimit": "0x9d46", "paymasterPostOpGasLimit": "0x0",
        });
        change(&mut answer);
        let method = "eth_estimateUserOperationGas";
        let (script, bundler) = scripted(Dialect::Pimlico, method, Ok(answer));
        let estimate = block_on(bundler.estimate(&draft(), &Bytes::from_static(&[7])));
        assert_eq!(script.asked()[0].1[0]["signature"], "0x07");
        assert_eq!(script.asked()[0].1[1], json!(ENTRY_POINT));
        estimate
    };
    let full = estimate(|_| {}).expect("an estimate");
    assert_eq!(full.gas.verification, 0x002e_16c7);
    assert_eq!((full.paymaster_verification, full.paymaster_post_op), (Some(0x9d46), Some(0)));
    let bare = estimate(|answer| answer["paymasterPostOpGasLimit"] = json!(null)).expect("an estimate");
    assert_eq!(bare.paymaster_post_op, None);
    for wrong in [
        |answer: &mut Value| answer["callGasLimit"] = json!("0x0"),
        |answer: &mut Value| answer["callGasLimit"] = json!("0x1000000000000000000000000000000"),
        |answer: &mut Value| answer["verificationGasLimit"] = json!("0x7fffffffff"),
        |answer: &mut Value| answer["verificationGasLimit"] = json!(2_000_000),
        |answer: &mut Value| answer["preVerificationGas"] = json!(null),
        |answer: &mut Value| *answer = json!("0x1"),
    ] {
        assert!(matches!(estimate(wrong), Err(RpcError::Shape { .. })));
    }
}

#[test]
fn a_refused_operation_keeps_its_aa_code_and_revert_data() {
    let words = "UserOperation reverted with reason: AA23 reverted 0x3b577361aabb";
    let (_, bundler) = scripted(Dialect::Pimlico, "eth_sendUserOperation", refused(-32500, words));
    let operation = draft().sign_with(Bytes::new());
    let error = block_on(bundler.send(&operation)).expect_err("refused");
    assert_eq!(error.refusal(), Some((-32500, words, None)));
    assert_eq!(error.revert_data(), Some(Bytes::from_static(&[0x3b, 0x57, 0x73, 0x61, 0xaa, 0xbb])));
    assert!(!Bundler::is_already_known(&error));
    let (_, bundler) = scripted(Dialect::Pimlico, "eth_sendUserOperation", refused(-32000, "Already known"));
    let error = block_on(bundler.send(&operation)).expect_err("refused");
    assert!(Bundler::is_already_known(&error));
}

#[test]
fn a_receipt_is_about_the_operation_asked_for() {
    let hash = UserOperationHash(B256::repeat_byte(1));
    let receipt = |change: fn(&mut Value)| {
        let mut answer = json!({
            "userOpHash": hash.0, "entryPoint": ENTRY_POINT, "sender": Address::repeat_byte(2),
            "nonce": "0x8bdaba73cd9815d79069c247eb4bda0000000000000000", "actualGasCost": "0x906ef27844918",
            "success": true, "logs": [], "receipt": {
                "transactionHash": B256::repeat_byte(3), "status": "0x1", "blockNumber": "0x15d",
                "gasUsed": "0x5208", "logs": [],
            },
        });
        change(&mut answer);
        let (_, bundler) = scripted(Dialect::Pimlico, "eth_getUserOperationReceipt", Ok(answer));
        block_on(bundler.receipt(hash))
    };
    let mined = receipt(|_| {}).expect("readable").expect("mined");
    assert!(mined.success && mined.transaction.block == 0x15d && mined.reason.is_none());
    assert_eq!(receipt(|answer| *answer = json!(null)), Ok(None));
    for wrong in [
        |answer: &mut Value| answer["userOpHash"] = json!(B256::repeat_byte(9)),
        |answer: &mut Value| answer["entryPoint"] = json!(Address::repeat_byte(9)),
        |answer: &mut Value| answer["success"] = json!("true"),
        |answer: &mut Value| answer["receipt"] = json!(null),
        |answer: &mut Value| answer["receipt"]["logs"] = json!(null),
    ] {
        assert!(matches!(receipt(wrong), Err(RpcError::Shape { .. })));
    }
}

#[test]
fn each_dialect_tells_its_fees_in_its_way() {
    let node_script = Rc::new(ScriptedTransport::default());
    let head = json!({ "number": "0x1", "hash": B256::ZERO, "timestamp": "0x1", "baseFeePerGas": "0x64" });
    node_script.expect("eth_getBlockByNumber", Ok(head));
    node_script.expect("eth_maxPriorityFeePerGas", Ok(json!("0x3")));
    let node = Node::new(node_script, "node");
    let check = |dialect: Dialect, method: &str, max: Value, tip: Value, expected: Option<(u128, u128)>| {
        let speed = json!({ "maxFeePerGas": max, "maxPriorityFeePerGas": tip });
        let (_, bundler) = scripted(dialect, method, Ok(json!({ "fast": speed })));
        let fees = block_on(bundler.fees(&node)).ok().map(|fees| (fees.max, fees.max_priority));
        assert_eq!(fees, expected, "{dialect:?} {max} {tip}");
    };
    let pimlico = "pimlico_getUserOperationGasPrice";
    check(Dialect::Pimlico, pimlico, json!("0x10"), json!("0x1"), Some((16, 1)));
    check(Dialect::Pimlico, pimlico, json!(16), json!("0x1"), None);
    check(Dialect::Pimlico, pimlico, json!("0x0"), json!("0x0"), None);
    check(Dialect::Pimlico, pimlico, json!("0x1"), json!("0x2"), None);
    check(Dialect::Pimlico, pimlico, json!("0xffffffffffffffffff"), json!("0x2"), None);
    check(Dialect::Biconomy, "biconomy_getGasFeeValues", json!("16"), json!(1), Some((16, 1)));
    check(Dialect::Candide, "unasked", json!(null), json!(null), Some((203, 3)));
}

#[test]
fn lookups_tell_waiting_from_unknown() {
    let lookup = |answer: Value| {
        let (_, bundler) = scripted(Dialect::Candide, "eth_getUserOperationByHash", Ok(answer));
        block_on(bundler.by_hash(UserOperationHash(B256::ZERO))).expect("readable")
    };
    assert_eq!(lookup(json!(null)), None);
    let waiting = json!({ "userOperation": {}, "transactionHash": null, "blockNumber": null });
    assert_eq!(lookup(waiting), Some(OperationLookup { transaction: None, block: None }));
    let mined = json!({ "transactionHash": B256::ZERO, "blockNumber": "0x2" });
    assert_eq!(lookup(mined), Some(OperationLookup { transaction: Some(B256::ZERO), block: Some(2) }));
}
