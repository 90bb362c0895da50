//! A saved journal, brought back and held against the chain.

use super::Page;
use super::html::{el, nothing, part, words};
use super::leptos::AnyView;
use super::parts::{badge, button, icon, proof_line};
use crate::app::{AuditView, Intent};

/// Chooses a file.
pub(super) fn check_button(page: Page) -> AnyView {
    let read = page.edge.read_journal;
    el("label", "button quiet tiny file").holds([
        words("Check a saved one"),
        el("input", "")
            .attr("type", "file")
            .attr("accept", ".json")
            .mark("journal-file")
            .on("change", move |event| read(&event))
            .empty(),
    ])
}

/// What came of it; nothing until one is brought.
pub(super) fn check_panel(page: Page) -> AnyView {
    el("div", "check-host")
        .attr("aria-live", "polite")
        .holds([part(page.see(|snapshot| snapshot.audit.clone()), move |audit| {
            audit.as_ref().map_or_else(nothing, |audit| verdict(page, audit))
        })])
}

fn verdict(page: Page, audit: &AuditView) -> AnyView {
    let all_hold = audit.lines.iter().all(|line| line.holds);
    let state = if audit.is_busy {
        badge("check-state", "busy", "busy", "being checked")
    } else if audit.trouble.is_some() {
        badge("check-state", "warn", "warn", "not checked")
    } else if all_hold {
        badge("check-state", "good", "check", "true")
    } else {
        badge("check-state", "bad", "cross", "not true")
    };
    let trouble = audit.trouble.as_ref().map_or_else(nothing, |trouble| {
        el("p", "callout warn")
            .holds([icon("warn"), el("span", "").mark("check-trouble").says(trouble.as_str())])
    });
    el("div", "check").mark("check").holds([
        el("div", "check-head").holds([
            el("strong", "").mark("check-name").says(audit.name.as_str()),
            state,
            button("check-close", "quiet tiny").press(page.asks(Intent::CloseCheck)).says("Close"),
        ]),
        trouble,
        el("ul", "proof-lines")
            .holds(audit.lines.iter().map(|line| proof_line("check-line", line)).collect::<Vec<_>>()),
    ])
}
