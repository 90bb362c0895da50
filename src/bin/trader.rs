//! The trader's program: runs in a dedicated worker, alone holds the session key, the journal and the lines to
//! node, bundler and paymaster.

#[cfg(target_arch = "wasm32")]
fn main() {
    console_error_panic_hook::set_once();
    wasm_bindgen_futures::spawn_local(worker::start());
}

/// The trader lives in a browser only.
#[cfg(not(target_arch = "wasm32"))]
fn main() {}

#[cfg(target_arch = "wasm32")]
mod worker {
    use futures_util::StreamExt as _;
    use leash::app::{Snapshot, ToPage, TraderStatus};
    use leash::ports::{Clock as _, TradingLock as _};
    use leash::web::{BrowserPorts, PageLink};

    /// The database and the lock of this origin.
    const NAME: &str = "leash";

    /// Answers every message of the page with how things stand.
    pub(super) async fn start() {
        let (page, mut messages) = PageLink::open().expect("the trader runs in a dedicated worker");
        let ports = BrowserPorts::new(NAME).expect("no key may be made without randomness");
        page.post(&ToPage::Ready);
        let mut snapshot = Snapshot::default();
        loop {
            let is_alone = ports.trading_lock.try_acquire(NAME).await != Ok(false);
            snapshot.trader = if is_alone { TraderStatus::Watching } else { TraderStatus::OtherTab };
            snapshot.sequence += 1;
            snapshot.market.read_at_millis = ports.clock.now().0;
            page.post(&ToPage::Snapshot(Box::new(snapshot.clone())));
            if messages.next().await.is_none() {
                return;
            }
        }
    }
}
