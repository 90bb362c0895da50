//! The browser's notifications: only where the person said so, only while the page is not seen, and without a sound
//! until one is wished for.

use wasm_bindgen_futures::JsFuture;
use web_sys::{Notification, NotificationOptions, NotificationPermission};

use super::fault::property;
use super::page::{is_visible, local_storage};

/// Remembers that a sound was wished for.
const SOUND_KEY: &str = "leash-sound";

/// How a person who looks elsewhere is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Telling {
    /// Not at all: the browser has no notifications, or the answer was no.
    #[default]
    Never,
    /// Nobody asked yet.
    Unasked,
    /// By a silent notification.
    Silent,
    /// By one with the system's own sound.
    Sound,
}

/// How it stands now.
pub fn telling() -> Telling {
    if !has_notifications() {
        return Telling::Never;
    }
    match Notification::permission() {
        NotificationPermission::Default => Telling::Unasked,
        NotificationPermission::Granted if wants_sound() => Telling::Sound,
        NotificationPermission::Granted => Telling::Silent,
        NotificationPermission::Denied | _ => Telling::Never,
    }
}

/// Asks the person; what came of it is told by [`telling`].
pub async fn ask_to_notify() {
    if let Telling::Unasked = telling()
        && let Ok(asked) = Notification::request_permission()
    {
        // What matters is what the browser says afterwards.
        let _answered = JsFuture::from(asked).await;
    }
}

/// From now on, and at the next visit: with or without a sound.
pub fn use_sound(wished: bool) {
    let Some(storage) = local_storage() else { return };
    // Storage that is full or switched off only costs a click at the next visit.
    let _kept = if wished { storage.set_item(SOUND_KEY, "on") } else { storage.remove_item(SOUND_KEY) };
}

fn wants_sound() -> bool {
    local_storage().and_then(|storage| storage.get_item(SOUND_KEY).ok()?).is_some()
}

/// Shows a sentence outside the page, where that is allowed; nothing while the page is seen.
pub fn notify(sentence: &str) {
    let telling = telling();
    if is_visible() || !matches!(telling, Telling::Silent | Telling::Sound) {
        return;
    }
    let options = NotificationOptions::new();
    options.set_body(sentence);
    options.set_silent(Some(telling == Telling::Silent));
    // Where the browser will not, the page's title still counts.
    let _shown = Notification::new_with_options("Leash", &options);
}

fn has_notifications() -> bool {
    property(&js_sys::global(), "Notification").is_some()
}
