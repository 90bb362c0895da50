//! What JS throws, as text. Anything can be thrown: an error, a string, nothing, an object that bites back.

use js_sys::{JSON, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::WorkerGlobalScope;

/// Foreign text is cut here, in characters.
const LONGEST_TEXT: usize = 500;

/// The members that a window and a worker have in common (`WindowOrWorkerGlobalScope`). The binding's type
/// names the worker, but only members of both may be used through it.
pub(super) fn scope() -> WorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// A property that is there, whatever its getter does.
pub(super) fn property(object: &JsValue, name: &str) -> Option<JsValue> {
    let value = Reflect::get(object, &JsValue::from_str(name)).ok()?;
    let is_there = !value.is_undefined() && !value.is_null();
    is_there.then_some(value)
}

/// A property that is text.
pub(super) fn text_property(object: &JsValue, name: &str) -> Option<String> {
    property(object, name)?.as_string()
}

/// JSON text of a value; `None` when it has none (cyclic, a function, a getter that throws).
pub(super) fn to_json(value: &JsValue) -> Option<String> {
    JSON::stringify(value).ok()?.as_string()
}

/// What was thrown, in at most [`LONGEST_TEXT`] characters: `name: message` of an error, text itself, else JSON.
pub(super) fn describe(thrown: &JsValue) -> String {
    let named = || {
        let message = text_property(thrown, "message").filter(|message| !message.is_empty())?;
        Some(match text_property(thrown, "name") {
            Some(name) if name != "Error" => format!("{name}: {message}"),
            _ => message,
        })
    };
    let is_nothing = thrown.is_undefined() || thrown.is_null();
    let text = if is_nothing { None } else { thrown.as_string().or_else(named).or_else(|| to_json(thrown)) };
    text.unwrap_or_else(|| "no reason was given".to_owned()).chars().take(LONGEST_TEXT).collect()
}
