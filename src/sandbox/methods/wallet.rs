//! EIP-1193: a wallet with one account of play money. Whether the person approves is asked in the page, before a
//! request arrives here; what it signs is hashed from what was asked.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::params::{Param, Params};
use super::wire::quantity;
use super::{Answer, Refusal, Sandbox, eth_send};
use crate::account::SessionKey;
use crate::sandbox::chain::{Chain, SignatureParts, Transaction};
use crate::sandbox::typed_data;

/// What its account has at the start: 10 ether, in wei.
pub(in crate::sandbox) const FIRST_BALANCE: U256 = U256::from_limbs([0x8ac7_2304_89e8_0000, 0, 0, 0]);
/// An account or a method that was not shared with the page (EIP-1193).
const UNAUTHORISED: i64 = 4_100;
/// A chain that has to be added first (EIP-3326).
const UNKNOWN_CHAIN: i64 = 4_902;

/// The wallet: its secret, and whether it is shared with the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::sandbox) struct Wallet {
    secret: B256,
    is_shared: bool,
}

impl Wallet {
    /// The wallet of this seed. Not shared yet.
    pub(in crate::sandbox) fn new(seed: u64) -> Self {
        let text = [b"the play money of the sandbox".as_slice(), &seed.to_be_bytes()].concat();
        Self { secret: keccak256(text), is_shared: false }
    }

    /// Whether it has a key, which a record from elsewhere may lack.
    pub(in crate::sandbox) fn is_whole(&self) -> bool {
        SessionKey::from_bytes(&self.secret.0).is_some()
    }

    /// Its account.
    pub(in crate::sandbox) fn address(&self) -> Address {
        self.key().address()
    }

    fn key(&self) -> SessionKey {
        SessionKey::from_bytes(&self.secret.0)
            .expect("checked when restored, and no seed is known whose hash is no key")
    }

    fn accounts(&self) -> Value {
        if self.is_shared { json!([self.address()]) } else { json!([]) }
    }

    /// Refuses to act for anybody but its own account, and for that only once it is shared.
    fn check_owner(&self, owner: &Param<'_>) -> Result<(), Refusal> {
        if self.is_shared && owner.address()? == self.address() {
            return Ok(());
        }
        Err(Refusal::new(UNAUTHORISED, "The wallet has not shared this account with the page."))
    }

    fn sign(&self, hash: B256) -> Value {
        json!(Bytes::from(self.key().sign_hash(hash)))
    }
}

/// Answers a method of this family.
pub(super) fn answer(sandbox: &mut Sandbox, method: &str, params: &Value) -> Answer {
    let Sandbox { wallet, chain, .. } = sandbox;
    let params = Params::new(params);
    Some(match method {
        "eth_requestAccounts" => {
            wallet.is_shared = true;
            Ok(wallet.accounts())
        }
        "eth_accounts" => Ok(wallet.accounts()),
        "eth_chainId" => Ok(quantity(chain.chain_id())),
        "wallet_switchEthereumChain" | "wallet_addEthereumChain" => known_chain(chain, params),
        "wallet_revokePermissions" => {
            wallet.is_shared = false;
            Ok(Value::Null)
        }
        "eth_signTypedData_v4" => sign_typed_data(wallet, params),
        "personal_sign" => sign_message(wallet, params),
        "eth_sendTransaction" => send(wallet, chain, params),
        _ => return None,
    })
}

/// There is one chain, which is always chosen.
fn known_chain(chain: &Chain, params: Params<'_>) -> Result<Value, Refusal> {
    let wish = params.at(0)?;
    let Some(chain_id) = wish.field("chainId")? else { return wish.wrong("names no chain") };
    if chain_id.u64()? == chain.chain_id() {
        return Ok(Value::Null);
    }
    Err(Refusal::new(UNKNOWN_CHAIN, "Unrecognized chain ID: this wallet knows the sandbox alone."))
}

fn sign_typed_data(wallet: &Wallet, params: Params<'_>) -> Result<Value, Refusal> {
    wallet.check_owner(&params.at(0)?)?;
    let document = params.at(1)?;
    let parsed = match document.value.as_str().map(serde_json::from_str::<Value>) {
        Some(Ok(parsed)) => parsed,
        Some(Err(_)) => return document.wrong("is no JSON"),
        None => document.value.clone(),
    };
    match typed_data::signing_hash(&parsed) {
        Ok(hash) => Ok(wallet.sign(hash)),
        Err(error) => document.wrong(&format!("is no typed data: {error}")),
    }
}

/// `personal_sign` of bytes, or of a text where it is no hexadecimal (EIP-191).
fn sign_message(wallet: &Wallet, params: Params<'_>) -> Result<Value, Refusal> {
    wallet.check_owner(&params.at(1)?)?;
    let message = params.at(0)?;
    let bytes = match message.text()? {
        text if text.starts_with("0x") => message.bytes()?,
        text => Bytes::copy_from_slice(text.as_bytes()),
    };
    let prefix = format!("\x19Ethereum Signed Message:\n{}", bytes.len());
    Ok(wallet.sign(keccak256([prefix.as_bytes(), &bytes].concat())))
}

fn send(wallet: &Wallet, chain: &mut Chain, params: Params<'_>) -> Result<Value, Refusal> {
    let wish = params.at(0)?;
    match wish.field("from")? {
        Some(from) => wallet.check_owner(&from)?,
        None => return wish.wrong("has no sender"),
    }
    let message = eth_send::completed(chain, &wish)?;
    let nonce = message.nonce.unwrap_or_else(|| chain.pending_nonce(message.from));
    let signature = wallet.key().sign_hash(Transaction::signing_hash(&message, nonce, chain.chain_id()));
    let parts = SignatureParts {
        y_is_odd: signature[64] == 28,
        r: U256::from_be_slice(&signature[..32]),
        s: U256::from_be_slice(&signature[32..64]),
    };
    let transaction = Transaction::signed(message, nonce, chain.chain_id(), parts);
    Ok(json!(chain.take(transaction)?))
}
