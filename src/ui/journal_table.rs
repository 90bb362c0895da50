//! Every operation, newest first; a row unfolds to its cause, life and hashes.

use super::Page;
use super::format::{age, time_of_day};
use super::html::{each, el, nothing, part, when};
use super::journal_check::{check_button, check_panel};
use super::leptos::{AnyView, WithUntracked};
use super::parts::{badge, button, hash_line, ticking};
use crate::app::{
    EntryDetails, ExportFormat, Intent, JOURNAL_ROWS, JournalFilter, JournalPage, JournalQuery, JournalView,
    Snapshot,
};

const FILTERS: [(&str, JournalFilter, &str); 4] = [
    ("journal-all", JournalFilter::All, "All"),
    ("journal-filled", JournalFilter::Filled, "Filled"),
    ("journal-failed", JournalFilter::Failed, "Came to nothing"),
    ("journal-other", JournalFilter::Other, "Endings and withdrawals"),
];

/// The table. A saved journal that is dropped on it is checked.
pub(super) fn journal_table(page: Page) -> AnyView {
    let ids = page.see(|snapshot| snapshot.journal.iter().map(|row| row.id).collect::<Vec<_>>());
    let has_any = page.see(|snapshot| snapshot.journal_page.total > 0);
    let is_bare = page.see(|snapshot| snapshot.journal.is_empty());
    let read = page.edge.read_journal;
    el("section", "panel journal")
        .mark("journal")
        .attr("aria-label", "Journal")
        .on("dragover", |event| event.prevent_default())
        .on("drop", move |event| read(&event))
        .holds([
            el("div", "panel-head").holds([
                el("h2", "panel-title").says("Journal"),
                el("span", "count muted")
                    .mark("journal-count")
                    .says_of(page.see(|snapshot| snapshot.journal_page.total.to_string())),
                el("span", "journal-save")
                    .holds([when(has_any, move || save_buttons(page)), check_button(page)]),
            ]),
            check_panel(page),
            when(has_any, move || filters(page)),
            when(is_bare, move || {
                el("p", "muted").says_of(page.see(|snapshot| {
                    if snapshot.journal_page.total == 0 {
                        "No trades yet. Each will stand here with what caused it.".to_owned()
                    } else {
                        "Nothing of this kind.".to_owned()
                    }
                }))
            }),
            el("div", "journal-rows").holds([each(ids, move |id| row(page, id))]),
            pager(page),
        ])
}

/// The whole journal as a file: for a spreadsheet, and for programs.
fn save_buttons(page: Page) -> AnyView {
    let save = |mark: &'static str, name: &'static str, format: ExportFormat| {
        button(mark, "quiet tiny").press(page.asks(Intent::ExportJournal(format))).says(name)
    };
    el("span", "").holds([
        save("journal-csv", "Save as CSV", ExportFormat::Csv),
        save("journal-json", "as JSON", ExportFormat::Json),
    ])
}

fn filters(page: Page) -> AnyView {
    let choice = |(mark, filter, name): (&'static str, JournalFilter, &'static str)| {
        let is_on = page.see(move |snapshot| snapshot.journal_page.query.filter == filter);
        let query = JournalQuery { filter, page: 0 };
        button(mark, "quiet tiny")
            .attr_of("aria-pressed", move || is_on().to_string())
            .press(page.asks(Intent::ShowJournal(query)))
            .says(name)
    };
    el("div", "journal-filters").attr("role", "group").attr("aria-label", "Show").holds(FILTERS.map(choice))
}

/// Which rows these are of how many, and the way to the others.
fn pager(page: Page) -> AnyView {
    let is_long = page.see(|snapshot| snapshot.journal_page.count > JOURNAL_ROWS);
    let turn = move |mark: &'static str, name: &'static str, by: i32| {
        let other = move |shown: &JournalPage| {
            let target = shown.query.page.checked_add_signed(by)?;
            let is_there = target.checked_mul(JOURNAL_ROWS)? < shown.count;
            is_there.then_some(JournalQuery { page: target, ..shown.query })
        };
        button(mark, "quiet tiny")
            .flag("disabled", page.see(move |snapshot| other(&snapshot.journal_page).is_none()))
            .press(move || {
                if let Some(query) = page.snapshot.with_untracked(|snapshot| other(&snapshot.journal_page)) {
                    page.ask(Intent::ShowJournal(query));
                }
            })
            .says(name)
    };
    when(is_long, move || {
        el("div", "journal-pager").holds([
            turn("journal-newer", "Newer", -1),
            el("span", "muted").mark("journal-range").says_of(page.see(|snapshot| {
                let JournalPage { query, count, .. } = &snapshot.journal_page;
                let first = query.page * JOURNAL_ROWS;
                format!("{}–{} of {count}", first + 1, (first + JOURNAL_ROWS).min(*count))
            })),
            turn("journal-older", "Older", 1),
        ])
    })
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
    let is_unfolded = page.edge.is_unfolded;
    let summary = el("summary", "journal-line").holds([
        el("time", "muted").holds([ticking(move || age(page.chain_now_secs().saturating_sub(at_secs())))]),
        el("span", "journal-title").mark("journal-title").says_of(line(|row| row.title.clone())),
        part(line(|row| row.state.clone()), |state| {
            let (kind, icon) = state_words(state);
            badge("journal-state", kind, icon, state)
        }),
        el("span", "journal-outcome").mark("journal-outcome").says_of(line(|row| row.outcome.clone())),
    ]);
    let more = page
        .see(move |snapshot| snapshot.journal_page.details.iter().find(|details| details.id == id).cloned());
    let body = part(page.see(move |snapshot| find(snapshot, id).cloned()), move |row| {
        row.as_ref().map_or_else(nothing, |row| details(page, row))
    });
    let more = part(more, |details| details.as_ref().map_or_else(nothing, decoded));
    el("details", "journal-row")
        .mark("journal-row")
        .attr("data-id", &id.to_string())
        .on("toggle", move |event| page.ask(Intent::Inspect(id, is_unfolded(&event))))
        .holds([summary, body, more])
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

/// What was signed, read back from its bytes.
fn decoded(details: &EntryDetails) -> AnyView {
    let list = |mark: &str, lines: &[String]| {
        el("ul", "calls")
            .mark(mark)
            .holds(lines.iter().map(|line| el("li", "").says(line.as_str())).collect::<Vec<_>>())
    };
    let titled = |title: &str, body: AnyView| el("div", "decoded").holds([el("h3", "").says(title), body]);
    let facts = details.facts.iter().map(|(label, value)| {
        el("div", "fact").holds([el("dt", "").says(label.as_str()), el("dd", "mono").says(value.as_str())])
    });
    el("div", "journal-details").mark("journal-decoded").holds([
        if details.calls.is_empty() {
            nothing()
        } else {
            titled("What it does", list("journal-calls", &details.calls))
        },
        if details.facts.is_empty() { nothing() } else { el("dl", "facts").holds(facts.collect::<Vec<_>>()) },
        details.statement.as_ref().map_or_else(nothing, |statement| {
            titled(
                "What the session key signed of it",
                el("pre", "statement mono").mark("journal-statement").says(statement.as_str()),
            )
        }),
    ])
}
