//! An owner's wallet for host tests: it signs what a wallet would, hashing the typed data from its JSON by
//! another library than Leash's own.

use std::cell::RefCell;
use std::rc::Rc;

use alloy_dyn_abi::TypedData;
use alloy_primitives::{Address, B256, Bytes, keccak256};
use async_trait::async_trait;
use k256::ecdsa::SigningKey;
use leash::ports::{Transport, TransportError};
use serde_json::{Value, json};

/// What the wallet does with the next requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Signs.
    #[default]
    Willing,
    /// Refuses with 4001.
    Rejecting,
    /// Signs with another key.
    Forging,
    /// Answers with a broken signature.
    Babbling,
    /// Never answers; the page's patience ends.
    Silent,
    /// Shares no account with who asks silently, and has its window open already for who asks aloud.
    Locked,
    /// Does nothing for this page.
    Closed,
}

/// A wallet with one key; transactions go to the node, whose accounts are unlocked.
pub(crate) struct TestWallet {
    key: SigningKey,
    node: Rc<dyn Transport>,
    chain_id: u64,
    pub(crate) mood: RefCell<Mood>,
    pub(crate) asked: RefCell<Vec<String>>,
}

impl TestWallet {
    pub(crate) fn new(secret: [u8; 32], chain_id: u64, node: Rc<dyn Transport>) -> Self {
        let key = SigningKey::from_slice(&secret).expect("a valid key");
        Self { key, node, chain_id, mood: RefCell::default(), asked: RefCell::default() }
    }

    pub(crate) fn address(&self) -> Address {
        address_of(&self.key)
    }

    /// Requests that open a window.
    pub(crate) fn prompts(&self) -> Vec<String> {
        let opens = |method: &&String| {
            ["eth_signTypedData_v4", "personal_sign", "eth_sendTransaction"].contains(&method.as_str())
        };
        self.asked.borrow().iter().filter(opens).cloned().collect()
    }

    fn sign(&self, hash: B256) -> Result<Value, TransportError> {
        let key = match *self.mood.borrow() {
            Mood::Willing => self.key.clone(),
            Mood::Rejecting => return Err(refusal(4001, "User rejected the request.")),
            Mood::Forging => SigningKey::from_slice(&[0x42; 32]).expect("a valid key"),
            Mood::Silent => return Err(TransportError::Timeout { after_millis: 300_000 }),
            Mood::Babbling => return Ok(json!("0x1234zz")),
            Mood::Locked => return Err(pending()),
            Mood::Closed => return Err(refusal(4100, "The requested account has not been authorized.")),
        };
        let (signature, recovery) =
            key.sign_prehash_recoverable(hash.as_slice()).expect("a hash can be signed");
        let mut bytes = signature.to_bytes().to_vec();
        bytes.push(27 + recovery.to_byte());
        Ok(json!(Bytes::from(bytes)))
    }
}

fn address_of(key: &SigningKey) -> Address {
    let point = key.verifying_key().to_encoded_point(false);
    Address::from_raw_public_key(&point.as_bytes()[1..])
}

fn refusal(code: i64, message: &str) -> TransportError {
    TransportError::Refused { code, message: message.to_owned(), data: None }
}

fn pending() -> TransportError {
    refusal(-32002, "Request of type 'wallet_requestPermissions' already pending. Please wait.")
}

#[async_trait(?Send)]
impl Transport for TestWallet {
    async fn request(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        self.asked.borrow_mut().push(method.to_owned());
        let mood = *self.mood.borrow();
        match method {
            "eth_accounts" if mood == Mood::Locked => Ok(json!([])),
            "eth_requestAccounts" if mood == Mood::Locked => Err(pending()),
            "eth_accounts" | "eth_requestAccounts" if mood == Mood::Closed => {
                Err(refusal(4100, "The requested account has not been authorized."))
            }
            "eth_requestAccounts" | "eth_accounts" => Ok(json!([self.address()])),
            "eth_chainId" => Ok(json!(format!("{:#x}", self.chain_id))),
            "eth_signTypedData_v4" => {
                let text = params[1].as_str().ok_or_else(|| refusal(-32602, "no text"))?;
                let typed: TypedData =
                    serde_json::from_str(text).map_err(|error| refusal(-32602, &error.to_string()))?;
                self.sign(typed.eip712_signing_hash().map_err(|error| refusal(-32602, &error.to_string()))?)
            }
            "personal_sign" => {
                let message: Bytes = serde_json::from_value(params[0].clone())
                    .map_err(|error| refusal(-32602, &error.to_string()))?;
                let prefix = format!("\x19Ethereum Signed Message:\n{}", message.len());
                self.sign(keccak256([prefix.as_bytes(), &message].concat()))
            }
            "eth_sendTransaction" if mood == Mood::Rejecting => {
                Err(refusal(4001, "User rejected the request."))
            }
            "eth_sendTransaction" => self.node.request(method, params).await,
            _ => Err(refusal(-32601, "the method is not supported")),
        }
    }
}
