//! What was decided at which close and why, for those who look back: notes beside the chart, and a hash over every
//! signal of the averages, which the same candles must give again.

use std::collections::VecDeque;

use alloy_primitives::Keccak256;

use crate::account::UserOperation;
use crate::app::{NoteView, SignalsView, batch};
use crate::market::Candle;
use crate::trading::{Cause, JournalEntry, Outlook, Purpose, Side, Signal, StrategyTerms, replay};
use crate::units::UnixSecs;

use super::Machine;
use super::feed::Feed;
use super::view;

/// Notes that are kept, and notes of trades that are told.
const NOTES: usize = 200;
/// A replay that begins so many slow averages before a run's first candle is seeded like the live one, to the last
/// digit that counts.
const WARM: u64 = 10;

/// Signals that came to nothing, and the run of signals that is counted.
#[derive(Debug, Default)]
pub(super) struct Decisions {
    refusals: VecDeque<NoteView>,
    /// How many there were, those that are forgotten included.
    refused: u64,
    run: Option<Run>,
    told: Sources,
}

/// What notes are made of. Wording two hundred trades anew with every event would take longer than all the rest.
#[derive(Debug, Default, PartialEq)]
struct Sources {
    /// Id and state of the newest trades.
    trades: Vec<(u64, &'static str)>,
    refused: u64,
    paper: usize,
}

/// Signals since a candle, as they came.
#[derive(Debug)]
struct Run {
    since: UnixSecs,
    /// The first candle that was known then.
    oldest: UnixSecs,
    terms: StrategyTerms,
    count: u32,
    hash: Keccak256,
    view: SignalsView,
}

impl Decisions {
    /// Takes what the averages said to candles that just closed, as they said it then.
    pub(super) fn take(&mut self, closes: &[Outlook], feed: &Feed) {
        let (Some(oldest), Some(newest)) = (feed.closed().front(), feed.closed().back()) else { return };
        if closes.is_empty() || !feed.has_history {
            return;
        }
        let terms = feed.strategy_terms();
        let warm_secs = u64::from(terms.slow) * WARM * terms.interval.secs();
        let is_usable = |run: &Run| {
            let is_warm = oldest.open_at <= run.oldest || oldest.open_at.plus_secs(warm_secs) <= run.since;
            run.terms == terms && is_warm
        };
        if self.run.as_ref().is_none_or(|run| !is_usable(run)) {
            let passed = terms.interval.secs() * closes.len().saturating_sub(1) as u64;
            let since = UnixSecs(newest.open_at.0.saturating_sub(passed));
            let (oldest, hash) = (oldest.open_at, Keccak256::new());
            self.run = Some(Run { since, oldest, terms, count: 0, hash, view: SignalsView::default() });
        }
        let Some(run) = self.run.as_mut() else { return };
        for close in closes {
            if let Outlook::Crossed(signal) = close {
                note(&mut run.hash, signal);
                run.count += 1;
            }
        }
        run.view = SignalsView {
            since_secs: run.since.0,
            count: run.count,
            live: run.hash.clone().finalize().to_string(),
            again: again(feed.closed(), run).unwrap_or_default(),
        };
    }

    pub(super) fn view(&self) -> Option<SignalsView> {
        self.run.as_ref().map(|run| run.view.clone())
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

/// The signals of the recorded candles, decided on once more from the first of them on.
fn again(candles: &VecDeque<Candle>, run: &Run) -> Option<String> {
    let mut hash = Keccak256::new();
    let signals = replay(candles, run.terms).ok()?;
    signals
        .iter()
        .filter(|signal| signal.candle_open_at >= run.since)
        .for_each(|signal| note(&mut hash, signal));
    Some(hash.finalize().to_string())
}

fn note(hash: &mut Keccak256, signal: &Signal) {
    let Signal { side, candle_open_at, close, .. } = signal;
    hash.update(format!("{} {} {}\n", candle_open_at.0, side_word(*side), close.scaled()).as_bytes());
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
        let newest = || {
            let trades = self.entries_here().rev().filter(|entry| matches!(entry.purpose, Purpose::Trade(_)));
            trades.take(NOTES)
        };
        let sources = Sources {
            trades: newest().map(|entry| (entry.id, entry.state.name())).collect(),
            refused: self.decisions.refused,
            paper: self.paper_count(),
        };
        if sources == self.decisions.told {
            return None;
        }
        let mut notes: Vec<_> = newest().filter_map(|entry| self.trade_note(entry)).collect();
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
