//! The grant as the chain tells it: what is left, the rules, renewal.

use super::leptos::{AnyView, WithUntracked};

use super::Page;
use super::html::{El, el, nothing, part, when};
use super::parts::{badge, button, hash_line, icon, panel, sentences};
use super::withdraw_panel::exit_button;
use crate::app::{GrantView, PermissionView, SessionState};
use crate::trading::Side;

/// The panel; nothing without a grant.
pub(super) fn grant_panel(page: Page) -> AnyView {
    when(page.see(|snapshot| snapshot.grant.is_some()), move || {
        panel(
            "grant-panel",
            "Leash",
            [
                part(
                    page.see(|snapshot| snapshot.grant.as_ref().and_then(|grant| grant.renewal.clone())),
                    move |offer| offer.as_ref().map_or_else(nothing, |why| renewal(page, why)),
                ),
                part(
                    page.see(|snapshot| snapshot.grant.as_ref().map(|grant| grant.permissions.clone())),
                    |sides| {
                        let sides = sides.iter().flatten().map(permission_view).collect::<Vec<_>>();
                        el("div", "permissions").holds(sides)
                    },
                ),
                el("p", "muted small").mark("grant-read-at").says_of(page.see(|snapshot| {
                    let block = snapshot.grant.as_ref().map(|grant| grant.read_at_block).unwrap_or_default();
                    format!("Read from chain at block {block}")
                })),
                el("div", "risk single").holds([el("div", "").holds([
                    el("h3", "").says("If the session key were stolen now"),
                    el("p", "").mark("grant-stolen-key-loss").says_of(page.see(|snapshot| {
                        snapshot.grant.as_ref().map(|grant| grant.stolen_key_loss.clone()).unwrap_or_default()
                    })),
                ])]),
                part(page.see(|snapshot| snapshot.grant.as_ref().map(rules)), move |rules| {
                    rules.as_ref().map_or_else(nothing, |rules| rules_view(page, rules))
                }),
                when(page.see(|snapshot| snapshot.grant.as_ref().is_some_and(can_renew)), move || {
                    renew_button(page, "change-terms", "quiet").says("Change the terms")
                }),
            ],
        )
    })
}

fn can_renew(grant: &GrantView) -> bool {
    matches!(grant.state, SessionState::Signed | SessionState::Live)
}

fn renew_button(page: Page, mark: &str, kind: &str) -> El {
    button(mark, kind).press(move || {
        let current = page.snapshot.with_untracked(|snapshot| {
            snapshot.grant.as_ref().map(|grant| (grant.session_key.clone(), grant.terms.clone()))
        });
        if let Some((session_key, terms)) = current {
            page.draft.renew(session_key, terms);
        }
    })
}

/// Beside renewing stands leaving: whoever does not want to sign for other terms sells at the price of the pool.
fn renewal(page: Page, why: &str) -> AnyView {
    el("div", "callout info").mark("renewal").holds([
        icon("info"),
        el("div", "stack").holds([
            el("span", "").mark("renewal-why").says(why),
            el("div", "row").holds([
                renew_button(page, "renew", "").says("Renew with one signature"),
                exit_button(page, "renewal-exit"),
            ]),
        ]),
    ])
}

fn permission_view(permission: &PermissionView) -> AnyView {
    let (mark, name) = match permission.side {
        Side::Buy => ("permission-buy", "Buying"),
        Side::Sell => ("permission-sell", "Selling"),
    };
    let state = match (permission.is_enabled, permission.is_enableable) {
        (true, _) => badge("permission-state", "good", "check", "enabled"),
        (false, true) => badge("permission-state", "", "clock", "signed, enabled by its first use"),
        (false, false) => badge("permission-state", "", "lock", "off"),
    };
    let bar = el("progress", "bar").attr("max", "1000");
    let bar = bar.attr("value", &permission.budget_left_permille.to_string());
    let bar = bar.attr("aria-label", &format!("{name}: budget left")).empty();
    el("div", "permission").mark(mark).holds([
        el("div", "permission-head").holds([el("h3", "").says(name), state]),
        bar,
        el("p", "permission-figures").holds([
            el("span", "").holds([
                el("strong", "").mark("budget-left").says(permission.budget_left.as_str()),
                el("span", "muted").says(format!(" of {} left", permission.budget)),
            ]),
            el("span", "").holds([
                el("strong", "").mark("uses-left").says(permission.uses_left.to_string()),
                el("span", "muted").says(format!(" of {} uses", permission.uses)),
            ]),
        ]),
    ])
}

/// What stays the same for the grant's life.
fn rules(grant: &GrantView) -> (Vec<String>, String, String) {
    (grant.sentences.clone(), grant.band.clone(), grant.session_key.clone())
}

fn rules_view(page: Page, (lines, band, session_key): &(Vec<String>, String, String)) -> AnyView {
    el("details", "fold").mark("grant-rules").holds([
        el("summary", "").says("Rules you signed"),
        sentences("grant-sentence", "", lines),
        el("p", "").mark("grant-band").says(band.as_str()),
        el("p", "row").holds([
            el("span", "muted").says("Session key"),
            hash_line(page, "session-key", "address", session_key),
        ]),
    ])
}
