//! The wallet of play money, through the app's own client.

use std::rc::Rc;

use alloy_dyn_abi::TypedData;
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use leash::account::{personal_message_hash, recover};
use leash::contracts::network_by_id;
use leash::ports::{Transport, TransportError};
use leash::rpc::{BlockTag, RpcError, TransactionRequest, Wallet, WalletRefusal};
use leash::sandbox::{Peer, Refusal, Reply};
use serde_json::{Value, json};

use crate::desk::{Desk, at_desk};
use crate::support::http_transport::with_sandbox;

/// The line that a page has to the wallet.
struct Line;

#[async_trait::async_trait(?Send)]
impl Transport for Line {
    async fn request(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        match with_sandbox(|sandbox| sandbox.ask(Peer::Wallet, method, &params)) {
            Reply::Answer(answer) => answer.map_err(|Refusal { code, message, data }| {
                TransportError::Refused { code, message, data: data.map(|data| data.to_string()) }
            }),
            Reply::Later { .. } | Reply::Silence => panic!("a wallet answers at once"),
        }
    }
}

fn with_wallet(test: impl AsyncFnOnce(&Desk, &Wallet)) {
    at_desk(async |desk| test(desk, &Wallet::new(Rc::new(Line), "Sandbox wallet")).await);
}

fn refusal<T: std::fmt::Debug>(answer: Result<T, RpcError>) -> Option<WalletRefusal> {
    answer.expect_err("refused").wallet_refusal()
}

fn document(contents: &str) -> String {
    json!({
        "types": {
            "EIP712Domain": [{ "name": "name", "type": "string" }],
            "Note": [{ "name": "contents", "type": "string" }, { "name": "numbers", "type": "uint64[]" }],
        },
        "primaryType": "Note", "domain": { "name": "Leash" },
        "message": { "contents": contents, "numbers": ["1", 2] },
    })
    .to_string()
}

#[test]
fn it_shares_its_one_account_when_it_is_asked_to() {
    with_wallet(async |_, wallet| {
        assert_eq!(wallet.accounts().await, Ok(vec![]));
        let owner = with_sandbox(|sandbox| sandbox.wallet_address());
        let unshared = wallet.personal_sign(owner, B256::ZERO).await;
        assert_eq!(refusal(unshared), Some(WalletRefusal::Unauthorised));
        assert_eq!(wallet.request_accounts().await, Ok(vec![owner]));
        assert_eq!(wallet.accounts().await, Ok(vec![owner]));
        let other = wallet.sign_typed_data(Address::repeat_byte(1), &document("x")).await;
        assert_eq!(refusal(other), Some(WalletRefusal::Unauthorised));
        Line.request("wallet_revokePermissions", json!([{}])).await.expect("taken back");
        assert_eq!(wallet.accounts().await, Ok(vec![]));
    });
}

#[test]
fn it_signs_what_another_library_hashes_and_nothing_malformed() {
    with_wallet(async |_, wallet| {
        let owner = wallet.request_accounts().await.expect("shared")[0];
        let text = document("grüezi");
        let signature = wallet.sign_typed_data(owner, &text).await.expect("signed");
        let typed: TypedData = serde_json::from_str(&text).expect("typed data");
        let hash = typed.eip712_signing_hash().expect("hashable");
        assert_eq!(recover(hash, &signature), Ok(owner));
        let hash = B256::repeat_byte(7);
        let signature = wallet.personal_sign(owner, hash).await.expect("signed");
        assert_eq!(recover(personal_message_hash(hash), &signature), Ok(owner));
        let signed =
            Line.request("personal_sign", json!(["hello", owner])).await.expect("a text is signed too");
        let signed: Bytes = serde_json::from_value(signed).expect("bytes");
        assert_eq!(recover(keccak256("\x19Ethereum Signed Message:\n5hello"), &signed), Ok(owner));
        for (words, bad) in [
            ("is no JSON", json!("{")),
            ("types is no object", json!("{}")),
            ("message.contents is no text", json!(document("x").replace("\"x\"", "5"))),
            ("is missing", json!(null)),
        ] {
            let error = Line.request("eth_signTypedData_v4", json!([owner, bad])).await.expect_err(words);
            let TransportError::Refused { code, message, .. } = error else { panic!("{error}") };
            assert!(code == -32_602 && message.contains(words), "{words}: {message}");
        }
    });
}

#[test]
fn it_sends_transactions_that_it_signed() {
    with_wallet(async |desk, wallet| {
        let from = wallet.request_accounts().await.expect("shared")[0];
        let to = Address::repeat_byte(0x42);
        let before = desk.node.balance(from, BlockTag::Latest).await.expect("a balance");
        let request = TransactionRequest { from, to, data: Bytes::new(), gas: None, fees: None };
        let hash = wallet.send_transaction(&request).await.expect("sent");
        let receipt = desk.node.receipt(hash).await.expect("an answer").expect("mined");
        assert!(receipt.success);
        assert!(desk.node.balance(from, BlockTag::Latest).await.expect("a balance") < before, "it pays gas");
        // Signed, so that everybody else could have sent it.
        let told = desk.stack.node("eth_getTransactionByHash", json!([hash])).await;
        assert_eq!(
            (told["from"].clone(), told["type"].clone(), told["nonce"].clone()),
            (json!(from), json!("0x2"), json!("0x0"))
        );
        let value = json!([{ "from": from, "to": to, "value": "0x5" }]);
        Line.request("eth_sendTransaction", value).await.expect("sent");
        assert_eq!(desk.node.balance(to, BlockTag::Latest).await, Ok(U256::from(5)));
        let too_much = json!([{ "from": from, "to": to, "value": "0xffffffffffffffffffff" }]);
        let error = Line.request("eth_sendTransaction", too_much).await.expect_err("too much");
        assert!(error.to_string().contains("insufficient funds"), "{error}");
        let stranger = TransactionRequest { from: to, ..request };
        assert_eq!(refusal(wallet.send_transaction(&stranger).await), Some(WalletRefusal::Unauthorised));
    });
}

#[test]
fn it_reads_the_chain_for_the_page_and_changes_nothing_there() {
    at_desk(async |desk| {
        let head = Line.request("eth_blockNumber", json!([])).await.expect("a height");
        assert_eq!(head, desk.stack.node("eth_blockNumber", json!([])).await);
        let pool = desk.venue.facts().pool;
        let filter = json!([{ "address": pool, "fromBlock": "0x0", "toBlock": "latest" }]);
        let logs = Line.request("eth_getLogs", filter.clone()).await.expect("logs");
        assert!(logs.as_array().is_some_and(|logs| logs.len() > 10), "the market's history");
        assert_eq!(logs, desk.stack.node("eth_getLogs", filter).await);
        for method in
            ["evm_mine", "anvil_setBalance", "sandbox_faults", "leash_faucet", "eth_sendUserOperation"]
        {
            let refused = Line.request(method, json!([{}])).await.expect_err(method);
            assert!(matches!(refused, TransportError::Refused { code: -32_601, .. }), "{method}: {refused}");
        }
    });
}

#[test]
fn it_knows_one_chain_and_says_what_it_cannot_do() {
    with_wallet(async |_, wallet| {
        assert_eq!(wallet.chain_id().await, Ok(31_337));
        assert_eq!(wallet.switch_chain(31_337).await, Ok(()));
        assert_eq!(refusal(wallet.switch_chain(8_453).await), Some(WalletRefusal::UnknownChain));
        let base = network_by_id("base").expect("in the table");
        assert_eq!(refusal(wallet.add_chain(base, "https://x").await), Some(WalletRefusal::UnknownChain));
        let unknown = Line.request("wallet_getCapabilities", json!([])).await.expect_err("unknown");
        assert!(matches!(unknown, TransportError::Refused { code: -32_601, .. }), "{unknown}");
    });
}
