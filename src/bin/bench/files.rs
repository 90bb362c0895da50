//! Files that `bench/ours.js` fetched before it started this program.

use js_sys::{Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};

/// The bytes of `name`.
pub(crate) fn file(name: &str) -> Vec<u8> {
    let files = Reflect::get(&js_sys::global(), &JsValue::from_str("files"));
    let files: Object = files.ok().and_then(|files| files.dyn_into().ok()).expect("files were fetched");
    let bytes = Reflect::get(&files, &JsValue::from_str(name)).ok();
    let bytes: Option<Uint8Array> = bytes.and_then(|bytes| bytes.dyn_into().ok());
    bytes.unwrap_or_else(|| panic!("{name} was not fetched")).to_vec()
}
