//! The strategy on live prices with play money, while nothing real is granted.

use super::leptos::AnyView;

use super::Page;
use super::format::{direction, time_of_day};
use super::html::{el, part, when};
use super::parts::{fact, warning};
use crate::app::{PaperTradeView, PaperView};

/// The panel.
pub(super) fn paper_panel(page: Page) -> AnyView {
    let read = move |read: fn(&PaperView) -> String| {
        page.see(move |snapshot| snapshot.paper.as_ref().map(read).unwrap_or_default())
    };
    let signed = move |mark: &'static str, label: &str, amount: fn(&PaperView) -> String| {
        el("div", "fact").holds([
            el("dt", "").says(label),
            part(read(amount), move |amount| {
                let (class, shape) = direction(amount);
                el("dd", class).holds([
                    el("span", "shape").attr("aria-hidden", "true").says(shape),
                    el("span", "").mark(mark).says(amount.as_str()),
                ])
            }),
        ])
    };
    let trades = page.see(|snapshot| snapshot.paper.as_ref().map(|paper| paper.trades.clone()));
    let since = read(|paper| {
        format!("since {} UTC, with {} of play money", time_of_day(paper.since_secs), paper.begins_with)
    });
    el("section", "panel paper").mark("paper").attr("aria-label", "Paper trading").holds([
        el("div", "panel-head").holds([
            el("h2", "panel-title").says("On paper"),
            el("span", "muted small").mark("paper-since").says_of(since),
        ]),
        el("p", "muted small").says(
            "What the strategy would do now: live prices, the rules a grant would have, fills as the pool’s own \
             contract quotes them. Nothing is signed or sent.",
        ),
        el("dl", "facts wide").holds([
            fact("paper-worth", "Worth", read(|paper| paper.worth.clone())),
            fact("paper-position", "Position", read(|paper| paper.position.clone())),
            signed("paper-result", "Result", |paper| paper.result.clone()),
            signed("paper-hold", "Buying and waiting", |paper| paper.hold.clone()),
            fact("paper-count", "Trades", read(|paper| paper.count.to_string())),
        ]),
        part(trades, |trades| {
            let rows: Vec<_> = trades.iter().flatten().map(row).collect();
            el("ul", "sentences").holds(rows)
        }),
        warning(
            "paper-refusal",
            page.see(|snapshot| {
                let why = snapshot.paper.as_ref()?.last_refusal.as_ref()?;
                Some(format!("The last signal came to nothing: {}.", why.trim_end_matches('.')))
            }),
        ),
        when(page.see(|snapshot| snapshot.paper.as_ref().is_some_and(|paper| paper.count == 0)), || {
            el("p", "muted small").says("No trade yet: it waits for the averages to cross.")
        }),
    ])
}

fn row(trade: &PaperTradeView) -> AnyView {
    let PaperTradeView { at_secs, title, outcome } = trade;
    el("li", "").mark("paper-trade").says(format!("{} {title}. {outcome}", time_of_day(*at_secs)))
}
