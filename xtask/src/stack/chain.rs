//! A chain as its deployer sees it: anvil's own methods and unlocked accounts, on anvil or in a sandbox.

use alloy_primitives::{Address, Bytes, U256, hex};
use alloy_sol_types::SolCall;
use serde_json::{Value, json};

use super::line::Line;
use crate::failure::{Because, Failure, Outcome};

/// Enough for any deployment, far below the block's 300 million.
const GAS: &str = "0x1c9c380";

/// A chain that takes anvil's methods.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    line: Line,
    mines_at_once: bool,
}

impl Chain {
    /// `mines_at_once` is false where blocks will come at intervals once everything is deployed.
    pub(crate) fn new(line: Line, mines_at_once: bool) -> Self {
        Self { line, mines_at_once }
    }

    pub(crate) fn ask(&self, method: &str, params: &Value) -> Outcome<Value> {
        self.line.call(method, params)
    }

    /// The newest block's time, in seconds.
    pub(crate) fn now(&self) -> Outcome<u64> {
        quantity(&self.ask("eth_getBlockByNumber", &json!(["latest", false]))?["timestamp"])
    }

    pub(crate) fn code(&self, at: Address) -> Outcome<Bytes> {
        bytes(&self.ask("eth_getCode", &json!([at, "latest"]))?)
    }

    pub(crate) fn set_code(&self, at: Address, code: &Bytes) -> Outcome<()> {
        self.ask("anvil_setCode", &json!([at, code])).map(drop)
    }

    /// Sends from an unlocked account and waits until it is mined; a revert is a failure.
    pub(crate) fn send(&self, from: Address, to: Option<Address>, data: &[u8]) -> Outcome<Value> {
        self.settled(&self.ask("eth_sendTransactionSync", &json!([transaction(from, to, data)]))?)
    }

    /// Sends with so many wei, a hexadecimal quantity.
    pub(crate) fn send_value(&self, from: Address, to: Address, data: &[u8], wei: &str) -> Outcome<Value> {
        let mut transaction = transaction(from, Some(to), data);
        transaction["value"] = json!(wei);
        self.settled(&self.ask("eth_sendTransactionSync", &json!([transaction]))?)
    }

    /// Sends without waiting; the hash.
    pub(crate) fn post(&self, from: Address, to: Address, data: &[u8]) -> Outcome<Value> {
        self.ask("eth_sendTransaction", &json!([transaction(from, Some(to), data)]))
    }

    /// Whether the transaction `hash` is in a block.
    pub(crate) fn is_mined(&self, hash: &Value) -> Outcome<bool> {
        Ok(!self.ask("eth_getTransactionReceipt", &json!([hash]))?.is_null())
    }

    /// Sends and sees to it that a block holds it, also where blocks come at intervals.
    pub(crate) fn send_now(&self, from: Address, to: Address, data: &[u8]) -> Outcome<Value> {
        if self.mines_at_once {
            return self.send(from, Some(to), data);
        }
        let hash = self.post(from, to, data)?;
        let receipt = |chain: &Self| chain.ask("eth_getTransactionReceipt", &json!([hash]));
        let mut found = receipt(self)?;
        while found.is_null() {
            self.ask("evm_mine", &json!([]))?;
            found = receipt(self)?;
        }
        self.settled(&found)
    }

    /// The address at which `code` was deployed.
    pub(crate) fn deploy(&self, from: Address, code: &[u8]) -> Outcome<Address> {
        let receipt = self.send(from, None, code)?;
        receipt["contractAddress"]
            .as_str()
            .and_then(|text| text.parse().ok())
            .because("The chain deployed without telling an address")
    }

    /// A view.
    pub(crate) fn read<C: SolCall>(&self, to: Address, call: &C) -> Outcome<C::Return> {
        let data = Bytes::from(call.abi_encode());
        let answer = bytes(&self.ask("eth_call", &json!([{ "to": to, "data": data }, "latest"]))?)?;
        C::abi_decode_returns(&answer).because(format!("Cannot read the answer of {}", C::SIGNATURE))
    }

    fn settled(&self, receipt: &Value) -> Outcome<Value> {
        if receipt["status"] == "0x1" {
            Ok(receipt.clone())
        } else {
            Err(Failure::new(format!("A transaction of the local stack reverted: {receipt}")))
        }
    }
}

fn transaction(from: Address, to: Option<Address>, data: &[u8]) -> Value {
    let mut transaction = json!({ "from": from, "data": hex::encode_prefixed(data), "gas": GAS });
    if let Some(to) = to {
        transaction["to"] = json!(to);
    }
    transaction
}

/// A JSON-RPC quantity as seconds, blocks or the like.
pub(crate) fn quantity(value: &Value) -> Outcome<u64> {
    let parsed = value.as_str().and_then(|text| text.parse::<U256>().ok());
    parsed.and_then(|number| u64::try_from(number).ok()).because(format!("{value} is not a quantity"))
}

fn bytes(value: &Value) -> Outcome<Bytes> {
    value.as_str().and_then(|text| text.parse().ok()).because(format!("{value} is not a byte string"))
}
