//! JSON-RPC between two workers, over a port that the page joined them by.
//!
//! A message is `[endpoint, id, body]` one way and `[id, body]` back, bodies being JSON-RPC text; without a body
//! there is nobody at that endpoint. Beside answers, plain bytes may come from the answering side: its news.
//! Nothing here knows what is asked, or of whom.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use async_trait::async_trait;
use futures_channel::oneshot;
use js_sys::{Array, Uint8Array};
use serde_json::Value;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, MessagePort};

use super::clock::within;
use super::listener::Listener;
use crate::ports::envelope::{parse_response, request_body};
use crate::ports::{Transport, TransportError};

/// An answer's body, or `None` when nobody is at the endpoint.
type Body = Option<String>;

/// The asking end of a port.
#[derive(Debug)]
pub struct PortLine {
    port: MessagePort,
    waiting: Rc<RefCell<BTreeMap<u64, oneshot::Sender<Body>>>>,
    next_id: Cell<u64>,
    _messages: Listener,
}

impl PortLine {
    /// Opens the port; what the other side tells unasked goes to `on_news`.
    pub fn open(port: MessagePort, on_news: impl Fn(&[u8]) + 'static) -> Rc<Self> {
        let waiting = Rc::new(RefCell::new(BTreeMap::<u64, oneshot::Sender<Body>>::new()));
        let answered = Rc::clone(&waiting);
        let messages = Listener::new(&port, "message", move |event| {
            let Some(data) = event.dyn_ref::<MessageEvent>().map(MessageEvent::data) else { return };
            if let Some(news) = data.dyn_ref::<Uint8Array>() {
                on_news(&news.to_vec());
            } else if let Some((id, body)) = data.dyn_ref::<Array>().and_then(read_answer)
                // An answer nobody waits for came too late.
                && let Some(request) = answered.borrow_mut().remove(&id)
            {
                let _told = request.send(body);
            }
        });
        port.start();
        Rc::new(Self { port, waiting, next_id: Cell::new(1), _messages: messages })
    }

    /// Somebody at the other end, by the name of the endpoint; waits at most `timeout_millis` for an answer.
    pub fn transport(self: &Rc<Self>, endpoint: impl Into<String>, timeout_millis: u32) -> PortTransport {
        PortTransport { line: Rc::clone(self), endpoint: endpoint.into(), timeout_millis }
    }
}

fn read_answer(answer: &Array) -> Option<(u64, Body)> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an id that was sent from here"
    )]
    let id = answer.get(0).as_f64()? as u64;
    Some((id, answer.get(1).as_string()))
}

/// One endpoint behind a [`PortLine`].
#[derive(Clone, Debug)]
pub struct PortTransport {
    line: Rc<PortLine>,
    endpoint: String,
    timeout_millis: u32,
}

/// Forgets a request when nobody waits for it any more.
struct Waiting<'a>(&'a PortLine, u64);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.borrow_mut().remove(&self.1);
    }
}

#[async_trait(?Send)]
impl Transport for PortTransport {
    async fn request(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        let line = &self.line;
        let id = line.next_id.replace(line.next_id.get() + 1);
        let (sender, answer) = oneshot::channel();
        line.waiting.borrow_mut().insert(id, sender);
        let _waiting = Waiting(line, id);
        let body = request_body(id, method, &params);
        let message = Array::of3(&self.endpoint.as_str().into(), &number(id), &body.into());
        let unreachable = |why: &str| TransportError::Unreachable(why.to_owned());
        line.port.post_message(&message).map_err(|_| unreachable("the line is closed"))?;
        match within(self.timeout_millis, answer).await {
            Some(Ok(Some(body))) => parse_response(id, 200, None, body.as_bytes()),
            Some(Ok(None)) => Err(unreachable("nobody is at this endpoint")),
            Some(Err(_)) => Err(unreachable("the line is closed")),
            None => Err(TransportError::Timeout { after_millis: u64::from(self.timeout_millis) }),
        }
    }
}

/// Ids stay far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "small")]
fn number(id: u64) -> JsValue {
    JsValue::from_f64(id as f64)
}

/// A request that came over a port, waiting for its answer.
#[derive(Debug)]
pub struct Inquiry {
    /// Who is asked.
    pub endpoint: String,
    /// JSON-RPC text.
    pub body: String,
    id: JsValue,
    port: MessagePort,
}

impl Inquiry {
    /// Answers with JSON-RPC text, or says that nobody is there.
    pub fn answer(self, body: Option<&str>) {
        let body = body.map_or(JsValue::NULL, JsValue::from_str);
        // Whoever asked may be gone.
        let _posted = self.port.post_message(&Array::of2(&self.id, &body));
    }
}

/// The answering end of a port.
#[derive(Debug)]
pub struct PortHost {
    port: MessagePort,
    _messages: Listener,
}

impl PortHost {
    /// Opens the port; every request goes to `on_inquiry`, malformed ones to nobody.
    pub fn open(port: MessagePort, on_inquiry: impl Fn(Inquiry) + 'static) -> Self {
        let line = port.clone();
        let messages = Listener::new(&port, "message", move |event| {
            let data = event.dyn_ref::<MessageEvent>().map(MessageEvent::data);
            let request = data.and_then(|data| data.dyn_into::<Array>().ok());
            let Some([endpoint, id, body]) = request.map(|request| [0, 1, 2].map(|at| request.get(at)))
            else {
                return;
            };
            if let (Some(endpoint), Some(body)) = (endpoint.as_string(), body.as_string()) {
                on_inquiry(Inquiry { endpoint, body, id, port: line.clone() });
            }
        });
        port.start();
        Self { port, _messages: messages }
    }

    /// Tells the asking side something it did not ask for.
    pub fn tell(&self, news: &[u8]) {
        let news = Uint8Array::from(news);
        // Whoever asked may be gone.
        let _posted = self.port.post_message(&news);
    }
}
