//! A web server of this machine: every connection is served at once, however many come together.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use crate::failure::{Because, Outcome};

/// Threads that speak HTTP; the answers themselves are made on threads of their own.
const THREADS: usize = 2;
/// What is being answered when a server ends has this long.
const PATIENCE: Duration = Duration::from_secs(1);

/// A request, read whole.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) target: String,
    /// The page that asks, where a browser names it.
    pub(crate) origin: Option<String>,
    /// `None` for one that was too long or was cut short.
    pub(crate) body: Option<Vec<u8>>,
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// An answer without headers of its own.
    pub(crate) fn new(status: StatusCode, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        for (name, value) in self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

/// A port and who answers there; ends when dropped.
#[derive(Debug)]
pub(crate) struct HttpServer {
    port: u16,
    router: Router,
    runtime: Option<Runtime>,
    serving: Option<JoinHandle<()>>,
}

impl HttpServer {
    /// Opens `port` of 127.0.0.1, 0 for any free one. Bodies longer than `longest_body` bytes are not read.
    pub(crate) fn start(
        port: u16,
        longest_body: usize,
        answer: impl Fn(Asked) -> Reply + Send + Sync + 'static,
    ) -> Outcome<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(THREADS).enable_io().build();
        let runtime = runtime.because("Cannot start a web server")?;
        let answer = Arc::new(answer);
        let router = Router::new().fallback(move |request: Request| {
            let answer = Arc::clone(&answer);
            async move {
                let asked = read(request, longest_body).await;
                // An answer may wait for another program for seconds.
                match tokio::task::spawn_blocking(move || answer(asked)).await {
                    Ok(reply) => reply.into_response(),
                    Err(_) => Reply::new(StatusCode::INTERNAL_SERVER_ERROR, "").into_response(),
                }
            }
        });
        let mut server = Self { port, router, runtime: Some(runtime), serving: None };
        server.open()?;
        Ok(server)
    }

    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn is_open(&self) -> bool {
        self.serving.is_some()
    }

    /// Opens the port again; nothing where it is open.
    pub(crate) fn open(&mut self) -> Outcome<()> {
        let Some(runtime) = self.runtime.as_ref().filter(|_| self.serving.is_none()) else { return Ok(()) };
        let bind = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], self.port)));
        let listener = runtime.block_on(bind).because(format!("Cannot listen on port {}", self.port))?;
        self.port = listener.local_addr().because("A port without a number")?.port();
        let router = self.router.clone();
        self.serving = Some(runtime.spawn(async move {
            // It ends only by being dropped.
            let _endless = axum::serve(listener, router).await;
        }));
        Ok(())
    }

    /// Takes no more connections; returns when the port refuses them.
    pub(crate) fn shut(&mut self) {
        if let (Some(runtime), Some(serving)) = (&self.runtime, self.serving.take()) {
            serving.abort();
            let _aborted = runtime.block_on(serving);
        }
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        self.shut();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(PATIENCE);
        }
    }
}

async fn read(request: Request, longest_body: usize) -> Asked {
    let (head, body) = request.into_parts();
    let origin = head.headers.get("origin").and_then(|origin| origin.to_str().ok()).map(str::to_owned);
    let body = to_bytes(body, longest_body).await.ok().map(|bytes| bytes.to_vec());
    Asked { method: head.method, target: head.uri.to_string(), origin, body }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;

    use super::*;

    fn said(stream: &mut TcpStream, length: usize) -> String {
        let mut bytes = vec![0; length];
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a socket");
        stream.read_exact(&mut bytes).expect("an answer");
        String::from_utf8(bytes).expect("text")
    }

    /// A browser opens its connections at once and keeps them. A server that left one of them waiting held back
    /// a style sheet, and with it the whole page.
    #[test]
    fn connections_that_come_together_and_stay_are_all_served() {
        let here = |_| Reply::new(StatusCode::OK, "here");
        for _ in 0..20 {
            let server = HttpServer::start(0, 0, here).expect("a free port");
            let connect = |_| TcpStream::connect(("127.0.0.1", server.port())).expect("connects");
            let mut open: Vec<TcpStream> = (0..12).map(connect).collect();
            for stream in &mut open {
                stream.write_all(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n").expect("asks");
            }
            assert!(open.iter_mut().all(|stream| said(stream, 15) == "HTTP/1.1 200 OK"));
        }
    }

    #[test]
    fn a_port_that_is_shut_refuses_and_opens_again() {
        let mut server = HttpServer::start(0, 0, |_| Reply::new(StatusCode::OK, "")).expect("a free port");
        let connects = |server: &HttpServer| TcpStream::connect(("127.0.0.1", server.port())).is_ok();
        assert!(server.is_open() && connects(&server));
        server.shut();
        assert!(!server.is_open() && !connects(&server));
        server.open().expect("still free");
        assert!(connects(&server));
    }

    #[test]
    fn a_body_that_is_too_long_is_told_as_none() {
        let length = |asked: Asked| Reply::new(StatusCode::OK, format!("{:?}", asked.body.map(|b| b.len())));
        let server = HttpServer::start(0, 4, length).expect("a free port");
        for (body, expected) in [("", "Some(0)"), ("four", "Some(4)"), ("fiver", "None")] {
            let url = format!("http://127.0.0.1:{}/", server.port());
            let mut answer = ureq::post(&url).send(body).expect("an answer");
            assert_eq!(answer.body_mut().read_to_string().expect("text"), expected, "{body}");
        }
    }
}
