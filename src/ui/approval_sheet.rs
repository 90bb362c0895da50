//! The sandbox wallet's own window, inside of the page: what it is asked, in words, and the person's decision.
//!
//! A modal dialog, so that the browser keeps the focus in it and gives it back; Escape rejects.

use super::leptos::html::{Dialog, ElementChild, dialog};
use super::leptos::{
    AddAnyAttr, AnyView, Callable, Effect, Get, GetUntracked, IntoAny, NodeRef, NodeRefAttribute, Set,
    custom_attribute, ev, on,
};

use super::Page;
use super::html::{el, nothing, part};
use super::page::SandboxSignals;
use super::parts::{badge, button, icon, pairs};
use crate::app::{Sheet, SheetSection, ToSandbox};

/// The sheet, while the wallet asks.
pub(super) fn approval_sheet(page: Page, sandbox: SandboxSignals) -> AnyView {
    part(
        move || sandbox.sheet.get(),
        move |sheet| sheet.as_ref().map_or_else(nothing, |sheet| sheet_view(page, sandbox, sheet)),
    )
}

fn sheet_view(page: Page, sandbox: SandboxSignals, sheet: &Sheet) -> AnyView {
    let id = sheet.id;
    let node: NodeRef<Dialog> = NodeRef::new();
    Effect::new(move || {
        if let Some(dialog) = node.get().filter(|dialog| !dialog.open()) {
            // Refused only for a dialog that left the page meanwhile.
            let _shown = dialog.show_modal();
        }
    });
    let decide = move |is_approved| {
        if let Some(dialog) = node.get_untracked() {
            dialog.close();
        }
        sandbox.sheet.set(None);
        page.edge.order.run(ToSandbox::Decide { id, is_approved });
    };
    let cancel: Box<dyn FnMut(ev::Event)> = Box::new(move |_| decide(false));
    let compare = if sheet.compare.is_empty() {
        nothing()
    } else {
        el("div", "stack tight").holds([
            el("h3", "").says("Compare with what the page shows"),
            pairs("sheet-compare", &sheet.compare),
        ])
    };
    let mut content = vec![el("p", "").mark("sheet-meaning").says(sheet.meaning.as_str()), compare];
    content.extend(sheet.sections.iter().map(section));
    let children = vec![
        el("header", "sheet-head").holds([
            icon("wallet"),
            el("span", "").says("Sandbox wallet"),
            badge("sheet-kind", "warn", "flask", "play money"),
        ]),
        el("h2", "sheet-title").attr("id", "sheet-title").mark("sheet-title").says(sheet.title.as_str()),
        el("div", "sheet-content").attr("tabindex", "0").holds(content),
        el("footer", "sheet-foot").holds([
            button("sheet-reject", "").press(move || decide(false)).says("Reject"),
            button("sheet-approve", "primary")
                .attr("autofocus", "")
                .press(move || decide(true))
                .says("Approve"),
        ]),
    ];
    dialog()
        .node_ref(node)
        .add_any_attr((
            custom_attribute("class", "sheet"),
            custom_attribute("data-testid", "sheet"),
            custom_attribute("aria-labelledby", "sheet-title"),
            on(ev::Custom::new("cancel"), cancel),
        ))
        .child(children)
        .into_any()
}

fn section(section: &SheetSection) -> AnyView {
    let fold = el("details", "fold").mark("sheet-section");
    let fold = if section.is_open { fold.attr("open", "") } else { fold };
    fold.holds([el("summary", "").says(section.title.as_str()), pairs("sheet-row", &section.rows)])
}
