//! Waking up is recovery: what was kept is read, open operations are settled, then trading goes on.

use crate::app::event::{Command, Restored, Saved, Settings};
use crate::app::grants::GrantLife;
use crate::app::services::Services;
use crate::app::{Failure, Flavour, NoticeLevel, PageEvent};
use crate::trading::OrderState;

use super::feed::Feed;
use super::wallet::Wallet;
use super::{Machine, Timer};

/// Pause between tries for the lock while another tab has it.
const LOCK_MILLIS: u64 = 2_000;

impl Machine {
    pub(super) fn take_restored(&mut self, restored: Restored) -> Vec<Command> {
        let Restored { settings, grants, journal, positions, quarantined } = restored;
        let is_first = !self.is_restored;
        self.is_restored = true;
        self.grants = grants;
        self.journal = journal;
        self.positions = positions.into_iter().collect();
        if let Some(example) = quarantined.first() {
            let sentence = format!(
                "{} stored records could not be read. They were put aside, not deleted.",
                quarantined.len()
            );
            self.notify(NoticeLevel::Warning, &Failure::new(sentence).with_details(&example.why));
        }
        if !is_first {
            return self.resume_open_entries();
        }
        let known = Services::of(&settings.network, &settings.endpoints);
        self.settings = Settings { network: self.services.network.id.to_owned(), ..settings.clone() };
        if let Some(services) = known {
            self.settings = settings;
            self.enter(services)
        } else {
            self.enter(self.services.clone())
        }
    }

    /// Starts on a network: everything that belonged to another is forgotten, nothing stored is.
    fn enter(&mut self, services: Services) -> Vec<Command> {
        self.feed = Feed::new(&services);
        self.services = services;
        self.flavour = None;
        self.account = None;
        self.facts = None;
        self.ending = None;
        self.preview = None;
        self.gas_memory.clear();
        self.settled_block = 0;
        if let Some(grant) = self.live_grant() {
            let strategy = grant.terms.strategy;
            self.feed.use_strategy(strategy);
        }
        let mut commands = vec![Command::CheckContracts(self.services.clone())];
        commands.extend(self.load_history());
        commands.extend(self.acquire_lock());
        commands
    }

    pub(super) fn choose_network(&mut self, id: &str) -> Vec<Command> {
        let endpoints = Default::default();
        let Some(services) = Services::of(id, &endpoints) else { return Vec::new() };
        if services == self.services {
            return Vec::new();
        }
        if !self.flight.is_empty() || self.is_granting {
            self.notify(
                NoticeLevel::Info,
                &Failure::new("An operation is on its way. Change the network when it is done."),
            );
            return Vec::new();
        }
        self.settings.network = id.to_owned();
        self.settings.endpoints = endpoints;
        let mut commands = vec![Command::Save(Saved::Settings(self.settings.clone()))];
        self.has_lock = false;
        self.wallet.forget_chain();
        commands.extend(self.enter(services));
        commands
    }

    pub(super) fn edit_endpoints(&mut self, endpoints: [String; 3]) -> Vec<Command> {
        let endpoints = endpoints.map(|url| url.trim().to_owned());
        let Some(services) = Services::of(self.services.network.id, &endpoints) else { return Vec::new() };
        self.settings.endpoints = endpoints;
        self.services = services;
        self.flavour = None;
        self.feed.trouble = None;
        vec![
            Command::Save(Saved::Settings(self.settings.clone())),
            Command::CheckContracts(self.services.clone()),
        ]
    }

    pub(super) fn on_contracts(&mut self, flavour: Result<Flavour, Failure>) -> Vec<Command> {
        if let Err(failure) = &flavour {
            self.notify(NoticeLevel::Warning, failure);
        }
        self.flavour = Some(flavour);
        Vec::new()
    }

    /// Becomes the one who trades, when there is something to trade on.
    pub(super) fn acquire_lock(&mut self) -> Vec<Command> {
        let Some(grant) = self.live_grant() else { return Vec::new() };
        let name = format!("leash-trader-{}-{}", self.services.network.id, grant.signed.grant().account());
        vec![Command::AcquireLock(name)]
    }

    pub(super) fn on_lock(&mut self, answer: Result<bool, Failure>) -> Vec<Command> {
        match answer {
            Ok(true) if self.has_lock => Vec::new(),
            Ok(true) => {
                self.has_lock = true;
                // Another tab may have traded since this one last read the store.
                vec![Command::Restore]
            }
            Ok(false) => {
                self.has_lock = false;
                vec![Command::Wait { timer: Timer::Lock, millis: LOCK_MILLIS }]
            }
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
            self.journal.iter().filter(|entry| !entry.state.is_final()).map(|entry| entry.id).collect();
        for id in open {
            let Some(entry) = self.journal.iter_mut().find(|entry| entry.id == id) else { continue };
            if entry.state == OrderState::Planned {
                let why = "the page was closed before it was signed".to_owned();
                entry.advance(OrderState::Abandoned { why }, now);
                commands.extend(self.save_entry(id));
            } else {
                commands.extend(self.resume_entry(id));
            }
        }
        if self.grants.iter().any(|grant| grant.life == GrantLife::Ending) && self.ending.is_none() {
            commands.extend(self.resume_ending());
        }
        commands
    }

    pub(super) fn pause(&mut self, is_paused: bool) -> Vec<Command> {
        self.settings.is_paused = is_paused;
        self.halted = None;
        vec![Command::Save(Saved::Settings(self.settings.clone()))]
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
            PageEvent::Visible(_) => Vec::new(),
        }
    }
}
