//! A worker's end of the line to the page: messages of two types, as postcard bytes, and the port that may come with
//! one of them.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

use futures_channel::mpsc;
use js_sys::{Array, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsCast;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent, MessagePort};

use super::listener::Listener;
use crate::app::{decode, encode};

/// The line, from inside a worker.
#[derive(Debug)]
pub struct WorkerLink<In, Out> {
    scope: DedicatedWorkerGlobalScope,
    port: Rc<RefCell<Option<MessagePort>>>,
    types: PhantomData<(In, Out)>,
    _messages: Listener,
}

impl<In: DeserializeOwned + 'static, Out: Serialize> WorkerLink<In, Out> {
    /// Listens to the page. `None` outside of a dedicated worker.
    pub fn open() -> Option<(Self, mpsc::UnboundedReceiver<In>)> {
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
            if let Ok(message) = decode::<In>(&bytes.to_vec()) {
                let _queued = sender.unbounded_send(message);
            }
        });
        Some((Self { scope, port, types: PhantomData, _messages: messages }, receiver))
    }

    /// The port that came with a message, once.
    pub fn take_port(&self) -> Option<MessagePort> {
        self.port.borrow_mut().take()
    }

    /// Sends to the page.
    pub fn post(&self, message: &Out) {
        let bytes = encode(message).expect("every message of a worker can be written");
        let bytes = Uint8Array::from(bytes.as_slice());
        // Nothing can be done about a page that is gone: the worker ends with it.
        let _posted = self.scope.post_message_with_transfer(&bytes, &Array::of1(&bytes.buffer()));
    }
}
