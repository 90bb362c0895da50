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
    use std::cell::RefCell;
    use std::rc::Rc;

    use futures_channel::mpsc::UnboundedReceiver;
    use futures_channel::oneshot;
    use futures_util::StreamExt as _;
    use futures_util::future::join;
    use leash::app::{Environment, Event, ToPage, ToTrader, decode, run};
    use leash::contracts::network_by_id;
    use leash::ports::{Clock, Transport};
    use leash::units::TimeScale;
    use leash::web::{
        BrowserPorts, HttpTransport, PageAudience, PageLink, PortLine, ScaledClock, WalletTransport,
    };

    /// The database and the channel of this origin, and those for play money: what is kept of them never mixes.
    const NAMES: [&str; 2] = ["leash", "leash-sandbox"];
    /// Longest wait for a service.
    const SERVICE_MILLIS: u32 = 20_000;

    /// The sandbox, as the trader reaches it.
    struct Sandbox {
        line: Rc<PortLine>,
        clock: ScaledClock,
    }

    /// Joins the ports of this browser to the trader and runs it as long as the page lives.
    pub(super) async fn start() {
        let (page, mut messages) = PageLink::open().expect("the trader runs in a dedicated worker");
        page.post(&ToPage::Ready);
        let network = begin(&mut messages).await;
        let sandbox = join_sandbox(&page).await.map(Rc::new);
        let name = NAMES[usize::from(sandbox.is_some())];
        let ports = BrowserPorts::new(name).expect("no key may be made without randomness");
        let clock: Rc<dyn Clock> = match &sandbox {
            Some(sandbox) => Rc::new(sandbox.clock.clone()),
            None => ports.clock,
        };
        let line = Rc::clone(&page);
        let environment = Environment {
            service: Rc::new(move |url| -> Rc<dyn Transport> {
                match &sandbox {
                    Some(sandbox) => Rc::new(sandbox.line.transport(url, SERVICE_MILLIS)),
                    None => Rc::new(HttpTransport::new(url, SERVICE_MILLIS)),
                }
            }),
            wallet: Rc::new(move |id| {
                Rc::new(WalletTransport::new(Rc::clone(&line), id)) as Rc<dyn Transport>
            }),
            store: ports.store,
            vault: ports.key_vault,
            clock,
            entropy: ports.entropy,
            lock: ports.trading_lock,
            price_line: ports.price_line,
            tabs: ports.tabs,
        };
        let (events, inbox) = futures_channel::mpsc::unbounded();
        let forward = async move {
            while let Some(message) = messages.next().await {
                let event = match message {
                    ToTrader::Intent(intent) => Event::Intent(intent),
                    ToTrader::Event(event) => Event::Page(event),
                    ToTrader::Begin { .. } | ToTrader::WalletAnswer { .. } => continue,
                };
                if events.unbounded_send(event).is_err() {
                    return;
                }
            }
        };
        let audience = PageAudience::new(page);
        join(run(environment, network, inbox, &audience), forward).await;
    }

    /// The network that the page says; one that the table does not know is as good as none.
    async fn begin(messages: &mut UnboundedReceiver<ToTrader>) -> Option<&'static str> {
        match messages.next().await {
            Some(ToTrader::Begin { network: Some(id) }) => network_by_id(&id).map(|network| network.id),
            _ => None,
        }
    }

    /// The line to the sandbox, once its time is known; `None` on every other network.
    async fn join_sandbox(page: &PageLink) -> Option<Sandbox> {
        let port = page.take_port()?;
        let (told, started) = oneshot::channel();
        let (known, told) = (RefCell::new(None::<ScaledClock>), RefCell::new(Some(told)));
        let line = PortLine::open(port, move |news| {
            let Ok(scale) = decode::<TimeScale>(news) else { return };
            let clock = known.borrow_mut().get_or_insert_with(|| ScaledClock::new(scale)).clone();
            clock.follow(scale);
            if let Some(told) = told.borrow_mut().take() {
                // Whoever waited for it may be gone.
                let _told = told.send(clock);
            }
        });
        Some(Sandbox { line, clock: started.await.ok()? })
    }
}
