//! The browser's clock.

use async_trait::async_trait;
use gloo_timers::future::TimeoutFuture;

use crate::ports::Clock;
use crate::units::UnixMillis;

/// `setTimeout` counts in a signed 32-bit number: longer waits are cut in pieces of a day.
const LONGEST_TIMER_MILLIS: u64 = 86_400_000;

/// `Date.now` and timers. In a dedicated worker timers keep their pace when the page is hidden.
#[derive(Clone, Copy, Debug, Default)]
pub struct BrowserClock;

#[async_trait(?Send)]
impl Clock for BrowserClock {
    fn now(&self) -> UnixMillis {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and after 1970")]
        UnixMillis(js_sys::Date::now() as u64)
    }

    async fn sleep_millis(&self, millis: u64) {
        let mut left = millis;
        while left > 0 {
            let piece = left.min(LONGEST_TIMER_MILLIS);
            TimeoutFuture::new(u32::try_from(piece).unwrap_or(u32::MAX)).await;
            left -= piece;
        }
    }
}

/// Waits for `future` at most `millis`; `None` when the time is over.
pub(super) async fn within<T>(millis: u32, future: impl Future<Output = T>) -> Option<T> {
    use futures_util::future::{Either, select};
    use std::pin::pin;
    match select(pin!(future), TimeoutFuture::new(millis)).await {
        Either::Left((value, _timer)) => Some(value),
        Either::Right(((), _late)) => None,
    }
}
