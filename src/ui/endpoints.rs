//! Which servers are asked, and what keeps a grant from being possible here.

use super::leptos::{AnyView, Get, RwSignal, Set, event_target_value};

use super::Page;
use super::html::{effect, el, part};
use super::parts::{button, paragraph, sentences, text_of};
use crate::app::Intent;

const NAMES: [(&str, &str); 3] =
    [("endpoint-node", "Node"), ("endpoint-bundler", "Bundler"), ("endpoint-paymaster", "Paymaster")];

/// The folded editor above the footer.
pub(super) fn endpoints(page: Page) -> AnyView {
    let texts: [RwSignal<String>; 3] = std::array::from_fn(|_| RwSignal::new(String::new()));
    let field = move |index: usize| {
        let (mark, name) = NAMES[index];
        let text = texts[index];
        el("div", "field").holds([
            el("label", "").attr("for", mark).says(name),
            el("div", "input").holds([el("input", "mono")
                .attr("id", mark)
                .mark(mark)
                .attr("inputmode", "url")
                .attr("autocomplete", "off")
                .attr("spellcheck", "false")
                .value_of(text_of(text))
                .on("input", move |event| text.set(event_target_value(&event)))
                .empty()]),
        ])
    };
    let ask = move |texts: [String; 3]| {
        let [node, bundler, paymaster] = texts;
        page.ask(Intent::EditEndpoints { node, bundler, paymaster });
    };
    let mut last = None;
    effect(move || {
        let current = page.see(|snapshot| snapshot.network.endpoints.clone())();
        if last.as_ref() != Some(&current) {
            for (text, value) in texts.iter().zip(&current) {
                text.set(value.clone());
            }
        }
        last = Some(current);
    });
    el("details", "panel endpoints").mark("endpoints").holds([
        el("summary", "panel-title").says("Network details"),
        part(page.see(|snapshot| snapshot.network.missing.clone()), |missing| {
            sentences("network-missing", "warn", missing)
        }),
        paragraph("muted small", "Each server can delay or refuse, none can widen what you signed."),
        el("div", "fields").holds((0..NAMES.len()).map(field).collect::<Vec<_>>()),
        el("div", "row").holds([
            button("endpoints-save", "").press(move || ask(texts.map(|text| text.get()))).says("Use these"),
            button("endpoints-restore", "quiet").press(move || ask(Default::default())).says("Restore"),
        ]),
    ])
}
