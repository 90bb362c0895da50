//! The wallets of this browser: EIP-6963 announcements, and the providers behind them.
//!
//! What a wallet says about itself is checked, shortened and never trusted; what it does goes through the
//! provider object captured when it announced itself. This file refuses to choose one.

mod announcement;
mod provider;

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CustomEvent, Event};

pub use announcement::WalletOffer;
pub use provider::{Provider, ProviderWatch, WALLET_TIMEOUT_MILLIS};

use super::fault::property;
use super::listener::Listener;

/// The id of the wallet that only puts itself at `window.ethereum`.
pub const INJECTED_WALLET: &str = "window.ethereum";

/// More announcements than this are noise.
const MOST_WALLETS: usize = 16;

#[derive(Debug, Default)]
struct Found {
    announced: Vec<(WalletOffer, Provider)>,
    injected: Option<Provider>,
}

impl Found {
    /// Takes a wallet in. The first provider of an id stays: nobody can take its place by repeating it.
    fn announce(&mut self, mut offer: WalletOffer, provider: Provider) -> bool {
        if let Some((known, bound)) = self.announced.iter_mut().find(|(known, _)| known.id == offer.id) {
            let is_repetition = known.rdns == offer.rdns && bound.is_same(&provider);
            let is_news = !is_repetition && !known.is_twin;
            known.is_twin |= !is_repetition;
            return is_news;
        }
        if self.announced.len() == MOST_WALLETS {
            return false;
        }
        for (known, _) in &mut self.announced {
            if known.rdns == offer.rdns || known.name.eq_ignore_ascii_case(&offer.name) {
                known.is_twin = true;
                offer.is_twin = true;
            }
        }
        self.announced.push((offer, provider));
        true
    }

    fn fallback(&self) -> Option<&Provider> {
        let is_announced =
            |injected: &Provider| self.announced.iter().any(|(_, provider)| provider.is_same(injected));
        self.injected.as_ref().filter(|injected| !is_announced(injected))
    }

    fn offers(&self) -> Vec<WalletOffer> {
        let fallback = self.fallback().map(|_| WalletOffer {
            id: INJECTED_WALLET.to_owned(),
            name: "Injected wallet (not announced)".to_owned(),
            rdns: String::new(),
            icon_data_uri: None,
            is_twin: false,
        });
        self.announced.iter().map(|(offer, _)| offer.clone()).chain(fallback).collect()
    }

    fn provider(&self, id: &str) -> Option<Provider> {
        if id == INJECTED_WALLET {
            return self.fallback().cloned();
        }
        self.announced.iter().find(|(offer, _)| offer.id == id).map(|(_, provider)| provider.clone())
    }
}

/// Every wallet that announced itself so far; listens until it is dropped.
#[derive(Debug)]
pub struct WalletList {
    found: Rc<RefCell<Found>>,
    _announcements: Listener,
}

impl WalletList {
    /// Asks all wallets to announce themselves, and calls `on_change` with the whole list whenever it grows,
    /// also much later: some wallets wake up slowly. Of the wallets only the one with the uuid `only` is listed,
    /// where one is named. `None` where there is no window.
    pub fn discover(only: Option<String>, on_change: impl Fn(Vec<WalletOffer>) + 'static) -> Option<Self> {
        let window = web_sys::window()?;
        let found = Rc::new(RefCell::new(Found::default()));
        let injected = property(&window, "ethereum").filter(|_| only.is_none());
        found.borrow_mut().injected = injected.and_then(Provider::capture);
        let listening = Rc::clone(&found);
        let announcements = Listener::new(&window, "eip6963:announceProvider", move |event| {
            let detail = event.dyn_ref::<CustomEvent>().map_or(JsValue::UNDEFINED, CustomEvent::detail);
            let Some((offer, provider)) = announcement::read(&detail) else { return };
            if only.as_ref().is_some_and(|only| offer.id != *only) {
                return;
            }
            let has_changed = listening.borrow_mut().announce(offer, provider);
            if has_changed {
                let offers = listening.borrow().offers();
                on_change(offers);
            }
        });
        let list = Self { found, _announcements: announcements };
        // Wallets answer inside of this call.
        let _dispatched = window.dispatch_event(&Event::new("eip6963:requestProvider").ok()?);
        Some(list)
    }

    /// The wallets to choose from, in the order they came; the one that is not announced last.
    pub fn offers(&self) -> Vec<WalletOffer> {
        self.found.borrow().offers()
    }

    /// The wallet that was listed under `id`, and never another.
    pub fn provider(&self, id: &str) -> Option<Provider> {
        self.found.borrow().provider(id)
    }
}
