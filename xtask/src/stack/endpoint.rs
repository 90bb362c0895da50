//! A port of this machine on which JSON is taken by POST, from programs and from pages of this machine only.
//!
//! A page from elsewhere that names its origin is refused before anything is done. Every connection serves one
//! request, so that a port that is shut is shut for everybody at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode};

use crate::failure::{Failure, Outcome};
use crate::http::{Asked, HttpServer, Reply};
use crate::stop::Stop;

/// Pause between two looks at whether to be open.
const GLANCE: Duration = Duration::from_millis(20);
/// A port opens and shuts within this time.
const PATIENCE: Duration = Duration::from_secs(5);

/// Who listens on a port.
pub(crate) trait Listener: Send + Sync + 'static {
    /// The answer to a body, which is `None` where it was too long or no text; `None` for nobody there.
    fn answer(&self, body: Option<&str>) -> Option<String>;

    /// Longest body that is read, in bytes.
    fn longest_body(&self) -> usize;

    /// Whether the port should be open.
    fn is_up(&self) -> bool {
        true
    }
}

/// A port, until dropped.
#[derive(Debug)]
pub(crate) struct Endpoint {
    stop: Stop,
    gate: Gate,
    thread: Option<JoinHandle<()>>,
}

/// Whether a port is open.
#[derive(Clone, Debug)]
pub(crate) struct Gate(Arc<AtomicBool>);

impl Endpoint {
    /// Opens `port`.
    pub(crate) fn start(port: u16, listener: Arc<impl Listener>) -> Outcome<Self> {
        let asked = Arc::clone(&listener);
        let server = HttpServer::start(port, listener.longest_body(), move |it| serve(&it, &*asked))?;
        let (stop, gate) = (Stop::default(), Gate(Arc::new(AtomicBool::new(true))));
        let (ended, told) = (stop.clone(), gate.clone());
        let thread = thread::spawn(move || guard(server, &*listener, &ended, &told.0));
        Ok(Self { stop, gate, thread: Some(thread) })
    }

    /// Tells others whether the port is open.
    pub(crate) fn gate(&self) -> Gate {
        self.gate.clone()
    }
}

impl Gate {
    /// Returns when the port is open, or shut, as wished.
    pub(crate) fn wait(&self, wish: bool) -> Outcome<()> {
        let deadline = Instant::now() + PATIENCE;
        while self.0.load(Ordering::SeqCst) != wish {
            if Instant::now() > deadline {
                return Err(Failure::new("A port did not open or shut in time."));
            }
            thread::sleep(GLANCE);
        }
        Ok(())
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.stop.set();
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}

/// Opens and shuts the port as the listener wishes.
fn guard(mut server: HttpServer, listener: &impl Listener, stop: &Stop, is_open: &AtomicBool) {
    while !stop.is_set() {
        if !listener.is_up() {
            server.shut();
        } else if !server.is_open() {
            // Another program may hold the port for a moment; the next look tries again.
            let _busy = server.open();
        }
        is_open.store(server.is_open(), Ordering::SeqCst);
        thread::sleep(GLANCE);
    }
}

fn serve(asked: &Asked, listener: &impl Listener) -> Reply {
    let is_foreign = asked.origin.as_deref().is_some_and(|origin| !is_local(origin));
    let reply = if is_foreign {
        Reply::new(StatusCode::FORBIDDEN, "")
    } else if asked.method == Method::OPTIONS {
        Reply::new(StatusCode::NO_CONTENT, "")
    } else if asked.method == Method::POST {
        let text = asked.body.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok());
        listener.answer(text).map_or_else(
            || Reply::new(StatusCode::SERVICE_UNAVAILABLE, ""),
            |it| Reply::new(StatusCode::OK, it),
        )
    } else {
        Reply::new(StatusCode::METHOD_NOT_ALLOWED, "")
    };
    let reply =
        reply.with("Connection", "close").with("Content-Type", "application/json").with("Vary", "Origin");
    match asked.origin.as_deref().filter(|_| !is_foreign) {
        Some(origin) => reply
            .with("Access-Control-Allow-Origin", origin)
            .with("Access-Control-Allow-Methods", "POST, OPTIONS")
            .with("Access-Control-Allow-Headers", "content-type")
            .with("Access-Control-Max-Age", "600"),
        None => reply,
    }
}

/// Whether a page of this machine asks, on whatever port.
fn is_local(origin: &str) -> bool {
    let host = origin.strip_prefix("http://").map(|rest| rest.split(':').next().unwrap_or(rest));
    matches!(host, Some("127.0.0.1" | "localhost"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_this_machine_are_local() {
        for (origin, expected) in [
            ("http://127.0.0.1:8080", true),
            ("http://localhost:9000", true),
            ("http://127.0.0.1", true),
            ("http://127.0.0.1.example.org", false),
            ("https://example.org", false),
            ("null", false),
        ] {
            assert_eq!(is_local(origin), expected, "{origin}");
        }
    }
}
