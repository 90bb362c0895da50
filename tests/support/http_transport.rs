//! JSON-RPC over HTTP for host tests, so that they go through the same clients as the page.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use leash::ports::envelope::{MAX_ANSWER_BYTES, parse_response, request_body};
use leash::ports::{Transport, TransportError};
use serde_json::Value;
use ureq::Agent;

/// One server. Requests that are made together are under way together; a tokio runtime must be running.
#[derive(Debug)]
pub(crate) struct HttpTransport {
    agent: Agent,
    url: String,
    timeout: Duration,
    next_id: AtomicU64,
}

impl HttpTransport {
    /// The server at `url`, which gets `timeout` for each answer.
    pub(crate) fn new(url: &str, timeout: Duration) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .build();
        Self { agent: config.into(), url: url.to_owned(), timeout, next_id: AtomicU64::new(1) }
    }
}

#[async_trait(?Send)]
impl Transport for HttpTransport {
    async fn request(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let body = request_body(id, method, &params);
        let (agent, url, timeout) = (self.agent.clone(), self.url.clone(), self.timeout);
        let answer = tokio::task::spawn_blocking(move || ask(&agent, &url, &body));
        let answer = answer.await.map_err(|error| TransportError::Unreachable(error.to_string()))?;
        let answer = answer.map_err(|error| {
            if matches!(error, ureq::Error::Timeout(_)) {
                TransportError::Timeout { after_millis: timeout.as_millis().try_into().unwrap_or(u64::MAX) }
            } else if matches!(error, ureq::Error::BodyExceedsLimit(_)) {
                TransportError::TooLarge { limit_bytes: MAX_ANSWER_BYTES }
            } else {
                TransportError::Unreachable(error.to_string())
            }
        })?;
        // Read by whoever asked, as in a browser.
        parse_response(id, answer.status, answer.retry_after.as_deref(), &answer.body)
    }
}

struct Answer {
    status: u16,
    retry_after: Option<String>,
    body: Vec<u8>,
}

fn ask(agent: &Agent, url: &str, body: &str) -> Result<Answer, ureq::Error> {
    let mut response = agent.post(url).content_type("application/json").send(body)?;
    let retry_after = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
    let retry_after = retry_after.map(str::to_owned);
    let limit = u64::try_from(MAX_ANSWER_BYTES).unwrap_or(u64::MAX);
    let body = response.body_mut().with_config().limit(limit).read_to_vec()?;
    Ok(Answer { status: response.status().as_u16(), retry_after, body })
}
