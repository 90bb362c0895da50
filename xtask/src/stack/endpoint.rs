//! A port of this machine on which JSON is taken by POST, from programs and from pages of this machine only.
//!
//! A page from elsewhere that names its origin is refused before anything is done. Every connection serves one
//! request, so that a port that is shut is shut for everybody at once.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tiny_http::{Method, Request, Server};

use crate::failure::{Because, Failure, Outcome};
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
    fn longest_body(&self) -> u64;

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
        let server = Server::http(("127.0.0.1", port)).because(format!("Cannot listen on port {port}"))?;
        let (stop, gate) = (Stop::default(), Gate(Arc::new(AtomicBool::new(true))));
        let (ended, told) = (stop.clone(), gate.clone());
        let thread = thread::spawn(move || listen(port, server, &listener, &ended, &told.0));
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

fn listen(port: u16, first: Server, listener: &Arc<impl Listener>, stop: &Stop, is_open: &AtomicBool) {
    let mut server = Some(first);
    while !stop.is_set() {
        if !listener.is_up() {
            server = None;
        } else if server.is_none() {
            server = Server::http(("127.0.0.1", port)).ok();
        }
        // The thread that takes connections ends a moment after its server.
        let is_refused = || TcpStream::connect(("127.0.0.1", port)).is_err();
        if server.is_some() || is_refused() {
            is_open.store(server.is_some(), Ordering::SeqCst);
        }
        let Some(server) = &server else {
            thread::sleep(GLANCE);
            continue;
        };
        // A request may take seconds; each has a thread of its own.
        if let Ok(Some(request)) = server.recv_timeout(GLANCE) {
            let listener = Arc::clone(listener);
            thread::spawn(move || serve(request, &*listener));
        }
    }
}

fn serve(mut request: Request, listener: &impl Listener) {
    let origin = request.headers().iter().find(|header| header.field.equiv("Origin"));
    let origin = origin.map(|header| header.value.as_str().to_owned());
    let is_foreign = origin.as_deref().is_some_and(|origin| !is_local(origin));
    let (status, body) = if is_foreign {
        ("403 Forbidden", String::new())
    } else if *request.method() == Method::Options {
        ("204 No Content", String::new())
    } else if *request.method() == Method::Post {
        let longest = listener.longest_body();
        let mut text = String::new();
        let read = request.as_reader().take(longest + 1).read_to_string(&mut text);
        let is_whole = read.is_ok_and(|length| u64::try_from(length).is_ok_and(|length| length <= longest));
        let answer = listener.answer(is_whole.then_some(text.as_str()));
        answer.map_or_else(|| ("503 Service Unavailable", String::new()), |answer| ("200 OK", answer))
    } else {
        ("405 Method Not Allowed", String::new())
    };
    let mut head = format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: application/json\r\nVary: Origin\r\n\
         Content-Length: {}\r\n",
        body.len()
    );
    if let Some(origin) = origin.filter(|_| !is_foreign) {
        let _infallible = write!(
            head,
            "Access-Control-Allow-Origin: {origin}\r\nAccess-Control-Allow-Methods: POST, OPTIONS\r\n\
             Access-Control-Allow-Headers: content-type\r\nAccess-Control-Max-Age: 600\r\n"
        );
    }
    let mut writer = request.into_writer();
    // Whoever asked may have gone meanwhile.
    let _gone = write!(writer, "{head}\r\n{body}").and_then(|()| writer.flush());
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
