//! The machine's clock in host tests: true time, with true or shorter pauses.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use leash::ports::Clock;
use leash::units::UnixMillis;

/// Pauses of the machine pass this many times faster; what it measures is true.
const HASTE: u64 = 4;

/// A clock by which the machine waits less than it would.
#[derive(Debug)]
pub(crate) struct HastyClock;

/// A clock by which it waits as long as in a browser.
#[derive(Debug)]
pub(crate) struct TrueClock;

fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    UnixMillis(since.as_millis().try_into().expect("64 bits last for ever"))
}

#[async_trait(?Send)]
impl Clock for HastyClock {
    fn now(&self) -> UnixMillis {
        now()
    }

    async fn sleep_millis(&self, millis: u64) {
        tokio::time::sleep(Duration::from_millis(millis / HASTE)).await;
    }
}

#[async_trait(?Send)]
impl Clock for TrueClock {
    fn now(&self) -> UnixMillis {
        now()
    }

    async fn sleep_millis(&self, millis: u64) {
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
}
