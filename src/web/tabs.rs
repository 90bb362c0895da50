//! The other tabs of this origin, by a BroadcastChannel.

use std::cell::RefCell;
use std::future::poll_fn;
use std::task::Poll;

use async_trait::async_trait;
use futures_channel::mpsc::{UnboundedReceiver, unbounded};
use futures_util::StreamExt as _;
use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use web_sys::{BroadcastChannel, MessageEvent};

use super::listener::Listener;
use crate::ports::Tabs;

/// A channel of this origin. Where a browser has none, nobody is heard, and the store and the chain remain.
#[derive(Debug)]
pub struct TabChannel {
    channel: Option<(BroadcastChannel, Listener)>,
    inbox: RefCell<UnboundedReceiver<Vec<u8>>>,
}

impl TabChannel {
    /// Joins the channel `name`.
    pub fn new(name: &str) -> Self {
        let (heard, inbox) = unbounded();
        let channel = BroadcastChannel::new(name).ok().map(|channel| {
            let listener = Listener::new(&channel, "message", move |event| {
                let data = event.dyn_ref::<MessageEvent>().map(MessageEvent::data);
                if let Some(bytes) = data.and_then(|data| data.dyn_into::<Uint8Array>().ok()) {
                    let _queued = heard.unbounded_send(bytes.to_vec());
                }
            });
            (channel, listener)
        });
        Self { channel, inbox: RefCell::new(inbox) }
    }
}

#[async_trait(?Send)]
impl Tabs for TabChannel {
    fn say(&self, word: &[u8]) {
        if let Some((channel, _)) = &self.channel {
            // Bytes can always be copied, and the channel is closed only when this is dropped.
            let _said = channel.post_message(&Uint8Array::from(word));
        }
    }

    async fn hear(&self) -> Vec<u8> {
        poll_fn(|context| match self.inbox.borrow_mut().poll_next_unpin(context) {
            Poll::Ready(Some(word)) => Poll::Ready(word),
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        })
        .await
    }
}

impl Drop for TabChannel {
    fn drop(&mut self) {
        if let Some((channel, _)) = &self.channel {
            channel.close();
        }
    }
}
