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
        self.heard.borrow_mut().hear(Err(LineError("it was hung up".to_owned())));
    }
}

#[async_trait(?Send)]
impl PriceLine for SocketLine {
    async fn newest(&self, url: &str) -> Result<String, LineError> {
        let known =
            self.0.borrow().as_ref().filter(|open| open.url == url).map(|open| Rc::clone(&open.heard));
        let heard = match known {
            Some(heard) => heard,
            None => {
                let open = Open::new(url)?;
                let heard = Rc::clone(&open.heard);
                self.0.replace(Some(open));
                heard
            }
        };
        let said = poll_fn(|context| {
            let mut heard = heard.borrow_mut();
            heard.waiting = Some(context.waker().clone());
            heard.newest.take().map_or(Poll::Pending, Poll::Ready)
        })
        .await;
        // Another one may have been opened meanwhile.
        let is_same = self.0.borrow().as_ref().is_some_and(|open| Rc::ptr_eq(&open.heard, &heard));
        if said.is_err() && is_same {
            self.hang_up();
        }
        said
    }

    fn hang_up(&self) {
        let _closed = self.0.borrow_mut().take();
    }
}
