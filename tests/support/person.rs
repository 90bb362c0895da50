//! A person at the page: she presses, looks, and waits for what she sees, with a deadline.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use alloy_primitives::Address;
use async_trait::async_trait;
use futures_channel::mpsc::{UnboundedSender, unbounded};
use leash::app::{
    Audience, ChartPoint, ChartUpdate, Environment, Event, Intent, MarkerView, Snapshot, TermsText, run,
};
use leash::ports::{Clock, MemoryKeyVault, MemoryStore, MemoryTradingLock, SeededEntropy, Transport};
use leash::units::UnixMillis;
use serde_json::{Value, json};

use super::http_transport::HttpTransport;
use super::secret::fresh_secret;
use super::stack::{PATIENCE, Stack};
use super::wallet::TestWallet;

/// Longest that anything a person waits for may take.
const DEADLINE: Duration = Duration::from_secs(60);

/// The machine's clock.
#[derive(Debug)]
struct WallClock;

#[async_trait(?Send)]
impl Clock for WallClock {
    fn now(&self) -> UnixMillis {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
        UnixMillis(since.as_millis().try_into().expect("64 bits last for ever"))
    }

    async fn sleep_millis(&self, millis: u64) {
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
}

/// What the page would show.
#[derive(Default)]
struct Screen {
    snapshot: RefCell<Snapshot>,
    points: RefCell<Vec<ChartPoint>>,
    markers: RefCell<Vec<MarkerView>>,
    updates: Cell<u64>,
}

struct Eyes(Rc<Screen>);

impl Audience for Eyes {
    fn snapshot(&self, snapshot: Snapshot) {
        *self.0.snapshot.borrow_mut() = snapshot;
        self.0.updates.set(self.0.updates.get() + 1);
    }

    fn chart(&self, update: ChartUpdate) {
        let mut points = self.0.points.borrow_mut();
        points.truncate(update.keep.try_into().expect("a length"));
        points.extend(update.points);
        *self.0.markers.borrow_mut() = update.markers;
    }
}

/// Everything that outlives a tab: storage, keys, the lock between tabs.
pub(crate) struct Profile {
    pub(crate) store: Rc<MemoryStore>,
    pub(crate) vault: Rc<MemoryKeyVault>,
    lock: Rc<MemoryTradingLock>,
}

/// A person with a wallet, at one tab.
pub(crate) struct Person {
    pub(crate) stack: Stack,
    pub(crate) wallet: Rc<TestWallet>,
    pub(crate) profile: Rc<Profile>,
    screen: Rc<Screen>,
    events: UnboundedSender<Event>,
    tab: tokio::task::JoinHandle<()>,
}

impl Person {
    /// A person with a fresh wallet who opens the page.
    pub(crate) async fn new(stack: &Stack) -> Self {
        let secret = fresh_secret();
        let node: Rc<dyn Transport> = Rc::<HttpTransport>::clone(&stack.node);
        let wallet = Rc::new(TestWallet::new(secret, 31_337, node));
        stack.node("anvil_impersonateAccount", json!([wallet.address()])).await;
        stack.node("anvil_setBalance", json!([wallet.address(), "0x8ac7230489e80000"])).await;
        let profile = Profile { store: Rc::default(), vault: Rc::default(), lock: Rc::default() };
        Self::open(stack, &wallet, Rc::new(profile), None)
    }

    fn open(
        stack: &Stack,
        wallet: &Rc<TestWallet>,
        profile: Rc<Profile>,
        lock: Option<Rc<MemoryTradingLock>>,
    ) -> Self {
        let (events, inbox) = unbounded();
        let screen = Rc::new(Screen::default());
        let service = |url: &str| -> Rc<dyn Transport> { Rc::new(HttpTransport::new(url, PATIENCE)) };
        let owner = Rc::clone(wallet);
        let environment = Environment {
            service: Rc::new(service),
            wallet: Rc::new(move |_| Rc::<TestWallet>::clone(&owner) as Rc<dyn Transport>),
            store: Rc::<MemoryStore>::clone(&profile.store),
            vault: Rc::<MemoryKeyVault>::clone(&profile.vault),
            clock: Rc::new(WallClock),
            entropy: Rc::new(SeededEntropy::new(u64::from_be_bytes(
                fresh_secret()[..8].try_into().expect("8 bytes"),
            ))),
            lock: lock.unwrap_or_else(|| Rc::clone(&profile.lock)),
        };
        let eyes = Eyes(Rc::clone(&screen));
        let tab = tokio::task::spawn_local(async move { run(environment, inbox, &eyes).await });
        Self { stack: stack.clone(), wallet: Rc::clone(wallet), profile, screen, events, tab }
    }

    /// Closes the tab in the middle of whatever it does, and opens it again.
    pub(crate) fn reload(self) -> Self {
        self.tab.abort();
        self.profile.lock_release();
        Self::open(&self.stack, &self.wallet, Rc::clone(&self.profile), None)
    }

    /// Opens a second tab beside this one.
    pub(crate) fn second_tab(&self) -> Self {
        let lock = Rc::new(self.profile.lock.other_tab());
        Self::open(&self.stack, &self.wallet, Rc::clone(&self.profile), Some(lock))
    }

    pub(crate) fn press(&self, intent: Intent) {
        self.events.unbounded_send(Event::Intent(Box::new(intent))).expect("the tab is open");
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

    /// Waits until she sees `what`.
    pub(crate) async fn until(&self, what: &str, mut is_seen: impl FnMut(&Snapshot) -> bool) -> Snapshot {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let snapshot = self.sees();
            if is_seen(&snapshot) {
                return snapshot;
            }
            if Instant::now() > deadline {
                panic!("never saw: {what}\nlast seen: {snapshot:#?}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Connects, and waits for the account.
    pub(crate) async fn connect(&self) -> Address {
        let (wallet, name) = ("test-wallet".to_owned(), "Test wallet".to_owned());
        self.press(Intent::Connect { wallet, name, may_prompt: true });
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

    /// The suggested terms.
    pub(crate) async fn suggested_terms(&self) -> TermsText {
        let seen = self.until("suggested terms", |seen| seen.default_terms.is_some()).await;
        seen.default_terms.expect("just seen")
    }

    /// Grants `terms` and waits until the session is ready to trade.
    pub(crate) async fn grant(&self, terms: TermsText) {
        self.press(Intent::Grant(terms));
        self.until("the grant", |seen| seen.grant.is_some() && seen.prompt.is_none()).await;
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

impl Profile {
    fn lock_release(&self) {
        use leash::ports::TradingLock;
        self.lock.release();
    }
}
