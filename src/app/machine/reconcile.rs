//! The journal beside the chain, which is right: what was mined though it was given up, what a block took back with
//! it, what nobody here remembers.
//!
//! The lanes of a session count its operations, so a glance at the trade lane's nonce tells whether the journal knows
//! them all. For a while after each inclusion the events themselves are compared, since blocks may be replaced. There
//! is no other way back: a restart, a lost journal and a reorganisation end here.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256, U256};

use crate::account::NonceKey;
use crate::app::event::{Command, GrantFacts, Holder, Saved, Watch, Watched};
use crate::app::grants::StoredGrant;
use crate::rpc::OperationOutcome;
use crate::trading::{Arrival, Inclusion, JournalEntry, OrderState, Position, Purpose, SignedBytes, Track};
use crate::units::TokenAmount;
use crate::venue::UniswapV3;

use super::Machine;
use super::start::Lock;

/// How far back blocks are thought to be replaceable.
pub(super) const WATCHED_BLOCKS: u64 = 64;
/// Nobody looks further back than this: two hours of a rollup.
const MOST_WATCHED_BLOCKS: u64 = 3_600;
/// An event that is missing although its nonce is used is missed this often in a row before that counts: nodes index
/// events later than blocks.
const STRIKES: u8 = 3;
/// Rounds in a row that tell of tokens which nothing explains before those came or went: a node may know the nonce of a
/// trade that is not in its balances yet, at the beginning and at the end of a lag.
const ROUNDS: u8 = 3;
/// The same for an account of which nothing is known yet.
const FIRST_ROUNDS: u8 = 2;
/// An operation without a record may be mined for so long after it was first seen, in seconds: a sponsor's word.
const RECOVERED_SECS: u64 = 600;

/// What is known of the accounts besides the journal, and what of it is doubted.
#[derive(Debug, Default)]
pub(super) struct Books {
    /// What came to each account and left it other than by trades.
    pub(super) arrivals: BTreeMap<Holder, Vec<Arrival>>,
    /// Worked out from those and the journal.
    tracks: BTreeMap<Holder, Track>,
    /// What the account held in the last rounds, when nothing explained it, and in how many of them.
    unexplained: Option<(TokenAmount, u8)>,
    /// The newest block in which operations were compared.
    compared_at: u64,
    /// How often in a row the event of an operation was missing.
    missing: BTreeMap<u64, u8>,
    /// Operations without a record for which the records were read once more.
    reread: BTreeSet<B256>,
}

impl Machine {
    /// The grant whose state is to be read: the live one; else the last one, until the journal knows all that it did
    /// and the blocks of that are old.
    pub(super) fn grant_to_read(&self) -> Option<&StoredGrant> {
        let is_open = |grant: &&StoredGrant| {
            grant.is_alive() || self.known_facts(grant).is_none() || self.watch_of(grant).is_some()
        };
        self.current_grant().filter(is_open)
    }

    /// From when on the account's operations are to be read with the next round.
    pub(super) fn watch(&self) -> Option<Watch> {
        self.watch_of(self.current_grant().filter(|_| self.keeps_books())?)
    }

    /// Whether this tab writes down what happened: of several only the one with the lock, which alone has read what
    /// the others wrote.
    fn keeps_books(&self) -> bool {
        self.lock == Lock::Held || self.current_grant().is_none()
    }

    fn watch_of(&self, grant: &StoredGrant) -> Option<Watch> {
        if !self.is_accounted_of(grant) {
            return Some(Watch::Moment(grant.signed_at));
        }
        let included =
            || self.entries_of(grant.id()).filter_map(|entry| Some(entry.state.inclusion()?.block));
        // Whoever slept compares once more what was new before; when this page was last awake, the newest one tells.
        let compared_at = self.books.compared_at.max(included().max().unwrap_or_default());
        let oldest = self.feed.block().saturating_sub(MOST_WATCHED_BLOCKS);
        let is_watched = |block: &u64| block + WATCHED_BLOCKS > compared_at && *block >= oldest;
        included().filter(is_watched).min().map(Watch::Block)
    }

    /// Whether the journal knows as many operations of the shown grant as the chain has counted. Nothing trades while
    /// it does not.
    pub(super) fn is_accounted(&self) -> bool {
        self.current_grant().is_none_or(|grant| self.is_accounted_of(grant))
    }

    fn is_accounted_of(&self, grant: &StoredGrant) -> bool {
        let Some(facts) = self.known_facts(grant) else { return true };
        let (trading, ending) = (grant.signed.grant().trade_lane(), grant.signed.grant().end_lane());
        let lane_of = |entry: &JournalEntry| match entry.purpose {
            Purpose::Trade(_) | Purpose::Replacement => Some(trading),
            Purpose::Renounce => Some(ending),
            Purpose::Recovered => entry.signed.as_ref().map(|signed| NonceKey::split(signed.nonce).0),
            Purpose::OwnerRevoke | Purpose::Withdraw => None,
        };
        let is_known = |lane: NonceKey, nonce: U256| {
            let included = self.entries_of(grant.id()).filter(|entry| entry.state.inclusion().is_some());
            let known = included.filter(|entry| lane_of(entry) == Some(lane)).count();
            u64::try_from(known).is_ok_and(|known| known == NonceKey::split(nonce).1)
        };
        is_known(trading, facts.trade_nonce) && is_known(ending, facts.end_nonce)
    }

    fn known_facts(&self, grant: &StoredGrant) -> Option<&GrantFacts> {
        self.facts.as_ref().filter(|facts| facts.grant_id == grant.id())
    }

    /// Compares what was watched with the journal; whatever differs is looked for on chain once more.
    pub(super) fn compare(&mut self, facts: &GrantFacts, watched: &Watched) -> Vec<Command> {
        let shown = self.current_grant().filter(|grant| grant.id() == facts.grant_id && self.keeps_books());
        let Some(grant) = shown.cloned() else { return Vec::new() };
        self.books.compared_at = self.feed.block();
        let mut commands = Vec::new();
        for operation in &watched.operations {
            commands.extend(self.adopt(&grant, operation));
        }
        let is_there = |hash: B256| watched.operations.iter().any(|operation| operation.hash.0 == hash);
        let gone: Vec<_> = self
            .entries_of(grant.id())
            .filter(|entry| entry.state.inclusion().is_some_and(|it| it.block >= watched.from_block))
            .filter(|entry| entry.operation_hash().is_some_and(|hash| !is_there(hash)))
            .map(|entry| entry.id)
            .collect();
        self.books.missing.retain(|id, _| gone.contains(id));
        for id in gone {
            commands.extend(self.take_back(facts, id));
        }
        commands
    }

    /// An operation that is on chain other than the journal has it.
    fn adopt(&mut self, grant: &StoredGrant, found: &OperationOutcome) -> Vec<Command> {
        let lanes = [grant.signed.grant().trade_lane(), grant.signed.grant().end_lane()];
        if !lanes.contains(&NonceKey::split(found.nonce).0) {
            return Vec::new();
        }
        // Refused and planned once more within the same second, an operation is the same to the last byte: it counts for
        // the last that signed it.
        let known = || self.journal.iter().filter(|entry| entry.operation_hash() == Some(found.hash.0));
        let is_right = |entry: &JournalEntry| {
            self.flight.holds(entry.id) || entry.state.inclusion().is_some_and(|known| is_at(known, found))
        };
        if known().any(is_right) {
            return Vec::new();
        }
        let id = match known().next_back() {
            Some(entry) => entry.id,
            // Another tab may have written it since this one last read: one that ended the session, and died.
            None if self.books.reread.insert(found.hash.0) => return vec![Command::Restore],
            None => self.record_found(grant, found),
        };
        let mut commands = self.save_entry(id);
        commands.extend(self.resume_entry(id));
        commands
    }

    /// A record for an operation that has none.
    fn record_found(&mut self, grant: &StoredGrant, found: &OperationOutcome) -> u64 {
        let now = self.chain_now();
        let id = self.next_entry_id();
        self.journal.push(JournalEntry {
            id,
            chain_id: self.services.network.chain_id,
            account: found.sender,
            grant_id: grant.id(),
            purpose: Purpose::Recovered,
            planned_at: now,
            planned_at_block: found.block,
            signed: Some(SignedBytes {
                operation: Vec::new(),
                operation_hash: found.hash.0,
                nonce: found.nonce,
                valid_until: now.plus_secs(RECOVERED_SECS),
            }),
            seal: None,
            state: OrderState::Unknown { why: "it was found on chain".to_owned() },
            history: Vec::new(),
        });
        id
    }

    /// An operation whose block is gone: it is on its way again, with the bytes it had.
    fn take_back(&mut self, facts: &GrantFacts, id: u64) -> Vec<Command> {
        let Some(entry) = self.journal.entry_mut(id) else { return Vec::new() };
        let Some(signed) = &entry.signed else { return Vec::new() };
        let (lane, sequence) = NonceKey::split(signed.nonce);
        let in_lane = [facts.trade_nonce, facts.end_nonce].map(NonceKey::split);
        let is_free = in_lane.into_iter().any(|(known, next)| known == lane && next <= sequence);
        // Of the owner's lane nothing was read.
        if !is_free {
            let strikes = self.books.missing.entry(id).or_default();
            *strikes += 1;
            if *strikes < STRIKES {
                return Vec::new();
            }
        }
        self.books.missing.remove(&id);
        let now = self.feed.block_at();
        entry.advance(OrderState::Sent { sent_at: now }, now);
        let account = entry.account;
        let mut commands = self.save_entry(id);
        self.recount(account);
        commands.extend(self.resume_entry(id));
        commands
    }

    fn entries_of(&self, grant_id: B256) -> impl Iterator<Item = &JournalEntry> {
        self.journal.iter().filter(move |entry| entry.grant_id == grant_id)
    }

    /// Base tokens that no trade explains came in, or went out, at the price of the moment. Only when the journal is
    /// whole, and when some rounds in a row say so: a block that is replaced while it is read, or a node that lags,
    /// would else make a deposit of a trade.
    pub(super) fn note_arrival(&mut self, base: TokenAmount) -> Vec<Command> {
        let known = self.position().base();
        let (Some(price), Some(holder)) = (self.feed.price(), self.holder()) else { return Vec::new() };
        let is_explained =
            !self.keeps_books() || !self.flight.is_empty() || !self.is_accounted() || base == known;
        let before = self.books.unexplained.take().filter(|(last, _)| *last == base);
        if is_explained {
            return Vec::new();
        }
        let rounds = before.map_or(1, |(_, rounds)| rounds + 1);
        let is_first = self.books.arrivals.get(&holder).is_none_or(Vec::is_empty);
        if rounds < if is_first { FIRST_ROUNDS } else { ROUNDS } {
            self.books.unexplained = Some((base, rounds));
            return Vec::new();
        }
        let is_in = base > known;
        let moved = if is_in { base.saturating_sub(known) } else { known.saturating_sub(base) };
        let arrivals = self.books.arrivals.entry(holder).or_default();
        arrivals.push(Arrival { block: self.feed.block(), is_in, base: moved, price });
        let kept = arrivals.clone();
        self.recount(holder.account);
        vec![Command::Save(Saved::Arrivals(holder, kept))]
    }

    /// The position of the shown account.
    pub(super) fn position(&self) -> Position {
        self.track().map(|track| *track.position()).unwrap_or_default()
    }

    /// What trading made of the shown account so far.
    pub(super) fn track(&self) -> Option<&Track> {
        self.books.tracks.get(&self.holder()?)
    }

    fn holder(&self) -> Option<Holder> {
        let account = self.account.as_ref()?.address;
        Some(Holder { chain_id: self.services.network.chain_id, account })
    }

    /// The records of all accounts on the network at hand.
    pub(super) fn recount_all(&mut self) {
        self.books.tracks.clear();
        self.books.compared_at = 0;
        let chain_id = self.services.network.chain_id;
        let held = self.books.arrivals.keys().filter(|holder| holder.chain_id == chain_id);
        let traded = self.journal.iter().filter(|entry| entry.chain_id == chain_id);
        let accounts: BTreeSet<Address> =
            held.map(|holder| holder.account).chain(traded.map(|entry| entry.account)).collect();
        accounts.into_iter().for_each(|account| self.recount(account));
    }

    /// Works the account's record out anew, from what came and went and from the journal's fills.
    pub(super) fn recount(&mut self, account: Address) {
        let Some(pool) = self.services.network.pool.as_ref() else { return };
        let chain_id = self.services.network.chain_id;
        let is_here = |entry: &&JournalEntry| entry.chain_id == chain_id && entry.account == account;
        let fills = self.journal.iter().filter(is_here).filter_map(|entry| entry.state.fill());
        let mut fills: Vec<_> = fills.collect();
        fills.sort_by_key(|fill| fill.block);
        let holder = Holder { chain_id, account };
        let arrivals = self.books.arrivals.get(&holder).map(Vec::as_slice).unwrap_or_default();
        let track = Track::replay(arrivals, fills, &UniswapV3::new(*pool).pair());
        self.books.tracks.insert(holder, track);
    }
}

/// Whether the journal has the operation where the chain has it.
fn is_at(known: &Inclusion, found: &OperationOutcome) -> bool {
    (known.block_hash, known.success) == (found.block_hash, found.success)
}
