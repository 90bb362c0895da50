//! A static host in the test: it serves dist/ as a careless or a dishonest host would.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// What the host does with a file: its path and bytes, to the bytes that are sent.
pub(crate) type Alter = fn(&str, Vec<u8>) -> Vec<u8>;

/// How it serves.
#[derive(Clone, Copy)]
pub(crate) struct Host {
    /// Whether it sends the headers of dist/_headers.
    pub(crate) sends_headers: bool,
    /// What it changes.
    pub(crate) alter: Alter,
    /// A page of its own, at /frame.html.
    pub(crate) frame: &'static str,
}

/// A host that can go away; it does when this is dropped.
pub(crate) struct Going {
    address: std::net::SocketAddr,
    is_over: Arc<AtomicBool>,
}

impl Going {
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Going {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        // Wakes the listener, which then closes its port.
        let _last = TcpStream::connect(self.address);
    }
}

impl Host {
    /// As a host should be.
    pub(crate) fn whole() -> Self {
        Self { sends_headers: true, alter: |_, bytes| bytes, frame: "" }
    }

    /// Serves until the answer is dropped.
    pub(crate) fn start_until_dropped(self) -> Going {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let going = Going {
            address: listener.local_addr().expect("bound"),
            is_over: Arc::new(AtomicBool::new(false)),
        };
        let is_over = Arc::clone(&going.is_over);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if is_over.load(Ordering::SeqCst) {
                    return;
                }
                thread::spawn(move || self.answer(&stream));
            }
        });
        going
    }

    /// Serves until the test program ends; its address.
    pub(crate) fn start(self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || self.answer(&stream));
            }
        });
        format!("http://{address}")
    }

    fn answer(self, mut stream: &TcpStream) -> Option<()> {
        let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
        let path = lines.next()?.split_whitespace().nth(1)?.split('?').next()?.to_owned();
        let _rest = lines.take_while(|line| !line.is_empty()).count();
        let name = if path == "/" { "index.html" } else { path.trim_start_matches('/') };
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("dist");
        let bytes = if name == "frame.html" {
            Some(self.frame.as_bytes().to_vec())
        } else {
            std::fs::read(folder.join(name)).ok().map(|bytes| (self.alter)(name, bytes))
        };
        let (status, bytes) = bytes.map_or(("404 Not Found", Vec::new()), |bytes| ("200 OK", bytes));
        let mut head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n",
            mime(name),
            bytes.len()
        );
        if self.sends_headers && name != "frame.html" {
            let rules = std::fs::read_to_string(folder.join("_headers")).ok()?;
            for line in rules.lines().filter(|line| line.starts_with(' ')) {
                head += &format!("{}\r\n", line.trim());
            }
        }
        stream.write_all(format!("{head}\r\n").as_bytes()).ok()?;
        stream.write_all(&bytes).ok()
    }
}

fn mime(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css",
        Some("js") => "text/javascript",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}
