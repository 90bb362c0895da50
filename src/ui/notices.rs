//! Things to know; failures speak up, all can be closed. Above them what the page itself has to offer.

use super::leptos::{AnyView, Get};

use super::Page;
use super::html::{each, el, nothing, part, when};
use super::parts::{button, icon};
use crate::app::{Intent, Notice, NoticeLevel};

/// The list below the header.
pub(super) fn notices(page: Page) -> AnyView {
    let ids = page.see(|snapshot| snapshot.notices.iter().map(|notice| notice.id).collect::<Vec<_>>());
    let list = each(ids, move |id| {
        let find = page.see(move |snapshot| snapshot.notices.iter().find(|notice| notice.id == id).cloned());
        part(find, move |notice| notice.as_ref().map_or_else(nothing, |notice| notice_view(page, notice)))
    });
    el("div", "notices").mark("notices").attr("aria-live", "polite").attr("role", "log").holds([list])
}

/// Above everything else: a sandbox that ended, and a newer release of the page.
pub(super) fn offers(page: Page) -> AnyView {
    let offer = |mark: &'static str, sentence: &str, caption: &'static str, act: fn()| {
        el("div", "notice warn").mark(mark).attr("role", "status").holds([
            icon("warn"),
            el("div", "notice-text").says(sentence),
            button(&format!("{mark}-act"), "").press(act).says(caption),
        ])
    };
    el("div", "notices").holds([
        part(
            move || page.sandbox.and_then(|sandbox| sandbox.stopped.get()),
            move |stopped| {
                stopped.as_ref().map_or_else(nothing, |reason| {
                    let sentence =
                        format!("The sandbox has stopped: {reason} What the trader knows is in its journal.");
                    offer("sandbox-dead", &sentence, "Restart it", page.edge.restart)
                })
            },
        ),
        when(
            move || page.has_update.get(),
            move || {
                offer(
                    "update-ready",
                    "A newer version of this page is ready. Yours goes on until you take it.",
                    "Use it now",
                    page.edge.update,
                )
            },
        ),
    ])
}

fn notice_view(page: Page, notice: &Notice) -> AnyView {
    let (class, shape, word, role) = match notice.level {
        NoticeLevel::Info => ("info", "info", "Note", "status"),
        NoticeLevel::Warning => ("warn", "warn", "Warning", "status"),
        NoticeLevel::Error => ("bad", "cross", "Failed", "alert"),
    };
    let details = if notice.details.is_empty() {
        nothing()
    } else {
        el("details", "fold plain").mark("notice-details").holds([
            el("summary", "").says("Details"),
            el("p", "mono small whole").says(notice.details.as_str()),
        ])
    };
    el("div", &format!("notice {class}")).mark("notice").attr("data-level", word).attr("role", role).holds([
        icon(shape),
        el("div", "notice-text").holds([
            el("p", "").holds([
                el("strong", "").says(format!("{word}: ")),
                el("span", "").mark("notice-sentence").says(notice.sentence.as_str()),
            ]),
            if notice.advice.is_empty() {
                nothing()
            } else {
                el("p", "").mark("notice-advice").says(notice.advice.as_str())
            },
            details,
        ]),
        button("notice-dismiss", "quiet tiny")
            .attr("aria-label", "Close this message")
            .press(page.asks(Intent::Dismiss(notice.id)))
            .holds([icon("cross")]),
    ])
}
