//! Which network the page is on: in its address, so that it can be shared, and remembered for the next visit.

use wasm_bindgen::JsValue;
use web_sys::UrlSearchParams;

use super::page::{local_storage, remembered_wallet};

/// Where the last network's id is kept: no secret, only a convenience.
const NETWORK_KEY: &str = "leash.network";

/// The network to begin on: the address's, else the last one. A stranger begins on `first`; whoever used a wallet
/// here before networks were remembered, with none.
pub fn home_network(first: &str) -> Option<String> {
    let remembered = || local_storage()?.get_item(NETWORK_KEY).ok()?;
    let stranger = || remembered_wallet(false).is_none().then(|| first.to_owned());
    asked_network().or_else(remembered).or_else(stranger)
}

fn asked_network() -> Option<String> {
    let search = web_sys::window()?.location().search().ok()?;
    UrlSearchParams::new_with_str(&search).ok()?.get("network").filter(|id| !id.is_empty())
}

/// Puts the network into the address and remembers it.
pub fn remember_network(id: &str) {
    let Some(window) = web_sys::window() else { return };
    if let Some(storage) = local_storage() {
        // Storage that is full or switched off only costs a choice at the next visit.
        let _kept = storage.set_item(NETWORK_KEY, id);
    }
    if asked_network().as_deref() != Some(id) {
        let hash = window.location().hash().unwrap_or_default();
        let address = format!("?network={id}{hash}");
        let history = window.history();
        // An address that cannot be written is not worth a word.
        let _replaced =
            history.map(|history| history.replace_state_with_url(&JsValue::NULL, "", Some(&address)));
    }
}

/// Leaves for the page of another network: everything starts anew there.
pub fn go_to_network(id: &str) {
    if let Some(window) = web_sys::window() {
        // Refused only where the page is being left already.
        let _gone = window.location().set_search(&format!("?network={id}"));
    }
}

/// Loads the page anew.
pub fn reload() {
    if let Some(window) = web_sys::window() {
        let _reloaded = window.location().reload();
    }
}
