//! The clock of a simulated chain.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;

use async_trait::async_trait;
use futures_channel::oneshot;
use futures_util::future::{Either, select};

use super::clock::BrowserClock;
use crate::ports::Clock;
use crate::units::{TimeScale, UnixMillis};

#[derive(Debug)]
struct State {
    scale: Cell<TimeScale>,
    /// Everyone who must look again when the scale changes.
    sleepers: RefCell<Vec<oneshot::Sender<()>>>,
}

/// Shows a chain's time by a [`TimeScale`]; clones show the same. Whoever sleeps while the scale changes looks
/// again how much is left, so a jump wakes, and a slower time sleeps longer.
#[derive(Clone, Debug)]
pub struct ScaledClock(Rc<State>);

impl ScaledClock {
    /// A clock that follows `scale` until it is told another.
    pub fn new(scale: TimeScale) -> Self {
        Self(Rc::new(State { scale: Cell::new(scale), sleepers: RefCell::default() }))
    }

    /// Follows another scale from now on.
    pub fn follow(&self, scale: TimeScale) {
        self.0.scale.set(scale);
        for sleeper in self.0.sleepers.take() {
            // A sleeper that was dropped meanwhile needs no waking.
            let _gone = sleeper.send(());
        }
    }

    /// Resolves with the next change of the scale.
    fn next_change(&self) -> oneshot::Receiver<()> {
        let (sender, changed) = oneshot::channel();
        let mut sleepers = self.0.sleepers.borrow_mut();
        sleepers.retain(|sleeper| !sleeper.is_canceled());
        sleepers.push(sender);
        changed
    }
}

#[async_trait(?Send)]
impl Clock for ScaledClock {
    fn now(&self) -> UnixMillis {
        self.0.scale.get().chain_time(BrowserClock.now().0)
    }

    async fn sleep_millis(&self, millis: u64) {
        let until = UnixMillis(self.now().0.saturating_add(millis));
        loop {
            let left = until.millis_since(self.now());
            if left == 0 {
                return;
            }
            let changed = self.next_change();
            match self.0.scale.get().real_millis(left) {
                Some(real) => match select(pin!(BrowserClock.sleep_millis(real)), changed).await {
                    Either::Left(((), _)) | Either::Right((_, _)) => {}
                },
                // Time stands still. The sender lives as long as this clock.
                None => drop(changed.await),
            }
        }
    }
}
