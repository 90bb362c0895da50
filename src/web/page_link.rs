//! The worker's end of the line to the page, and the wallet behind it as a transport.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use async_trait::async_trait;
use futures_channel::{mpsc, oneshot};
use js_sys::{Array, Uint8Array};
use serde_json::Value;
use wasm_bindgen::JsCast;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent, MessagePort};

use super::clock::within;
use super::listener::Listener;
use super::wallets::WALLET_TIMEOUT_MILLIS;
use crate::app::{ToPage, ToTrader, WalletError, decode, encode};
use crate::ports::{Transport, TransportError};

type Answer = Result<String, WalletError>;

/// The line, from inside the worker.
#[derive(Debug)]
pub struct PageLink {
    scope: DedicatedWorkerGlobalScope,
    waiting: Rc<RefCell<Vec<(u64, oneshot::Sender<Answer>)>>>,
    next_id: Cell<u64>,
    port: Rc<RefCell<Option<MessagePort>>>,
    _messages: Listener,
}

impl PageLink {
    /// Listens to the page. Intents and events come out of the receiver; wallet answers go straight to the
    /// request that waits for them, so that a use case may wait while nobody empties the receiver. `None`
    /// outside of a dedicated worker.
    pub fn open() -> Option<(Rc<Self>, mpsc::UnboundedReceiver<ToTrader>)> {
        let scope: DedicatedWorkerGlobalScope = js_sys::global().dyn_into().ok()?;
        let (sender, receiver) = mpsc::unbounded();
        let waiting = Rc::new(RefCell::new(Vec::<(u64, oneshot::Sender<Answer>)>::new()));
        let answered = Rc::clone(&waiting);
        let port = Rc::new(RefCell::new(None));
        let joined = Rc::clone(&port);
        let messages = Listener::new(&scope, "message", move |event| {
            let Some(event) = event.dyn_ref::<MessageEvent>() else { return };
            let Ok(bytes) = event.data().dyn_into::<Uint8Array>() else { return };
            if let Ok(port) = event.ports().get(0).dyn_into::<MessagePort>() {
                *joined.borrow_mut() = Some(port);
            }
            match decode(&bytes.to_vec()) {
                Ok(ToTrader::WalletAnswer { id, answer }) => {
                    // An answer nobody waits for came too late, or twice.
                    let mut waiting = answered.borrow_mut();
                    if let Some(place) = waiting.iter().position(|(asked, _)| *asked == id) {
                        let (_, request) = waiting.swap_remove(place);
                        let _told = request.send(answer);
                    }
                }
                Ok(message @ (ToTrader::Begin { .. } | ToTrader::Intent(_) | ToTrader::Event(_))) => {
                    let _queued = sender.unbounded_send(message);
                }
                // Only our own page can post here; what it did not write is not for us.
                Err(_) => {}
            }
        });
        let link = Self { scope, waiting, next_id: Cell::new(1), port, _messages: messages };
        Some((Rc::new(link), receiver))
    }

    /// The port that came with [`ToTrader::Begin`], once.
    pub fn take_port(&self) -> Option<MessagePort> {
        self.port.borrow_mut().take()
    }

    /// Sends to the page.
    pub fn post(&self, message: &ToPage) {
        let bytes = encode(message).expect("every message of the trader can be written");
        let bytes = Uint8Array::from(bytes.as_slice());
        // Nothing can be done about a page that is gone: the worker ends with it.
        let _posted = self.scope.post_message_with_transfer(&bytes, &Array::of1(&bytes.buffer()));
    }
}

/// One wallet of the page as a [`Transport`]: only its answers to its own requests ever come back.
#[derive(Clone, Debug)]
pub struct WalletTransport {
    link: Rc<PageLink>,
    wallet: String,
}

impl WalletTransport {
    /// The wallet that the page lists under `wallet`.
    pub fn new(link: Rc<PageLink>, wallet: impl Into<String>) -> Self {
        Self { link, wallet: wallet.into() }
    }
}

/// Forgets a request when nobody waits for it any more.
struct Waiting<'a>(&'a PageLink, u64);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.borrow_mut().retain(|(asked, _)| *asked != self.1);
    }
}

#[async_trait(?Send)]
impl Transport for WalletTransport {
    async fn request(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        let id = self.link.next_id.replace(self.link.next_id.get() + 1);
        let (sender, answer) = oneshot::channel();
        self.link.waiting.borrow_mut().push((id, sender));
        let _waiting = Waiting(&self.link, id);
        self.link.post(&ToPage::WalletRequest {
            id,
            wallet: self.wallet.clone(),
            method: method.to_owned(),
            params: params.to_string(),
        });
        match within(WALLET_TIMEOUT_MILLIS, answer).await {
            Some(Ok(Ok(result))) => {
                serde_json::from_str(&result).map_err(|error| TransportError::Malformed(error.to_string()))
            }
            Some(Ok(Err(WalletError { code, message, data }))) => {
                Err(TransportError::Refused { code, message, data })
            }
            Some(Err(_)) => Err(TransportError::Unreachable("the page does not answer".to_owned())),
            None => Err(TransportError::Timeout { after_millis: u64::from(WALLET_TIMEOUT_MILLIS) }),
        }
    }
}
