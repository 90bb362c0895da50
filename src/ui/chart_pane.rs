//! The chart's canvas and its one painting effect.

use super::leptos::html::{Canvas, canvas};
use super::leptos::{AddAnyAttr, AnyView, Get, IntoAny, NodeRef, NodeRefAttribute, With};

use super::Page;
use super::html::{effect, el, when};
use super::replay::{Replay, replay_bar};
use crate::chart::{Scene, Viewport, describe};

/// The canvas; its words for those who do not see it; the past, candle by candle.
pub(super) fn chart_pane(page: Page) -> AnyView {
    let node: NodeRef<Canvas> = NodeRef::new();
    let replay = Replay::new();
    effect(move || {
        page.edge.repaint.get();
        if let Some(canvas) = node.get() {
            let at = replay.at.get();
            page.chart.with(|data| {
                let past = at.map(|at| data.as_of(at));
                let shown = past.as_ref().unwrap_or(data);
                (page.edge.paint)(&canvas, &|frame| Scene::lay_out(shown, Viewport::default(), frame, None));
            });
        }
    });
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
        when(move || !is_empty(), move || replay_bar(page, replay)),
    ])
}
