//! A person at the page: she presses, looks, and waits for what she sees, with a deadline.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use alloy_primitives::Address;
use futures_channel::mpsc::{UnboundedSender, unbounded};
use leash::app::{
    Audience, ChartPoint, ChartUpdate, Environment, Event, ExportFile, Intent, MarkerView, PageEvent,
    Snapshot, TermsText, TraderStatus, run,
};
use leash::ports::{
    Clock, MemoryKeyVault, MemoryPriceLine, MemoryStore, MemoryTabs, MemoryTradingLock, SeededEntropy,
    TradingLock, Transport,
};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::clock::{HastyClock, TrueClock};
use super::faults::{Faults, Line, Nobody};
use super::http_transport::HttpTransport;
use super::moment::Moment;
use super::secret::fresh_secret;
use super::stack::{PATIENCE, Stack};
use super::wallet::TestWallet;

/// Longest that anything a person waits for may take.
const DEADLINE: Duration = Duration::from_secs(20);
/// Rows of the journal that can still change; newest come first.
const NEWEST_ROWS: usize = 4;
/// Between looks at what is not on the page.
const GLANCE: Duration = Duration::from_millis(100);

/// What the page would show.
#[derive(Default)]
struct Screen {
    snapshot: RefCell<Snapshot>,
    points: RefCell<Vec<ChartPoint>>,
    markers: RefCell<Vec<MarkerView>>,
    files: RefCell<Vec<ExportFile>>,
    /// When each row of the journal was first seen in each state.
    moments: RefCell<BTreeMap<(u64, String), Moment>>,
    news: Notify,
}

struct Eyes(Rc<Screen>);

impl Audience for Eyes {
    fn snapshot(&self, snapshot: Snapshot) {
        let now = Moment::now();
        for row in snapshot.journal.iter().take(NEWEST_ROWS) {
            self.0.moments.borrow_mut().entry((row.id, row.state.clone())).or_insert(now);
        }
        *self.0.snapshot.borrow_mut() = snapshot;
        self.0.news.notify_waiters();
    }

    fn chart(&self, update: ChartUpdate) {
        let mut points = self.0.points.borrow_mut();
        points.truncate(update.keep.try_into().expect("a length"));
        points.extend(update.points);
        *self.0.markers.borrow_mut() = update.markers;
    }

    fn file(&self, file: ExportFile) {
        self.0.files.borrow_mut().push(file);
        self.0.news.notify_waiters();
    }
}

/// Everything that outlives a tab: storage, keys, the lock between tabs.
pub(crate) struct Profile {
    pub(crate) store: Rc<MemoryStore>,
    pub(crate) vault: Rc<MemoryKeyVault>,
}

/// A person with a wallet, at one tab.
pub(crate) struct Person {
    pub(crate) stack: Stack,
    pub(crate) wallet: Rc<TestWallet>,
    pub(crate) profile: Rc<Profile>,
    pub(crate) faults: Rc<Faults>,
    clock: Rc<dyn Clock>,
    lock: Rc<MemoryTradingLock>,
    tabs: Rc<MemoryTabs>,
    screen: Rc<Screen>,
    events: UnboundedSender<Event>,
    tab: tokio::task::JoinHandle<()>,
}

impl Person {
    /// A person with a fresh wallet who opens the page.
    pub(crate) async fn new(stack: &Stack) -> Self {
        Self::with(stack, Rc::new(HastyClock)).await
    }

    /// The same, with pauses as long as in a browser.
    pub(crate) async fn in_true_time(stack: &Stack) -> Self {
        Self::with(stack, Rc::new(TrueClock)).await
    }

    async fn with(stack: &Stack, clock: Rc<dyn Clock>) -> Self {
        let secret = fresh_secret();
        let node: Rc<dyn Transport> = Rc::<HttpTransport>::clone(&stack.node);
        let wallet = Rc::new(TestWallet::new(secret, 31_337, node));
        stack.node("anvil_impersonateAccount", json!([wallet.address()])).await;
        stack.node("anvil_setBalance", json!([wallet.address(), "0x8ac7230489e80000"])).await;
        let profile = Profile { store: Rc::default(), vault: Rc::default() };
        Self::open(stack, &wallet, Rc::new(profile), clock, Rc::default(), Rc::default())
    }

    fn open(
        stack: &Stack,
        wallet: &Rc<TestWallet>,
        profile: Rc<Profile>,
        clock: Rc<dyn Clock>,
        lock: Rc<MemoryTradingLock>,
        tabs: Rc<MemoryTabs>,
    ) -> Self {
        let (events, inbox) = unbounded();
        let screen = Rc::new(Screen::default());
        let faults = Rc::new(Faults::default());
        let line = Rc::clone(&faults);
        let service = move |url: &str| -> Rc<dyn Transport> {
            let port = url.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or_default();
            let is_here = url.starts_with("http://127.0.0.1:");
            let server: Rc<dyn Transport> =
                if is_here { Rc::new(HttpTransport::new(url, PATIENCE)) } else { Rc::new(Nobody) };
            Rc::new(Line { port, server, faults: Rc::clone(&line) })
        };
        let owner = Rc::clone(wallet);
        let environment = Environment {
            service: Rc::new(service),
            wallet: Rc::new(move |_| Rc::<TestWallet>::clone(&owner) as Rc<dyn Transport>),
            store: Rc::<MemoryStore>::clone(&profile.store),
            vault: Rc::<MemoryKeyVault>::clone(&profile.vault),
            clock: Rc::clone(&clock),
            entropy: Rc::new(SeededEntropy::new(u64::from_be_bytes(
                fresh_secret()[..8].try_into().expect("8 bytes"),
            ))),
            lock: Rc::<MemoryTradingLock>::clone(&lock),
            tabs: Rc::<MemoryTabs>::clone(&tabs),
            price_line: Rc::new(MemoryPriceLine::default()),
        };
        let eyes = Eyes(Rc::clone(&screen));
        let tab = tokio::task::spawn_local(async move { run(environment, None, inbox, &eyes).await });
        let (stack, wallet) = (stack.clone(), Rc::clone(wallet));
        Self { stack, wallet, profile, faults, clock, lock, tabs, screen, events, tab }
    }

    /// Closes the tab in the middle of whatever it does, and opens it again.
    pub(crate) async fn reload(self) -> Self {
        self.tab.abort();
        // An aborted task is dropped when it is polled next.
        let _aborted = self.tab.await;
        self.lock.release();
        let tabs = Rc::new(self.tabs.other_tab());
        let (profile, clock) = (Rc::clone(&self.profile), Rc::clone(&self.clock));
        Self::open(&self.stack, &self.wallet, profile, clock, Rc::clone(&self.lock), tabs)
    }

    /// Opens a second tab beside this one.
    pub(crate) fn second_tab(&self) -> Self {
        let lock = Rc::new(self.lock.other_tab());
        let tabs = Rc::new(self.tabs.other_tab());
        let (profile, clock) = (Rc::clone(&self.profile), Rc::clone(&self.clock));
        Self::open(&self.stack, &self.wallet, profile, clock, lock, tabs)
    }

    pub(crate) fn press(&self, intent: Intent) {
        self.events.unbounded_send(Event::Intent(Box::new(intent))).expect("the tab is open");
    }

    /// The wallet or the browser tells the page something.
    pub(crate) fn page(&self, event: PageEvent) {
        self.events.unbounded_send(Event::Page(event)).expect("the tab is open");
    }

    /// The browser freezes the tab: it does nothing more, but keeps its lock.
    pub(crate) fn freeze(&self) {
        self.tab.abort();
    }

    /// Closes the tab.
    pub(crate) async fn close(self) {
        self.tab.abort();
        let _aborted = self.tab.await;
        self.lock.release();
    }

    pub(crate) fn sees(&self) -> Snapshot {
        self.screen.snapshot.borrow().clone()
    }

    pub(crate) fn points(&self) -> Vec<ChartPoint> {
        self.screen.points.borrow().clone()
    }

    pub(crate) fn markers(&self) -> Vec<MarkerView> {
        self.screen.markers.borrow().clone()
    }

    /// The files that were offered for saving.
    pub(crate) fn files(&self) -> Vec<ExportFile> {
        self.screen.files.borrow().clone()
    }

    /// Waits until she sees `what`.
    pub(crate) async fn until(&self, what: &str, mut is_seen: impl FnMut(&Snapshot) -> bool) -> Snapshot {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let news = self.screen.news.notified();
            let snapshot = self.sees();
            if is_seen(&snapshot) {
                return snapshot;
            }
            if Instant::now() > deadline {
                panic!("never saw: {what}\nlast seen: {snapshot:#?}");
            }
            let _news = timeout_at(Instant::now() + GLANCE, news).await;
        }
    }

    /// When this row of the journal was first seen in `state`.
    pub(crate) fn moment(&self, id: u64, state: &str) -> Option<Moment> {
        self.screen.moments.borrow().get(&(id, state.to_owned())).copied()
    }

    /// Chooses the wallet, or, silently, reconnects to it as the page does after a reload.
    pub(crate) fn choose_wallet(&self, may_prompt: bool) {
        let (wallet, name) = ("test-wallet".to_owned(), "Test wallet".to_owned());
        self.press(Intent::Connect { wallet, name, may_prompt });
    }

    /// Connects, and waits for the account.
    pub(crate) async fn connect(&self) -> Address {
        self.choose_wallet(true);
        let seen =
            self.until("the account", |seen| seen.account.is_some() && seen.network.flavour.is_some()).await;
        let account = seen.account.expect("just seen").address;
        account.parse().expect("an address")
    }

    /// Gives the account demo tokens.
    pub(crate) async fn fund(&self) {
        self.press(Intent::Faucet);
        let has_both = |seen: &Snapshot| {
            seen.account.as_ref().is_some_and(|account| account.base != "0" && account.quote != "0")
        };
        self.until("the faucet's tokens", has_both).await;
    }

    /// Gives the account `whole` quote tokens and nothing else.
    pub(crate) async fn fund_quote(&self, account: Address, whole: u64) {
        self.stack.mint(account, whole).await;
        let has_quote = |seen: &Snapshot| seen.account.as_ref().is_some_and(|account| account.quote != "0");
        self.until("the deposit", has_quote).await;
    }

    /// The suggested terms.
    pub(crate) async fn suggested_terms(&self) -> TermsText {
        let seen = self.until("suggested terms", |seen| seen.default_terms.is_some()).await;
        seen.default_terms.expect("just seen")
    }

    /// Grants `terms` and waits until the session is ready to trade.
    pub(crate) async fn grant(&self, terms: TermsText) {
        self.press(Intent::Grant(terms));
        self.until("the grant", |seen| {
            let is_waiting = matches!(seen.trader, TraderStatus::Waiting { .. });
            seen.grant.is_some() && seen.prompt.is_none() && is_waiting
        })
        .await;
    }

    /// The account, once seen.
    pub(crate) fn account(&self) -> Address {
        self.sees().account.and_then(|account| account.address.parse().ok()).expect("a connected person")
    }

    /// Waits for a notice that says `words`.
    pub(crate) async fn is_told(&self, words: &str) -> Snapshot {
        let says = |seen: &Snapshot| seen.notices.iter().any(|notice| notice.sentence.contains(words));
        self.until(words, says).await
    }

    /// A read of the chain.
    pub(crate) async fn chain(&self, method: &str, params: Value) -> Value {
        self.stack.node(method, params).await
    }

    /// Native coin of `address` in wei, as hex text.
    pub(crate) async fn ether_of(&self, address: Address) -> Value {
        self.chain("eth_getBalance", json!([address, "latest"])).await
    }
}
