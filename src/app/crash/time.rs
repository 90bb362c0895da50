//! Time that passes only when everybody waits.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// The clock of one run, in milliseconds.
#[derive(Debug, Default)]
pub(super) struct Time {
    now: Cell<u64>,
    next: Cell<u64>,
    sleepers: RefCell<BTreeMap<(u64, u64), Waker>>,
}

/// Ready at its hour.
#[derive(Debug)]
pub(super) struct Sleep {
    time: Rc<Time>,
    place: (u64, u64),
}

impl Time {
    pub(super) fn starting_at(millis: u64) -> Rc<Self> {
        Rc::new(Self { now: Cell::new(millis), ..Self::default() })
    }

    pub(super) fn now(&self) -> u64 {
        self.now.get()
    }

    pub(super) fn sleep(self: &Rc<Self>, millis: u64) -> Sleep {
        let turn = self.next.get();
        self.next.set(turn + 1);
        Sleep { time: Rc::clone(self), place: (self.now.get() + millis, turn) }
    }

    /// Goes on to the next hour at which somebody wakes, and wakes them; `false` when that is not before `until`.
    pub(super) fn wake_next(&self, until: u64) -> bool {
        let next = self.sleepers.borrow_mut().pop_first();
        match next {
            Some(((at, _), waker)) if at < until => {
                // A device that slept wakes late.
                self.now.set(self.now.get().max(at));
                waker.wake();
                true
            }
            Some((place, waker)) => {
                self.sleepers.borrow_mut().insert(place, waker);
                self.now.set(self.now.get().max(until));
                false
            }
            None => {
                self.now.set(self.now.get().max(until));
                false
            }
        }
    }

    /// The device sleeps: nothing runs meanwhile.
    pub(super) fn leap(&self, millis: u64) {
        self.now.set(self.now.get() + millis);
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.place.0 <= self.time.now() {
            return Poll::Ready(());
        }
        self.time.sleepers.borrow_mut().insert(self.place, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.time.sleepers.borrow_mut().remove(&self.place);
    }
}
