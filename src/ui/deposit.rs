//! Putting tokens into the account: from the connected wallet, or from anywhere by address and QR code.

use super::leptos::html::ElementChild;
use super::leptos::{
    AddAnyAttr, AnyView, Get, IntoAny, RwSignal, Set, WithUntracked, event_target_value, svg,
};

use super::Page;
use super::account_panel::owner_holdings;
use super::format::is_zero;
use super::html::{el, part};
use super::parts::{button, icon, is_prompted, text_of};
use crate::app::Intent;

/// Light border around a QR code, in modules (ISO/IEC 18004 asks for four).
const QUIET_MODULES: usize = 4;

/// Both ways, folded when the account holds something already.
pub(super) fn deposit(page: Page) -> AnyView {
    let is_empty = page.snapshot.with_untracked(|snapshot| {
        snapshot.account.as_ref().is_some_and(|account| is_zero(&account.base) && is_zero(&account.quote))
    });
    let fold = el("details", "fold").mark("deposit");
    let fold = if is_empty { fold.attr("open", "") } else { fold };
    fold.holds([
        el("summary", "").says("Deposit"),
        from_wallet(page),
        el("h3", "").says("From anywhere else"),
        el("p", "callout warn").mark("no-ether").holds([
            icon("warn"),
            el("span", "").says_of(page.see(|snapshot| {
                let (base, quote, name) =
                    (&snapshot.market.base, &snapshot.market.quote, &snapshot.network.name);
                format!("Send {base} or {quote} on {name} only. Do not send ETH: the account needs none.")
            })),
        ]),
        part(
            page.see(|snapshot| {
                snapshot.account.as_ref().map(|account| (account.address.clone(), account.qr.clone()))
            }),
            |shown| {
                shown.as_ref().map_or_else(super::html::nothing, |(address, rows)| by_address(address, rows))
            },
        ),
    ])
}

fn from_wallet(page: Page) -> AnyView {
    let amount = RwSignal::new(String::new());
    let is_base = RwSignal::new(false);
    let symbol = |is_base: bool| {
        page.see(
            move |snapshot| {
                if is_base { snapshot.market.base.clone() } else { snapshot.market.quote.clone() }
            },
        )
    };
    let input = el("input", "")
        .attr("inputmode", "decimal")
        .attr("autocomplete", "off")
        .attr("aria-label", "Amount to deposit")
        .attr("placeholder", "Amount")
        .mark("deposit-amount")
        .value_of(text_of(amount))
        .on("input", move |event| amount.set(event_target_value(&event)))
        .empty();
    let token = el("select", "")
        .attr("aria-label", "Token to deposit")
        .mark("deposit-token")
        .on("change", move |event| is_base.set(event_target_value(&event) == "base"))
        .holds([
            el("option", "").attr("value", "quote").says_of(symbol(false)),
            el("option", "").attr("value", "base").says_of(symbol(true)),
        ]);
    let send = button("deposit-send", "")
        .flag("disabled", move || amount.get().trim().is_empty() || is_prompted(page))
        .press(move || page.ask(Intent::Deposit { is_base: is_base.get(), amount: amount.get() }))
        .says("Deposit");
    el("div", "stack").holds([
        owner_holdings(page),
        el("div", "row").holds([el("div", "input grow").holds([input, token]), send]),
    ])
}

fn by_address(address: &str, rows: &[String]) -> AnyView {
    el("div", "qr-line").holds([qr(rows), el("code", "mono whole").mark("deposit-address").says(address)])
}

/// The code as one path of unit squares, always dark on light, as scanners want it.
fn qr(rows: &[String]) -> AnyView {
    let size = rows.len() + 2 * QUIET_MODULES;
    let dark = |(y, row): (usize, &String)| {
        let squares = row.chars().enumerate().filter(|(_, module)| *module == '#');
        squares
            .map(|(x, _)| format!("M{} {}h1v1h-1z", x + QUIET_MODULES, y + QUIET_MODULES))
            .collect::<String>()
    };
    let squares: String = rows.iter().enumerate().map(dark).collect();
    let frame = el("svg", "qr").mark("deposit-qr").attr("role", "img");
    let frame = frame.attr("aria-label", "The account's address as a QR code");
    let frame = frame.attr("viewBox", &format!("0 0 {size} {size}"));
    let path = el("path", "").attr("d", &squares);
    svg::svg().add_any_attr(frame.attributes()).child(svg::path().add_any_attr(path.attributes())).into_any()
}
