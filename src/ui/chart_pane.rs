//! The chart's canvas and its one painting effect.

use super::leptos::html::{Canvas, canvas};
use super::leptos::{
    AddAnyAttr, AnyView, Get, GetUntracked, IntoAny, NodeRef, NodeRefAttribute, RwSignal, Set, Update, With,
    WithUntracked,
};

use super::Page;
use super::html::{effect, el, when};
use super::parts::button;
use super::replay::{Replay, replay_bar};
use crate::chart::{Scene, Viewport, describe};

/// The canvas; its words for those who do not see it; the past, candle by candle.
pub(super) fn chart_pane(page: Page) -> AnyView {
    let node: NodeRef<Canvas> = NodeRef::new();
    let replay = Replay::new();
    let view = RwSignal::new(Viewport::default());
    effect(move || {
        page.edge.repaint.get();
        if let Some(canvas) = node.get() {
            let (at, view) = (replay.at.get(), view.get());
            page.chart.with(|data| {
                let past = at.map(|at| data.as_of(at));
                let shown = past.as_ref().unwrap_or(data);
                (page.edge.paint)(&canvas, &|frame| Scene::lay_out(shown, view, frame, None));
            });
        }
    });
    stay_in_the_past(page, view);
    let described = move || page.chart.with(describe);
    let attributes = el("canvas", "chart-canvas").mark("chart").attr("role", "img");
    let attributes = attributes.attr_of("aria-label", described).attributes();
    let picture = canvas().node_ref(node).add_any_attr(attributes).into_any();
    let is_empty = move || page.chart.with(|data| data.points.is_empty());
    el("div", "chart-and-replay").holds([
        el("div", "chart").holds([
            picture,
            when(is_empty, || {
                el("p", "chart-empty muted").says("Reading two hours of prices from the chain…")
            }),
        ]),
        when(move || !is_empty(), move || moves(page, view)),
        when(move || !is_empty(), move || replay_bar(page, replay)),
    ])
}

/// Keeps a window that was moved to the past on its candles while new ones are added.
fn stay_in_the_past(page: Page, view: RwSignal<Viewport>) {
    let seen = RwSignal::new(0);
    effect(move || {
        let known = seen.get_untracked();
        let (newest, fresh, len) = page.chart.with(|data| {
            let newest = data.points.last().map_or(0, |point| point.open_at_secs);
            let fresh = data.points.iter().rev().take_while(|point| point.open_at_secs > known).count();
            (newest, fresh, data.points.len())
        });
        if newest != known {
            seen.set(newest);
            if known > 0 {
                view.update(|view| *view = view.grown(fresh, len));
            }
        }
    });
}

/// A move of the window: its mark, caption and what it does to the window over so many candles.
type Move = (&'static str, &'static str, fn(Viewport, usize) -> Viewport);

/// From the oldest to the newest candle, and from near to far. A move to the side goes half a window.
const MOVES: [Move; 6] = [
    ("chart-earlier", "Earlier", |view, len| view.panned(view.candles_visible / 2.0, len)),
    ("chart-later", "Later", |view, len| view.panned(-view.candles_visible / 2.0, len)),
    ("chart-newest", "Newest", |view, len| view.panned(-view.end_offset, len)),
    ("chart-closer", "Closer", |view, len| view.zoomed(0.5, 1.0, len)),
    ("chart-wider", "Wider", |view, len| view.zoomed(2.0, 1.0, len)),
    ("chart-all", "All", |view, len| view.zoomed(f64::from(u32::MAX), 1.0, len)),
];

/// What moves the window, and how much of the history it shows.
fn moves(page: Page, view: RwSignal<Viewport>) -> AnyView {
    let len = move || page.chart.with(|data| data.points.len());
    let shown = move || format!("{} of {} candles", view.get().range(len()).len(), len());
    let mut all = vec![el("span", "muted small").mark("chart-shown").says_of(shown)];
    all.extend(MOVES.map(|(mark, caption, act)| {
        let len = move || page.chart.with_untracked(|data| data.points.len());
        button(mark, "chip").press(move || view.update(|view| *view = act(*view, len()))).says(caption)
    }));
    el("div", "chips chart-moves").attr("role", "group").attr("aria-label", "What the chart shows").holds(all)
}
