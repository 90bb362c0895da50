//! Three zeros: no trade twice, no record lost, no ghost.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{B256, U256, eip191_hash_message};

use super::chain::{Block, Chain, Mined};
use super::disk::Torn;
use super::faults::Strikes;
use super::world::World;
use crate::account::{normalize_signature, recover};
use crate::app::machine::samples::key;
use crate::app::records;
use crate::ports::Collection;
use crate::trading::{Arrival, Inclusion, JournalEntry, OrderState, Purpose, Seal, Side, Statement, Track};

/// What went wrong in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Two trades for one candle.
    Twice,
    /// An operation on chain that the journal does not have, or only found there.
    Lost,
    /// An operation that is on chain by the journal only.
    Ghost,
    /// One that was sent before its record was durable.
    Unrecorded,
    /// One that was sent without the lock.
    Unfenced,
    /// One that never came to an end.
    Open,
    /// A record that cannot be read and was thrown away.
    Dropped,
    /// The position does not add up.
    Position,
    /// A trade after revoke.
    AfterRevoke,
    /// A decision that the backtest's trader would not have made.
    Decision,
    /// A statement that is missing or does not follow the one before it.
    Unsealed,
}

/// One thing that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) kind: Kind,
    pub(super) text: String,
}

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) struck: Strikes,
    pub(super) crashes: u64,
    pub(super) decided: u64,
    pub(super) entries: u64,
    pub(super) filled: u64,
    pub(super) undone: u64,
    pub(super) replaced: u64,
    pub(super) expired: u64,
    pub(super) abandoned: u64,
    /// Known from the chain only.
    pub(super) recovered: u64,
    /// Locks that a tab took from another.
    pub(super) taken: u64,
}

impl World {
    /// Everything that must hold once the world is calm again and everybody had the time to look.
    pub(super) fn verdict(&self) -> Result<Tally, Vec<Wrong>> {
        let journal = self.journal();
        let mut wrong = self.violations.borrow().clone();
        let mut blame = |kind: Kind, texts: Vec<String>| {
            wrong.extend(texts.into_iter().map(|text| Wrong { kind, text }));
        };
        blame(Kind::Twice, self.twice());
        blame(Kind::Lost, self.lost(&journal));
        blame(Kind::Lost, self.found_again(&journal));
        blame(Kind::Ghost, self.ghosts(&journal));
        blame(Kind::Position, self.position_is_wrong(&journal).into_iter().collect());
        blame(Kind::AfterRevoke, self.after_revoke(&journal));
        blame(Kind::Dropped, self.dropped());
        // A tab that helped to end the session and died leaves a plan, or an operation that no bundler kept (one that
        // was mined is missed above). The tab with the lock learns of it with its next start; until then nobody may
        // give it up, since its own tab may live.
        let is_left = |entry: &JournalEntry| {
            let is_open = matches!(entry.state, OrderState::Planned | OrderState::Sent { .. });
            entry.purpose.is_ending() && is_open && self.had_companion.get()
        };
        let open = journal.iter().filter(|entry| !entry.state.is_final() && !is_left(entry));
        blame(Kind::Open, open.map(|entry| format!("{} stays {}", entry.id, entry.state.name())).collect());
        // Last, and only of what is right besides: looking through signatures takes longer than all the rest.
        if wrong.is_empty() {
            let unsealed = self.unsealed(&journal);
            wrong.extend(unsealed.into_iter().map(|text| Wrong { kind: Kind::Unsealed, text }));
        }
        if wrong.is_empty() {
            Ok(Tally { struck: self.fate.struck(), ..tally(&journal) })
        } else {
            Err(wrong)
        }
    }

    /// More than one trade for one candle.
    fn twice(&self) -> Vec<String> {
        let (chain, candles) = (self.chain.borrow(), self.candles.borrow());
        let mut trades: BTreeMap<u64, u32> = BTreeMap::new();
        let traded = chain.mined().filter(|(_, mined)| mined.fill.is_some());
        for candle in traded.filter_map(|(_, mined)| candles.get(&mined.operation.hash)) {
            *trades.entry(*candle).or_default() += 1;
        }
        let twice = trades.into_iter().filter(|(_, trades)| *trades > 1);
        twice.map(|(candle, trades)| format!("{trades} trades for the candle of {candle}")).collect()
    }

    /// Operations on chain that the journal does not know as they ended.
    fn lost(&self, journal: &[JournalEntry]) -> Vec<String> {
        let chain = self.chain.borrow();
        let lost = chain.mined().filter(|(block, mined)| {
            let is_it = |entry: &&JournalEntry| entry.operation_hash() == Some(mined.operation.hash);
            !journal
                .iter()
                .filter(is_it)
                .any(|entry| entry.state.inclusion().is_some_and(|it| is_at(it, block, mined)))
        });
        lost.map(|(block, mined)| {
            format!("{} of block {} is not in the journal", mined.operation.hash, block.number)
        })
        .collect()
    }

    /// Operations of whose records nothing was left but what the chain tells, though the disk kept all of them.
    fn found_again(&self, journal: &[JournalEntry]) -> Vec<String> {
        if self.is_journal_spoilt.get() {
            return Vec::new();
        }
        let found = journal.iter().filter(|entry| entry.purpose == Purpose::Recovered);
        found.map(|entry| format!("{} is known from the chain only", entry.id)).collect()
    }

    /// Records that could not be read and are nowhere any more.
    fn dropped(&self) -> Vec<String> {
        let (records, torn) = (self.records.borrow(), self.torn.borrow());
        let is_aside = |torn: &&Torn| {
            let mut aside =
                records.iter().filter(|((collection, _), _)| *collection == Collection::Quarantine);
            aside.any(|(_, record)| *record == torn.bytes)
        };
        let dropped = torn.iter().filter(|torn| !is_aside(torn));
        dropped.map(|torn| format!("what was left of {} is gone", torn.entry.id)).collect()
    }

    /// Entries that ended on chain by the journal only. Two tabs that end a session at once sign the same operation to
    /// the last byte, and each has a row of it: one of them goes with it wherever it goes.
    fn ghosts(&self, journal: &[JournalEntry]) -> Vec<String> {
        let chain = self.chain.borrow();
        let is_there = |entry: &JournalEntry| {
            let mut mined = chain.mined();
            mined.any(|(block, mined)| {
                let is_it = entry.operation_hash() == Some(mined.operation.hash);
                is_it && entry.state.inclusion().is_some_and(|inclusion| is_at(inclusion, block, mined))
            })
        };
        let ghosts = journal.iter().filter(|entry| {
            let is_same = |other: &&JournalEntry| {
                entry.purpose.is_ending() && other.operation_hash() == entry.operation_hash()
            };
            let is_followed = || journal.iter().filter(is_same).any(is_there);
            entry.state.inclusion().is_some() && !is_there(entry) && !is_followed()
        });
        ghosts.map(|entry| format!("{} is {} and not on chain", entry.id, entry.state.name())).collect()
    }

    /// Nothing new is traded once revoke was pressed.
    fn after_revoke(&self, journal: &[JournalEntry]) -> Vec<String> {
        let Some(pressed) = self.revoked_at.get() else { return Vec::new() };
        let late = journal.iter().filter(|entry| {
            matches!(entry.purpose, Purpose::Trade(_)) && entry.signed.is_some() && entry.planned_at > pressed
        });
        late.map(|entry| format!("{} was signed after revoke", entry.id)).collect()
    }

    /// What came and went, with the fills of the journal, must add up to what the account holds.
    fn position_is_wrong(&self, journal: &[JournalEntry]) -> Option<String> {
        let records = self.records.borrow();
        let kept = records.iter().find(|((_, key), _)| key.starts_with("arrivals-"));
        let arrivals: Vec<Arrival> = kept
            .map(|(_, record)| records::read(record).expect("no record is torn here"))
            .unwrap_or_default();
        let mut fills: Vec<_> = journal.iter().filter_map(|entry| entry.state.fill()).collect();
        fills.sort_by_key(|fill| fill.block);
        let chain = self.chain.borrow();
        let track = Track::replay(&arrivals, fills, &chain.venue.pair());
        let position = track.position();
        let held = chain.head().state.base;
        if arrivals.is_empty() {
            // Revoked before anybody looked at the account: nothing is said of it.
            return None;
        }
        if position.base().0 != held {
            return Some(format!("the position holds {} instead of {held}", position.base().0));
        }
        if arrivals.len() > 1 {
            return Some(format!("a trade was taken for a deposit: {arrivals:?}"));
        }
        let fees: U256 =
            chain.mined().filter_map(|(_, mined)| mined.fill).map(|fill| fee(fill, &chain)).sum();
        let paid = position.fees().0;
        (paid != fees).then(|| format!("the position paid {paid} instead of {fees}"))
    }

    /// What the session key signed is stated and signed by it, and follows what was stated before.
    fn unsealed(&self, journal: &[JournalEntry]) -> Vec<String> {
        let is_keys = |purpose: &Purpose| {
            matches!(purpose, Purpose::Trade(_) | Purpose::Replacement | Purpose::Renounce)
        };
        let torn = self.torn.borrow();
        let heads: BTreeSet<B256> = journal
            .iter()
            .chain(torn.iter().map(|torn| &torn.entry))
            .flat_map(|entry| [Some(entry.grant_id), entry.seal.as_ref().map(Seal::head)])
            .flatten()
            .collect();
        let signed = journal.iter().filter(|entry| entry.signed.is_some() && is_keys(&entry.purpose));
        let session_key = key(1).address();
        let is_sealed = |entry: &JournalEntry| {
            let seal = entry.seal.as_ref()?;
            let statement = Statement::read(&seal.statement)?;
            let signature = normalize_signature(&seal.signature).ok()?;
            let signer = recover(eip191_hash_message(&seal.statement), &signature).ok()?;
            let is_known = heads.contains(&statement.after);
            let is_its = Some(statement.operation) == entry.operation_hash() && statement.entry == entry.id;
            Some(is_known && is_its && signer == session_key)
        };
        signed
            .filter(|entry| is_sealed(entry) != Some(true))
            .map(|entry| format!("{} is not stated as it must be", entry.id))
            .collect()
    }
}

/// Whether the journal has it where the chain has it.
fn is_at(inclusion: &Inclusion, block: &Block, mined: &Mined) -> bool {
    (inclusion.block_hash, inclusion.success) == (block.hash(), mined.success)
}

/// The pool's part of a trade, in quote units, as the position counts it.
fn fee((side, _, quote): (Side, U256, U256), chain: &Chain) -> U256 {
    let (fee, million) = (U256::from(chain.venue.pair().fee_millionths), U256::from(1_000_000));
    match side {
        Side::Buy => quote * fee / million,
        Side::Sell => quote * fee / (million - fee),
    }
}

fn tally(journal: &[JournalEntry]) -> Tally {
    let count =
        |is_it: fn(&OrderState) -> bool| journal.iter().filter(|entry| is_it(&entry.state)).count() as u64;
    Tally {
        struck: Strikes::default(),
        crashes: 0,
        decided: 0,
        taken: 0,
        entries: journal.len() as u64,
        filled: count(|state| {
            matches!(state, OrderState::Settled { inclusion: Inclusion { success: true, .. }, .. })
        }),
        undone: count(|state| {
            matches!(state, OrderState::Settled { inclusion: Inclusion { success: false, .. }, .. })
        }),
        replaced: count(|state| matches!(state, OrderState::Replaced { .. })),
        expired: count(|state| matches!(state, OrderState::Expired)),
        abandoned: count(|state| matches!(state, OrderState::Abandoned { .. })),
        recovered: journal.iter().filter(|entry| entry.purpose == Purpose::Recovered).count() as u64,
    }
}
