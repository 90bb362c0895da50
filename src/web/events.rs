//! What an event of the page brings with it, as plain values.

use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DragEvent, Element, Event, File, HtmlInputElement};

use super::fault::describe;

/// The file that was chosen in an input, or dropped. A drop is kept from leaving the page for the file.
pub fn file_of(event: &Event) -> Option<File> {
    if let Some(drop) = event.dyn_ref::<DragEvent>() {
        drop.prevent_default();
        return drop.data_transfer()?.files()?.get(0);
    }
    let input = event.target()?.dyn_into::<HtmlInputElement>().ok()?;
    let file = input.files()?.get(0);
    // The same file can be chosen again.
    input.set_value("");
    file
}

/// Whether the `<details>` that told of this is open now.
pub fn is_unfolded(event: &Event) -> bool {
    let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    element.is_some_and(|element| element.has_attribute("open"))
}

/// A file's name and content.
///
/// # Errors
/// A sentence, when the browser does not read it.
pub async fn read_file(file: File) -> Result<(String, Vec<u8>), String> {
    let name = file.name();
    let buffer = JsFuture::from(file.array_buffer()).await;
    let buffer = buffer.map_err(|thrown| format!("{name} cannot be read: {}.", describe(&thrown)))?;
    Ok((name, Uint8Array::new(&buffer).to_vec()))
}
