//! The smart account: where it is, what it holds, how to put more in.

use super::leptos::AnyView;

use super::Page;
use super::deposit::deposit;
use super::html::{el, nothing, part};
use super::parts::{badge, button, hash_line, icon, panel, warning};
use crate::app::{AccountView, Intent};

/// The panel.
pub(super) fn account_panel(page: Page) -> AnyView {
    panel(
        "account-panel",
        "Smart account",
        [
            part(
                page.see(|snapshot| snapshot.account.as_ref().map(identity)),
                move |identity| match identity {
                    Some(identity) => identity_view(page, identity),
                    None => el("p", "muted").says("Working out the address of your smart account…"),
                },
            ),
            warning("account-refusal", page.see(|snapshot| snapshot.account.as_ref()?.refusal.clone())),
            el("dl", "balances").holds([
                balance(page, "balance-base", true, |account| account.base.clone()),
                balance(page, "balance-quote", false, |account| account.quote.clone()),
            ]),
            warning(
                "account-ether",
                page.see(|snapshot| {
                    let ether = &snapshot.account.as_ref()?.ether;
                    let has_ether = !super::format::is_zero(ether);
                    has_ether.then(|| {
                        format!("The account holds {ether} of the native coin. It needs none: take it out.")
                    })
                }),
            ),
            part(
                page.see(|snapshot| snapshot.account.as_ref().is_some_and(|account| account.has_faucet)),
                move |has| {
                    if *has { faucet(page) } else { nothing() }
                },
            ),
            part(page.see(|snapshot| snapshot.account.is_some()), move |is_known| {
                if *is_known { deposit(page) } else { nothing() }
            }),
        ],
    )
}

/// What seldom changes.
fn identity(account: &AccountView) -> (String, bool) {
    (account.address.clone(), account.is_deployed)
}

fn identity_view(page: Page, (address, is_deployed): &(String, bool)) -> AnyView {
    let deployed = if *is_deployed {
        badge("account-deployed", "good", "check", "on chain")
    } else {
        badge("account-deployed", "", "clock", "created by the first trade")
    };
    el("div", "identity").holds([hash_line(page, "account-address", "address", address), deployed])
}

fn balance(page: Page, mark: &str, is_base: bool, read: fn(&AccountView) -> String) -> AnyView {
    let symbol = page.see(
        move |snapshot| {
            if is_base { snapshot.market.base.clone() } else { snapshot.market.quote.clone() }
        },
    );
    let amount = page.see(move |snapshot| snapshot.account.as_ref().map(read).unwrap_or_default());
    el("div", "balance").holds([el("dt", "").says_of(symbol), el("dd", "figure").mark(mark).says_of(amount)])
}

fn faucet(page: Page) -> AnyView {
    el("div", "row").holds([
        button("faucet", "")
            .press(page.asks(Intent::Faucet))
            .holds([icon("drop"), el("span", "").says("Get demo tokens")]),
        el("span", "muted small").says("Free, without worth, on this network only."),
    ])
}

/// What the owner's own wallet holds, for the deposit form.
pub(super) fn owner_holdings(page: Page) -> AnyView {
    let holding = |mark: &str, is_base: bool| {
        let amount = page.see(move |snapshot| {
            let (market, account) = (&snapshot.market, snapshot.account.as_ref());
            let shown = account.map(|account| {
                if is_base {
                    format!("{} {}", account.owner_base, market.base)
                } else {
                    format!("{} {}", account.owner_quote, market.quote)
                }
            });
            shown.unwrap_or_default()
        });
        el("strong", "").mark(mark).says_of(amount)
    };
    el("p", "row small").holds([
        el("span", "muted").says("In your wallet"),
        holding("owner-quote", false),
        holding("owner-base", true),
    ])
}
