//! The journal at hand. Every change of it counts, so that what was made of it may be kept until the next one: it can
//! be changed here only.

use std::ops::Deref;

use alloy_primitives::Address;

use crate::trading::JournalEntry;

/// All entries, oldest first.
#[derive(Debug, Default)]
pub(super) struct Journal {
    entries: Vec<JournalEntry>,
    revision: u64,
}

/// What the shown entries are told by: where it is the same, so are they.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Version {
    pub(super) revision: u64,
    pub(super) network: &'static str,
    pub(super) account: Option<Address>,
}

impl Journal {
    /// How often it may have changed.
    pub(super) const fn revision(&self) -> u64 {
        self.revision
    }

    /// A new entry, behind all others.
    pub(super) fn push(&mut self, entry: JournalEntry) {
        self.revision += 1;
        self.entries.push(entry);
    }

    /// The entry of this id. The newest are looked at first: they are what happens.
    pub(super) fn entry(&self, id: u64) -> Option<&JournalEntry> {
        self.entries.iter().rev().find(|entry| entry.id == id)
    }

    /// The same, to be changed.
    pub(super) fn entry_mut(&mut self, id: u64) -> Option<&mut JournalEntry> {
        self.revision += 1;
        self.entries.iter_mut().rev().find(|entry| entry.id == id)
    }

    /// What was `read` takes the place of what is known, but for entries that are known best here.
    pub(super) fn take_over(
        &mut self,
        read: Vec<JournalEntry>,
        is_best_here: impl Fn(&JournalEntry) -> bool,
    ) {
        self.revision += 1;
        let known = std::mem::replace(&mut self.entries, read);
        for ours in known.into_iter().filter(is_best_here) {
            match self.entry_mut(ours.id) {
                Some(entry) => *entry = ours,
                None => {
                    let place = self.entries.partition_point(|entry| entry.id < ours.id);
                    self.entries.insert(place, ours);
                }
            }
        }
    }
}

impl Deref for Journal {
    type Target = [JournalEntry];

    fn deref(&self) -> &Self::Target {
        &self.entries
    }
}
