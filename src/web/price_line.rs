//! A public line of prices, as a WebSocket.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use async_trait::async_trait;
use wasm_bindgen::JsCast;
use web_sys::{MessageEvent, WebSocket};

use super::fault::describe;
use super::listener::Listener;
use crate::ports::{LineError, PriceLine};

/// Longer messages are no price.
const LONGEST: usize = 4_096;

/// One WebSocket at a time.
#[derive(Debug, Default)]
pub struct SocketLine(RefCell<Option<Open>>);

#[derive(Debug)]
struct Open {
    url: String,
    socket: WebSocket,
    heard: Rc<RefCell<Heard>>,
    _guards: [Listener; 3],
}

/// What came last, and who waits for it.
#[derive(Debug, Default)]
struct Heard {
    newest: Option<Result<String, LineError>>,
    waiting: Option<Waker>,
}

impl Heard {
    fn hear(&mut self, said: Result<String, LineError>) {
        self.newest = Some(said);
        if let Some(waiting) = self.waiting.take() {
            waiting.wake();
        }
    }
}

impl Open {
    fn new(url: &str) -> Result<Self, LineError> {
        let socket = WebSocket::new(url).map_err(|thrown| LineError(describe(&thrown)))?;
        let heard = Rc::new(RefCell::new(Heard::default()));
        let ear = Rc::clone(&heard);
        let message = Listener::new(&socket, "message", move |event| {
            let text = event.dyn_ref::<MessageEvent>().and_then(|event| event.data().as_string());
            if let Some(text) = text.filter(|text| text.len() <= LONGEST) {
                ear.borrow_mut().hear(Ok(text));
            }
        });
        let end = |kind: &'static str| {
            let ear = Rc::clone(&heard);
            Listener::new(&socket, kind, move |_| ear.borrow_mut().hear(Err(LineError(kind.to_owned()))))
        };
        let guards = [message, end("close"), end("error")];
        Ok(Self { url: url.to_owned(), socket, heard, _guards: guards })
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        // Refused only for a reason that is none of ours.
        let _closed = self.socket.close();
    }
}

#[async_trait(?Send)]
impl PriceLine for SocketLine {
    async fn newest(&self, url: &str) -> Result<String, LineError> {
        let is_open = self.0.borrow().as_ref().is_some_and(|open| open.url == url);
        if !is_open {
            *self.0.borrow_mut() = Some(Open::new(url)?);
        }
        let said = poll_fn(|context| {
            let open = self.0.borrow();
            let Some(open) = open.as_ref() else { return Poll::Pending };
            let mut heard = open.heard.borrow_mut();
            heard.waiting = Some(context.waker().clone());
            heard.newest.take().map_or(Poll::Pending, Poll::Ready)
        })
        .await;
        if said.is_err() {
            self.hang_up();
        }
        said
    }

    fn hang_up(&self) {
        let _closed = self.0.borrow_mut().take();
    }
}
