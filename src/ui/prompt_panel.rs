//! What waits in the wallet's window, and what to compare there.

use super::leptos::AnyView;

use super::Page;
use super::html::{el, nothing, part};
use super::parts::{icon, pairs, sentences};
use crate::app::Prompt;

/// The panel; empty while the wallet is not asked. It stays in sight in the lower left corner, because
/// wallets open their window in the upper right one, and it blocks nothing.
pub(super) fn prompt_panel(page: Page) -> AnyView {
    el("div", "prompt-host")
        .attr("aria-live", "assertive")
        .holds([part(page.see(|snapshot| snapshot.prompt.clone()), |prompt| {
            prompt.as_ref().map_or_else(nothing, prompt_view)
        })])
}

fn prompt_view(prompt: &Prompt) -> AnyView {
    let compare = if prompt.compare.is_empty() {
        nothing()
    } else {
        el("div", "").holds([
            el("h3", "").says("Compare these in the wallet"),
            pairs("prompt-compare", &prompt.compare),
        ])
    };
    el("section", "panel prompt").mark("prompt").attr("aria-label", "Waiting in your wallet").holds([
        el("p", "prompt-head").holds([icon("busy"), el("span", "").says("Waiting in your wallet")]),
        el("h2", "panel-title").mark("prompt-title").says(prompt.title.as_str()),
        sentences("prompt-line", "", &prompt.lines),
        compare,
        el("p", "muted small").says("If no window opened, click the wallet's icon in the browser."),
    ])
}
