//! First time: five numbered steps, the current one marked.

use super::leptos::{AnyView, With};

use super::Page;
use super::format::is_zero;
use super::html::{el, nothing, part};
use super::page::{WalletOffer, is_connected};
use super::parts::{button, icon};
use crate::app::{Intent, Snapshot};

const STEPS: [(&str, &str); 5] = [
    ("Connect", "Choose your wallet. It keeps your keys; this page never sees them."),
    ("Fund", "Put what may be traded into your smart account. It stays yours."),
    ("Terms", "Say how much, how often, at which prices, until when."),
    ("Sign", "One signature grants exactly that to a key in this tab."),
    ("Watch", "It trades without pop-ups and gas. Revoke with one click."),
];

/// The steps, until there is or was a leash.
pub(super) fn guide(page: Page) -> AnyView {
    let shown = page.see(|snapshot| snapshot.grant.is_none().then(|| current(snapshot)));
    part(shown, move |current| current.map_or_else(nothing, |current| steps(page, current)))
}

/// One press instead of four steps, where money is play money.
fn try_it(page: Page) -> AnyView {
    let wallet = move || page.wallets.with(|offers| offers.first().cloned());
    let act = move || {
        if let Some(WalletOffer { id, name, .. }) = wallet() {
            page.ask(Intent::TryIt { wallet: id, name });
        }
    };
    el("div", "stack tight").holds([
        button("try-it", "primary large")
            .flag("disabled", move || wallet().is_none())
            .press(act)
            .holds([icon("play"), el("span", "").says("Try it now")]),
        el("p", "muted small").says(
            "With a wallet of play money: it connects, takes demo tokens and asks you for the one signature.",
        ),
    ])
}

/// The current step, 1 to 4; the fifth begins with the grant, and the guide ends with it.
fn current(snapshot: &Snapshot) -> usize {
    let is_funded =
        snapshot.account.as_ref().is_some_and(|account| !(is_zero(&account.base) && is_zero(&account.quote)));
    let passes = snapshot.preview.as_ref().is_some_and(|preview| preview.refusals.is_empty());
    match (is_connected(snapshot), is_funded, passes) {
        (false, _, _) => 1,
        (true, false, _) => 2,
        (true, true, false) => 3,
        (true, true, true) => 4,
    }
}

fn steps(page: Page, current: usize) -> AnyView {
    let step = |(index, (name, what)): (usize, &(&str, &str))| {
        let number = index + 1;
        let class = match number.cmp(&current) {
            std::cmp::Ordering::Less => "step done",
            std::cmp::Ordering::Equal => "step current",
            std::cmp::Ordering::Greater => "step",
        };
        let shape = if number < current { icon("check") } else { el("span", "").says(number.to_string()) };
        let note = if number < current { nothing() } else { el("p", "muted small").says(*what) };
        let element = el("li", class).mark(&format!("step-{number}"));
        let element = if number == current { element.attr("aria-current", "step") } else { element };
        element.holds([
            el("span", "step-number").holds([shape]),
            el("div", "").holds([el("h3", "").says(*name), note, action(number, current)]),
        ])
    };
    el("section", "panel guide").mark("guide").attr("aria-label", "How it works").holds([
        el("h2", "panel-title").says("A trader on a leash you hold"),
        if page.sandbox.is_some() && current == 1 { try_it(page) } else { nothing() },
        el("ol", "steps").holds(STEPS.iter().enumerate().map(step).collect::<Vec<_>>()),
    ])
}

fn action(number: usize, current: usize) -> AnyView {
    match (number, number == current) {
        (1, true) => button("guide-connect", "").attr("popovertarget", "wallets").says("Choose a wallet"),
        (3 | 4, true) => el("a", "link").attr("href", "#terms").says("Go to the terms"),
        _ => nothing(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{AccountView, FieldRefusal, Preview, WalletView};

    #[test]
    fn the_current_step_follows_what_is_there() {
        let mut snapshot = Snapshot::default();
        assert_eq!(current(&snapshot), 1, "no wallet");
        snapshot.wallet = WalletView::Connected {
            name: "Wallet".to_owned(),
            owner: "0x00".to_owned(),
            is_on_network: true,
        };
        assert_eq!(current(&snapshot), 2, "no account yet");
        snapshot.account =
            Some(AccountView { base: "0.00".to_owned(), quote: "0".to_owned(), ..AccountView::default() });
        assert_eq!(current(&snapshot), 2, "nothing in it");
        if let Some(account) = snapshot.account.as_mut() {
            account.quote = "0.5 USDC".to_owned();
        }
        assert_eq!(current(&snapshot), 3, "funded");
        snapshot.preview = Some(Preview { refusals: vec![FieldRefusal::default()], ..Preview::default() });
        assert_eq!(current(&snapshot), 3, "refused terms");
        snapshot.preview = Some(Preview::default());
        assert_eq!(current(&snapshot), 4, "terms that pass");
    }
}
