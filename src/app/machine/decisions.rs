//! What was decided at which close and why, for those who look back: notes beside the chart, and whether the
//! backtest's trader decides alike (`machine/second_opinion.rs`).

use std::collections::VecDeque;

use crate::account::UserOperation;
use crate::app::{DecisionsView, NoteView, batch};
use crate::trading::{Cause, JournalEntry, Purpose, Side, Signal};
use crate::units::UnixSecs;

use super::Machine;
use super::journal::Version;
use super::second_opinion::SecondOpinion;
use super::view;

/// Notes that are kept, and notes of trades that are told.
const NOTES: usize = 200;

/// Signals that came to nothing, and the run that is compared.
#[derive(Debug, Default)]
pub(super) struct Decisions {
    refusals: VecDeque<NoteView>,
    /// How many there were, those that are forgotten included.
    refused: u64,
    pub(super) second: Option<SecondOpinion>,
    told: Sources,
}

/// What notes are made of. Wording two hundred trades anew with every event would take longer than all the rest.
#[derive(Debug, Default, PartialEq)]
struct Sources {
    version: Version,
    refused: u64,
    paper: Option<(UnixSecs, usize)>,
}

impl Decisions {
    /// The averages begin anew, and with them what is compared of decisions on them. On paper they go on.
    pub(super) fn interrupt(&mut self) {
        self.second = self.second.take().filter(SecondOpinion::is_paper);
    }

    pub(super) fn view(&self) -> Option<DecisionsView> {
        self.second.as_ref().map(|run| run.view().clone())
    }

    /// A signal at a close came to nothing.
    pub(super) fn refuse(&mut self, signal: &Signal, at: UnixSecs, why: &str, is_paper: bool) {
        let (paper, side) = (if is_paper { "On paper: " } else { "" }, side_word(signal.side));
        let text = format!("{paper}a signal to {side}, but nothing was done: {}.", why.trim_end_matches('.'));
        self.refused += 1;
        self.refusals.push_back(NoteView { at_secs: at.0, text });
        let surplus = self.refusals.len().saturating_sub(NOTES);
        self.refusals.drain(..surplus);
    }
}

const fn side_word(side: Side) -> &'static str {
    match side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    }
}

impl Machine {
    /// All notes, oldest first, when they are others than those told last.
    pub(super) fn take_notes(&mut self) -> Option<Vec<NoteView>> {
        let (version, refused, paper) = (self.version(), self.decisions.refused, self.paper_age());
        let sources = Sources { version, refused, paper };
        if sources == self.decisions.told {
            return None;
        }
        let is_trade = |entry: &&JournalEntry| matches!(entry.purpose, Purpose::Trade(_));
        let newest = self.entries_here().rev().filter(is_trade).take(NOTES);
        let mut notes: Vec<_> = newest.filter_map(|entry| self.trade_note(entry)).collect();
        notes.extend(self.decisions.refusals.iter().cloned());
        notes.extend(self.paper_notes());
        notes.sort_by_key(|note| note.at_secs);
        self.decisions.told = sources;
        Some(notes)
    }

    fn trade_note(&self, entry: &JournalEntry) -> Option<NoteView> {
        let Purpose::Trade(order) = entry.purpose else { return None };
        let operation = entry.signed.as_ref().and_then(|it| UserOperation::from_bytes(&it.operation).ok());
        let floor =
            operation.and_then(|operation| batch::worst_price(operation.call_data(), self.services.network));
        let floor = floor.map(|price| format!(", no worse than {}", price.brief())).unwrap_or_default();
        let (title, why) = (view::title(&entry.purpose), reason(&order.signal));
        let text = format!("{title}, since {why}{floor}: {}.", entry.state.name());
        Some(NoteView { at_secs: entry.planned_at.0, text })
    }
}

/// Why, with by how much the averages are apart.
pub(super) fn reason(signal: &Signal) -> String {
    let Cause::Cross { fast, slow, .. } = signal.cause else { return signal.to_string() };
    let apart = if slow == 0.0 { 0.0 } else { (fast / slow - 1.0).abs() * 100.0 };
    format!("{signal} by {apart:.3} %")
}
