//! What runs here, and where the keys are.

use super::leptos::AnyView;

use super::Page;
use super::html::el;

/// The last lines.
pub(super) fn footer(page: Page) -> AnyView {
    let where_it_runs = page.see(|snapshot| {
        format!(
            "{} · chain {} · block {}",
            snapshot.network.name, snapshot.network.chain_id, snapshot.market.block
        )
    });
    el("footer", "footer").holds([
        el("p", "").mark("footer-network").says_of(where_it_runs),
        el("p", "").says(
            "Your wallet keeps your keys. The session key is born in this browser, stored encrypted here only, \
             and can do nothing but what you signed.",
        ),
        el("p", "").says("All code is served with this page; nothing is loaded from third parties."),
    ])
}
