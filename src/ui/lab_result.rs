//! What the lab found: a verdict, pictures, figures, the smallest grant that fits, and grids of averages.

use super::leptos::html::{Canvas, canvas};
use super::leptos::{AddAnyAttr, AnyView, Callable, Get, IntoAny, NodeRef, NodeRefAttribute, RwSignal, Set};

use super::Page;
use super::html::{effect, el, nothing, part, when};
use super::page::CanvasElement;
use super::parts::{button, pairs};
use crate::app::{LabCell, LabGrid, LabNeeds, LabReport, LabSweep, ToLab};
use crate::chart::{ChartModel, Frame, Scene, Viewport, describe};

/// Shades of the heat map to either side of nothing.
const SHADES: i32 = 4;

/// The last run.
pub(super) fn report(page: Page) -> AnyView {
    let lab = page.lab;
    part(
        move || lab.report.get(),
        move |found| {
            found.as_ref().map_or_else(nothing, |found| el("div", "lab-report").holds(shown(page, found)))
        },
    )
}

fn shown(page: Page, found: &LabReport) -> Vec<AnyView> {
    let mut chart = ChartModel::default();
    chart.apply(found.chart.clone());
    let (all, curve) =
        (Viewport { end_offset: 0.0, candles_visible: chart.points.len() as f64 }, found.curve.clone());
    let described = describe(&chart);
    let refusals: Vec<(String, String)> =
        found.refusals.iter().map(|(count, words)| (format!("{count} ×"), words.clone())).collect();
    vec![
        el("p", "lab-verdict").mark("lab-verdict").says(found.verdict.as_str()),
        el("h3", "")
            .says("Worth: the strategy (thin line) beside buying at the start and waiting (thick line)"),
        picture(page, "lab-curve", "The account’s worth over time.", move |frame| {
            Scene::of_curve(&curve, frame)
        }),
        el("h3", "").says("Price, averages and trades"),
        picture(page, "lab-candles", &described, move |frame| Scene::lay_out(&chart, all, frame, None)),
        pairs("lab-figure", &found.figures),
        if refusals.is_empty() {
            nothing()
        } else {
            el("details", "fold").holds([
                el("summary", "").says("Signals that came to nothing"),
                pairs("lab-refusal", &refusals),
            ])
        },
        found.needs.as_ref().map_or_else(nothing, |needs| smallest(page, needs)),
        el("div", "actions").holds([
            button("lab-save", "quiet tiny")
                .press(move || page.edge.lab.run(ToLab::SaveTrades))
                .says("Save the trades as CSV"),
            button("lab-save-json", "quiet tiny")
                .press(move || page.edge.lab.run(ToLab::SaveReport))
                .says("everything as JSON"),
        ]),
    ]
}

fn picture(page: Page, mark: &str, label: &str, scene: impl Fn(Frame) -> Scene + 'static) -> AnyView {
    let node: NodeRef<Canvas> = NodeRef::new();
    let paint = page.edge.paint;
    effect(move || {
        page.edge.repaint.get();
        if let Some(canvas) = node.get() {
            let canvas: &CanvasElement = &canvas;
            paint(canvas, &scene);
        }
    });
    let attributes = el("canvas", "lab-canvas").mark(mark).attr("role", "img").attr("aria-label", label);
    el("div", "lab-picture").holds([canvas().node_ref(node).add_any_attr(attributes.attributes()).into_any()])
}

/// The limits that would just have been enough, and the way into the terms.
fn smallest(page: Page, needs: &LabNeeds) -> AnyView {
    let taken = RwSignal::new(false);
    let wanted = needs.clone();
    let take = move || {
        page.draft.edit(|terms| {
            terms.buy_lots.clone_from(&wanted.buy_lots);
            terms.sell_lots.clone_from(&wanted.sell_lots);
            terms.uses.clone_from(&wanted.uses);
            if let Some((low, high)) = &wanted.band {
                terms.lowest_sell.clone_from(low);
                terms.highest_buy.clone_from(high);
            }
        });
        taken.set(true);
    };
    el("div", "callout").mark("lab-needs").holds([
        el("p", "").says(format!("The smallest grant that would not have stood in the way: {}.", needs.sentence)),
        button("lab-take", "").press(take).says("Put these limits into the terms"),
        when(move || taken.get(), || {
            el("p", "help").mark("lab-taken").says(
                "They stand in the terms, with this strategy and these protections; look them over before you sign.",
            )
        }),
    ])
}

/// The last sweep.
pub(super) fn sweep(page: Page) -> AnyView {
    let lab = page.lab;
    part(
        move || lab.sweep.get(),
        move |found| {
            found.as_ref().map_or_else(nothing, |LabSweep { grids }| {
                el("div", "lab-report")
                    .holds(grids.iter().map(|grid| heat_map(page, grid)).collect::<Vec<_>>())
            })
        },
    )
}

/// Fast averages across, slow ones down. A cell has the return on the part that the choice is made on, and below it
/// the one on the rest; both are worth the same space, since only the second tells what a choice was worth.
fn heat_map(page: Page, grid: &LabGrid) -> AnyView {
    let mut fasts: Vec<u32> = grid.cells.iter().map(|cell| cell.fast).collect();
    let mut slows: Vec<u32> = grid.cells.iter().map(|cell| cell.slow).collect();
    for periods in [&mut fasts, &mut slows] {
        periods.sort_unstable();
        periods.dedup();
    }
    let widest = grid.cells.iter().map(|cell| cell.inside_bps.abs().max(cell.outside_bps.abs())).max();
    let (secs, widest) = (grid.interval_secs, widest.unwrap_or(0).max(1));
    let mut head = vec![el("th", "").says("slow \\ fast")];
    head.extend(fasts.iter().map(|fast| el("th", "").attr("scope", "col").says(fast.to_string())));
    let row = |slow: &u32| {
        let mut cells = vec![el("th", "").attr("scope", "row").says(slow.to_string())];
        cells.extend(fasts.iter().map(|fast| {
            let found = grid.cells.iter().find(|cell| (cell.fast, cell.slow) == (*fast, *slow));
            found.map_or_else(|| el("td", "").says(""), |found| heat(page, *found, secs, widest))
        }));
        el("tr", "").holds(cells)
    };
    let mut rows = vec![el("tr", "").holds(head)];
    rows.extend(slows.iter().map(row));
    el("div", "lab-grid").mark("lab-grid").holds([
        el("h3", "").says(format!(
            "Candles of {secs} s: return on the first 70 %, and below it on the rest, which chose nothing"
        )),
        el("div", "lab-scroll").holds([el("table", "heat").holds(rows)]),
        el("p", "small").mark("lab-agreement").says(grid.agreement.as_str()),
    ])
}

fn heat(page: Page, cell: LabCell, secs: u32, widest: i32) -> AnyView {
    let shade = |bps: i32| {
        let step = (i64::from(bps.abs()) * i64::from(SHADES) + i64::from(widest) - 1) / i64::from(widest);
        let side = if bps < 0 { "down" } else { "up" };
        format!("heat-{side}-{step}")
    };
    let LabCell { fast, slow, inside_bps, outside_bps, trades } = cell;
    let told = format!(
        "{fast} and {slow} candles: {} on the first part with {trades} trades, {} on the rest. Press to take them.",
        percent(inside_bps),
        percent(outside_bps)
    );
    let take = move || {
        page.draft.edit(|terms| {
            (terms.fast, terms.slow) = (fast.to_string(), slow.to_string());
            terms.interval_secs = secs.to_string();
            terms.holds = false;
        });
    };
    let is_taken = move || {
        let terms = page.draft.terms.get();
        terms.fast == fast.to_string()
            && terms.slow == slow.to_string()
            && terms.interval_secs == secs.to_string()
    };
    el("td", "").holds([button(&format!("lab-cell-{secs}-{fast}-{slow}"), "heat-cell")
        .attr("title", &told)
        .attr("aria-label", &told)
        .attr_of("aria-pressed", move || is_taken().to_string())
        .press(take)
        .holds([
            el("span", &shade(inside_bps)).says(percent(inside_bps)),
            el("span", &shade(outside_bps)).says(percent(outside_bps)),
        ])])
}

/// Hundredths of a percent with a sign and one decimal.
fn percent(bps: i32) -> String {
    let tenths = (bps.abs() + 5) / 10;
    let sign = if bps < 0 { "−" } else { "+" };
    format!("{sign}{}.{} %", tenths / 10, tenths % 10)
}
