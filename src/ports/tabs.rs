//! Words between the tabs of one profile.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use async_trait::async_trait;
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::StreamExt as _;

/// A line to all other tabs of this origin (a BroadcastChannel in the browser). A tab that is closed or frozen
/// hears nothing: what must last belongs in the store.
#[async_trait(?Send)]
pub trait Tabs {
    /// Says `word` to every other tab that is open now.
    fn say(&self, word: &[u8]);

    /// The next word of another tab, in the order in which it spoke; waits for it, for ever if need be. One
    /// listener at a time.
    async fn hear(&self) -> Vec<u8>;
}

/// The twin for tests: tabs of one process share a list of inboxes.
#[derive(Debug)]
pub struct MemoryTabs {
    inboxes: Rc<RefCell<Vec<UnboundedSender<Vec<u8>>>>>,
    own: UnboundedSender<Vec<u8>>,
    inbox: RefCell<UnboundedReceiver<Vec<u8>>>,
}

impl Default for MemoryTabs {
    fn default() -> Self {
        Self::among(Rc::default())
    }
}

impl MemoryTabs {
    fn among(inboxes: Rc<RefCell<Vec<UnboundedSender<Vec<u8>>>>>) -> Self {
        let (own, inbox) = unbounded();
        inboxes.borrow_mut().push(own.clone());
        Self { inboxes, own, inbox: RefCell::new(inbox) }
    }

    /// Another tab of the same profile.
    pub fn other_tab(&self) -> Self {
        Self::among(Rc::clone(&self.inboxes))
    }
}

#[async_trait(?Send)]
impl Tabs for MemoryTabs {
    fn say(&self, word: &[u8]) {
        // A tab that was closed is told nothing any more.
        self.inboxes
            .borrow_mut()
            .retain(|inbox| inbox.same_receiver(&self.own) || inbox.unbounded_send(word.to_vec()).is_ok());
    }

    async fn hear(&self) -> Vec<u8> {
        poll_fn(|context| match self.inbox.borrow_mut().poll_next_unpin(context) {
            Poll::Ready(Some(word)) => Poll::Ready(word),
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        })
        .await
    }
}
