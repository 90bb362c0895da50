//! Ctrl-C, SIGTERM and SIGHUP as a flag that every waiting loop looks at.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Because, Failure, Outcome};

/// How long a waiting loop sleeps between two looks.
const GLANCE: Duration = Duration::from_millis(30);

/// Set once, by a signal or by the part that must end everything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Registers the handlers; called before the first child exists, or a child could outlive us.
    pub(crate) fn on_signals() -> Outcome<Self> {
        let stop = Self::default();
        let handler = stop.clone();
        ctrlc::set_handler(move || handler.set()).because("Cannot listen for Ctrl-C")?;
        Ok(stop)
    }

    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// An error once stopped, so that `?` unwinds through every guard.
    pub(crate) fn check(&self) -> Outcome<()> {
        if self.is_set() { Err(Failure::new("Stopped.")) } else { Ok(()) }
    }

    /// Sleeps one glance, and fails when stopped.
    pub(crate) fn glance(&self) -> Outcome<()> {
        thread::sleep(GLANCE);
        self.check()
    }

    /// Sleeps until `until`; false when stopped before.
    pub(crate) fn sleep_until(&self, until: Instant) -> bool {
        while !self.is_set() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            thread::sleep(left.min(GLANCE));
        }
        false
    }
}
