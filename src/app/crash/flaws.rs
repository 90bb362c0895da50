//! Flaws of the page or of what it stands on, which the simulation must find: proof that it would.

use alloy_primitives::B256;

use super::world::{Tab, World};
use crate::app::records;
use crate::ports::Collection;
use crate::trading::{JournalEntry, OrderState};

/// One of them, in a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// A signed record is said to be kept, and is only once the sending of its operation was answered.
    SignedAfterSending,
    /// Every tab is told that it has the lock.
    LockForAll,
    /// Some records of the journal are said to be kept, and are not.
    RecordsLost,
    /// Every operation is let in twice.
    LetInTwice,
    /// What cannot be read is thrown away.
    TornDropped,
}

/// A record that waits for the answer to a sending.
#[derive(Debug)]
pub(super) struct Unsent {
    tab: Tab,
    key: String,
    operation: Option<B256>,
    record: Vec<u8>,
}

impl World {
    pub(super) fn has_flaw(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// Whether a record only seems to be kept.
    pub(super) fn is_swallowed(
        &self,
        tab: Tab,
        (collection, key): (Collection, &str),
        record: &[u8],
    ) -> bool {
        match (self.flaw, collection) {
            (Some(Flaw::SignedAfterSending), Collection::Journal) => {
                let mut unsent = self.unsent.borrow_mut();
                unsent.retain(|unsent| unsent.key != key);
                let Ok(entry) = records::read::<JournalEntry>(record) else { return false };
                let waits = entry.state == OrderState::Signed;
                if waits {
                    let (key, record) = (key.to_owned(), record.to_vec());
                    unsent.push(Unsent { tab, key, operation: entry.operation_hash(), record });
                }
                waits
            }
            (Some(Flaw::RecordsLost), Collection::Journal) => self.fate.dice.happens(300),
            (Some(Flaw::TornDropped), Collection::Quarantine) => true,
            _ => false,
        }
    }

    /// The sending of this operation was answered.
    pub(super) fn keep_unsent(&self, operation: B256) {
        let is_its = |unsent: &mut Unsent| unsent.operation == Some(operation);
        let mut unsent = self.unsent.borrow_mut();
        let kept = unsent.extract_if(.., is_its).map(|it| ((Collection::Journal, it.key), it.record));
        self.records.borrow_mut().extend(kept);
    }

    /// What waited in a tab that died is lost.
    pub(super) fn lose_unsent(&self, tab: Tab) {
        self.unsent.borrow_mut().retain(|unsent| unsent.tab != tab);
    }
}
