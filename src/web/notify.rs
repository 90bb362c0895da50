//! The browser's notifications: only where the person said so, silent, and only while the page is not seen.

use wasm_bindgen_futures::JsFuture;
use web_sys::{Notification, NotificationOptions, NotificationPermission};

use super::fault::property;
use super::page::is_visible;

/// Whether this browser has them and was never asked.
pub fn may_ask_to_notify() -> bool {
    has_notifications() && Notification::permission() == NotificationPermission::Default
}

/// Asks the person; whether the answer was yes.
pub async fn ask_to_notify() -> bool {
    if !has_notifications() {
        return false;
    }
    let Ok(asked) = Notification::request_permission() else { return false };
    // What matters is what the browser says afterwards.
    let _answered = JsFuture::from(asked).await;
    Notification::permission() == NotificationPermission::Granted
}

/// Shows a sentence outside the page, where that is allowed; nothing while the page is seen.
pub fn notify(sentence: &str) {
    if is_visible() || !has_notifications() || Notification::permission() != NotificationPermission::Granted {
        return;
    }
    let options = NotificationOptions::new();
    options.set_body(sentence);
    options.set_silent(Some(true));
    // Where the browser will not, the page's title still counts.
    let _shown = Notification::new_with_options("Leash", &options);
}

fn has_notifications() -> bool {
    property(&js_sys::global(), "Notification").is_some()
}
