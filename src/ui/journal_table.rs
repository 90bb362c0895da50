//! Every operation, newest first; a row unfolds to its cause, life and hashes.

use super::leptos::{AnyView, Get, RwSignal, Update};

use super::Page;
use super::format::{age, time_of_day};
use super::html::{each, el, nothing, part, when};
use super::parts::{badge, button, hash_line, ticking};
use crate::app::{ExportFormat, Intent, JournalView, Snapshot};

/// Rows shown at first, and added at a time.
const PAGE_ROWS: usize = 50;

/// The table.
pub(super) fn journal_table(page: Page) -> AnyView {
    let limit = RwSignal::new(PAGE_ROWS);
    let ids = page
        .see(move |snapshot| snapshot.journal.iter().take(limit.get()).map(|row| row.id).collect::<Vec<_>>());
    let has_older = page.see(move |snapshot| snapshot.journal.len() > limit.get());
    let count = page.see(|snapshot| snapshot.journal.len().to_string());
    el("section", "panel journal").mark("journal").attr("aria-label", "Journal").holds([
        el("div", "panel-head").holds([
            el("h2", "panel-title").says("Journal"),
            el("span", "count muted").mark("journal-count").says_of(count),
            when(page.see(|snapshot| !snapshot.journal.is_empty()), move || save_buttons(page)),
        ]),
        when(page.see(|snapshot| snapshot.journal.is_empty()), || {
            el("p", "muted").says("No trades yet. Each will stand here with what caused it.")
        }),
        el("div", "journal-rows").holds([each(ids, move |id| row(page, id))]),
        when(has_older, move || {
            button("journal-older", "quiet tiny")
                .press(move || limit.update(|rows| *rows += PAGE_ROWS))
                .says("Show older")
        }),
    ])
}

/// The whole journal as a file: for a spreadsheet, and for programs.
fn save_buttons(page: Page) -> AnyView {
    let save = |mark: &'static str, name: &'static str, format: ExportFormat| {
        button(mark, "quiet tiny").press(page.asks(Intent::ExportJournal(format))).says(name)
    };
    el("span", "journal-save").holds([
        save("journal-csv", "Save as CSV", ExportFormat::Csv),
        save("journal-json", "as JSON", ExportFormat::Json),
    ])
}

fn find(snapshot: &Snapshot, id: u64) -> Option<&JournalView> {
    snapshot.journal.iter().find(|row| row.id == id)
}

/// A row keeps its fold while its content changes.
fn row(page: Page, id: u64) -> AnyView {
    let line = move |read: fn(&JournalView) -> String| {
        page.see(move |snapshot| find(snapshot, id).map(read).unwrap_or_default())
    };
    let at_secs = page.see(move |snapshot| find(snapshot, id).map_or(0, |row| row.at_secs));
    let summary = el("summary", "journal-line").holds([
        el("time", "muted").holds([ticking(move || age(page.chain_now_secs().saturating_sub(at_secs())))]),
        el("span", "journal-title").mark("journal-title").says_of(line(|row| row.title.clone())),
        part(line(|row| row.state.clone()), |state| {
            let (kind, icon) = state_words(state);
            badge("journal-state", kind, icon, state)
        }),
        el("span", "journal-outcome").mark("journal-outcome").says_of(line(|row| row.outcome.clone())),
    ]);
    let body = part(page.see(move |snapshot| find(snapshot, id).cloned()), move |row| {
        row.as_ref().map_or_else(nothing, |row| details(page, row))
    });
    el("details", "journal-row").mark("journal-row").attr("data-id", &id.to_string()).holds([summary, body])
}

/// How a state looks: kind for colour, icon.
fn state_words(state: &str) -> (&'static str, &'static str) {
    match state {
        "filled" | "done" => ("good", "check"),
        "reverted" | "included, reverted" => ("bad", "cross"),
        "expired" | "abandoned" | "replaced" => ("", "minus"),
        "unknown" => ("warn", "warn"),
        _ => ("busy", "busy"),
    }
}

fn details(page: Page, row: &JournalView) -> AnyView {
    let step = |(state, at_secs): &(String, u64)| {
        el("li", "").mark("journal-step").holds([
            el("span", "").says(state.as_str()),
            el("time", "muted mono").says(format!("{} UTC", time_of_day(*at_secs))),
        ])
    };
    let hash = |label: &str, mark: &str, path: &str, hash: &Option<String>| {
        hash.as_ref().map_or_else(nothing, |hash| {
            el("div", "fact")
                .holds([el("dt", "").says(label), el("dd", "").holds([hash_line(page, mark, path, hash)])])
        })
    };
    let plain = |mark: &str, label: &str, text: &str| {
        el("div", "fact").holds([el("dt", "").says(label), el("dd", "").mark(mark).says(text)])
    };
    el("div", "journal-details").holds([
        el("dl", "facts").holds([
            plain("journal-cause", "Cause", &row.cause),
            plain("journal-outcome-full", "Outcome", &row.outcome),
            hash("Transaction", "journal-transaction", "tx", &row.transaction),
            hash("Operation", "journal-operation", "", &row.operation),
        ]),
        el("ol", "life").holds(row.history.iter().map(step).collect::<Vec<_>>()),
    ])
}
