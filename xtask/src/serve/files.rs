//! A static file server for one folder, with the headers that a static host would send.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tiny_http::{Header, Method, Request, Response, Server};

use super::headers::Rules;
use crate::failure::{Because, Failure, Outcome};
use crate::stop::Stop;

/// A browser opens six connections.
const THREADS: usize = 6;

/// Serves until dropped.
#[derive(Debug)]
pub(crate) struct FileServer {
    stop: Stop,
    threads: Vec<JoinHandle<()>>,
}

impl FileServer {
    /// Serves `folder` on 127.0.0.1 with the headers of its `_headers` file.
    pub(crate) fn start(folder: &Path, port: u16) -> Outcome<Self> {
        let folder = folder.canonicalize().because(format!("Cannot serve {}", folder.display()))?;
        let rules = fs::read_to_string(folder.join("_headers")).because("Cannot read dist/_headers")?;
        let rules = Arc::new(Rules::parse(&rules)?);
        let server = Server::http(("127.0.0.1", port)).because(format!("Cannot listen on port {port}"))?;
        let server = Arc::new(server);
        let stop = Stop::default();
        let worker = || {
            let (server, folder, rules, stop) =
                (Arc::clone(&server), folder.clone(), Arc::clone(&rules), stop.clone());
            thread::spawn(move || {
                while !stop.is_set() {
                    if let Ok(Some(request)) = server.recv_timeout(Duration::from_millis(100)) {
                        answer(request, &folder, &rules);
                    }
                }
            })
        };
        let threads = std::iter::repeat_with(worker).take(THREADS).collect();
        Ok(Self { stop, threads })
    }

    /// The sentence of a server that crashed.
    pub(crate) fn death(&self) -> Option<Failure> {
        let crashed = self.threads.iter().any(JoinHandle::is_finished);
        crashed.then(|| Failure::new("The page's server crashed."))
    }
}

impl Drop for FileServer {
    fn drop(&mut self) {
        self.stop.set();
        for thread in self.threads.drain(..) {
            let _ended = thread.join();
        }
    }
}

fn answer(request: Request, folder: &Path, rules: &Rules) {
    let is_read = matches!(request.method(), Method::Get | Method::Head);
    let path = relative(request.url());
    let file = path.as_ref().and_then(|path| open(folder, path));
    let mut headers = rules.for_path(&format!("/{}", path.as_deref().unwrap_or_default()));
    let mime = path.as_deref().map_or("text/plain; charset=utf-8", mime);
    // Whoever asked may have gone meanwhile.
    let _gone = match file {
        Some(file) if is_read => {
            headers.push(("Content-Type".to_owned(), mime.to_owned()));
            request.respond(with(Response::from_file(file), &headers))
        }
        _ => {
            let (status, text) = if is_read { (404, "Not found\n") } else { (405, "Only GET\n") };
            request.respond(with(Response::from_string(text).with_status_code(status), &headers))
        }
    };
}

fn with<R: std::io::Read>(mut response: Response<R>, headers: &[(String, String)]) -> Response<R> {
    for (name, value) in headers {
        if let Ok(header) = Header::from_bytes(name.as_bytes(), value.as_bytes()) {
            response.add_header(header);
        }
    }
    response
}

/// The file below the folder that a URL names, or `None` for one that tries to leave it, is hidden, or is the
/// headers file itself.
fn relative(url: &str) -> Option<String> {
    let path = url.split(['?', '#']).next()?.strip_prefix('/')?;
    let path = if path.is_empty() { "index.html" } else { path };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    // Names that need decoding do not occur in dist/.
    let is_safe = path.chars().all(is_plain)
        && path.split('/').all(|part| !part.is_empty() && !part.starts_with('.'))
        && path != "_headers";
    is_safe.then(|| path.to_owned())
}

fn open(folder: &Path, path: &str) -> Option<File> {
    let whole: PathBuf = folder.join(path).canonicalize().ok()?;
    // A link may point elsewhere.
    if whole.starts_with(folder) && whole.is_file() { File::open(whole).ok() } else { None }
}

fn mime(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("webmanifest") => "application/manifest+json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_stay_inside_the_folder() {
        for (url, expected) in [
            ("/", Some("index.html")),
            ("/?x=1", Some("index.html")),
            ("/page-1_bg.wasm", Some("page-1_bg.wasm")),
            ("/a/b.js?v=2", Some("a/b.js")),
            ("/../Cargo.toml", None),
            ("/a/../../b", None),
            ("/%2e%2e/Cargo.toml", None),
            ("/a//b", None),
            ("//etc/passwd", None),
            ("/.git/config", None),
            ("/_headers", None),
            ("/a\\b", None),
            ("http://elsewhere/", None),
        ] {
            assert_eq!(relative(url).as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn web_assembly_has_its_type() {
        assert_eq!(mime("page_bg.wasm"), "application/wasm");
        assert_eq!(mime("index.html"), "text/html; charset=utf-8");
        assert_eq!(mime("LICENSE"), "application/octet-stream");
    }

    #[test]
    fn files_are_served_with_the_headers_of_the_folder() {
        let folder = std::env::temp_dir().join(format!("leash-serve-test-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a writable temporary folder");
        fs::write(folder.join("_headers"), "/*\n  X-Frame-Options: DENY\n").expect("writable");
        fs::write(folder.join("a.wasm"), b"\0asm").expect("writable");
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = free.local_addr().expect("bound").port();
        drop(free);
        let server = FileServer::start(&folder, port).expect("a free port");
        let get = |path: &str| {
            let config = ureq::Agent::config_builder().http_status_as_error(false).build();
            let agent: ureq::Agent = config.into();
            agent.get(format!("http://127.0.0.1:{port}{path}")).call().expect("an answer")
        };
        let found = get("/a.wasm");
        assert_eq!(found.status(), 200);
        assert_eq!(found.headers()["content-type"], "application/wasm");
        assert_eq!(found.headers()["x-frame-options"], "DENY");
        let lost = get("/b.wasm");
        assert_eq!(lost.status(), 404);
        assert_eq!(lost.headers()["x-frame-options"], "DENY");
        assert_eq!(server.death(), None);
        drop(server);
        fs::remove_dir_all(&folder).expect("our own folder");
    }
}
