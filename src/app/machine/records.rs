//! Records that storage did not take: nothing new is signed meanwhile, and each is tried again until it lies there.

use crate::app::event::{Command, RecordName, Saved, Timer};
use crate::app::{Failure, NoticeLevel};

use super::Machine;

/// Pause before records that were not taken are tried again.
const AGAIN_MILLIS: u64 = 5_000;

impl Machine {
    pub(super) fn on_saved(&mut self, name: RecordName, outcome: Result<(), Failure>) -> Vec<Command> {
        match outcome {
            Ok(()) => {
                let was_missing = self.unsaved.remove(&name);
                if was_missing && self.unsaved.is_empty() {
                    self.halted = None;
                    self.say("The browser's storage works again, and every record is kept.");
                }
                Vec::new()
            }
            Err(failure) => {
                let is_first = self.unsaved.is_empty();
                self.unsaved.insert(name);
                let mut commands = self.halt(failure);
                if is_first {
                    commands.push(Command::Wait { timer: Timer::Records, millis: AGAIN_MILLIS });
                }
                commands
            }
        }
    }

    /// Storage failed: nothing new is signed until it works again; ending always works.
    pub(super) fn halt(&mut self, failure: Failure) -> Vec<Command> {
        self.notify(NoticeLevel::Error, &failure);
        self.halted = Some(failure);
        Vec::new()
    }

    /// Writes what is missing as it stands by now.
    pub(super) fn save_again(&mut self) -> Vec<Command> {
        if self.unsaved.is_empty() {
            return Vec::new();
        }
        let mut commands: Vec<_> = self.unsaved.iter().flat_map(|name| self.save(*name)).collect();
        commands.push(Command::Wait { timer: Timer::Records, millis: AGAIN_MILLIS });
        commands
    }

    fn save(&self, name: RecordName) -> Vec<Command> {
        match name {
            RecordName::Settings => vec![Command::Save(Saved::Settings(self.settings.clone()))],
            RecordName::Entry(id) => self.save_entry(id),
            RecordName::Grant(id) => {
                let grant = self.grants.iter().find(|grant| grant.id() == id);
                grant.map(|grant| self.save_grant(grant)).into_iter().collect()
            }
            RecordName::Arrivals(holder) => {
                let arrivals = self.books.arrivals.get(&holder).cloned().unwrap_or_default();
                vec![Command::Save(Saved::Arrivals(holder, arrivals))]
            }
        }
    }
}
