//! Every wallet that announced itself, by name and icon.

use super::leptos::{AnyView, Get, With};

use super::Page;
use super::html::{el, nothing, part};
use super::page::WalletOffer;
use super::parts::{badge, button, icon, paragraph};
use crate::app::Intent;

/// The picker: a popover, so that Escape, light dismissal and the way focus returns are the browser's.
pub(super) fn wallet_picker(page: Page) -> AnyView {
    let has_twins = move || page.wallets.with(|offers| offers.iter().any(|offer| offer.is_twin));
    el("div", "popover")
        .attr("id", "wallets")
        .attr("popover", "auto")
        .attr("role", "dialog")
        .attr("aria-label", "Choose a wallet")
        .mark("wallet-picker")
        .holds([
            el("div", "panel-head").holds([
                el("h2", "panel-title").says("Choose a wallet"),
                button("wallet-picker-close", "quiet tiny")
                    .attr("popovertarget", "wallets")
                    .attr("popovertargetaction", "hide")
                    .says("Close"),
            ]),
            part(has_twins, |has_twins| if *has_twins { twin_warning() } else { nothing() }),
            part(move || page.wallets.get(), move |offers| offers_view(page, offers)),
            paragraph("muted small", "Connecting shows your address to this page. It moves nothing."),
        ])
}

fn twin_warning() -> AnyView {
    el("p", "callout warn").mark("twin-warning").holds([
        icon("warn"),
        el("span", "").says(
            "Two wallets announce the same name. One may pretend to be the other: compare the small print, \
             or switch one of them off.",
        ),
    ])
}

fn offers_view(page: Page, offers: &[WalletOffer]) -> AnyView {
    if offers.is_empty() {
        return el("div", "callout").mark("no-wallets").holds([
            icon("info"),
            el("span", "").says(
                "No wallet found in this browser. Install a wallet extension and come back: it appears here \
                 by itself.",
            ),
        ]);
    }
    el("ul", "offers").holds(offers.iter().map(|offer| offer_view(page, offer)).collect::<Vec<_>>())
}

fn offer_view(page: Page, offer: &WalletOffer) -> AnyView {
    let picture = offer.icon.as_ref().map_or_else(
        || icon("wallet"),
        |source| {
            el("img", "").attr("src", source).attr("alt", "").attr("width", "32").attr("height", "32").empty()
        },
    );
    let twin = if offer.is_twin { badge("wallet-twin", "warn", "warn", "same name") } else { nothing() };
    let connect = Intent::Connect { wallet: offer.id.clone(), name: offer.name.clone(), may_prompt: true };
    let row = el("button", "offer")
        .attr("type", "button")
        .mark(&format!("wallet-offer-{}", offer.rdns))
        .attr("data-wallet", &offer.id)
        .attr("popovertarget", "wallets")
        .attr("popovertargetaction", "hide")
        .press(page.asks(connect))
        .holds([
            picture,
            el("span", "offer-name").holds([
                el("span", "").says(offer.name.as_str()),
                el("span", "muted small mono").says(offer.rdns.as_str()),
            ]),
            twin,
        ]);
    el("li", "").holds([row])
}
