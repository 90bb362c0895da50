//! The page as a whole: what stands where, and when.

use super::leptos::{AnyView, Get, With, document};

use super::Page;
use super::account_panel::account_panel;
use super::approval_sheet::approval_sheet;
use super::chart_pane::chart_pane;
use super::ending_panel::ending_panel;
use super::endpoints::endpoints;
use super::footer::footer;
use super::grant_panel::grant_panel;
use super::guide::guide;
use super::header::header;
use super::html::{effect, el, nothing, when};
use super::journal_table::journal_table;
use super::lab_panel::lab_panel;
use super::leash_bar::leash_bar;
use super::market_header::market_header;
use super::notices::{notices, offers};
use super::page::is_connected;
use super::paper_panel::paper_panel;
use super::pnl_panel::pnl_panel;
use super::prompt_panel::prompt_panel;
use super::review::review;
use super::sandbox_panel::sandbox_panel;
use super::terms_form::terms_form;
use super::wallet_picker::wallet_picker;
use super::withdraw_panel::withdraw_panel;

/// The page.
pub fn app(page: Page) -> AnyView {
    title(page);
    let is_writing = page.see(move |snapshot| page.draft.is_open(snapshot));
    let main_column = el("div", "column main-column").holds([
        el("section", "panel market")
            .mark("market")
            .attr("aria-label", "Market")
            .holds([market_header(page), chart_pane(page)]),
        when(page.see(|snapshot| snapshot.pnl.is_some()), move || pnl_panel(page)),
        when(page.see(|snapshot| snapshot.paper.is_some()), move || paper_panel(page)),
        when(is_writing, move || {
            el("div", "contract").attr("id", "terms").holds([terms_form(page), review(page)])
        }),
        journal_table(page),
        lab_panel(page),
    ]);
    let side_column = el("div", "column side-column").holds([
        ending_panel(page),
        guide(page),
        grant_panel(page),
        page.sandbox.map_or_else(nothing, |sandbox| sandbox_panel(page, sandbox)),
        when(page.see(is_connected), move || account_panel(page)),
        when(page.see(|snapshot| snapshot.account.is_some()), move || withdraw_panel(page)),
    ]);
    el("div", "page").holds([
        el("a", "skip").attr("href", "#main").says("Skip to the market"),
        header(page),
        leash_bar(page),
        offers(page),
        notices(page),
        el("main", "columns").attr("id", "main").attr("tabindex", "-1").holds([main_column, side_column]),
        endpoints(page),
        footer(page),
        prompt_panel(page),
        wallet_picker(page),
        page.sandbox.map_or_else(nothing, |sandbox| approval_sheet(page, sandbox)),
    ])
}

/// Price and state in the browser's tab.
fn title(page: Page) {
    effect(move || {
        let text = page.snapshot.with(|snapshot| {
            let price = snapshot.market.price.clone().unwrap_or_else(|| "no price".to_owned());
            let (_, _, word, _) = super::leash_bar::trader_words(&snapshot.trader);
            let unseen = match page.unseen.get() {
                0 => String::new(),
                unseen => format!("({unseen}) "),
            };
            format!("{unseen}{price} {}/{} · {word} · Leash", snapshot.market.base, snapshot.market.quote)
        });
        document().set_title(&text);
    });
}
