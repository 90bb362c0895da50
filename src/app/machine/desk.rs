//! What lies on the desk: which part of the journal is looked at, and what came of a saved one that was brought back.

use crate::app::event::Command;
use crate::app::{AuditView, Failure, JournalQuery, ProofLine};

use super::Machine;

/// Rows that are unfolded at once; the one that was opened first is folded for the next.
const UNFOLDED: usize = 8;

/// What the person looks at.
#[derive(Debug, Default)]
pub(super) struct Desk {
    pub(super) query: JournalQuery,
    pub(super) inspected: Vec<u64>,
    pub(super) audit: Option<AuditView>,
}

impl Desk {
    pub(super) fn show(&mut self, query: JournalQuery) -> Vec<Command> {
        self.query = query;
        Vec::new()
    }

    pub(super) fn inspect(&mut self, id: u64, is_open: bool) -> Vec<Command> {
        self.inspected.retain(|open| *open != id);
        if is_open {
            self.inspected.push(id);
            let folded = self.inspected.len().saturating_sub(UNFOLDED);
            self.inspected.drain(..folded);
        }
        Vec::new()
    }

    pub(super) fn close(&mut self) -> Vec<Command> {
        self.audit = None;
        Vec::new()
    }
}

impl Machine {
    pub(super) fn check_journal(&mut self, name: String, file: Result<Vec<u8>, String>) -> Vec<Command> {
        match file {
            Ok(file) => {
                let audit = AuditView { name: name.clone(), is_busy: true, ..AuditView::default() };
                self.desk.audit = Some(audit);
                vec![Command::Audit { epoch: self.epoch, services: self.services.clone(), name, file }]
            }
            Err(why) => {
                self.desk.audit = Some(AuditView { name, trouble: Some(why), ..AuditView::default() });
                Vec::new()
            }
        }
    }

    pub(super) fn on_audited(
        &mut self,
        name: String,
        lines: Result<Vec<ProofLine>, Failure>,
    ) -> Vec<Command> {
        // Put away meanwhile, or another one was brought.
        let Some(audit) = self.desk.audit.as_mut().filter(|audit| audit.is_busy && audit.name == name) else {
            return Vec::new();
        };
        audit.is_busy = false;
        match lines {
            Ok(lines) => audit.lines = lines,
            Err(Failure { sentence, advice, .. }) => {
                audit.trouble = Some(format!("{sentence} {advice}").trim().to_owned());
            }
        }
        Vec::new()
    }
}
