//! Small things of the page: whether it is seen, its title, the clipboard, the wallet of the last visit.

use futures_channel::oneshot;
use gloo_timers::callback::Interval;
use js_sys::Array;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, BlobPropertyBag, Document, HtmlAnchorElement, HtmlElement, Storage, Url, VisibilityState,
};

use super::clock::within;
use super::fault::{describe, property};

/// Where the rdns of the last wallet is kept, and of the last one in the sandbox: no secret, only a convenience.
const WALLET_KEYS: [&str; 2] = ["leash.wallet", "leash.sandbox.wallet"];

/// A hidden page never paints, and must start all the same.
const LONGEST_PAINT_MILLIS: u32 = 1_000;

fn document() -> Option<Document> {
    web_sys::window()?.document()
}

/// Empties the place of the static text and hands it over: from here on the program draws the page.
pub fn replace_shell(mount: impl FnOnce(HtmlElement)) {
    let app = document().and_then(|document| document.get_element_by_id("app"));
    let app = app.expect("index.html has a place for the program").unchecked_into::<HtmlElement>();
    app.set_text_content(None);
    mount(app);
}

/// Whether the page is seen now.
pub fn is_visible() -> bool {
    document().is_some_and(|document| document.visibility_state() == VisibilityState::Visible)
}

/// Ticks once a second, until it is dropped.
#[derive(Debug)]
pub struct Seconds(#[expect(dead_code, reason = "a guard: it is held for its Drop")] Interval);

impl Seconds {
    /// Calls `on_second`.
    pub fn new(on_second: impl Fn() + 'static) -> Self {
        Self(Interval::new(1_000, on_second))
    }
}

/// Returns once the browser has painted what is there now, or after a second in a hidden page.
pub async fn first_paint() {
    let Some(window) = web_sys::window() else { return };
    // The first callback comes before a paint, the second after it.
    for _ in 0..2 {
        let (sender, painted) = oneshot::channel::<()>();
        let callback = Closure::once_into_js(move || {
            let _told = sender.send(());
        });
        let _frame = window.request_animation_frame(callback.unchecked_ref());
        if within(LONGEST_PAINT_MILLIS, painted).await.is_none() {
            return;
        }
    }
}

/// The tab's title.
pub fn set_title(title: &str) {
    if let Some(document) = document() {
        document.set_title(title);
    }
}

/// Offers a file for saving, as a download that never leaves this computer. A browser that makes none offers nothing.
pub fn save_file(name: &str, mime: &str, text: &str) {
    let options = BlobPropertyBag::new();
    options.set_type(mime);
    let parts = Array::of1(&JsValue::from_str(text));
    let Ok(blob) = Blob::new_with_str_sequence_and_options(&parts, &options) else { return };
    let Ok(url) = Url::create_object_url_with_blob(&blob) else { return };
    let link = document().and_then(|document| document.create_element("a").ok());
    if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok()) {
        link.set_href(&url);
        link.set_download(name);
        link.click();
    }
    // The download has begun; what cannot be forgotten is forgotten with the page.
    let _forgotten = Url::revoke_object_url(&url);
}

/// Puts `text` on the clipboard.
///
/// # Errors
/// Why the browser would not, in its words; then the person can select the text.
pub async fn copy_text(text: &str) -> Result<(), String> {
    let window = web_sys::window().ok_or("there is no page")?;
    let navigator = window.navigator();
    // Outside a secure context the property is not there, whatever the binding promises.
    property(&navigator, "clipboard").ok_or("this browser offers no clipboard here")?;
    let written = JsFuture::from(navigator.clipboard().write_text(text)).await;
    written.map(drop).map_err(|thrown: JsValue| describe(&thrown))
}

pub(super) fn local_storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}

const fn wallet_key(is_sandbox: bool) -> &'static str {
    WALLET_KEYS[is_sandbox as usize]
}

/// The rdns of the wallet to reconnect to silently. Where storage is off there is none.
pub fn remembered_wallet(is_sandbox: bool) -> Option<String> {
    local_storage()?.get_item(wallet_key(is_sandbox)).ok()?
}

/// Remembers the wallet with this rdns for the next visit.
pub fn remember_wallet(is_sandbox: bool, rdns: &str) {
    if let Some(storage) = local_storage() {
        // Storage that is full or switched off only costs a click at the next visit.
        let _kept = storage.set_item(wallet_key(is_sandbox), rdns);
    }
}

/// Forgets it.
pub fn forget_wallet(is_sandbox: bool) {
    if let Some(storage) = local_storage() {
        let _gone = storage.remove_item(wallet_key(is_sandbox));
    }
}
