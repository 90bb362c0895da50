//! The trader, without the world: events in, commands out. It never waits, fails, or asks the hour.
//!
//! Each part of its life has a file below; this one holds the state and sends every event to its part.

mod alarms;
mod decisions;
mod desk;
mod drawing;
mod ending;
mod endpoints;
mod expiry;
mod feed;
mod flight;
mod grant;
mod journal;
mod paper;
mod patience;
mod reconcile;
mod records;
mod reference;
#[cfg(test)]
pub(super) mod samples;
mod sealing;
mod second_opinion;
mod start;
mod tabs;
#[cfg(test)]
mod tests;
mod trade;
mod try_it;
mod view;
mod wallet;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use alloy_primitives::B256;

use super::event::{
    AccountFacts, Command, Epoch, Event, GrantFacts, RecordName, Restored, Saved, Settings, Timer,
};
use super::grants::{GrantLife, StoredGrant};
use super::operation::{GasMemory, Shape};
use super::services::Services;
use super::{
    ChartUpdate, ExportFile, Failure, Flavour, Intent, Notice, NoticeLevel, Preview, Snapshot, TermsText,
};
use crate::contracts::DEFAULT_ID;
use crate::trading::{JournalEntry, Side, Signal, TermsContext};
use crate::units::{TokenAmount, UnixMillis, UnixSecs};
use crate::venue::UniswapV3;

use alarms::Alarms;
use decisions::Decisions;
use desk::Desk;
use drawing::Trades;
use ending::Ending;
use feed::Feed;
use flight::Flight;
use journal::{Journal, Version};
use paper::Paper;
use reconcile::Books;
use reference::Heard;
use second_opinion::SecondOpinion;
use start::Lock;
use tabs::Pulse;
use try_it::Trial;
use wallet::Wallet;

/// Most notices kept.
const NOTICES: usize = 8;

/// The state of everything.
#[derive(Debug)]
pub struct Machine {
    settings: Settings,
    services: Services,
    /// Whether the page said which network, so that the last one does not count.
    is_told: bool,
    epoch: Epoch,
    flavour: Option<Result<Flavour, Failure>>,
    /// What came of asking the bundler who it is.
    bundler: Option<Result<(), Failure>>,
    is_restored: bool,
    /// What came before the records were read, and must not be lost.
    early: Vec<Event>,
    feed: Feed,
    wallet: Wallet,
    account: Option<AccountFacts>,
    /// The account's address as a picture.
    account_code: Vec<String>,
    grants: Vec<StoredGrant>,
    /// Terms to start from, as the page reads them, and where and for what.
    suggested: Option<(&'static str, TermsContext, TermsText)>,
    /// What the shown grant allows, in words.
    sentences: Option<(B256, Vec<String>)>,
    facts: Option<GrantFacts>,
    /// Facts read before this block are out of date: an operation was mined in it.
    facts_needed_from: u64,
    /// Block of the last reading of account and grant.
    facts_read_at: u64,
    quotes: Vec<(Side, TokenAmount, TokenAmount)>,
    /// What the strategy does with play money while there is no grant.
    paper: Option<Paper>,
    /// A cross that waits for its quote.
    unquoted: Option<Signal>,
    decisions: Decisions,
    journal: Journal,
    /// What the page sees of it.
    shown: view::Shown,
    books: Books,
    flight: Flight,
    ending: Option<Ending>,
    preview: Option<Preview>,
    is_granting: bool,
    trial: Option<Trial>,
    prompt: Option<super::Prompt>,
    gas_memory: BTreeMap<Shape, GasMemory>,
    lock: Lock,
    pulse: Pulse,
    heard: Heard,
    alarms: Alarms,
    halted: Option<Failure>,
    /// Records that storage did not take.
    unsaved: BTreeSet<RecordName>,
    notices: Vec<Notice>,
    next_notice: u64,
    last_refusal: Option<String>,
    /// Of which grant it was told how few seconds are left.
    told_end: Option<(B256, u64)>,
    file: Option<ExportFile>,
    desk: Desk,
    now: UnixMillis,
}

impl Machine {
    /// A machine at rest on the network of this id, or on that of the last time; [`Machine::start`] wakes it.
    /// `None` for an unknown id.
    pub fn new(network: Option<&str>) -> Option<Self> {
        let settings = Settings::default();
        let services = Services::of(network.unwrap_or(DEFAULT_ID), &settings.endpoints)?;
        Some(Self {
            feed: Feed::new(&services),
            settings,
            services,
            is_told: network.is_some(),
            epoch: Epoch::default(),
            flavour: None,
            bundler: None,
            is_restored: false,
            early: Vec::new(),
            wallet: Wallet::default(),
            account: None,
            account_code: Vec::new(),
            grants: Vec::new(),
            suggested: None,
            sentences: None,
            facts: None,
            facts_needed_from: 0,
            facts_read_at: 0,
            quotes: Vec::new(),
            paper: None,
            unquoted: None,
            decisions: Decisions::default(),
            journal: Journal::default(),
            shown: view::Shown::default(),
            books: Books::default(),
            flight: Flight::default(),
            ending: None,
            preview: None,
            is_granting: false,
            trial: None,
            prompt: None,
            gas_memory: BTreeMap::new(),
            lock: Lock::default(),
            pulse: Pulse::default(),
            heard: Heard::default(),
            alarms: Alarms::default(),
            halted: None,
            unsaved: BTreeSet::new(),
            notices: Vec::new(),
            next_notice: 1,
            last_refusal: None,
            told_end: None,
            file: None,
            desk: Desk::default(),
            now: UnixMillis::default(),
        })
    }

    /// The first commands.
    pub fn start(&mut self) -> Vec<Command> {
        vec![Command::Restore, Command::HearTabs]
    }

    /// Takes note of `event`, which happened at `now` by the local clock, and says what is to be done.
    pub fn handle(&mut self, event: Event, now: UnixMillis) -> Vec<Command> {
        self.now = now;
        let mut commands = self.on_event(event);
        commands.extend(self.go_on_trying());
        commands
    }

    fn on_event(&mut self, event: Event) -> Vec<Command> {
        if !self.is_restored && is_stop(&event) {
            self.early.push(event);
            return Vec::new();
        }
        match event {
            Event::Intent(intent) => self.on_intent(*intent),
            Event::Page(page) => self.on_page(page),
            Event::Restored(restored) => self.on_restored(restored),
            Event::TabsTold | Event::HungUp => Vec::new(),
            Event::Saved(name, outcome) => self.on_saved(name, outcome),
            Event::HistoryLoaded(epoch, _) if epoch != self.epoch => Vec::new(),
            Event::ContractsChecked(epoch, _) if epoch != self.epoch => Vec::new(),
            Event::BundlerChecked(epoch, _) if epoch != self.epoch => Vec::new(),
            Event::Observed(epoch, _) if epoch != self.epoch => Vec::new(),
            Event::HistoryLoaded(_, history) => self.on_history(history),
            Event::ContractsChecked(_, flavour) => self.on_contracts(flavour),
            Event::BundlerChecked(_, outcome) => self.on_bundler(outcome),
            Event::Observed(_, observation) => self.on_observed(observation),
            Event::Woke(timer) => self.on_timer(timer),
            Event::LockAnswered(answer) => self.on_lock(answer),
            Event::Connected(wallet, answer) => self.on_connected(&wallet, answer),
            Event::ChainSwitched(answer) => self.on_chain_switched(answer),
            Event::Funded(answer) => self.on_funded(answer),
            Event::GrantPrepared(prepared) => self.on_grant_prepared(prepared),
            Event::GrantSigned(signed) => self.on_grant_signed(signed),
            Event::Prepared(id, prepared) => self.on_prepared(id, prepared),
            Event::Signed(id, signed) => self.on_signed(id, signed),
            Event::Sent(id, sent) => self.on_sent(id, sent),
            Event::Settled(id, settlement) => self.on_settled(id, settlement),
            Event::Proven(grant_id, proof) => self.on_proven(grant_id, proof),
            Event::Heard(turn, said) => self.on_heard(turn, said),
            Event::NodesCompared(epoch, _) if epoch != self.epoch => Vec::new(),
            Event::NodesCompared(_, agree) => self.on_nodes_compared(agree),
            Event::Audited(epoch, ..) if epoch != self.epoch => Vec::new(),
            Event::Audited(_, name, lines) => self.on_audited(name, lines),
            Event::TabSaid(word) => self.on_tab_said(word),
            Event::KeyWiped(Ok(())) => Vec::new(),
            Event::KeyWiped(Err(failure)) => {
                self.notify(NoticeLevel::Warning, &failure);
                Vec::new()
            }
        }
    }

    fn on_intent(&mut self, intent: Intent) -> Vec<Command> {
        match intent {
            Intent::ChooseNetwork(id) => self.choose_network(&id),
            Intent::EditEndpoints(text) => self.edit_endpoints(&text),
            Intent::Connect { wallet, name, may_prompt } => self.connect(wallet, name, may_prompt),
            Intent::Disconnect => self.disconnect(),
            Intent::SwitchChain => self.switch_chain(),
            Intent::TryIt { wallet, name } => self.try_it(wallet, name),
            Intent::Faucet => self.faucet(),
            Intent::Deposit { is_base, amount } => self.deposit(is_base, &amount),
            Intent::Preview(text) => self.preview_terms(text),
            Intent::Grant(text) => self.grant_terms(text),
            Intent::Pause => self.pause(true),
            Intent::Resume => self.pause(false),
            Intent::Revoke => self.revoke(),
            Intent::RevokeByOwner => self.revoke_by_owner(false),
            Intent::RevokeByTransaction => self.revoke_by_owner(true),
            Intent::Withdraw { sells_first, by_transaction } => self.withdraw(sells_first, by_transaction),
            Intent::ExportJournal(format) => {
                self.file = view::export(self, format);
                Vec::new()
            }
            Intent::SaveRun => {
                self.file = self.decisions.second.as_ref().map(SecondOpinion::file);
                Vec::new()
            }
            Intent::Compare(compares) => self.use_reference(compares),
            Intent::CheckJournal(name, file) => self.check_journal(name, file),
            Intent::CloseCheck => self.desk.close(),
            Intent::ShowJournal(query) => self.desk.show(query),
            Intent::Inspect(id, is_open) => self.desk.inspect(id, is_open),
            Intent::Dismiss(id) => {
                self.notices.retain(|notice| notice.id != id);
                Vec::new()
            }
        }
    }

    fn on_timer(&mut self, timer: Timer) -> Vec<Command> {
        match timer {
            Timer::Observe(epoch)
            | Timer::Lock(epoch)
            | Timer::History(epoch)
            | Timer::Contracts(epoch)
            | Timer::Bundler(epoch)
            | Timer::EndingPatience(epoch)
            | Timer::Handover(epoch)
                if epoch != self.epoch =>
            {
                Vec::new()
            }
            Timer::Observe(_) => self.observe(),
            Timer::Lock(_) => self.acquire_lock(),
            Timer::Settle(id) => self.look_for_outcome(id),
            Timer::EndingPatience(_) => self.lose_patience(),
            Timer::Handover(_) => self.take_over_ending(),
            Timer::Contracts(_) => vec![Command::CheckContracts(self.epoch, self.services.clone())],
            Timer::Bundler(_) => vec![Command::CheckBundler(self.epoch, self.services.clone())],
            Timer::Proof => self.prove(),
            Timer::History(_) => self.load_history(),
            Timer::Records => self.save_again(),
            Timer::Listen(turn) => self.listen_again(turn),
        }
    }

    /// How things stand.
    pub fn snapshot(&mut self) -> Snapshot {
        self.word_grant();
        self.suggest_terms();
        self.show_journal();
        view::snapshot(self)
    }

    /// Puts the shown grant in words, once.
    fn word_grant(&mut self) {
        let Some(grant) = self.current_grant().map(|grant| Rc::clone(&grant.signed)) else { return };
        let id = grant.grant().id();
        let Some(pool) = self.services.network.pool.filter(|_| !self.is_worded(id)) else { return };
        let sentences = super::preview::sentences_of(grant.grant(), &UniswapV3::new(pool));
        self.sentences = Some((id, sentences.unwrap_or_default()));
    }

    fn is_worded(&self, id: B256) -> bool {
        self.sentences.as_ref().is_some_and(|(worded, _)| *worded == id)
    }

    /// The file that was asked for since the last call.
    pub fn take_file(&mut self) -> Option<ExportFile> {
        self.file.take()
    }

    /// What changed on the chart since the last call.
    pub fn chart_update(&mut self) -> Option<ChartUpdate> {
        let (version, since, paper) = (self.version(), self.feed.drawing().since(), self.paper_age());
        let trades = Trades { version, since, paper };
        let markers = self.feed.drawing().lacks(&trades).then(|| view::markers(self));
        let notes = self.take_notes();
        self.feed.take_chart_update(markers.map(|markers| (trades, markers)), notes)
    }

    /// The grant that may trade or is being ended on this network; the newest one that is neither once all
    /// are over.
    fn current_grant(&self) -> Option<&StoredGrant> {
        let here = |grant: &&StoredGrant| grant.signed.grant().chain_id() == self.services.network.chain_id;
        let live = |grant: &&StoredGrant| matches!(grant.life, GrantLife::Active | GrantLife::Ending);
        let is_owners =
            |grant: &&StoredGrant| self.wallet.owner.is_none_or(|owner| grant.signed.owner() == owner);
        let over = || self.grants.iter().rev().filter(here).find(is_owners);
        self.grants.iter().filter(here).find(live).or_else(over)
    }

    fn live_grant(&self) -> Option<&StoredGrant> {
        self.current_grant().filter(|grant| grant.is_alive())
    }

    /// Entries of this network, oldest first; of the shown account only, once it is known.
    fn entries_here(&self) -> impl DoubleEndedIterator<Item = &JournalEntry> {
        let chain_id = self.services.network.chain_id;
        let account = self.account_address();
        let is_here = move |entry: &&JournalEntry| {
            entry.chain_id == chain_id && account.is_none_or(|account| account == entry.account)
        };
        self.journal.iter().filter(is_here)
    }

    /// What [`Machine::entries_here`] depends on.
    fn version(&self) -> Version {
        let (network, account) = (self.services.network.id, self.account_address());
        Version { revision: self.journal.revision(), network, account }
    }

    /// The chain's clock as last seen.
    fn chain_now(&self) -> UnixSecs {
        self.feed.block_at()
    }

    /// The id of the next entry: of now, and behind all others.
    fn next_entry_id(&self) -> u64 {
        let last = self.journal.last().map_or(0, |entry| entry.id);
        self.now.0.max(last + 1)
    }

    fn save_entry(&self, id: u64) -> Vec<Command> {
        let entry = self.journal.entry(id);
        entry.map(|entry| Command::Save(Saved::Entry(Box::new(entry.clone())))).into_iter().collect()
    }

    fn save_grant(&self, grant: &StoredGrant) -> Command {
        Command::Save(Saved::Grant(Box::new(grant.clone())))
    }

    fn notify(&mut self, level: NoticeLevel, failure: &Failure) {
        self.notices.retain(|notice| notice.sentence != failure.sentence);
        let Failure { sentence, advice, details, .. } = failure.clone();
        self.notices.insert(0, Notice { id: self.next_notice, level, sentence, advice, details });
        self.notices.truncate(NOTICES);
        self.next_notice += 1;
    }

    fn on_restored(&mut self, restored: Result<Box<Restored>, Failure>) -> Vec<Command> {
        match restored {
            Ok(restored) => self.take_restored(*restored),
            // What is known stands; the tab that took over reads again before it trades.
            Err(failure) if self.is_restored => {
                let mut commands = self.halt(failure);
                commands.extend(self.lose_lock());
                commands
            }
            Err(failure) => {
                let mut commands = self.halt(failure);
                commands.extend(self.take_restored(Restored::default()));
                commands
            }
        }
    }
}

/// Whether the event may end something that is not known before the records are read.
fn is_stop(event: &Event) -> bool {
    if let Event::Intent(intent) = event {
        **intent == Intent::Revoke
    } else {
        matches!(event, Event::TabSaid(_))
    }
}
