//! Position and result.

use super::leptos::AnyView;

use super::Page;
use super::format::direction;
use super::html::{el, part};
use super::parts::fact;
use crate::app::{PnlView, Snapshot};

/// The strip below the chart.
pub(super) fn pnl_panel(page: Page) -> AnyView {
    let read = move |read: fn(&PnlView) -> String| {
        page.see(move |snapshot: &Snapshot| snapshot.pnl.as_ref().map(read).unwrap_or_default())
    };
    el("section", "panel pnl").mark("pnl-panel").attr("aria-label", "Position and result").holds([el(
        "dl",
        "facts wide",
    )
    .holds([
        fact("pnl-position", "Position", read(|pnl| pnl.position.clone())),
        fact(
            "pnl-average-cost",
            "Average cost",
            read(|pnl| pnl.average_cost.clone().unwrap_or_else(|| "—".to_owned())),
        ),
        signed(page, "pnl-realised", "Realised", |pnl| pnl.realised.clone()),
        signed(page, "pnl-unrealised", "Unrealised", |pnl| pnl.unrealised.clone()),
        signed(page, "pnl-total", "Total", |pnl| pnl.total.clone()),
        fact("pnl-fees", "Pool fees, included", read(|pnl| pnl.fees.clone())),
        fact("pnl-gas", "Gas, by the sponsor", read(|pnl| pnl.gas.clone())),
    ])])
}

fn signed(page: Page, mark: &'static str, label: &str, read: fn(&PnlView) -> String) -> AnyView {
    let amount = page.see(move |snapshot| snapshot.pnl.as_ref().map(read).unwrap_or_default());
    el("div", "fact").holds([
        el("dt", "").says(label),
        part(amount, move |amount| {
            let (class, shape) = direction(amount);
            el("dd", class).holds([
                el("span", "shape").attr("aria-hidden", "true").says(shape),
                el("span", "").mark(mark).says(amount.as_str()),
            ])
        }),
    ])
}
