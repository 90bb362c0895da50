//! Taking funds out, with or without selling first.

use super::leptos::AnyView;

use super::Page;
use super::html::{el, words_of};
use super::parts::{button, icon, is_prompted};
use crate::app::Intent;

/// The panel.
pub(super) fn withdraw_panel(page: Page) -> AnyView {
    let sentence = page.see(|snapshot| {
        let (base, quote) = (&snapshot.market.base, &snapshot.market.quote);
        format!("Sends all {base} and {quote} of the account to your wallet. One signature, no gas. Trading stops first.")
    });
    el("section", "panel withdraw").mark("withdraw-panel").attr("aria-label", "Take funds out").holds([
        el("h2", "panel-title").says("Take funds out"),
        el("p", "muted").holds([words_of(sentence)]),
        el("div", "row").holds([
            way(page, "withdraw", false, el("span", "").says("Withdraw all")),
            exit_button(page, "exit"),
        ]),
        el("details", "fold").mark("withdraw-fallback").holds([
            el("summary", "").says("If bundler or sponsor are down"),
            el("p", "muted small").says("By your own transaction: you pay its gas, nobody else is needed."),
            button("withdraw-by-transaction", "")
                .flag("disabled", move || is_prompted(page))
                .press(page.asks(Intent::Withdraw { sells_first: false, by_transaction: true }))
                .says("Withdraw by own transaction"),
        ]),
    ])
}

/// Leaves the market: sells everything at the pool's quote less the slippage, and takes it out.
pub(super) fn exit_button(page: Page, mark: &str) -> AnyView {
    let label = page.see(|snapshot| format!("Sell {} and withdraw", snapshot.market.base));
    way(page, mark, true, el("span", "").says_of(label))
}

fn way(page: Page, mark: &str, sells_first: bool, label: AnyView) -> AnyView {
    button(mark, "")
        .flag("disabled", move || is_prompted(page))
        .press(page.asks(Intent::Withdraw { sells_first, by_transaction: false }))
        .holds([icon("out"), label])
}
