//! The trader's program: runs in a dedicated worker, alone holds the session key, the journal and the lines to
//! node, bundler and paymaster.

#![cfg_attr(
    target_arch = "wasm32",
    expect(clippy::disallowed_methods, reason = "a program begins its tasks")
)]

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
    use std::rc::Rc;

    use futures_util::StreamExt as _;
    use futures_util::future::join;
    use leash::app::{Audience, ChartUpdate, Environment, Event, Snapshot, ToPage, ToTrader, run};
    use leash::ports::Transport;
    use leash::web::{BrowserPorts, HttpTransport, PageLink, WalletTransport};

    /// The database and the channel of this origin.
    const NAME: &str = "leash";
    /// Longest wait for a service.
    const SERVICE_MILLIS: u32 = 20_000;

    /// Shows every change to the page.
    struct PageAudience(Rc<PageLink>);

    impl Audience for PageAudience {
        fn snapshot(&self, snapshot: Snapshot) {
            self.0.post(&ToPage::Snapshot(Box::new(snapshot)));
        }

        fn chart(&self, update: ChartUpdate) {
            self.0.post(&ToPage::Chart(update));
        }
    }

    /// Joins the ports of this browser to the trader and runs it as long as the page lives.
    pub(super) async fn start() {
        let (page, mut messages) = PageLink::open().expect("the trader runs in a dedicated worker");
        let ports = BrowserPorts::new(NAME).expect("no key may be made without randomness");
        let line = Rc::clone(&page);
        let environment = Environment {
            service: Rc::new(|url| Rc::new(HttpTransport::new(url, SERVICE_MILLIS)) as Rc<dyn Transport>),
            wallet: Rc::new(move |id| {
                Rc::new(WalletTransport::new(Rc::clone(&line), id)) as Rc<dyn Transport>
            }),
            store: ports.store,
            vault: ports.key_vault,
            clock: ports.clock,
            entropy: ports.entropy,
            lock: ports.trading_lock,
            tabs: ports.tabs,
        };
        page.post(&ToPage::Ready);
        let (events, inbox) = futures_channel::mpsc::unbounded();
        let forward = async move {
            while let Some(message) = messages.next().await {
                let event = match message {
                    ToTrader::Intent(intent) => Event::Intent(intent),
                    ToTrader::Event(event) => Event::Page(event),
                    ToTrader::WalletAnswer { .. } => continue,
                };
                if events.unbounded_send(event).is_err() {
                    return;
                }
            }
        };
        join(run(environment, inbox, &PageAudience(page)), forward).await;
    }
}
