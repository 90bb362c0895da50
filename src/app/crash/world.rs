//! The world of one run: everything that outlives a tab, and every port as a place to crash.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::pending;
use std::rc::Rc;

use alloy_primitives::B256;

use super::chain::{Chain, Operation};
use super::disk::Torn;
use super::faults::{Fate, Fault};
use super::flaws::{Flaw, Unsent};
use super::ports::{Peer, Port, Service};
use super::time::Time;
use super::verdict::{Kind, Wrong};
use crate::account::NonceKey;
use crate::app::Environment;
use crate::app::records;
use crate::app::services::Services;
use crate::ports::{Collection, MemoryKeyVault, MemoryPriceLine, MemoryTabs, SeededEntropy};
use crate::trading::{JournalEntry, Purpose};
use crate::units::{UnixMillis, UnixSecs};

/// How long node and bundler know nothing of the newest operations, at most.
const BLIND_MILLIS: u64 = 8_000;

/// Which waits count towards a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Crash {
    /// At the n-th wait of any port.
    Anywhere(u64),
    /// At the n-th wait of those on a trade's way: records, key, sponsor, bundler.
    OnTheWay(u64),
    /// At the n-th wait of those in which an operation is handed over: before it is, or before that is known.
    Sending(u64),
}

/// How near to a trade a wait is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    Elsewhere,
    Near,
    Sending,
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
    pub(super) fate: Fate,
    /// What the page or its ground is not as it should be.
    pub(super) flaw: Option<Flaw>,
    pub(super) unsent: RefCell<Vec<Unsent>>,
    pub(super) services: Services,
    pub(super) chain: RefCell<Chain>,
    pub(super) records: RefCell<BTreeMap<(Collection, String), Vec<u8>>>,
    pub(super) vault: MemoryKeyVault,
    pub(super) lock: Cell<Option<Tab>>,
    tabs: MemoryTabs,
    pub(super) violations: RefCell<Vec<Wrong>>,
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
    /// Records that the disk has spoilt, as they were.
    pub(super) torn: RefCell<Vec<Torn>>,
    /// Whether the browser has lost any of the journal.
    pub(super) is_journal_spoilt: Cell<bool>,
    /// The record that was written last and what was there before.
    pub(super) last_put: RefCell<Option<(String, Option<Vec<u8>>)>>,
    /// What the local clock is ahead of the world's, in milliseconds; or behind.
    pub(super) clock_error: Cell<i64>,
    /// Until when each tab stands still.
    frozen_until: [Cell<u64>; 2],
    /// Until when node and bundler know no operations after a block.
    blind: Cell<(u64, u64)>,
    /// Whether each step is printed.
    is_told: bool,
    pub(super) disk_free_at: Cell<u64>,
    /// Waits so far: of each [`Way`], and of all nearer ones.
    waits: [Cell<u64>; 3],
    /// How often a tab took the lock from another.
    pub(super) taken: Cell<u64>,
    crash: Cell<Option<Crash>>,
    is_crashed: Cell<bool>,
}

impl World {
    pub(super) fn new(
        (seed, flaw): (u64, Option<Flaw>),
        services: Services,
        chain: Chain,
        now: UnixMillis,
    ) -> Self {
        Self {
            time: Time::starting_at(now.0),
            fate: Fate::new(seed),
            flaw,
            unsent: RefCell::default(),
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
            torn: RefCell::default(),
            is_journal_spoilt: Cell::default(),
            last_put: RefCell::default(),
            clock_error: Cell::default(),
            frozen_until: Default::default(),
            blind: Cell::default(),
            is_told: std::env::var_os("LEASH_CRASH_SEED").is_some(),
            disk_free_at: Cell::default(),
            waits: Default::default(),
            taken: Cell::default(),
            crash: Cell::default(),
            is_crashed: Cell::default(),
        }
    }

    /// A new tab, which crashes at `crash`.
    pub(super) fn open_tab(self: &Rc<Self>, crash: Option<Crash>) -> Environment {
        self.waits.iter().for_each(|waits| waits.set(0));
        self.is_crashed.set(false);
        self.crash.set(crash);
        self.frozen_until[Tab::Mortal as usize].set(0);
        self.lose_unsent(Tab::Mortal);
        if self.fate.strikes(Fault::Skewed) {
            self.set_clock();
        }
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
    fn is_here(&self, tab: Tab, way: Way) -> bool {
        if tab == Tab::Companion {
            return false;
        }
        let ways = [Way::Elsewhere, Way::Near, Way::Sending];
        for (waits, _) in self.waits.iter().zip(ways).filter(|(_, counted)| *counted <= way) {
            waits.set(waits.get() + 1);
        }
        let (counted, at) = match self.crash.get() {
            Some(Crash::Anywhere(at)) => (Way::Elsewhere, at),
            Some(Crash::OnTheWay(at)) => (Way::Near, at),
            Some(Crash::Sending(at)) => (Way::Sending, at),
            None => return false,
        };
        let is_here = way >= counted && self.waits[counted as usize].get() == at;
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
        (tab, way): (Tab, Way),
        millis: [u64; 2],
        act: impl FnOnce() -> T,
    ) -> T {
        if self.is_here(tab, way) {
            if self.fate.dice.happens(500) {
                let _unheard = act();
            }
            return pending().await;
        }
        if self.fate.strikes(Fault::Frozen) {
            let millis = 60_000 + self.fate.dice.below(150_000);
            self.tell(|| format!("{tab:?} stands still for {millis} ms"));
            self.frozen_until[tab as usize].set(self.time.now() + millis);
            // What was asked for is on its way already: the answer finds the tab standing still.
            let answer = act();
            self.time.sleep(millis).await;
            return answer;
        }
        self.time.sleep(millis[0]).await;
        let answer = act();
        if self.is_here(tab, way) {
            return pending().await;
        }
        self.time.sleep(millis[1]).await;
        answer
    }

    pub(super) fn is_frozen(&self, tab: Tab) -> bool {
        self.frozen_until[tab as usize].get() > self.time.now()
    }

    /// The newest block whose operations node and bundler know.
    pub(super) fn known(&self, head: u64) -> u64 {
        let is_over = self.blind.get().0 <= self.time.now();
        if is_over && self.fate.strikes(Fault::Blind) {
            let until = self.time.now() + 1 + self.fate.dice.below(BLIND_MILLIS);
            self.blind.set((until, head.saturating_sub(self.fate.dice.below(4))));
        }
        let (until, known) = self.blind.get();
        if until > self.time.now() { known.min(head) } else { head }
    }

    /// The chain at this moment.
    pub(super) fn advance(&self) {
        let now = UnixMillis(self.time.now()).to_secs();
        let mut chain = self.chain.borrow_mut();
        let before = chain.head().number;
        chain.advance(now, &self.fate, self.has_flaw(Flaw::LetInTwice));
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
        let is_kept = journal.iter().any(|entry| entry.operation_hash() == Some(operation.hash));
        // What the browser lost since is not the page's fault.
        if is_kept || self.is_journal_spoilt.get() {
            return;
        }
        // Ending is done once however often it is sent, and must work on a full disk.
        let lane = self.chain.borrow().signed.grant().trade_lane();
        if NonceKey::split(operation.draft.nonce).0 == lane {
            self.blame(
                Kind::Unrecorded,
                format!("{} was sent before its record was durable", operation.hash),
            );
        }
    }

    /// A record that a tab wants kept, whatever becomes of it: which candle its trade is for.
    pub(super) fn note_trade(&self, record: &[u8]) {
        let Ok(entry) = records::read::<JournalEntry>(record) else { return };
        if let (Purpose::Trade(order), Some(hash)) = (entry.purpose, entry.operation_hash()) {
            self.candles.borrow_mut().insert(hash, order.signal.candle_open_at.0);
        }
    }

    /// A tab hands an operation over: of trades, only the one with the lock may.
    pub(super) fn note_sending(&self, tab: Tab, operation: &Operation) {
        let lane = self.chain.borrow().signed.grant().trade_lane();
        if NonceKey::split(operation.draft.nonce).0 == lane && self.lock.get() != Some(tab) {
            self.blame(Kind::Unfenced, format!("{} was sent by a tab without the lock", operation.hash));
        }
    }

    pub(super) fn blame(&self, kind: Kind, text: String) {
        self.tell(|| text.clone());
        self.violations.borrow_mut().push(Wrong { kind, text });
    }

    /// The person has had enough.
    pub(super) fn press_revoke(&self) {
        self.tell(|| "revoke is pressed".to_owned());
        self.revokes_at.set(None);
        self.is_pressed.set(true);
    }

    /// The journal as it would be read after a crash now, but for what is torn.
    pub(super) fn journal(&self) -> Vec<JournalEntry> {
        let records = self.records.borrow();
        let journal = records.iter().filter(|((collection, _), _)| *collection == Collection::Journal);
        journal.filter_map(|(_, record)| records::read(record).ok()).collect()
    }
}
