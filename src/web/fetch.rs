//! JSON-RPC over HTTP, by `fetch` of a window or a worker.

use std::cell::Cell;

use async_trait::async_trait;
use js_sys::Uint8Array;
use serde_json::Value;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Headers, ReadableStreamDefaultReader, ReferrerPolicy, RequestCache, RequestCredentials,
    RequestInit, RequestRedirect, Response,
};

use super::clock::within;
use super::fault::{describe, property, scope};
use crate::ports::envelope::{MAX_ANSWER_BYTES, parse_response, request_body};
use crate::ports::{Transport, TransportError};

/// One HTTP endpoint. Sends no cookies and no referrer, and follows no redirect.
#[derive(Debug)]
pub struct HttpTransport {
    url: String,
    timeout_millis: u32,
    next_id: Cell<u64>,
}

impl HttpTransport {
    /// Asks `url`, waiting at most `timeout_millis` for a whole answer.
    pub fn new(url: impl Into<String>, timeout_millis: u32) -> Self {
        Self { url: url.into(), timeout_millis, next_id: Cell::new(1) }
    }

    fn request_init(body: &str, controller: &AbortController) -> Result<RequestInit, JsValue> {
        let headers = Headers::new()?;
        headers.set("content-type", "application/json")?;
        let init = RequestInit::new();
        init.set_method("POST");
        init.set_headers_headers(&headers);
        init.set_body(&JsValue::from_str(body));
        init.set_redirect(RequestRedirect::Error);
        init.set_credentials(RequestCredentials::Omit);
        init.set_referrer_policy(ReferrerPolicy::NoReferrer);
        init.set_cache(RequestCache::NoStore);
        init.set_signal(Some(&controller.signal()));
        Ok(init)
    }

    async fn exchange(&self, id: u64, init: &RequestInit) -> Result<Value, TransportError> {
        let unreachable = |thrown: JsValue| TransportError::Unreachable(describe(&thrown));
        let response = JsFuture::from(scope().fetch_with_str_and_init(&self.url, init));
        let response: Response =
            response.await.and_then(wasm_bindgen::JsCast::dyn_into).map_err(unreachable)?;
        let header = |name| response.headers().get(name).ok().flatten();
        let announced = header("content-length").and_then(|text| text.parse::<usize>().ok());
        if announced.is_some_and(|bytes| bytes > MAX_ANSWER_BYTES) {
            return Err(TransportError::TooLarge { limit_bytes: MAX_ANSWER_BYTES });
        }
        let body = read_body(&response).await?;
        parse_response(id, response.status(), header("retry-after").as_deref(), &body)
    }
}

/// A file of this page's own release.
///
/// # Errors
/// A sentence: it is not there, or the network is not.
pub async fn fetch_file(name: &str) -> Result<Vec<u8>, String> {
    let response = JsFuture::from(scope().fetch_with_str(name)).await.and_then(JsCast::dyn_into::<Response>);
    let response = response.map_err(|thrown| describe(&thrown))?;
    if !response.ok() {
        return Err(format!("{name}: HTTP status {}", response.status()));
    }
    read_body(&response).await.map_err(|error| error.to_string())
}

/// The body, counted while it comes in.
async fn read_body(response: &Response) -> Result<Vec<u8>, TransportError> {
    let broken = |thrown: JsValue| TransportError::Unreachable(describe(&thrown));
    let mut body = Vec::new();
    let Some(stream) = response.body() else { return Ok(body) };
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    loop {
        let piece = JsFuture::from(reader.read()).await.map_err(broken)?;
        let Some(bytes) = property(&piece, "value") else { return Ok(body) };
        let bytes: Uint8Array = bytes.dyn_into().map_err(broken)?;
        if body.len().saturating_add(bytes.length() as usize) > MAX_ANSWER_BYTES {
            return Err(TransportError::TooLarge { limit_bytes: MAX_ANSWER_BYTES });
        }
        body.extend_from_slice(&bytes.to_vec());
    }
}

/// Ends the request when it is dropped, be it answered, timed out or forgotten by the caller.
struct Abort(AbortController);

impl Drop for Abort {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[async_trait(?Send)]
impl Transport for HttpTransport {
    async fn request(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        let id = self.next_id.replace(self.next_id.get() + 1);
        let unreachable = |thrown: JsValue| TransportError::Unreachable(describe(&thrown));
        let abort = Abort(AbortController::new().map_err(unreachable)?);
        let init = Self::request_init(&request_body(id, method, &params), &abort.0).map_err(unreachable)?;
        let answer = within(self.timeout_millis, self.exchange(id, &init)).await;
        answer.unwrap_or(Err(TransportError::Timeout { after_millis: u64::from(self.timeout_millis) }))
    }
}
