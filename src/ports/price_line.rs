//! A public line on which somebody tells prices.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Poll, Waker};

use async_trait::async_trait;
use thiserror::Error;

/// A line that speaks by itself (a WebSocket in the browser). What is old is not worth hearing, so only the newest
/// message is ever given.
#[async_trait(?Send)]
pub trait PriceLine {
    /// The newest message of `url` that was not given yet; waits for one. The first question opens the line, and one
    /// about another address opens that one instead.
    ///
    /// # Errors
    /// [`LineError`], after which the next question opens the line anew.
    async fn newest(&self, url: &str) -> Result<String, LineError>;

    /// Hangs up; a question that waits ends with an error.
    fn hang_up(&self);
}

/// Why a line is silent.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the line is down: {0}")]
pub struct LineError(pub String);

/// The twin for tests: it says what it was given, and then nothing.
#[derive(Debug, Default)]
pub struct MemoryPriceLine {
    said: RefCell<VecDeque<Result<String, LineError>>>,
    is_down: Cell<bool>,
    /// How often it was hung up.
    ended: Cell<u32>,
    waiting: RefCell<Option<Waker>>,
}

impl MemoryPriceLine {
    /// Nobody is at it any more.
    pub fn goes_down(&self) {
        self.is_down.set(true);
    }

    /// What it says next.
    pub fn will_say(&self, said: Result<&str, LineError>) {
        self.said.borrow_mut().push_back(said.map(str::to_owned));
        self.wake();
    }

    fn wake(&self) {
        if let Some(waiting) = self.waiting.borrow_mut().take() {
            waiting.wake();
        }
    }
}

#[async_trait(?Send)]
impl PriceLine for MemoryPriceLine {
    async fn newest(&self, _: &str) -> Result<String, LineError> {
        let begun = self.ended.get();
        poll_fn(|context| {
            if self.is_down.get() || self.ended.get() != begun {
                return Poll::Ready(Err(LineError("nobody is there".to_owned())));
            }
            self.waiting.replace(Some(context.waker().clone()));
            let newest = self.said.borrow_mut().drain(..).next_back();
            newest.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    fn hang_up(&self) {
        self.ended.set(self.ended.get() + 1);
        self.said.borrow_mut().clear();
        self.wake();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;
    use crate::ports::contract::line_is_down;

    #[test]
    fn only_the_newest_word_is_given_and_each_once() {
        let line = MemoryPriceLine::default();
        assert_eq!(line.newest("a").now_or_never(), None, "nothing was said");
        line.will_say(Ok("old"));
        line.will_say(Ok("new"));
        assert_eq!(line.newest("a").now_or_never(), Some(Ok("new".to_owned())));
        assert_eq!(line.newest("a").now_or_never(), None);
        line.will_say(Err(LineError("cut".to_owned())));
        assert_eq!(line.newest("a").now_or_never(), Some(Err(LineError("cut".to_owned()))));
        line.will_say(Ok("late"));
        line.hang_up();
        let mut waits = line.newest("a");
        assert_eq!((&mut waits).now_or_never(), None);
        line.hang_up();
        assert!(waits.now_or_never().is_some_and(|ended| ended.is_err()), "who waits is told");
        assert_eq!(line.newest("a").now_or_never(), None);
        line.goes_down();
        line_is_down(&line, "a").now_or_never().expect("it waits for nothing");
    }
}
