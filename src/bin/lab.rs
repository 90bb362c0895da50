//! The lab's program: strategies tried on the past, in a worker of its own. Loaded when it is first asked for.

#![cfg_attr(
    target_arch = "wasm32",
    expect(clippy::disallowed_methods, reason = "a program begins its tasks")
)]

#[cfg(target_arch = "wasm32")]
fn main() {
    console_error_panic_hook::set_once();
    wasm_bindgen_futures::spawn_local(work());
}

/// The lab lives in a browser only.
#[cfg(not(target_arch = "wasm32"))]
fn main() {}

/// Works in slices, and hears the page between them.
#[cfg(target_arch = "wasm32")]
async fn work() {
    use futures_util::StreamExt as _;
    use leash::app::{FromLab, Lab, ToLab};
    use leash::ports::Clock as _;
    use leash::web::{BrowserClock, WorkerLink};

    let (page, mut messages) =
        WorkerLink::<ToLab, FromLab>::open().expect("the lab runs in a dedicated worker");
    page.post(&FromLab::Ready);
    let mut lab = Lab::default();
    loop {
        let message = if lab.is_busy() {
            if let Some(told) = lab.step() {
                page.post(&told);
            }
            // Messages arrive only while nothing runs here.
            BrowserClock.sleep_millis(1).await;
            messages.try_recv().ok()
        } else {
            let Some(message) = messages.next().await else { return };
            Some(message)
        };
        if let Some(told) = message.and_then(|message| lab.hear(message)) {
            page.post(&told);
        }
    }
}
