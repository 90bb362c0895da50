//! States what the session key is about to do, in words and behind what it signed last, so that it can sign both.

use alloy_primitives::B256;

use crate::app::operation::{Authority, PreparedOperation};
use crate::trading::{JournalEntry, Seal, Statement};

use super::{Machine, view};

impl Machine {
    /// `entry` with the statement that is to be signed. What the owner signs has none.
    pub(super) fn sealed(&self, mut entry: JournalEntry, prepared: &PreparedOperation) -> JournalEntry {
        let Authority::Session { grant, .. } = &prepared.plan.authority else { return entry };
        let grant_id = grant.grant().id();
        let (last, after) = self.last_stated(grant_id);
        let statement = Statement {
            grant_id,
            number: last + 1,
            entry: entry.id,
            what: view::title(&entry.purpose),
            cause: view::cause(&entry.purpose),
            operation: prepared.hash.0,
            after,
        };
        entry.seal = Some(Seal::unsigned(&statement));
        entry
    }

    /// The number and the head of what was signed last under a grant; zero and its id before anything was. Only what
    /// is durable is followed, so that no crash can leave a gap: of two operations that are signed at the same time
    /// both follow the same one.
    fn last_stated(&self, grant_id: B256) -> (u64, B256) {
        let under = self.journal.iter().filter(|entry| entry.grant_id == grant_id);
        let last = under.filter_map(|entry| entry.seal.as_ref()).max_by_key(|seal| seal.number);
        last.map_or((0, grant_id), |seal| (seal.number, seal.head()))
    }
}
