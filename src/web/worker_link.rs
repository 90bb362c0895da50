//! A worker's end of the line to the page: messages of two types, as postcard bytes.

use std::marker::PhantomData;

use futures_channel::mpsc;
use js_sys::{Array, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsCast;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use super::listener::Listener;
use crate::app::{decode, encode};

/// The line, from inside a worker.
#[derive(Debug)]
pub struct WorkerLink<In, Out> {
    scope: DedicatedWorkerGlobalScope,
    types: PhantomData<(In, Out)>,
    _messages: Listener,
}

impl<In: DeserializeOwned + 'static, Out: Serialize> WorkerLink<In, Out> {
    /// Listens to the page. `None` outside of a dedicated worker.
    pub fn open() -> Option<(Self, mpsc::UnboundedReceiver<In>)> {
        let scope: DedicatedWorkerGlobalScope = js_sys::global().dyn_into().ok()?;
        let (sender, receiver) = mpsc::unbounded();
        let messages = Listener::new(&scope, "message", move |event| {
            let data = event.dyn_ref::<MessageEvent>().map(MessageEvent::data);
            let bytes = data.and_then(|data| data.dyn_into::<Uint8Array>().ok());
            // Only our own page can post here; what it did not write is not for us.
            if let Some(Ok(message)) = bytes.map(|bytes| decode::<In>(&bytes.to_vec())) {
                let _queued = sender.unbounded_send(message);
            }
        });
        Some((Self { scope, types: PhantomData, _messages: messages }, receiver))
    }

    /// Sends to the page.
    pub fn post(&self, message: &Out) {
        let bytes = encode(message).expect("every message of a worker can be written");
        let bytes = Uint8Array::from(bytes.as_slice());
        // Nothing can be done about a page that is gone: the worker ends with it.
        let _posted = self.scope.post_message_with_transfer(&bytes, &Array::of1(&bytes.buffer()));
    }
}
