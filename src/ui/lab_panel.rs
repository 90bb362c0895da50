//! A strategy tried on the past before it is trusted with anything: candles in, the same strategy and protections as
//! in the terms, what came of it.

use super::leptos::{
    AnyView, Callable, Get, GetUntracked, RwSignal, Set, With, WithUntracked, event_target_checked,
};

use super::Page;
use super::format::date;
use super::html::{el, nothing, part, when, words};
use super::lab_result::{report, sweep};
use super::parts::{badge, button, pairs, warning};
use super::terms_fields::Unit;
use super::terms_form::{GroupOf, conduct, size, text_field};
use crate::app::{LabHistory, LabRecorded, LabSetup, ToLab};

/// What the fields of this panel hold.
#[derive(Clone, Copy)]
struct Start {
    quote: RwSignal<String>,
    base: RwSignal<String>,
    cost: RwSignal<String>,
    depth: RwSignal<String>,
    is_leashed: RwSignal<bool>,
}

/// The panel, folded until it is asked for.
pub(super) fn lab_panel(page: Page) -> AnyView {
    let is_open = RwSignal::new(false);
    let start = Start {
        quote: RwSignal::new("10000".to_owned()),
        base: RwSignal::new("0".to_owned()),
        cost: RwSignal::new("0.05".to_owned()),
        depth: RwSignal::new("1000000".to_owned()),
        is_leashed: RwSignal::new(false),
    };
    let toggle = move || {
        is_open.set(!is_open.get_untracked());
        page.draft.begin_with(page.snapshot);
    };
    el("section", "panel lab").mark("lab").attr("aria-label", "Try it on the past").holds([
        el("div", "panel-head").holds([
            el("h2", "panel-title").says("Try it on the past"),
            button("lab-open", "quiet tiny")
                .attr_of("aria-expanded", move || is_open.get().to_string())
                .press(toggle)
                .says_of(move || if is_open.get() { "Close" } else { "Open the lab" }.to_owned()),
        ]),
        el("p", "muted small").says(
            "The same strategy, size and protections over candles that you have: nothing is signed, sent or uploaded.",
        ),
        when(move || is_open.get(), move || el("div", "lab-body").holds(body(page, start))),
    ])
}

fn body(page: Page, start: Start) -> Vec<AnyView> {
    let lab = page.lab;
    vec![
        candles(page),
        warning("lab-trouble", move || lab.trouble.get()),
        when(
            move || lab.history.with(Option::is_some),
            move || {
                el("div", "lab-body").holds([
                    part(move || lab.history.get(), |history| history.as_ref().map_or_else(nothing, told)),
                    amounts(page, start),
                    conduct(page, GroupOf::Strategy),
                    size(page),
                    conduct(page, GroupOf::Protections),
                    actions(page, start),
                    report(page),
                    sweep(page),
                ])
            },
        ),
    ]
}

/// Where candles come from.
fn candles(page: Page) -> AnyView {
    let read = page.edge.read_candles;
    let from_chart = move || {
        let taken = page.chart.with_untracked(|chart| ToLab::Take {
            interval_secs: chart.interval_secs,
            // The last one still forms.
            points: chart.points.iter().rev().skip(1).rev().copied().collect(),
        });
        page.edge.lab.run(taken);
        let (.., secs) = page.snapshot.with_untracked(|snapshot| snapshot.market.strategy);
        page.draft.write(|terms| terms.interval_secs = secs.to_string());
    };
    el("div", "drop")
        .mark("lab-drop")
        .on("dragover", |event| event.prevent_default())
        .on("drop", move |event| read(&event))
        .holds([
            el("label", "button file").holds([
                words("Choose a file of candles"),
                el("input", "")
                    .attr("type", "file")
                    .attr("accept", ".csv,.json,.txt")
                    .mark("lab-file")
                    .on("change", move |event| read(&event))
                    .empty(),
            ]),
            button("lab-chart", "").press(from_chart).says("Take this page’s market"),
            el("span", "help").says(
                "Or drop it here. Binance klines (CSV, JSON), freqtrade JSON, any CSV with a header, or a run that this page saved. It stays in this tab.",
            ),
        ])
}

fn told(history: &LabHistory) -> AnyView {
    let LabHistory { name, candles, interval_secs, span: (from, to), oddity, recorded } = history;
    let oddity = oddity.as_ref().map(|oddity| format!(" {oddity}")).unwrap_or_default();
    let text =
        format!("{name}: {candles} candles of {interval_secs} s, {} to {}.{oddity}", date(*from), date(*to));
    let text = el("p", "").mark("lab-history").says(text);
    match recorded {
        None => text,
        Some(run) => el("div", "lab-body").holds([text, decided_again(run)]),
    }
}

/// Whether the lab's engine decides on a saved run as it was decided then.
fn decided_again(run: &LabRecorded) -> AnyView {
    let LabRecorded { sentence, live, again, difference } = run;
    let (kind, icon, word) = match difference {
        None => ("good", "check", "the same"),
        Some(_) => ("warn", "warn", "not the same"),
    };
    let rows = [("Recorded".to_owned(), live.clone()), ("Decided again here".to_owned(), again.clone())];
    el("div", "callout").mark("lab-recorded").holds([
        el("p", "").holds([words(format!("{sentence} ")), badge("lab-recorded-state", kind, icon, word)]),
        difference.as_ref().map_or_else(nothing, |difference| {
            el("p", "").mark("lab-recorded-difference").says(difference.as_str())
        }),
        el("details", "fold").holds([
            el("summary", "").says("The hashes of all decisions"),
            pairs("lab-recorded-hash", &rows),
        ]),
    ])
}

fn amounts(page: Page, start: Start) -> AnyView {
    let field = |mark: &'static str, label: &'static str, unit: Unit, signal: RwSignal<String>| {
        text_field(page, mark, label, unit, signal)
    };
    el("fieldset", "").holds([
        el("legend", "").says("Begins with"),
        el("div", "fields").holds([
            field("lab-quote", "Quote", Unit::Quote, start.quote),
            field("lab-base", "Base", Unit::Base, start.base),
            field("lab-cost", "Cost besides the fee", Unit::Word("%"), start.cost),
            field("lab-depth", "Pool depth", Unit::Quote, start.depth),
        ]),
        el("p", "help").says(
            "Pool depth: what it takes to move the pool’s price by 2 %. The larger a trade beside it, the worse its price; 0 leaves that out.",
        ),
        el("label", "switch").holds([
            el("input", "")
                .attr("type", "checkbox")
                .mark("lab-leashed")
                .checked_of(move || start.is_leashed.get())
                .on("change", move |event| start.is_leashed.set(event_target_checked(&event)))
                .empty(),
            el("span", "").holds([
                words("On the suggested leash. "),
                el("span", "help").says("Its band, budgets and uses hold, and each order is held against the rules that would be signed; a new one follows each day."),
            ]),
        ]),
    ])
}

fn actions(page: Page, start: Start) -> AnyView {
    let lab = page.lab;
    let is_busy = move || lab.progress.with(Option::is_some);
    let setup = move || {
        Box::new(LabSetup {
            network: page.snapshot.with_untracked(|snapshot| snapshot.network.id.clone()),
            terms: page.draft.terms.get_untracked(),
            quote: start.quote.get_untracked(),
            base: start.base.get_untracked(),
            cost_percent: start.cost.get_untracked(),
            depth: start.depth.get_untracked(),
            price: page.snapshot.with_untracked(|snapshot| snapshot.market.price.clone()),
            is_leashed: start.is_leashed.get_untracked(),
        })
    };
    let progress = move || lab.progress.get().unwrap_or(0).to_string();
    el("div", "actions").holds([
        button("lab-run", "primary")
            .flag("disabled", is_busy)
            .press(move || page.edge.lab.run(ToLab::Run(setup())))
            .says("Run"),
        button("lab-sweep", "")
            .flag("disabled", is_busy)
            .press(move || page.edge.lab.run(ToLab::Sweep(setup())))
            .says("Try many averages"),
        when(is_busy, move || {
            el("span", "lab-progress").holds([
                el("progress", "")
                    .mark("lab-progress")
                    .attr("max", "1000")
                    .attr_of("value", progress)
                    .empty(),
                button("lab-stop", "quiet tiny").press(move || page.edge.lab.run(ToLab::Stop)).says("Stop"),
            ])
        }),
    ])
}
