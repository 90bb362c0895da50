//! Name, network, what contracts run, wallet.

use super::leptos::{AnyView, event_target_value};

use super::Page;
use super::format::short;
use super::html::{el, part};
use super::parts::{badge, button, icon};
use crate::app::{Flavour, Intent, NetworkView, WalletView};

/// The bar on top.
pub(super) fn header(page: Page) -> AnyView {
    let brand = el("div", "brand").holds([icon("leash"), el("h1", "").says("Leash")]);
    el("header", "header").holds([
        brand,
        part(page.see(|snapshot| snapshot.network.clone()), move |network| network_view(page, network)),
        part(page.see(|snapshot| snapshot.wallet.clone()), move |wallet| wallet_view(page, wallet)),
    ])
}

fn network_view(page: Page, network: &NetworkView) -> AnyView {
    let choice = |option: &crate::app::NetworkOption| {
        let element = el("option", "").attr("value", &option.id);
        let element = if option.id == network.id { element.attr("selected", "") } else { element };
        element.says(option.name.as_str())
    };
    let select = el("select", "")
        .attr("aria-label", "Network")
        .mark("network-select")
        .on("change", move |event| page.ask(Intent::ChooseNetwork(event_target_value(&event))))
        .holds(network.options.iter().map(choice).collect::<Vec<_>>());
    let flavour = match network.flavour {
        Some(Flavour::Production) => badge("flavour", "good", "check", "production bytecode"),
        Some(Flavour::StandIns) => badge("flavour", "warn", "flask", "stand-in contracts"),
        None => badge("flavour", "", "clock", "contracts not read yet"),
    };
    let was_run = if network.was_run || network.id.is_empty() {
        super::html::nothing()
    } else {
        badge("never-run", "warn", "warn", "never tried here")
    };
    el("div", "network").holds([select, flavour, was_run])
}

fn wallet_view(page: Page, wallet: &WalletView) -> AnyView {
    match wallet {
        WalletView::Disconnected => el("div", "wallet").holds([button("connect-wallet", "primary")
            .attr("popovertarget", "wallets")
            .holds([icon("wallet"), el("span", "").says("Connect wallet")])]),
        WalletView::Connecting { name } => el("div", "wallet").holds([
            badge("wallet-state", "busy", "busy", &format!("Waiting in {name}")),
            button("disconnect", "quiet").press(page.asks(Intent::Disconnect)).says("Cancel"),
        ]),
        WalletView::Connected { name, owner, is_on_network } => el("div", "wallet").holds([
            if *is_on_network {
                badge("wallet-state", "good", "check", name)
            } else {
                button("switch-chain", "warn")
                    .press(page.asks(Intent::SwitchChain))
                    .holds([icon("warn"), el("span", "").says("Switch network")])
            },
            el("code", "mono owner")
                .mark("owner")
                .attr("title", owner)
                .attr("data-full", owner)
                .says(short(owner)),
            button("disconnect", "quiet")
                .attr("aria-label", "Disconnect wallet")
                .press(page.asks(Intent::Disconnect))
                .holds([icon("exit"), el("span", "wide-only").says("Disconnect")]),
        ]),
    }
}
