//! The ground the flows stand on: the local pool, unlocked accounts, and ways to the chain past the machine.

use std::rc::Rc;

use alloy_primitives::{Address, B256, Bytes, U256, address};
use alloy_sol_types::SolCall;
use leash::contracts::abi::IERC20;
use leash::contracts::{PoolFacts, network_by_id};
use leash::ports::Transport;
use leash::rpc::Node;
use serde_json::{Value, json};

use super::http_transport::HttpTransport;
use super::stack::{PATIENCE, Stack};

/// The unlocked account that moves the market.
pub(crate) const TRADER: Address = address!("23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f");
/// An unlocked account that may mint the demo tokens.
const FAUCET: Address = address!("14dC79964da2C08b23698B3D3cc7Ca32193d9955");

/// Ports of the node, the bundler and the sponsor.
pub(crate) const NODE_PORT: u16 = 8545;
pub(crate) const BUNDLER_PORT: u16 = 8546;
pub(crate) const PAYMASTER_PORT: u16 = 8547;

const BUNDLER: &str = "http://127.0.0.1:8546";

/// The local pool.
pub(crate) fn pool() -> PoolFacts {
    network_by_id("local").and_then(|network| network.pool).expect("the local pool")
}

impl Stack {
    /// The node through the app's client.
    pub(crate) fn reader(&self) -> Node {
        Node::new(Rc::<HttpTransport>::clone(&self.node), "127.0.0.1")
    }

    /// A transaction of an unlocked account, mined.
    pub(crate) async fn send(&self, from: Address, to: Address, data: Vec<u8>) -> B256 {
        let transaction = json!([{ "from": from, "to": to, "data": Bytes::from(data), "gas": "0x2dc6c0" }]);
        let hash = self.node("eth_sendTransaction", transaction).await;
        hash.as_str().and_then(|hash| hash.parse().ok()).expect("a hash")
    }

    /// Mints `whole` quote tokens to `to`.
    pub(crate) async fn mint(&self, to: Address, whole: u64) {
        let quote = pool().quote;
        let amount = U256::from(whole) * U256::from(10).pow(U256::from(quote.decimals));
        self.send(FAUCET, quote.address, IERC20::mintCall { to, amount }.abi_encode()).await;
    }

    /// Asks the bundler.
    pub(crate) async fn bundler(&self, method: &str, params: Value) -> Value {
        let bundler = HttpTransport::new(BUNDLER, PATIENCE);
        bundler.request(method, params).await.unwrap_or_else(|error| panic!("{method}: {error}"))
    }
}
