//! The sandbox worker's end of the line to the page.

use std::cell::RefCell;
use std::rc::Rc;

use futures_channel::mpsc;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsCast;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent, MessagePort};

use super::listener::Listener;
use crate::app::{FromSandbox, ToSandbox, decode, encode};

/// The line, from inside the worker.
#[derive(Debug)]
pub struct SandboxLink {
    scope: DedicatedWorkerGlobalScope,
    port: Rc<RefCell<Option<MessagePort>>>,
    _messages: Listener,
}

impl SandboxLink {
    /// Listens to the page. `None` outside of a dedicated worker.
    pub fn open() -> Option<(Rc<Self>, mpsc::UnboundedReceiver<ToSandbox>)> {
        let scope: DedicatedWorkerGlobalScope = js_sys::global().dyn_into().ok()?;
        let (sender, receiver) = mpsc::unbounded();
        let port = Rc::new(RefCell::new(None));
        let joined = Rc::clone(&port);
        let messages = Listener::new(&scope, "message", move |event| {
            let Some(event) = event.dyn_ref::<MessageEvent>() else { return };
            let Ok(bytes) = event.data().dyn_into::<Uint8Array>() else { return };
            if let Ok(port) = event.ports().get(0).dyn_into::<MessagePort>() {
                *joined.borrow_mut() = Some(port);
            }
            // Only our own page can post here; what it did not write is not for us.
            if let Ok(message) = decode::<ToSandbox>(&bytes.to_vec()) {
                let _queued = sender.unbounded_send(message);
            }
        });
        Some((Rc::new(Self { scope, port, _messages: messages }), receiver))
    }

    /// The trader's port, which comes with [`ToSandbox::Begin`], once.
    pub fn take_port(&self) -> Option<MessagePort> {
        self.port.borrow_mut().take()
    }

    /// Sends to the page.
    pub fn post(&self, message: &FromSandbox) {
        let bytes = encode(message).expect("every message of the sandbox can be written");
        let bytes = Uint8Array::from(bytes.as_slice());
        // Nothing can be done about a page that is gone: the worker ends with it.
        let _posted = self.scope.post_message_with_transfer(&bytes, &Array::of1(&bytes.buffer()));
    }
}
