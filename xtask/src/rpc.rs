//! JSON-RPC 2.0 over HTTP, as much as a helper needs.

use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;

use crate::failure::{Because, Failure, Outcome};

/// One endpoint; clones share the connection.
#[derive(Clone, Debug)]
pub(crate) struct Rpc {
    agent: Agent,
    url: String,
}

impl Rpc {
    pub(crate) fn new(url: impl Into<String>) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(30)))
            .http_status_as_error(false)
            .build();
        Self { agent: config.into(), url: url.into() }
    }

    /// The `result` of `method`, or a sentence with the server's own message.
    pub(crate) fn call(&self, method: &str, params: &Value) -> Outcome<Value> {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let asked = || format!("{} did not answer {method}", self.url);
        // alto takes this content type to the letter, without a charset.
        let post = self.agent.post(&self.url).header("content-type", "application/json");
        let mut response = post.send(request.to_string()).because(asked())?;
        let mut body: Value = response.body_mut().read_json().because(asked())?;
        match body.get_mut("result") {
            Some(result) => Ok(result.take()),
            None => Err(Failure::new(format!("{} refused {method}: {}", self.url, body["error"]))),
        }
    }
}
