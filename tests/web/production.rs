//! Production contracts fetched over a line from a chain that really holds code, under pins of the test, kept, and what
//! a new chain begins on then.

#[path = "../../src/bin/sandbox/production.rs"]
mod fetcher;

use alloy_primitives::{Address, Bytes, keccak256};
use leash::contracts::KnownContract;
use leash::ports::{ScriptedTransport, TransportError};
use leash::sandbox::{Genesis, GenesisAccount, Peer, PinnedCode, Reply, Sandbox, SandboxOptions};
use leash::web::{Inquiry, PortHost, PortLine};

use crate::keeping::Keeping;
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
    assert_eq!(PinnedCode::from_bytes(&pins, &code.to_bytes()), Ok(code));
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

/// A build's own genesis: on code that is in no table, with the stand-ins brought along.
fn own_genesis() -> Genesis {
    let account = |number: u8| GenesisAccount {
        address: place(number),
        balance: Default::default(),
        nonce: 1,
        code: Some(0),
        storage: Vec::new(),
    };
    Genesis {
        accounts: vec![account(0xa1), account(0xa2)],
        codes: vec![Bytes::from_static(&[9]), Bytes::from_static(&[5]), Bytes::from_static(&[6])],
    }
}

/// What a chain that begins now runs on, or why not on what was chosen.
async fn begun(keeping: &Keeping, pins: &[KnownContract; 2]) -> Result<[Value; 2], String> {
    let stand_ins = [pin("One", 0xa1, &[5]), pin("Two", 0xa2, &[6])];
    let mut genesis = own_genesis();
    let chosen = fetcher::settle(keeping, &mut genesis, pins, &stand_ins).await;
    let mut sandbox = Sandbox::new(&genesis, SandboxOptions::default());
    let mut code = |number: u8| {
        let reply = sandbox.ask(Peer::Node, "eth_getCode", &json!([place(number), "latest"]));
        let Reply::Answer(Ok(code)) = reply else { panic!("{reply:?}") };
        code
    };
    let codes = [code(0xa1), code(0xa2)];
    if chosen.is_err() {
        assert_eq!(codes, ["0x09", "0x09"], "it falls back to the build's own");
    }
    chosen.map(|()| codes)
}

#[wasm_bindgen_test]
async fn a_new_chain_begins_on_what_was_chosen_and_on_nothing_that_was_tampered_with() {
    let keeping = Keeping::new();
    let (_host, line) = chain();
    let node = line.transport("node", 5_000);
    let pins = [pin("One", 0xa1, &[1, 2]), pin("Two", 0xa2, &[3, 4])];
    let (own, production, stand_ins) = (["0x09"; 2], ["0x0102", "0x0304"], ["0x05", "0x06"]);
    assert_eq!(begun(&keeping, &pins).await, Ok(own.map(Value::from)), "nothing was chosen");
    fetcher::fetch_and_keep(&node, &pins, &keeping).await.expect("as pinned");
    assert_eq!(begun(&keeping, &pins).await, Ok(production.map(Value::from)));
    keeping.choose_stand_ins().await.expect("chosen");
    assert_eq!(begun(&keeping, &pins).await, Ok(stand_ins.map(Value::from)), "also where a build has others");
    fetcher::fetch_and_keep(&node, &pins, &keeping).await.expect("as pinned");
    assert_eq!(begun(&keeping, &pins).await, Ok(production.map(Value::from)), "the last choice counts");
    // One byte of what lies in the browser is another.
    let mut kept = keeping.production().await.expect("kept");
    *kept.last_mut().expect("bytes") ^= 1;
    keeping.keep_production(&kept).await.expect("written");
    let refused = begun(&keeping, &pins).await.expect_err("tampered with");
    assert!(refused.starts_with("The stored production contracts are not used: Two at 0x"), "{refused}");
    assert_eq!(begun(&keeping, &pins).await, Ok(own.map(Value::from)), "it was thrown away");
}
