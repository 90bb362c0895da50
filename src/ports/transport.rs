//! One JSON-RPC request: the shape of EIP-1193's `request`, for wallet, node, bundler and paymaster alike.

use std::cell::RefCell;
use std::collections::VecDeque;

use async_trait::async_trait;
use serde_json::Value;
use thiserror::Error;

/// Somebody who answers JSON-RPC requests.
#[async_trait(?Send)]
pub trait Transport {
    /// Asks `method` with `params` (a JSON array) and waits for the `result`.
    ///
    /// # Errors
    /// [`TransportError`]; an implementation must give up by itself after a time, so that a peer that never
    /// answers is [`TransportError::Timeout`].
    async fn request(&self, method: &str, params: Value) -> Result<Value, TransportError>;
}

/// Why there is no result. `message` and `body` come from outside: show them as inert text only.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TransportError {
    /// No connection, refused by CORS, offline.
    #[error("could not be reached: {0}")]
    Unreachable(String),
    /// No answer in the time allowed.
    #[error("did not answer within {after_millis} ms")]
    Timeout {
        /// How long it was waited for.
        after_millis: u64,
    },
    /// An HTTP status other than 2xx without a JSON-RPC error inside.
    #[error("answered with HTTP status {status}")]
    Http {
        /// The status.
        status: u16,
        /// Seconds of `Retry-After`, when given and sane.
        retry_after_secs: Option<u64>,
        /// The start of the body.
        body: String,
    },
    /// The answer is no JSON-RPC response: HTML, truncated, wrong id, both or neither of result and error.
    #[error("gave an answer that is no JSON-RPC: {0}")]
    Malformed(String),
    /// More than the allowed size.
    #[error("gave an answer of more than {limit_bytes} bytes")]
    TooLarge {
        /// The limit.
        limit_bytes: usize,
    },
    /// The peer understood and refused (EIP-1474, EIP-1193, ERC-7769 codes).
    #[error("{message} (code {code})")]
    Refused {
        /// The JSON-RPC error code.
        code: i64,
        /// Its message.
        message: String,
        /// Its `data`, as JSON text.
        data: Option<String>,
    },
}

/// The twin for tests: gives prepared answers in order and remembers what was asked.
#[derive(Debug, Default)]
pub struct ScriptedTransport {
    answers: RefCell<VecDeque<(String, Result<Value, TransportError>)>>,
    asked: RefCell<Vec<(String, Value)>>,
}

impl ScriptedTransport {
    /// Answers the next request, which must be for `method`, with `answer`.
    pub fn expect(&self, method: &str, answer: Result<Value, TransportError>) {
        self.answers.borrow_mut().push_back((method.to_owned(), answer));
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<(String, Value)> {
        self.asked.borrow().clone()
    }
}

#[async_trait(?Send)]
impl Transport for ScriptedTransport {
    async fn request(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        self.asked.borrow_mut().push((method.to_owned(), params));
        match self.answers.borrow_mut().pop_front() {
            Some((expected, answer)) if expected == method => answer,
            Some((expected, _)) => {
                Err(TransportError::Malformed(format!("script expected {expected}, not {method}")))
            }
            None => Err(TransportError::Malformed(format!("script has no answer for {method}"))),
        }
    }
}
