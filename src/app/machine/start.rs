//! Waking up is recovery: what was kept is read, open operations are settled, then trading goes on.

use crate::app::event::{Command, Restored, Saved};
use crate::app::grants::{GrantLife, StoredGrant};
use crate::app::services::Services;
use crate::app::{Failure, Flavour, NoticeLevel, PageEvent, TabWord};
use crate::trading::{JournalEntry, OrderState};

use super::alarms::Alarms;
use super::decisions::Decisions;
use super::desk::Desk;
use super::feed::Feed;
use super::patience::Patience;
use super::wallet::Wallet;
use super::{Machine, Timer};

/// Beyond its end by the local clock, which may be wrong, a session is surely over by the chain's.
const GRACE_SECS: u64 = 86_400;
/// Whether this tab is the one that trades.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Lock {
    /// Another tab may be.
    #[default]
    Free,
    /// It will be once it has read what another tab may have written.
    CatchingUp,
    /// It is.
    Held,
}

/// Pause before contracts that could not be read, or are unknown, are looked at again, and a bundler is asked again.
const CONTRACTS_MILLIS: u64 = 15_000;
/// Pause between tries for the lock while another tab has it.
const LOCK_MILLIS: u64 = 2_000;

impl Machine {
    pub(super) fn take_restored(&mut self, restored: Restored) -> Vec<Command> {
        let Restored { settings, grants, journal, arrivals, quarantined } = restored;
        let is_first = !self.is_restored;
        self.is_restored = true;
        self.take_grants(grants);
        self.take_journal(journal);
        self.books.arrivals = arrivals.into_iter().collect();
        self.recount_all();
        if let Some(example) = quarantined.first() {
            let sentence = format!(
                "{} stored records could not be read. They were put aside, not deleted.",
                quarantined.len()
            );
            self.notify(NoticeLevel::Warning, &Failure::new(sentence).with_details(&example.why));
        }
        if self.lock == Lock::CatchingUp {
            self.lock = Lock::Held;
        }
        if !is_first {
            // Another tab may have paused, or renewed under another strategy.
            self.settings.is_paused = settings.is_paused;
            let strategy = self.live_grant().map(|grant| grant.terms.strategy);
            let mut commands = strategy.map(|strategy| self.watch_with(strategy)).unwrap_or_default();
            commands.extend(self.resume_open_entries());
            return commands;
        }
        let mut commands = self.forget_long_expired();
        let last = Services::chosen(&settings);
        let wanted = self.services.network;
        let services = match last.filter(|last| !self.is_told || last.network == wanted) {
            Some(last) => {
                self.settings = settings;
                last
            }
            None => {
                self.settings = settings.on(wanted.id);
                self.services.clone()
            }
        };
        commands.extend(self.enter(services));
        if self.live_grant().is_none() {
            // Nobody trades, so there is no lock to wait for.
            commands.extend(self.resume_open_entries());
        }
        for event in std::mem::take(&mut self.early) {
            commands.extend(self.on_event(event));
        }
        commands
    }

    /// What was read may be older than what this tab did since it asked: an ending that has begun is never undone by
    /// a record of the time before it.
    fn take_grants(&mut self, read: Vec<StoredGrant>) {
        let known = std::mem::replace(&mut self.grants, read);
        for old in known {
            match self.grants.iter_mut().find(|grant| grant.id() == old.id()) {
                Some(grant) => grant.life = grant.life.later(old.life),
                None => {
                    let place = self.grants.partition_point(|grant| grant.signed_at <= old.signed_at);
                    self.grants.insert(place, old);
                }
            }
        }
    }

    /// The same for the journal: this tab knows best what is under way in it.
    fn take_journal(&mut self, read: Vec<JournalEntry>) {
        self.journal.take_over(read, |entry| self.flight.holds(entry.id));
    }

    /// Destroys the keys of sessions that ended long ago on networks that may never be entered again. Their
    /// end on the network at hand is read from its chain.
    fn forget_long_expired(&mut self) -> Vec<Command> {
        let now = self.now.to_secs();
        let is_long_over =
            |grant: &&mut StoredGrant| grant.is_alive() && now > grant.valid_until().plus_secs(GRACE_SECS);
        let mut commands = Vec::new();
        for grant in self.grants.iter_mut().filter(is_long_over) {
            grant.life = GrantLife::Expired;
            commands.push(Command::Save(Saved::Grant(Box::new(grant.clone()))));
        }
        // Also of those that ended earlier: a wipe may have failed, or the page was closed before it.
        let over = self.grants.iter().filter(|grant| !grant.is_alive());
        commands.extend(over.map(|grant| Command::WipeKey(grant.session_key())));
        commands
    }

    /// Starts on a network: everything that belonged to another is forgotten, nothing stored is.
    pub(super) fn enter(&mut self, services: Services) -> Vec<Command> {
        self.epoch.0 += 1;
        self.feed = Feed::new(&services);
        self.services = services;
        self.recount_all();
        self.flavour = None;
        self.bundler = None;
        self.account = None;
        self.quotes.clear();
        self.unquoted = None;
        self.paper = None;
        self.facts = None;
        (self.facts_needed_from, self.facts_read_at) = (0, 0);
        self.ending = None;
        self.desk = Desk::default();
        self.alarms = Alarms::default();
        self.decisions = Decisions::default();
        self.preview = None;
        self.gas_memory.clear();
        if let Some(grant) = self.live_grant() {
            let strategy = grant.terms.strategy;
            self.feed.use_strategy(strategy);
        }
        let mut commands = vec![
            Command::CheckContracts(self.epoch, self.services.clone()),
            Command::CheckBundler(self.epoch, self.services.clone()),
        ];
        commands.extend(self.listen_anew());
        if self.live_grant().is_some_and(|grant| grant.life == GrantLife::Successor) {
            // The page was closed after the old session's end was written and before the renewal's turn was.
            let renewal = self.successors().last().cloned();
            commands.extend(renewal.map(|grant| self.activate(grant)).unwrap_or_default());
        }
        commands.extend(self.load_history());
        commands.extend(self.acquire_lock());
        commands
    }

    pub(super) fn choose_network(&mut self, id: &str) -> Vec<Command> {
        let Some(services) = Services::of(id, &Default::default()) else { return Vec::new() };
        // Sandbox and live networks never share a trader: the page starts another one.
        let is_elsewhere = services.network.is_sandbox() != self.services.network.is_sandbox();
        if services == self.services || is_elsewhere {
            return Vec::new();
        }
        if !self.flight.is_empty() || self.is_granting {
            self.notify(
                NoticeLevel::Info,
                &Failure::new("An operation is on its way. Change the network when it is done."),
            );
            return Vec::new();
        }
        self.settings = std::mem::take(&mut self.settings).on(id);
        let mut commands = vec![Command::Save(Saved::Settings(self.settings.clone()))];
        self.lock = Lock::Free;
        commands.extend(self.enter(services));
        commands
    }

    pub(super) fn on_contracts(&mut self, flavour: Result<Flavour, Failure>) -> Vec<Command> {
        let mut commands = Vec::new();
        if let Err(failure) = &flavour {
            self.notify(NoticeLevel::Warning, failure);
            let millis = Patience::default().pause_millis(failure, CONTRACTS_MILLIS);
            commands.push(Command::Wait { timer: Timer::Contracts(self.epoch), millis });
        }
        self.flavour = Some(flavour);
        commands
    }

    /// Until the bundler said who it is, each operation asks while it is prepared.
    pub(super) fn on_bundler(&mut self, outcome: Result<(), Failure>) -> Vec<Command> {
        let mut commands = Vec::new();
        if let Err(failure) = &outcome {
            self.notify(NoticeLevel::Warning, failure);
            let millis = Patience::default().pause_millis(failure, CONTRACTS_MILLIS);
            commands.push(Command::Wait { timer: Timer::Bundler(self.epoch), millis });
        }
        self.bundler = Some(outcome);
        commands
    }

    /// Becomes the one who trades and keeps the books, when there is a session or was one.
    pub(super) fn acquire_lock(&mut self) -> Vec<Command> {
        self.lock_name().map(Command::AcquireLock).into_iter().collect()
    }

    /// One for each account of each network.
    pub(super) fn lock_name(&self) -> Option<String> {
        let account = self.current_grant()?.signed.grant().account();
        Some(format!("leash-trader-{}-{account}", self.services.network.id))
    }

    /// Tries for the lock again later, and reads the store again with it.
    pub(super) fn lose_lock(&mut self) -> Vec<Command> {
        self.lock = Lock::Free;
        vec![Command::Wait { timer: Timer::Lock(self.epoch), millis: LOCK_MILLIS }]
    }

    pub(super) fn on_lock(&mut self, answer: Result<bool, Failure>) -> Vec<Command> {
        match answer {
            Ok(true) if self.lock != Lock::Free => Vec::new(),
            Ok(true) => {
                self.lock = Lock::CatchingUp;
                // Another tab may have traded since this one last read the store.
                vec![Command::Restore, self.says_alive()]
            }
            Ok(false) => self.wait_for_lock(),
            Err(failure) => {
                self.notify(NoticeLevel::Error, &failure);
                Vec::new()
            }
        }
    }

    /// Takes up every operation without an outcome: what was planned only is given up, the rest is looked
    /// for on chain, and what may not have been sent is sent again, byte for byte.
    fn resume_open_entries(&mut self) -> Vec<Command> {
        let now = self.chain_now();
        let mut commands = Vec::new();
        let open: Vec<_> =
            self.entries_here().filter(|entry| !entry.state.is_final()).map(|entry| entry.id).collect();
        for id in open.into_iter().filter(|id| !self.flight.holds(*id)).collect::<Vec<_>>() {
            let Some(entry) = self.journal.entry_mut(id) else { continue };
            if entry.state == OrderState::Planned {
                let why = "the page was closed before it was signed".to_owned();
                entry.advance(OrderState::Abandoned { why }, now);
                commands.extend(self.save_entry(id));
            } else {
                commands.extend(self.resume_entry(id));
            }
        }
        let is_ending = self.live_grant().is_some_and(|grant| grant.life == GrantLife::Ending);
        if is_ending && self.ending.is_none() {
            commands.extend(self.resume_ending());
        }
        commands
    }

    pub(super) fn pause(&mut self, is_paused: bool) -> Vec<Command> {
        self.settings.is_paused = is_paused;
        self.halted = None;
        vec![
            Command::Save(Saved::Settings(self.settings.clone())),
            Command::TellTabs(TabWord::Paused(is_paused)),
        ]
    }

    pub(super) fn on_page(&mut self, event: PageEvent) -> Vec<Command> {
        match event {
            PageEvent::AccountsChanged(accounts) => self.on_accounts_changed(&accounts),
            PageEvent::ChainChanged(chain) => {
                self.wallet.note_chain(&chain);
                Vec::new()
            }
            PageEvent::WalletDisconnected => {
                self.wallet = Wallet::default();
                Vec::new()
            }
        }
    }
}
