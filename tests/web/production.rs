//! Production contracts fetched over a line from a chain that really holds code, under pins of the test.

#[path = "../../src/bin/sandbox/production.rs"]
mod fetcher;

use alloy_primitives::{Address, Bytes, keccak256};
use leash::contracts::KnownContract;
use leash::ports::{ScriptedTransport, TransportError};
use leash::sandbox::{Genesis, GenesisAccount, Peer, ProductionCode, Reply, Sandbox, SandboxOptions};
use leash::web::{Inquiry, PortHost, PortLine};
use serde_json::{Value, json};
use std::cell::RefCell;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::MessageChannel;

fn place(number: u8) -> Address {
    Address::repeat_byte(number)
}

fn pin(name: &'static str, number: u8, code: &[u8]) -> KnownContract {
    KnownContract { name, address: place(number), code_hash: keccak256(code) }
}

/// A chain with two contracts, and a line to its node.
fn chain() -> (PortHost, std::rc::Rc<PortLine>) {
    let account = |number: u8, code: u32| GenesisAccount {
        address: place(number),
        balance: Default::default(),
        nonce: 1,
        code: Some(code),
        storage: Vec::new(),
    };
    let genesis = Genesis {
        accounts: vec![account(0xa1, 0), account(0xa2, 1)],
        codes: vec![Bytes::from_static(&[1, 2]), Bytes::from_static(&[3, 4])],
    };
    let sandbox = RefCell::new(Sandbox::new(&genesis, SandboxOptions::default()));
    let channel = MessageChannel::new().expect("a channel");
    let host = PortHost::open(channel.port2(), move |inquiry: Inquiry| {
        let request: Value = serde_json::from_str(&inquiry.body).expect("JSON");
        let method = request["method"].as_str().expect("a method");
        let reply = sandbox.borrow_mut().ask(Peer::Node, method, &request["params"]);
        let Reply::Answer(Ok(result)) = reply else { return inquiry.answer(None) };
        let answer = json!({ "jsonrpc": "2.0", "id": request["id"], "result": result });
        inquiry.answer(Some(&answer.to_string()));
    });
    (host, PortLine::open(channel.port1(), |_| {}))
}

#[wasm_bindgen_test]
async fn code_with_the_pinned_hashes_is_taken_and_other_code_refused() {
    let (_host, line) = chain();
    let node = line.transport("node", 5_000);
    let pins = [pin("One", 0xa1, &[1, 2]), pin("Two", 0xa2, &[3, 4])];
    let code = fetcher::fetch(&node, &pins).await.expect("as pinned");
    assert_eq!(ProductionCode::from_bytes(&pins, &code.to_bytes()), Ok(code));
    let altered = [pins[0], pin("Two", 0xa2, &[3, 5])];
    let refused = fetcher::fetch(&node, &altered).await.expect_err("another hash");
    assert!(refused.starts_with("Two at 0x") && refused.contains("not the pinned"), "{refused}");
    let missing = fetcher::fetch(&node, &[pin("Three", 0xa3, &[1])]).await.expect_err("nothing there");
    assert!(missing.starts_with("Three at 0x"), "{missing}");
}

#[wasm_bindgen_test]
async fn a_node_that_fails_or_babbles_gives_nothing() {
    let pins = [pin("One", 0xa1, &[1, 2])];
    let node = ScriptedTransport::default();
    node.expect("eth_getCode", Err(TransportError::Unreachable("offline".to_owned())));
    node.expect("eth_getCode", Ok(json!(7)));
    node.expect("eth_getCode", Ok(json!("0xzz")));
    for _ in 0..3 {
        let refused = fetcher::fetch(&node, &pins).await.expect_err("no code");
        assert!(refused.starts_with("The node "), "{refused}");
    }
}
