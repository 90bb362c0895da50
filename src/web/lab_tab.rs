//! The page's end of the line to the lab's worker.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsCast;
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

use super::fault::describe;
use super::listener::Listener;
use crate::app::{FromLab, ToLab, decode, encode};

/// A script that a worker may be made of; the page's Trusted Types policy names it too.
const LOADER: &str = "./lab_loader.js";

/// A running lab; its worker ends when this is dropped.
#[derive(Debug)]
pub struct LabTab {
    worker: Worker,
    /// What waits for the worker's first word.
    outbox: RefCell<Option<Vec<ToLab>>>,
    guards: RefCell<Vec<Listener>>,
}

impl LabTab {
    /// Starts the worker; whatever it says goes to `on_event`, its end as [`FromLab::Refused`].
    ///
    /// # Errors
    /// A sentence, when the browser starts no worker.
    pub fn start(on_event: impl Fn(FromLab) + Clone + 'static) -> Result<Rc<Self>, String> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name("lab");
        let worker = Worker::new_with_options(LOADER, &options).map_err(|thrown| describe(&thrown))?;
        let tab =
            Rc::new(Self { worker, outbox: RefCell::new(Some(Vec::new())), guards: RefCell::default() });
        let link = Rc::downgrade(&tab);
        let told = on_event.clone();
        let message = Listener::new(&tab.worker, "message", move |event| {
            let Some(tab) = link.upgrade() else { return };
            let data = event.dyn_ref::<MessageEvent>().map(MessageEvent::data);
            let Some(bytes) = data.and_then(|data| data.dyn_into::<Uint8Array>().ok()) else { return };
            match decode::<FromLab>(&bytes.to_vec()) {
                Ok(FromLab::Ready) => {
                    let waiting = tab.outbox.borrow_mut().take().unwrap_or_default();
                    waiting.iter().for_each(|message| tab.post_now(message));
                }
                Ok(event) => told(event),
                Err(_) => {
                    told(FromLab::Refused("The lab is of another release: reload the page.".to_owned()))
                }
            }
        });
        let error = Listener::new(&tab.worker, "error", move |_| {
            let why = "The lab has stopped: the file may be too large for this browser. Reload the page to use it again.";
            on_event(FromLab::Refused(why.to_owned()));
        });
        tab.guards.borrow_mut().extend([message, error]);
        Ok(tab)
    }

    /// Sends, as soon as the worker listens.
    pub fn post(&self, message: ToLab) {
        match self.outbox.borrow_mut().as_mut() {
            Some(waiting) => waiting.push(message),
            None => self.post_now(&message),
        }
    }

    fn post_now(&self, message: &ToLab) {
        let bytes = encode(message).expect("every message of the page can be written");
        let bytes = Uint8Array::from(bytes.as_slice());
        // A worker that is gone has said so.
        let _posted = self.worker.post_message_with_transfer(&bytes, &Array::of1(&bytes.buffer()));
    }
}

impl Drop for LabTab {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}
