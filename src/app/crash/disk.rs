//! What a disk does to records when a tab dies, and a computer to its clock.

use super::faults::Fault;
use super::world::World;
use crate::app::records;
use crate::ports::Collection;
use crate::trading::JournalEntry;

/// The local clock is wrong by up to this.
const DAY_MILLIS: u64 = 86_400_000;

/// A record that the disk has spoilt.
#[derive(Debug)]
pub(super) struct Torn {
    /// As it was.
    pub(super) entry: JournalEntry,
    /// What is left of it.
    pub(super) bytes: Vec<u8>,
}

impl World {
    /// What happens to the journal between two tabs.
    pub(super) fn spoil_journal(&self) {
        let mut last = self.last_put.take();
        if self.fate.strikes(Fault::Forgotten) {
            self.forget_journal();
            // What is gone is not as it was before.
            last = None;
        }
        if let Some((key, before)) = last
            && self.fate.strikes(Fault::Unflushed)
        {
            self.tell(|| format!("the record {key} is as it was before"));
            self.is_journal_spoilt.set(true);
            let mut records = self.records.borrow_mut();
            match before {
                Some(before) => records.insert((Collection::Journal, key), before),
                None => records.remove(&(Collection::Journal, key)),
            };
        }
        self.tear();
    }

    /// One of the journal's records is cut, or has a bit flipped.
    fn tear(&self) {
        let dice = &self.fate.dice;
        let mut records = self.records.borrow_mut();
        let mut whole: Vec<(&mut Vec<u8>, JournalEntry)> = records
            .iter_mut()
            .filter(|((collection, _), _)| *collection == Collection::Journal)
            .filter_map(|(_, record)| records::read(record).ok().map(|entry| (record, entry)))
            .collect();
        if whole.is_empty() || !self.fate.strikes(Fault::Torn) {
            return;
        }
        let place = |length: usize| usize::try_from(dice.below(length as u64)).expect("in memory");
        let (record, entry) = whole.swap_remove(place(whole.len()));
        let at = place(record.len());
        if dice.happens(500) {
            record.truncate(at);
        } else {
            record[at] ^= 1 << dice.below(8);
        }
        self.tell(|| format!("the record of {} is spoilt", entry.id));
        self.is_journal_spoilt.set(true);
        self.torn.borrow_mut().push(Torn { entry, bytes: record.clone() });
    }

    /// The browser forgets the journal.
    fn forget_journal(&self) {
        self.tell(|| "the journal is gone".to_owned());
        let mut records = self.records.borrow_mut();
        records.retain(|(collection, _), _| *collection != Collection::Journal);
        let is_aside = |torn: &Torn| {
            records.iter().any(|((collection, _), record)| {
                *collection == Collection::Quarantine && *record == torn.bytes
            })
        };
        self.torn.borrow_mut().retain(is_aside);
        self.is_journal_spoilt.set(true);
    }

    /// From now on the local clock is wrong, or wrong in another way.
    pub(super) fn set_clock(&self) {
        let ahead = i64::try_from(self.fate.dice.below(2 * DAY_MILLIS)).expect("two days");
        self.clock_error.set(ahead - DAY_MILLIS as i64);
        self.tell(|| format!("the clock is {} ms ahead", self.clock_error.get()));
    }
}
