//! The bar that is always in sight while a leash exists: its state, what the trader does, and the way out.

use super::leptos::{AnyView, Get};

use super::Page;
use super::format::countdown;
use super::html::{el, nothing, part, when};
use super::page::has_leash;
use super::parts::{badge, button, icon, ticking};
use crate::app::{Intent, SessionState, Snapshot, TraderStatus};
use crate::web::Telling;

/// The bar; nothing without a grant.
pub(super) fn leash_bar(page: Page) -> AnyView {
    when(page.see(|snapshot| snapshot.grant.is_some()), move || {
        el("section", "leash-bar").mark("leash-bar").attr("aria-label", "Leash").holds([
            part(page.see(|snapshot| snapshot.grant.as_ref().map(|grant| grant.state)), |state| {
                let (kind, icon, word) = session_words(*state);
                badge("state-word", &format!("strong {kind}"), icon, word)
            }),
            el("div", "trader").attr("role", "status").holds([part(page.see(doing), doing_line)]),
            when(page.see(has_leash), move || remaining(page)),
            el("div", "actions").holds([
                part(move || page.telling.get(), move |telling| telling_button(page, *telling)),
                part(page.see(pauses), move |shown| pause_button(page, *shown)),
                when(page.see(has_leash), move || revoke_button(page)),
            ]),
        ])
    })
}

/// The session's state: kind for colour, icon, word.
pub(super) fn session_words(state: Option<SessionState>) -> (&'static str, &'static str, &'static str) {
    match state {
        None => ("", "eye", "No leash"),
        Some(SessionState::Signed) => ("good", "sign", "Signed"),
        Some(SessionState::Live) => ("good", "live", "Live"),
        Some(SessionState::Ending) => ("warn", "busy", "Ending"),
        Some(SessionState::Revoked) => ("", "lock", "Revoked"),
        Some(SessionState::Expired) => ("", "clock", "Expired"),
    }
}

/// The trader's state: kind for colour, icon, word, why.
pub(super) fn trader_words(trader: &TraderStatus) -> (&'static str, &'static str, &'static str, String) {
    match trader {
        TraderStatus::Watching => ("", "eye", "Watching", "The market is only watched.".to_owned()),
        TraderStatus::Waiting { why } => ("good", "clock", "Waiting", why.clone()),
        TraderStatus::Busy { step } => ("busy", "busy", "Busy", step.clone()),
        TraderStatus::Paused => ("warn", "pause", "Paused", "No trades until you resume.".to_owned()),
        TraderStatus::OtherTab => {
            ("warn", "tabs", "Other tab", "Another tab of this browser is trading.".to_owned())
        }
        TraderStatus::Halted { why } => ("bad", "warn", "Halted", why.clone()),
    }
}

/// What the trader does, and how an end goes, until that is over and trading goes on.
fn doing(snapshot: &Snapshot) -> (TraderStatus, Option<String>) {
    let ending = snapshot.ending.as_ref().filter(|ending| !(ending.is_proven && has_leash(snapshot)));
    (snapshot.trader.clone(), ending.map(|ending| ending.status.clone()))
}

fn doing_line((trader, ending): &(TraderStatus, Option<String>)) -> AnyView {
    let (kind, icon, word, why) = trader_words(trader);
    let (text, link) = match ending {
        Some(status) => (status.clone(), el("a", "link").attr("href", "#ending").says("Show")),
        None => (why, nothing()),
    };
    el("div", "trader-line").holds([
        badge("trader-word", kind, icon, word),
        el("span", "why").mark("trader-why").says(text),
        link,
    ])
}

fn remaining(page: Page) -> AnyView {
    let until = page.see(|snapshot| snapshot.grant.as_ref().map_or(0, |grant| grant.valid_until_secs));
    let text = move || match until().saturating_sub(page.chain_now_secs()) {
        0 => "time is over".to_owned(),
        left => format!("{} left", countdown(left)),
    };
    el("span", "remaining").mark("expires-in").holds([icon("clock"), ticking(text)])
}

/// Whether pausing is possible (`Some(true)`), resuming (`Some(false)`), or neither.
fn pauses(snapshot: &Snapshot) -> Option<bool> {
    let can_trade = snapshot
        .grant
        .as_ref()
        .is_some_and(|grant| matches!(grant.state, SessionState::Signed | SessionState::Live));
    match snapshot.trader {
        TraderStatus::Waiting { .. }
        | TraderStatus::Busy { .. }
        | TraderStatus::Halted { .. }
        | TraderStatus::OtherTab => can_trade.then_some(true),
        TraderStatus::Paused => can_trade.then_some(false),
        TraderStatus::Watching => None,
    }
}

fn telling_button(page: Page, telling: Telling) -> AnyView {
    let sound = |is_on: bool, says: &str| {
        button("notify-sound", "quiet")
            .attr("aria-pressed", if is_on { "true" } else { "false" })
            .attr("title", says)
            .press(move || (page.edge.use_sound)(!is_on))
            .says("Sound")
    };
    match telling {
        Telling::Never => nothing(),
        Telling::Unasked => button("notify-me", "quiet").press(page.edge.ask_to_notify).says("Notify me"),
        Telling::Silent => sound(false, "Notifications make no sound"),
        Telling::Sound => sound(true, "Notifications make a sound"),
    }
}

fn pause_button(page: Page, pauses: Option<bool>) -> AnyView {
    match pauses {
        Some(true) => button("pause", "")
            .press(page.asks(Intent::Pause))
            .holds([icon("pause"), el("span", "").says("Pause")]),
        Some(false) => button("resume", "primary")
            .press(page.asks(Intent::Resume))
            .holds([icon("play"), el("span", "").says("Resume")]),
        None => nothing(),
    }
}

fn revoke_button(page: Page) -> AnyView {
    let is_ending =
        page.see(|snapshot| snapshot.grant.as_ref().is_some_and(|grant| grant.state == SessionState::Ending));
    let label = move || if is_ending() { "Revoking…" } else { "Revoke" }.to_owned();
    button("revoke", "danger")
        .flag("disabled", is_ending)
        .press(page.asks(Intent::Revoke))
        .holds([icon("lock"), el("span", "").says_of(label)])
}
