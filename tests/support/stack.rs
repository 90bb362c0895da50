//! The running local stack, found by `LEASH_STACK`, and its controls.

use std::rc::Rc;
use std::time::Duration;

use leash::ports::Transport;
use serde_json::{Value, json};

use super::http_transport::HttpTransport;

const NODE: &str = "http://127.0.0.1:8545";
const CONTROL: &str = "http://127.0.0.1:8548";

/// Longest answer of a service.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Handles to the chain and to the stack's controls.
#[derive(Clone)]
pub(crate) struct Stack {
    pub(crate) node: Rc<HttpTransport>,
    control: Rc<HttpTransport>,
}

impl Stack {
    pub(crate) fn new() -> Self {
        Self {
            node: Rc::new(HttpTransport::new(NODE, PATIENCE)),
            control: Rc::new(HttpTransport::new(CONTROL, PATIENCE)),
        }
    }

    pub(crate) async fn node(&self, method: &str, params: Value) -> Value {
        self.node.request(method, params).await.unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// Steers the market.
    pub(crate) async fn market(&self, order: Value) -> Value {
        self.control("leash_market", json!([order])).await
    }

    pub(crate) async fn control(&self, method: &str, params: Value) -> Value {
        self.control.request(method, params).await.unwrap_or_else(|error| panic!("{method}: {error}"))
    }
}
