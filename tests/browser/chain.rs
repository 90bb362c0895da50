//! The chain behind the page, asked past the page: over HTTP, or through the wallet of the sandbox's page.

use std::thread;
use std::time::{Duration, Instant};

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use serde_json::{Value, json};

use crate::stack;
use crate::tab::Tab;

/// The sandbox's wallet, as every page may see it.
pub(crate) const SANDBOX_RDNS: &str = "app.leash.sandbox";
/// Longest that a transaction may take.
const PATIENCE: Duration = Duration::from_secs(100);
/// Pause between two looks at what is awaited.
const POLL: Duration = Duration::from_millis(25);

/// Runs before the sandbox's page: tells of every request to its wallet, as the test wallet does, and keeps the way to
/// ask for the test's own sake.
pub(crate) const WATCH_SANDBOX_WALLET: &str = r#"addEventListener("eip6963:announceProvider", ({ detail }) => {
  const { info, provider } = detail;
  if (info.rdns !== "app.leash.sandbox" || globalThis.askSandbox) return;
  const answer = provider.request;
  globalThis.askSandbox = (method, params) => answer({ method, params });
  provider.request = (asked) => {
    globalThis.walletAsked?.(JSON.stringify({ rdns: info.rdns, method: asked.method }));
    return answer(asked);
  };
});"#;

/// A chain that answers JSON-RPC.
pub(crate) trait Chain {
    /// Asks its node; panics with its refusal.
    fn node(&self, method: &str, params: &Value) -> Value;
}

/// The local stack.
pub(crate) struct Stack;

impl Chain for Stack {
    fn node(&self, method: &str, params: &Value) -> Value {
        stack::node(method, params)
    }
}

/// The sandbox behind this tab.
pub(crate) struct Sandbox<'a>(pub(crate) &'a Tab);

impl Chain for Sandbox<'_> {
    fn node(&self, method: &str, params: &Value) -> Value {
        let asked = format!("askSandbox({}, {params})", json!(method));
        let asked = format!("{asked}.then((result) => [result], (error) => error.message)");
        let answer = self.0.run(&asked);
        let result = answer.as_array().and_then(|answer| answer.first());
        result.unwrap_or_else(|| panic!("{method}: {answer}")).clone()
    }
}

impl dyn Chain + '_ {
    /// The receipt of a transaction that was sent; the chain may still be at it.
    pub(crate) fn receipt(&self, hash: &Value) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let receipt = self.node("eth_getTransactionReceipt", &json!([hash]));
            if !receipt.is_null() {
                return receipt;
            }
            assert!(Instant::now() < deadline, "{hash} is not mined");
            thread::sleep(POLL);
        }
    }

    /// Native coin of `address` in wei.
    pub(crate) fn ether_of(&self, address: Address) -> U256 {
        quantity(&self.node("eth_getBalance", &json!([address, "latest"])))
    }

    /// Calls a view function.
    pub(crate) fn read<C: SolCall>(&self, target: Address, call: &C) -> C::Return {
        let data = alloy_primitives::hex::encode_prefixed(call.abi_encode());
        let answer = self.node("eth_call", &json!([{ "to": target, "data": data }, "latest"]));
        let bytes = alloy_primitives::hex::decode(answer.as_str().expect("hex text")).expect("hex text");
        C::abi_decode_returns(&bytes).expect("the declared return values")
    }

    /// The latest block's number.
    pub(crate) fn block(&self) -> u64 {
        quantity(&self.node("eth_blockNumber", &json!([]))).to()
    }
}

/// The local stack, to read it.
pub(crate) fn stack_chain() -> &'static dyn Chain {
    &Stack
}

/// A number as nodes write it.
pub(crate) fn quantity(value: &Value) -> U256 {
    value.as_str().and_then(|text| text.parse().ok()).expect("a quantity")
}
