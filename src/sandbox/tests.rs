use alloy_primitives::{Address, B256, U256, address};
use serde_json::json;

use super::*;

const ALICE: Address = DEV_ACCOUNTS[0];
const BOB: Address = address!("00000000000000000000000000000000000b0b00");

fn sandbox() -> Sandbox {
    let options = SandboxOptions { is_unlocked: true, history_secs: 0, ..SandboxOptions::default() };
    Sandbox::new(&Genesis::development(), options)
}

fn node(sandbox: &mut Sandbox, method: &str, params: Value) -> Result<Value, Refusal> {
    let Reply::Answer(answer) = sandbox.ask(Peer::Node, method, &params) else { panic!("{method} waits") };
    answer
}

fn ok(sandbox: &mut Sandbox, method: &str, params: Value) -> Value {
    node(sandbox, method, params.clone()).unwrap_or_else(|refusal| panic!("{method} {params}: {refusal:?}"))
}

#[test]
fn a_transfer_makes_a_block_with_a_receipt() {
    let mut sandbox = sandbox();
    let transfer = json!([{ "from": ALICE, "to": BOB, "value": "0xde0b6b3a7640000" }]);
    let receipt = ok(&mut sandbox, "eth_sendTransactionSync", transfer);
    assert_eq!((&receipt["status"], &receipt["gasUsed"]), (&json!("0x1"), &json!("0x5208")));
    assert_eq!(ok(&mut sandbox, "eth_getBalance", json!([BOB, "latest"])), "0xde0b6b3a7640000");
    assert_eq!(ok(&mut sandbox, "eth_getBalance", json!([BOB, "0x0"])), "0x0");
    let block = ok(&mut sandbox, "eth_getBlockByNumber", json!(["latest", true]));
    assert_eq!(block["transactions"][0]["hash"], receipt["transactionHash"]);
    assert_eq!(block["baseFeePerGas"], "0x3b9aca00");
    assert_eq!(node(&mut sandbox, "eth_coinbase", json!([])).expect_err("unknown").code, -32601);
}

#[test]
fn the_deterministic_deployer_deploys_where_it_should() {
    let mut sandbox = sandbox();
    let salt = B256::repeat_byte(7);
    // Deploys the one byte STOP.
    let code = [0x60, 0x01, 0x5f, 0xf3];
    let data = alloy_primitives::Bytes::from([salt.as_slice(), &code].concat());
    let deployer = address!("4e59b44847b379578588920cA78FbF26c0B4956C");
    let call = json!([{ "from": ALICE, "to": deployer, "data": data }]);
    let expected = deployer.create2_from_code(salt, code);
    assert_eq!(ok(&mut sandbox, "eth_call", call.clone()), json!(format!("{expected:#x}")));
    ok(&mut sandbox, "eth_sendTransaction", call.clone());
    assert_eq!(ok(&mut sandbox, "eth_getCode", json!([expected, "latest"])), "0x00");
    assert_eq!(node(&mut sandbox, "eth_call", call).expect_err("it is taken").code, 3);
}

#[test]
fn a_genesis_is_the_world_it_was_made_of() {
    let genesis = Genesis::development();
    let bytes = genesis.to_bytes();
    assert_eq!(Genesis::from_bytes(&bytes), Ok(genesis.clone()));
    assert_eq!(Genesis::of(&genesis.world()), genesis);
    assert_eq!(genesis.world().balance(ALICE), U256::from(10).pow(U256::from(22)));
    for place in 0..bytes.len() {
        let mut broken = bytes.clone();
        broken[place] ^= 1;
        assert!(Genesis::from_bytes(&broken).is_err(), "byte {place}");
    }
}

#[test]
fn a_record_over_another_is_as_a_fresh_one_and_stays_where_it_is() {
    let mut sandbox = sandbox();
    let mut record = Vec::new();
    sandbox.save_over(&mut record);
    assert_eq!(record, sandbox.save());
    let place = record.as_ptr();
    let before = record.len();
    ok(&mut sandbox, "eth_sendTransactionSync", json!([{ "from": ALICE, "to": BOB, "value": "0x1" }]));
    sandbox.save_over(&mut record);
    assert_eq!(record, sandbox.save());
    assert!(record.len() > before && record.as_ptr() == place, "longer, in the same room");
    record.extend([7; 9]);
    sandbox.save_over(&mut record);
    assert_eq!(record, sandbox.save(), "nothing is left of what was longer");
}
