//! Joins the chain to the tab: time passes, requests are answered, what happens is kept and told.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use futures_channel::mpsc::UnboundedReceiver;
use futures_util::StreamExt as _;
use futures_util::future::join;
use leash::app::{FromSandbox, SandboxView, ToSandbox, encode};
use leash::contracts::{PRODUCTION_CONTRACTS, STAND_IN_CONTRACTS, network_by_id};
use leash::ports::{Clock as _, TradingLock as _};
use leash::sandbox::{Genesis, Peer, Reply, Sandbox, SandboxOptions};
use leash::units::TimeScale;
use leash::web::{BrowserClock, HttpTransport, Inquiry, PortHost, WebLock, WorkerLink, fetch_file};
use serde_json::Value;
use wasm_bindgen_futures::spawn_local;

use crate::approvals::Approvals;
use crate::envelope;
use crate::keeping::Keeping;
use crate::levers;
use crate::production;

/// Between two looks at the clock.
const TICK_MILLIS: u64 = 25;
/// Real time that passes in the chain even where nobody looked at the clock meanwhile.
const LONGEST_PAUSE_MILLIS: u64 = 5_000;
/// The chain is kept, and a sign of life given, at most and at least so often.
const REPORT_MILLIS: u64 = 1_000;
/// The first state, as `cargo xtask dist` puts it beside this program.
const GENESIS: &str = "./sandbox_genesis.bin";
/// Longest wait for a live network's node.
const NODE_MILLIS: u32 = 20_000;

/// One chain is kept per browser, so one tab runs it.
const LOCK: &str = "leash-sandbox-chain";
/// A tab that was just left gives its right back in the browser's own time.
const HANDOVER_MILLIS: u64 = 3_000;

/// A chain, and what is wrong with what was kept of it.
type Loaded = (Sandbox, Option<String>);

/// The running sandbox.
pub(crate) struct Host {
    pub(crate) page: WorkerLink<ToSandbox, FromSandbox>,
    sandbox: RefCell<Sandbox>,
    trader: OnceCell<PortHost>,
    approvals: Approvals,
    keeping: Keeping,
    advanced_at: Cell<u64>,
    told_scale: Cell<Option<TimeScale>>,
    told_view: RefCell<Option<SandboxView>>,
    told_at: Cell<u64>,
    kept_block: Cell<u64>,
    kept_bundles: Cell<u64>,
    kept: RefCell<Vec<u8>>,
    activity: RefCell<Option<String>>,
    trouble: RefCell<Option<String>>,
    /// Nothing is kept any more: another chain comes.
    is_over: Cell<bool>,
}

/// Loads the chain and runs it as long as the page lives.
pub(crate) async fn start() {
    let (page, mut messages) =
        WorkerLink::<ToSandbox, FromSandbox>::open().expect("the sandbox runs in a dedicated worker");
    page.post(&FromSandbox::Ready);
    while !matches!(messages.next().await, Some(ToSandbox::Begin) | None) {}
    let keeping = Keeping::new();
    let (_alone, (sandbox, trouble)) = match begin(&keeping).await {
        Ok(begun) => begun,
        Err(reason) => return page.post(&FromSandbox::Failed(reason)),
    };
    let host = Rc::new(Host {
        sandbox: RefCell::new(sandbox),
        trader: OnceCell::new(),
        approvals: Approvals::default(),
        keeping,
        advanced_at: Cell::default(),
        told_scale: Cell::default(),
        told_view: RefCell::default(),
        told_at: Cell::default(),
        kept_block: Cell::default(),
        kept_bundles: Cell::default(),
        kept: RefCell::default(),
        activity: RefCell::default(),
        trouble: RefCell::new(trouble),
        is_over: Cell::default(),
        page,
    });
    host.advance();
    host.tell(true);
    if let Some(port) = host.page.take_port() {
        let answering = Rc::downgrade(&host);
        let trader = PortHost::open(port, move |inquiry| {
            if let Some(host) = answering.upgrade() {
                host.serve(inquiry);
            }
        });
        // Empty until here.
        let _set = host.trader.set(trader);
    }
    join(host.clone().run(), host.hear(messages)).await;
}

/// The right to be the one sandbox of this browser, and its chain.
async fn begin(keeping: &Keeping) -> Result<(WebLock, Loaded), String> {
    let lock = WebLock::default();
    let until = BrowserClock.now().0 + HANDOVER_MILLIS;
    while !lock.try_acquire(LOCK).await.map_err(|error| error.to_string())? {
        if BrowserClock.now().0 > until {
            return Err("it runs in another tab of this browser.".to_owned());
        }
        BrowserClock.sleep_millis(TICK_MILLIS).await;
    }
    Ok((lock, load(keeping).await?))
}

/// The kept chain, or a new one; and what is wrong with what was kept.
async fn load(keeping: &Keeping) -> Result<Loaded, String> {
    if let Some(kept) = keeping.chain().await.and_then(|bytes| Sandbox::restore(&bytes).ok()) {
        return Ok((kept, None));
    }
    // Whatever a trader kept is about a chain that is no more.
    let forgotten = Keeping::forget_trader().await.map_err(|error| error.to_string());
    let bytes = fetch_file(GENESIS).await?;
    let mut genesis = Genesis::from_bytes(&bytes).map_err(|error| error.to_string())?;
    let chosen = production::settle(keeping, &mut genesis, &PRODUCTION_CONTRACTS, &STAND_IN_CONTRACTS).await;
    let trouble = chosen.err().or(forgotten.err());
    Ok((Sandbox::new(&genesis, SandboxOptions::default()), trouble))
}

impl Host {
    /// Asks the sandbox at this moment.
    pub(crate) fn ask(&self, peer: Peer, method: &str, params: &Value) -> Reply {
        self.advance();
        self.sandbox.borrow_mut().ask(peer, method, params)
    }

    /// Lets the real time since the last call pass. A computer that slept, or a browser that froze the tab, would
    /// have to be caught up with for minutes: what they missed did not pass here.
    fn advance(&self) {
        let now = BrowserClock.now().0;
        let mut sandbox = self.sandbox.borrow_mut();
        if now.saturating_sub(self.advanced_at.replace(now)) > LONGEST_PAUSE_MILLIS {
            sandbox.chain_mut().clock_mut().forget_real_time();
        }
        sandbox.advance(now);
    }

    fn serve(&self, inquiry: Inquiry) {
        let Some(peer) = envelope::peer(&inquiry.endpoint) else { return inquiry.answer(None) };
        let request = match envelope::read(peer, &inquiry.body) {
            Ok(request) => request,
            Err(refusal) => return inquiry.answer(Some(&refusal)),
        };
        match self.ask(peer, &request.method, &request.params) {
            Reply::Answer(answer) => inquiry.answer(Some(&envelope::answer(&request.id, &answer))),
            Reply::Later { millis, answer } => spawn_local(async move {
                BrowserClock.sleep_millis(millis).await;
                inquiry.answer(Some(&envelope::answer(&request.id, &answer)));
            }),
            Reply::Silence => inquiry.answer(None),
        }
    }

    async fn run(self: Rc<Self>) {
        loop {
            self.advance();
            self.tell_time();
            let now = BrowserClock.now().0;
            if now.saturating_sub(self.told_at.get()) >= REPORT_MILLIS {
                self.told_at.set(now);
                self.tell(true);
                self.keep().await;
            } else if self.kept_bundles.get() != self.sandbox.borrow().mined_bundles() {
                // A reload should not take back what the trader is about to hear of.
                self.keep().await;
            }
            BrowserClock.sleep_millis(TICK_MILLIS).await;
        }
    }

    /// The trader lives by this clock; it is told of every change.
    fn tell_time(&self) {
        let scale = self.sandbox.borrow().time_scale();
        if self.told_scale.replace(Some(scale)) != Some(scale)
            && let Some(trader) = self.trader.get()
        {
            trader.tell(&encode(&scale).expect("three numbers can be written"));
        }
    }

    /// Shows the page how things stand, when that is news or a sign of life is due.
    fn tell(&self, is_due: bool) {
        let mut view = levers::view(&mut self.sandbox.borrow_mut());
        view.activity.clone_from(&self.activity.borrow());
        if let Some(trouble) = self.trouble.borrow().as_ref() {
            view.trouble = Some(trouble.clone());
        }
        let is_news = self.told_view.borrow().as_ref() != Some(&view);
        if is_due || is_news {
            *self.told_view.borrow_mut() = Some(view.clone());
            self.page.post(&FromSandbox::View(Box::new(view)));
        }
    }

    async fn keep(&self) {
        let block = self.sandbox.borrow().chain().head().number;
        if self.is_over.get() || self.kept_block.replace(block) == block {
            return;
        }
        let mut record = self.kept.take();
        self.kept_bundles.set(self.sandbox.borrow().mined_bundles());
        self.sandbox.borrow().save_over(&mut record);
        let kept = self.keeping.keep_chain(&record).await;
        self.kept.replace(record);
        if let Err(error) = kept {
            let trouble = format!("Block {block} could not be kept, so a reload would lose it: {error}.");
            *self.trouble.borrow_mut() = Some(trouble);
        }
    }

    async fn hear(self: Rc<Self>, mut messages: UnboundedReceiver<ToSandbox>) {
        while let Some(message) = messages.next().await {
            match message {
                ToSandbox::Begin => {}
                ToSandbox::Pull(lever) => {
                    self.advance();
                    let pulled = levers::pull(&mut self.sandbox.borrow_mut(), lever);
                    *self.trouble.borrow_mut() = pulled.err();
                }
                ToSandbox::Wallet { id, method, params } => self.approvals.ask(&self, id, method, &params),
                ToSandbox::Decide { id, is_approved } => self.approvals.decide(&self, id, is_approved),
                ToSandbox::LoadProduction { network } => {
                    let host = Rc::clone(&self);
                    spawn_local(async move { host.load_production(&network).await });
                }
                ToSandbox::UseStandIns => {
                    let chosen = self.keeping.choose_stand_ins().await;
                    self.start_anew(chosen.map_err(|error| error.to_string()));
                }
                ToSandbox::Reset => {
                    self.is_over.set(true);
                    match self.keeping.forget_chain().await {
                        Ok(()) => self.page.post(&FromSandbox::Cleared),
                        Err(error) => *self.trouble.borrow_mut() = Some(error.to_string()),
                    }
                }
            }
            self.tell_time();
            self.tell(false);
        }
    }

    /// Fetches and checks the production contracts; a chain on them takes the place of this one.
    async fn load_production(&self, network: &str) {
        if self.activity.borrow().is_some() {
            return;
        }
        *self.activity.borrow_mut() = Some("Fetching the production contracts…".to_owned());
        self.tell(false);
        let kept = self.keep_production(network).await;
        *self.activity.borrow_mut() = None;
        self.start_anew(kept);
        self.tell(false);
    }

    async fn keep_production(&self, network: &str) -> Result<(), String> {
        let network = network_by_id(network).ok_or("This network is not in the table.")?;
        let node = network.endpoints.nodes.first().ok_or("This network has no node.")?;
        let node = HttpTransport::new(*node, NODE_MILLIS);
        production::fetch_and_keep(&node, &PRODUCTION_CONTRACTS, &self.keeping).await
    }

    fn start_anew(&self, prepared: Result<(), String>) {
        match prepared {
            Ok(()) => self.page.post(&FromSandbox::StartAnew),
            Err(trouble) => *self.trouble.borrow_mut() = Some(trouble),
        }
    }
}
