//! The way to a chain's JSON-RPC: over HTTP, or straight into a sandbox of this process.

use std::sync::{Arc, Mutex};

use leash::sandbox::{Peer, Reply, Sandbox};
use serde_json::Value;

use crate::failure::{Because, Failure, Outcome};
use crate::rpc::Rpc;

/// Whoever answers for the chain; clones reach the same one.
#[derive(Clone, Debug)]
pub(crate) enum Line {
    /// anvil.
    Http(Rpc),
    /// A sandbox, which several may ask.
    Inside(Arc<Mutex<Sandbox>>),
}

impl Line {
    /// The `result` of `method`, or a sentence with the chain's own message.
    pub(crate) fn call(&self, method: &str, params: &Value) -> Outcome<Value> {
        let sandbox = match self {
            Self::Http(rpc) => return rpc.call(method, params),
            Self::Inside(sandbox) => sandbox,
        };
        let reply = sandbox.lock().because("The sandbox was lost")?.ask(Peer::Node, method, params);
        match reply {
            Reply::Answer(answer) | Reply::Later { answer, .. } => answer.map_err(|refusal| {
                let (code, message) = (refusal.code, refusal.message);
                Failure::new(format!("The sandbox refused {method}: {message} (code {code})"))
            }),
            Reply::Silence => Err(Failure::new(format!("The sandbox did not answer {method}"))),
        }
    }
}
