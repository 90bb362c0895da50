//! The time of day and waiting.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use async_trait::async_trait;
use futures_channel::oneshot;

use crate::units::UnixMillis;

/// The local clock. It paces polling and ages; whether something is expired is for block time to say.
#[async_trait(?Send)]
pub trait Clock {
    /// Now.
    fn now(&self) -> UnixMillis;

    /// Returns after `millis`.
    async fn sleep_millis(&self, millis: u64);
}

/// The twin for tests: stands still until it is moved, then wakes everyone whose hour has come.
#[derive(Debug, Default)]
pub struct ManualClock {
    now: Cell<u64>,
    sleepers: RefCell<Vec<(u64, oneshot::Sender<()>)>>,
}

impl ManualClock {
    /// A clock that shows `now`.
    pub fn starting_at(now: UnixMillis) -> Rc<Self> {
        Rc::new(Self { now: Cell::new(now.0), sleepers: RefCell::default() })
    }

    /// Moves the clock forward and wakes sleepers in order of their hour.
    pub fn advance_millis(&self, millis: u64) {
        let now = self.now.get().saturating_add(millis);
        self.now.set(now);
        let mut due: Vec<_> = self.sleepers.borrow_mut().extract_if(.., |(at, _)| *at <= now).collect();
        due.sort_by_key(|(at, _)| *at);
        for (_, waker) in due {
            // A sleeper that was dropped meanwhile needs no waking.
            let _gone = waker.send(());
        }
    }
}

#[async_trait(?Send)]
impl Clock for ManualClock {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.now.get())
    }

    async fn sleep_millis(&self, millis: u64) {
        if millis == 0 {
            return;
        }
        let (sender, receiver) = oneshot::channel();
        self.sleepers.borrow_mut().push((self.now.get().saturating_add(millis), sender));
        // A cancelled channel means that the clock itself is gone.
        let _woken = receiver.await;
    }
}
