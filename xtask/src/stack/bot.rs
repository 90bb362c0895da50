//! The market bot: a thread that takes a step along the course every second.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::Parts;
use crate::failure::Failure;
use crate::stop::Stop;

/// The bot's pace.
const SWAP_EVERY: Duration = Duration::from_secs(1);
/// So many swaps in a row may fail: a machine that compiles meanwhile is late, not broken.
const LATE_SWAPS: u32 = 5;

/// Trades until dropped.
#[derive(Debug)]
pub(crate) struct Bot {
    stop: Stop,
    thread: Option<JoinHandle<Option<Failure>>>,
}

impl Bot {
    pub(crate) fn start(parts: Arc<Parts>) -> Self {
        let stop = Stop::default();
        let ended = stop.clone();
        Self { stop, thread: Some(thread::spawn(move || trade(&parts, &ended))) }
    }

    /// The sentence of a bot that gave up.
    pub(crate) fn death(&mut self) -> Option<Failure> {
        let thread = self.thread.take_if(|thread| thread.is_finished())?;
        thread.join().unwrap_or_else(|_| Some(Failure::new("The market bot crashed.")))
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        self.stop.set();
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}

fn trade(parts: &Parts, stop: &Stop) -> Option<Failure> {
    let mut next = Instant::now();
    let mut failures = 0;
    while stop.sleep_until(next) {
        match parts.market.tick() {
            Ok(()) => failures = 0,
            Err(_) if failures < LATE_SWAPS => failures += 1,
            Err(failure) => return Some(failure),
        }
        // A machine that slept does not catch up.
        next = (next + SWAP_EVERY).max(Instant::now());
    }
    None
}
