//! The world of one run: everything that outlives a tab, and every port as a place to crash.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::pending;
use std::rc::Rc;

use alloy_primitives::B256;
use async_trait::async_trait;
use serde_json::Value;
use zeroize::Zeroizing;

use super::chain::{Chain, Operation};
use super::dice::Dice;
use super::faults::Faults;
use super::time::Time;
use crate::account::NonceKey;
use crate::app::Environment;
use crate::app::records;
use crate::app::services::Services;
use crate::ports::{
    Clock, Collection, KeyVault, LockError, MemoryKeyVault, MemoryTabs, SeededEntropy, Store, StoreError,
    TradingLock, Transport, TransportError, VaultError,
};
use crate::trading::{JournalEntry, Purpose};
use crate::units::{UnixMillis, UnixSecs};

/// Milliseconds of a request and of its answer, at most, on a good day.
const WIRE_MILLIS: u64 = 160;
/// What a wallet's and a node's own limit of patience is in the browser.
const PATIENCE_MILLIS: u64 = 10_000;

/// Which waits count towards a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Crash {
    /// At the n-th wait of any port.
    Anywhere(u64),
    /// At the n-th wait of those on a trade's way: records, key, sponsor, bundler.
    OnTheWay(u64),
}

/// Which tab of the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    /// The one that dies and is opened again.
    Mortal,
    /// The one beside it.
    Companion,
}

pub(super) struct World {
    pub(super) time: Rc<Time>,
    pub(super) dice: Dice,
    pub(super) services: Services,
    pub(super) chain: RefCell<Chain>,
    pub(super) records: RefCell<BTreeMap<(Collection, String), Vec<u8>>>,
    pub(super) vault: MemoryKeyVault,
    lock: Cell<Option<Tab>>,
    tabs: MemoryTabs,
    pub(super) violations: RefCell<Vec<String>>,
    /// The candle of each trade that was sent, by the operation's hash.
    pub(super) candles: RefCell<BTreeMap<B256, u64>>,
    /// When the person presses Revoke.
    pub(super) revokes_at: Cell<Option<u64>>,
    /// Whether that was done.
    is_pressed: Cell<bool>,
    /// When the record of it was durable, in block time: what died before that, nobody can know.
    pub(super) revoked_at: Cell<Option<UnixSecs>>,
    /// Whether each step is printed.
    is_told: bool,
    disk_free_at: Cell<u64>,
    faults: Cell<Faults>,
    waits: Cell<u64>,
    waits_on_the_way: Cell<u64>,
    crash: Cell<Option<Crash>>,
    is_crashed: Cell<bool>,
}

impl World {
    pub(super) fn new(seed: u64, services: Services, chain: Chain, now: UnixMillis) -> Self {
        Self {
            time: Time::starting_at(now.0),
            dice: Dice::new(seed),
            services,
            chain: RefCell::new(chain),
            records: RefCell::default(),
            vault: MemoryKeyVault::default(),
            lock: Cell::default(),
            tabs: MemoryTabs::default(),
            violations: RefCell::default(),
            candles: RefCell::default(),
            revokes_at: Cell::default(),
            is_pressed: Cell::default(),
            revoked_at: Cell::default(),
            is_told: std::env::var_os("LEASH_CRASH_SEED").is_some(),
            disk_free_at: Cell::default(),
            faults: Cell::default(),
            waits: Cell::default(),
            waits_on_the_way: Cell::default(),
            crash: Cell::default(),
            is_crashed: Cell::default(),
        }
    }

    pub(super) fn faults(&self) -> Faults {
        self.faults.get()
    }

    pub(super) fn set_faults(&self, faults: Faults) {
        self.faults.set(faults);
    }

    /// A new tab, which crashes at `crash`.
    pub(super) fn open_tab(self: &Rc<Self>, crash: Option<Crash>) -> Environment {
        self.waits.set(0);
        self.waits_on_the_way.set(0);
        self.is_crashed.set(false);
        self.crash.set(crash);
        self.tab(Tab::Mortal)
    }

    /// A second tab beside it, which lives on.
    pub(super) fn open_companion(self: &Rc<Self>) -> Environment {
        self.tab(Tab::Companion)
    }

    fn tab(self: &Rc<Self>, tab: Tab) -> Environment {
        // A browser gives the lock back when a tab dies.
        if self.lock.get() == Some(tab) {
            self.lock.set(None);
        }
        let port = || Rc::new(Port(Rc::clone(self), tab));
        let world = Rc::clone(self);
        Environment {
            service: Rc::new(move |url| Rc::new(Peer(Rc::clone(&world), Service::of(url), tab))),
            wallet: Rc::new(|_| unreachable!("nobody is at the wallet")),
            store: port(),
            vault: port(),
            clock: port(),
            entropy: Rc::new(SeededEntropy::new(1)),
            lock: port(),
            tabs: Rc::new(self.tabs.other_tab()),
        }
    }

    /// Prints a step of the one run that is repeated.
    pub(super) fn tell(&self, step: impl FnOnce() -> String) {
        if self.is_told {
            let (secs, millis) = (self.time.now() / 1_000 % 10_000, self.time.now() % 1_000);
            eprintln!("{secs}.{millis:03}  {}", step());
        }
    }

    pub(super) fn is_crashed(&self) -> bool {
        self.is_crashed.get()
    }

    /// One more place to crash; whether it happens here.
    fn is_here(&self, tab: Tab, is_on_the_way: bool) -> bool {
        if tab == Tab::Companion {
            return false;
        }
        self.waits.set(self.waits.get() + 1);
        let on_the_way = self.waits_on_the_way.get() + u64::from(is_on_the_way);
        self.waits_on_the_way.set(on_the_way);
        let is_here = match self.crash.get() {
            Some(Crash::Anywhere(at)) => self.waits.get() == at,
            Some(Crash::OnTheWay(at)) => is_on_the_way && on_the_way == at,
            None => false,
        };
        if is_here {
            self.tell(|| "the tab dies".to_owned());
            self.is_crashed.set(true);
        }
        is_here
    }

    /// Does `act` after `millis` and tells after as many what came of it, if the tab lives so long. What was asked
    /// for before a crash may happen after it.
    async fn around<T>(
        &self,
        (tab, is_on_the_way): (Tab, bool),
        millis: [u64; 2],
        act: impl FnOnce() -> T,
    ) -> T {
        if self.is_here(tab, is_on_the_way) {
            if self.dice.happens(500) {
                let _unheard = act();
            }
            return pending().await;
        }
        self.time.sleep(millis[0]).await;
        let answer = act();
        if self.is_here(tab, is_on_the_way) {
            return pending().await;
        }
        self.time.sleep(millis[1]).await;
        answer
    }

    /// The chain at this moment.
    pub(super) fn advance(&self) {
        let now = UnixMillis(self.time.now()).to_secs();
        let mut chain = self.chain.borrow_mut();
        let before = chain.head().number;
        chain.advance(now, &self.faults(), &self.dice);
        if !self.is_told {
            return;
        }
        for (block, mined) in chain.mined().filter(|(block, _)| block.number > before) {
            self.tell(|| {
                format!(
                    "block {} has {} {:?} {}",
                    block.number, mined.operation.hash, mined.fill, mined.reason
                )
            });
        }
    }

    /// What is sent must be in the journal already, to the byte.
    pub(super) fn note_sent(&self, operation: &Operation) {
        let journal = self.journal();
        let Some(entry) = journal.iter().find(|entry| entry.operation_hash() == Some(operation.hash)) else {
            // Ending is done once however often it is sent, and must work on a full disk.
            let lane = self.chain.borrow().signed.grant().trade_lane();
            if NonceKey::split(operation.draft.nonce).0 == lane {
                let violation = format!("{} was sent before its record was durable", operation.hash);
                self.violations.borrow_mut().push(violation);
            }
            return;
        };
        if let Purpose::Trade(order) = entry.purpose {
            self.candles.borrow_mut().insert(operation.hash, order.cross.candle_open_at.0);
        }
    }

    /// The person has had enough.
    pub(super) fn press_revoke(&self) {
        self.tell(|| "revoke is pressed".to_owned());
        self.revokes_at.set(None);
        self.is_pressed.set(true);
    }

    /// The browser forgets the journal.
    pub(super) fn forget_journal(&self) {
        self.tell(|| "the journal is gone".to_owned());
        self.records.borrow_mut().retain(|(collection, _), _| *collection != Collection::Journal);
    }

    /// The journal as it would be read after a crash now.
    pub(super) fn journal(&self) -> Vec<JournalEntry> {
        let records = self.records.borrow();
        let journal = records.iter().filter(|((collection, _), _)| *collection == Collection::Journal);
        journal.map(|(_, record)| records::read(record).expect("no record is torn here")).collect()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    Node,
    Bundler,
    Paymaster,
}

impl Service {
    fn of(url: &str) -> Self {
        match url.rsplit(':').next() {
            Some("8545") => Self::Node,
            Some("8546") => Self::Bundler,
            Some("8547") => Self::Paymaster,
            _ => unreachable!("nobody stands at {url}"),
        }
    }
}

/// A service at the end of a bad line.
struct Peer(Rc<World>, Service, Tab);

#[async_trait(?Send)]
impl Transport for Peer {
    async fn request(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        let Self(world, service, tab) = self;
        let (faults, dice) = (world.faults(), &world.dice);
        if dice.happens(faults.asleep) {
            world.time.leap(60_000 + dice.below(1_800_000));
        }
        let slow = if dice.happens(faults.slow) { dice.below(8_000) } else { 0 };
        let millis = [dice.below(WIRE_MILLIS) + slow, dice.below(WIRE_MILLIS)];
        if dice.happens(faults.lost) {
            world.time.sleep(millis[0]).await;
            return Err(TransportError::Unreachable("connection refused".to_owned()));
        }
        let act = || {
            world.advance();
            match service {
                Service::Node => {
                    let chain = world.chain.borrow();
                    let head = chain.head().number;
                    let lag = |rate: u64| if dice.happens(rate) { dice.below(4) } else { 0 };
                    let latest = head - lag(faults.stale);
                    chain.answer(method, &params, latest, latest - lag(faults.logless))
                }
                Service::Bundler => world.bundler(method, &params),
                Service::Paymaster => world.paymaster(method),
            }
        };
        let answer = world.around((*tab, *service != Service::Node), millis, act).await;
        if *tab == Tab::Companion || *service != Service::Node {
            world.tell(|| format!("{tab:?} {method}: {answer:?}"));
        }
        if dice.happens(faults.unheard) {
            world.time.sleep(PATIENCE_MILLIS).await;
            return Err(TransportError::Timeout { after_millis: PATIENCE_MILLIS });
        }
        if dice.happens(faults.garbled) {
            return Err(match dice.below(3) {
                0 => TransportError::Malformed("<html>".to_owned()),
                1 => TransportError::Http { status: 429, retry_after_secs: Some(1), body: String::new() },
                _ => TransportError::Http { status: 502, retry_after_secs: None, body: String::new() },
            });
        }
        answer
    }
}

/// Everything in the browser that a tab waits for.
struct Port(Rc<World>, Tab);

impl Port {
    async fn record<T>(&self, act: impl FnOnce() -> T) -> T {
        let Self(world, tab) = self;
        let slow = if world.dice.happens(world.faults().slow_disk) { 1_000 } else { 0 };
        // One transaction after the other, in the order in which they were asked for.
        let done_at = world.disk_free_at.get().max(world.time.now()) + world.dice.below(5) + slow;
        world.disk_free_at.set(done_at);
        world.around((*tab, true), [done_at - world.time.now(), world.dice.below(5)], act).await
    }

    fn has_room(&self) -> Result<(), StoreError> {
        if self.0.dice.happens(self.0.faults().full) { Err(StoreError::Full) } else { Ok(()) }
    }
}

#[async_trait(?Send)]
impl Store for Port {
    async fn put(&self, collection: Collection, key: &str, record: &[u8]) -> Result<(), StoreError> {
        self.has_room()?;
        let put = || {
            self.0.tell(|| match records::read::<JournalEntry>(record) {
                Ok(entry) if collection == Collection::Journal => {
                    format!(
                        "{:?} keeps {} {} {:?}",
                        self.1,
                        entry.id,
                        entry.state.name(),
                        entry.operation_hash()
                    )
                }
                Ok(_) | Err(_) => format!("{:?} keeps {key}", self.1),
            });
            if collection == Collection::Grants
                && self.0.is_pressed.get()
                && self.0.revoked_at.get().is_none()
            {
                self.0.advance();
                self.0.revoked_at.set(Some(self.0.chain.borrow().head().at));
            }
            self.0.records.borrow_mut().insert((collection, key.to_owned()), record.to_vec())
        };
        let _old = self.record(put).await;
        Ok(())
    }

    async fn get(&self, collection: Collection, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let get = || self.0.records.borrow().get(&(collection, key.to_owned())).cloned();
        Ok(self.record(get).await)
    }

    async fn all(&self, collection: Collection) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let all = || {
            self.0.tell(|| format!("{:?} reads {collection:?}", self.1));
            let records = self.0.records.borrow();
            let drawer = records.iter().filter(|((drawer, _), _)| *drawer == collection);
            drawer.map(|((_, key), record)| (key.clone(), record.clone())).collect()
        };
        Ok(self.record(all).await)
    }

    async fn delete(&self, collection: Collection, key: &str) -> Result<(), StoreError> {
        let _old = self.record(|| self.0.records.borrow_mut().remove(&(collection, key.to_owned()))).await;
        Ok(())
    }
}

#[async_trait(?Send)]
impl KeyVault for Port {
    async fn put(&self, name: &str, secret: &[u8; 32]) -> Result<(), VaultError> {
        self.0.vault.put(name, secret).await
    }

    async fn open(&self, name: &str) -> Result<Option<Zeroizing<[u8; 32]>>, VaultError> {
        self.record(|| ()).await;
        self.0.vault.open(name).await
    }

    async fn wipe(&self, name: &str) -> Result<(), VaultError> {
        self.0.vault.wipe(name).await
    }
}

#[async_trait(?Send)]
impl Clock for Port {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.0.time.now())
    }

    async fn sleep_millis(&self, millis: u64) {
        self.0.around((self.1, false), [millis, 0], || ()).await;
    }
}

/// The lock of the profile: the first that asks has it until it dies.
#[async_trait(?Send)]
impl TradingLock for Port {
    async fn try_acquire(&self, _: &str) -> Result<bool, LockError> {
        let Self(world, tab) = self;
        let take = || {
            let is_free = world.lock.get().is_none_or(|holder| holder == *tab);
            if is_free {
                world.lock.set(Some(*tab));
                world.tell(|| format!("{tab:?} has the lock"));
            }
            is_free
        };
        Ok(self.record(take).await)
    }

    fn is_held(&self) -> bool {
        self.0.lock.get() == Some(self.1)
    }

    fn release(&self) {
        if self.is_held() {
            self.0.lock.set(None);
        }
    }
}
