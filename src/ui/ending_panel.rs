//! Revoking or withdrawing, step by step, ending in proof.

use super::leptos::AnyView;

use super::Page;
use super::html::{el, nothing, part};
use super::parts::{badge, button, icon, is_prompted, proof_line};
use crate::app::{EndingView, Intent};

/// The panel; nothing while nothing ends. It speaks up when its state changes.
pub(super) fn ending_panel(page: Page) -> AnyView {
    el("div", "ending-host")
        .attr("aria-live", "polite")
        .holds([part(page.see(|snapshot| snapshot.ending.clone()), move |ending| {
            ending.as_ref().map_or_else(nothing, |ending| ending_view(page, ending))
        })])
}

fn ending_view(page: Page, ending: &EndingView) -> AnyView {
    let state = if ending.is_proven {
        badge("ending-state", "strong good", "check", "proven")
    } else if ending.trouble.is_some() {
        badge("ending-state", "strong warn", "warn", "needs you")
    } else {
        badge("ending-state", "strong busy", "busy", "under way")
    };
    let trouble = ending.trouble.as_ref().map_or_else(nothing, |trouble| {
        el("p", "callout warn")
            .holds([icon("warn"), el("span", "").mark("ending-trouble").says(trouble.as_str())])
    });
    let proof = if ending.proof.is_empty() {
        nothing()
    } else {
        let title =
            ending.block.map_or_else(|| "Proof".to_owned(), |block| format!("Proof, read at block {block}"));
        el("div", "proof").holds([
            el("h3", "").mark("proof-title").says(title),
            el("ul", "proof-lines")
                .holds(ending.proof.iter().map(|line| proof_line("proof-line", line)).collect::<Vec<_>>()),
        ])
    };
    el("section", "panel ending").mark("ending").attr("id", "ending").attr("aria-label", &ending.title).holds(
        [
            el("div", "panel-head")
                .holds([el("h2", "panel-title").mark("ending-title").says(ending.title.as_str()), state]),
            el("p", "").mark("ending-status").says(ending.status.as_str()),
            trouble,
            ways(page, ending),
            proof,
        ],
    )
}

/// The owner's ways, when the trader offers them.
fn ways(page: Page, ending: &EndingView) -> AnyView {
    let way = |mark: &str, kind: &str, intent: Intent, label: &str, note: &str| {
        el("div", "way").holds([
            button(mark, kind)
                .flag("disabled", move || is_prompted(page))
                .press(page.asks(intent))
                .holds([icon("sign"), el("span", "").says(label)]),
            el("span", "muted small").says(note),
        ])
    };
    let by_transaction = match ending.withdrawal {
        Some(sells_first) => Intent::Withdraw { sells_first, by_transaction: true },
        None => Intent::RevokeByTransaction,
    };
    el("div", "ways").holds([
        if ending.offers_owner {
            way(
                "revoke-by-owner",
                "primary",
                Intent::RevokeByOwner,
                "End it by your signature",
                "One signature, no gas.",
            )
        } else {
            nothing()
        },
        if ending.offers_transaction {
            let note = "Your own transaction, which you pay for. Works with all services down.";
            way("by-transaction", "", by_transaction, "Use your own transaction", note)
        } else {
            nothing()
        },
    ])
}
