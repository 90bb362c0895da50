//! When something happened.

use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};

/// A moment in true time, and what this thread had computed by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) at: Instant,
    pub(crate) computed: Duration,
}

impl Moment {
    pub(crate) fn now() -> Self {
        let computed =
            clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("Linux counts every thread's time");
        Self { at: Instant::now(), computed: computed.into() }
    }
}
