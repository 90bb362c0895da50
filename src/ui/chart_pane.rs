//! The chart's canvas and its one painting effect.

use super::leptos::html::{Canvas, canvas};
use super::leptos::{
    AddAnyAttr, AnyView, Effect, Get, IntoAny, NodeRef, NodeRefAttribute, With, custom_attribute,
};

use super::Page;
use super::html::{el, when};
use crate::chart::describe;

/// The canvas; its words for those who do not see it.
pub(super) fn chart_pane(page: Page) -> AnyView {
    let node: NodeRef<Canvas> = NodeRef::new();
    Effect::new(move || {
        page.edge.repaint.get();
        if let Some(canvas) = node.get() {
            page.chart.with(|data| (page.edge.paint)(&canvas, data));
        }
    });
    let described = move || page.chart.with(describe);
    let picture = canvas()
        .node_ref(node)
        .add_any_attr((
            custom_attribute("class", "chart-canvas"),
            custom_attribute("role", "img"),
            custom_attribute("data-testid", "chart"),
            custom_attribute("aria-label", described),
        ))
        .into_any();
    let is_empty = move || page.chart.with(|data| data.points.is_empty());
    el("div", "chart").holds([
        picture,
        when(is_empty, || el("p", "chart-empty muted").says("Reading two hours of prices from the chain…")),
    ])
}
