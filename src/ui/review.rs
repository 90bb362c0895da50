//! What the terms would allow, and the one signature.

use super::leptos::{AnyView, With, WithUntracked};

use super::Page;
use super::html::{el, nothing, part};
use super::page::is_connected;
use super::parts::{button, icon, is_prompted, pairs, paragraph, sentences};
use crate::app::{Intent, Preview, Snapshot, WalletView};

/// The review beside the form.
pub(super) fn review(page: Page) -> AnyView {
    el("section", "panel review").mark("review").attr("aria-label", "What you sign").holds([
        el("h2", "panel-title").says("What this allows"),
        part(page.see(|snapshot| snapshot.preview.clone()), move |preview| match preview {
            Some(preview) => preview_view(page, preview),
            None => paragraph("muted", "Fill in the terms: what they would allow is spelled out here."),
        }),
        sign(page),
    ])
}

fn preview_view(page: Page, preview: &Preview) -> AnyView {
    if !preview.refusals.is_empty() {
        return refused_view(page, preview);
    }
    el("div", "stack").mark("preview").holds([
        changes_view(preview),
        el("div", "risk").holds([
            el("div", "").holds([
                el("h3", "").says("If the session key were stolen"),
                el("p", "figure").mark("stolen-key-loss").says(preview.stolen_key_loss.as_str()),
            ]),
            el("div", "").holds([
                el("h3", "").says("At any price"),
                el("p", "").mark("at-any-price").says(preview.at_any_price.as_str()),
            ]),
        ]),
        el("p", "callout").holds([icon("band"), el("span", "").mark("band").says(preview.band.as_str())]),
        el("h3", "").says("Rules the chain enforces"),
        sentences("preview-sentence", "", &preview.sentences),
        folded("Compare in your wallet", "compare", pairs("compare-row", &preview.compare), true),
        folded("Before you sign", "explanations", sentences("explanation", "", &preview.explanations), false),
    ])
}

fn changes_view(preview: &Preview) -> AnyView {
    if preview.changes.is_empty() {
        return nothing();
    }
    el("div", "callout info").holds([
        icon("info"),
        el("div", "").holds([
            el("h3", "").says("Against the current leash"),
            sentences("change", "", &preview.changes),
        ]),
    ])
}

fn folded(title: &str, mark: &str, body: AnyView, is_open: bool) -> AnyView {
    let details = el("details", "fold").mark(mark);
    let details = if is_open { details.attr("open", "") } else { details };
    details.holds([el("summary", "").says(title), body])
}

fn refused_view(page: Page, preview: &Preview) -> AnyView {
    let lines: Vec<String> = preview.refusals.iter().map(|refusal| refusal.sentence.clone()).collect();
    let nearest = preview.nearest.clone().map_or_else(nothing, |nearest| {
        button("nearest-terms", "")
            .press(move || page.draft.replace(nearest.clone()))
            .says("Use the nearest terms that pass")
    });
    el("div", "callout warn").mark("refusals").holds([
        icon("warn"),
        el("div", "stack").holds([
            el("h3", "").says("These terms cannot be granted"),
            sentences("refusal", "", &lines),
            nearest,
        ]),
    ])
}

/// Why signing must wait; `None` when it can go ahead.
fn obstacle(page: Page, snapshot: &Snapshot) -> Option<String> {
    let is_current = |preview: &Preview| page.draft.terms.with(|terms| *terms == preview.terms);
    let wrong_network =
        matches!(&snapshot.wallet, WalletView::Connected { is_on_network, .. } if !is_on_network);
    let account_refusal = snapshot.account.as_ref().and_then(|account| account.refusal.clone());
    if !is_connected(snapshot) {
        Some("Connect a wallet first.".to_owned())
    } else if wrong_network {
        Some(format!("Switch the wallet to {} first.", snapshot.network.name))
    } else if let Some(missing) = snapshot.network.missing.first() {
        Some(missing.clone())
    } else if account_refusal.is_some() {
        account_refusal
    } else if snapshot.prompt.is_some() {
        Some("Your wallet is waiting for you: open its window.".to_owned())
    } else {
        match &snapshot.preview {
            None => Some("The terms are not filled in yet.".to_owned()),
            Some(preview) if !is_current(preview) => Some("Checking the terms…".to_owned()),
            Some(preview) if !preview.refusals.is_empty() => {
                Some("These terms are refused: change them first.".to_owned())
            }
            Some(_) => None,
        }
    }
}

fn sign(page: Page) -> AnyView {
    let waits = move || page.snapshot.with(|snapshot| obstacle(page, snapshot));
    let hint = "One signature. No transaction, no gas, nothing leaves your wallet.";
    el("div", "sign").holds([
        button("grant-sign", "primary large")
            .flag("disabled", move || waits().is_some() || is_prompted(page))
            .attr("aria-describedby", "grant-sign-reason")
            .press(move || page.ask(Intent::Grant(page.draft.terms.with_untracked(Clone::clone))))
            .holds([icon("sign"), el("span", "").says("Sign once")]),
        el("p", "muted small")
            .attr("id", "grant-sign-reason")
            .mark("grant-sign-reason")
            .says_of(move || waits().unwrap_or_else(|| hint.to_owned())),
    ])
}
