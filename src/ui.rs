//! Leptos components: read a Snapshot, send an Intent.

use std::rc::Rc;

use leptos::prelude::*;

use crate::web::{FromTrader, TraderLink, WalletList, first_paint};

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    let status = RwSignal::new("Starting the trader".to_owned());
    let wallets = RwSignal::new(Vec::new());
    leptos::task::spawn_local(async move {
        first_paint().await;
        let Some(list) = WalletList::discover(move |offers| wallets.set(offers)) else { return };
        let started = TraderLink::start(Rc::new(list), move |event| {
            status.set(match event {
                FromTrader::Ready => "The trader is ready".to_owned(),
                FromTrader::Snapshot(snapshot) => format!("Snapshot {}", snapshot.sequence),
                FromTrader::Chart(_) => "A chart".to_owned(),
                FromTrader::Crashed(reason) => format!("The trader stopped: {reason}"),
            });
        });
        match started {
            Ok(link) => std::mem::forget(link),
            Err(reason) => status.set(format!("The trader did not start: {reason}")),
        }
    });
    view! {
        <header><h1>"Leash"</h1></header>
        <p id="trader" role="status">{move || status.get()}</p>
        <ul>{move || wallets.get().into_iter().map(|offer| view! { <li>{offer.name}</li> }).collect_view()}</ul>
    }
}
