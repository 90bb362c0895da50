//! The world of one run: everything that outlives a tab, and every port as a place to crash.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::pending;
use std::rc::Rc;

use alloy_primitives::B256;

use super::chain::{Chain, Operation};
use super::dice::Dice;
use super::faults::Faults;
use super::ports::{Peer, Port, Service};
use super::time::Time;
use crate::account::NonceKey;
use crate::app::Environment;
use crate::app::records;
use crate::app::services::Services;
use crate::ports::{Collection, MemoryKeyVault, MemoryPriceLine, MemoryTabs, SeededEntropy};
use crate::trading::{JournalEntry, Purpose};
use crate::units::{UnixMillis, UnixSecs};

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
pub(super) enum Tab {
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
    pub(super) lock: Cell<Option<Tab>>,
    tabs: MemoryTabs,
    pub(super) violations: RefCell<Vec<String>>,
    /// Whether a second tab was open.
    pub(super) had_companion: Cell<bool>,
    /// Most decisions that one tab made in a row.
    pub(super) decided: Cell<u64>,
    /// The candle of each trade that was sent, by the operation's hash.
    pub(super) candles: RefCell<BTreeMap<B256, u64>>,
    /// When the person presses Revoke.
    pub(super) revokes_at: Cell<Option<u64>>,
    /// Whether that was done.
    pub(super) is_pressed: Cell<bool>,
    /// When the record of it was durable, in block time: what died before that, nobody can know.
    pub(super) revoked_at: Cell<Option<UnixSecs>>,
    /// Whether each step is printed.
    is_told: bool,
    pub(super) disk_free_at: Cell<u64>,
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
            had_companion: Cell::default(),
            decided: Cell::default(),
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
        self.had_companion.set(true);
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
            price_line: Rc::new(MemoryPriceLine::default()),
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
    pub(super) async fn around<T>(
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
            self.candles.borrow_mut().insert(operation.hash, order.signal.candle_open_at.0);
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
