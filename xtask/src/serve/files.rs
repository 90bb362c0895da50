//! A static file server for one folder, with the headers that a static host would send.

use std::fs;
use std::path::Path;

use axum::http::{Method, StatusCode};

use super::headers::Rules;
use crate::failure::{Because, Outcome};
use crate::http::{Asked, HttpServer, Reply};

/// Serves `folder` on `port` of 127.0.0.1, with the headers of its `_headers` file, until dropped.
pub(crate) fn serve_folder(folder: &Path, port: u16) -> Outcome<HttpServer> {
    let folder = folder.canonicalize().because(format!("Cannot serve {}", folder.display()))?;
    let rules = fs::read_to_string(folder.join("_headers")).because("Cannot read dist/_headers")?;
    let rules = Rules::parse(&rules)?;
    HttpServer::start(port, 0, move |asked| answer(&asked, &folder, &rules))
}

fn answer(asked: &Asked, folder: &Path, rules: &Rules) -> Reply {
    let is_read = matches!(asked.method, Method::GET | Method::HEAD);
    let path = relative(&asked.target);
    let headers = rules.for_path(&format!("/{}", path.as_deref().unwrap_or_default()));
    let file = path.as_ref().and_then(|path| open(folder, path));
    let mut reply = match file {
        Some(bytes) if is_read => Reply::new(StatusCode::OK, bytes),
        _ if is_read => Reply::new(StatusCode::NOT_FOUND, "Not found\n"),
        _ => Reply::new(StatusCode::METHOD_NOT_ALLOWED, "Only GET\n"),
    };
    reply.headers = headers;
    let mime = path.as_deref().filter(|_| reply.status == StatusCode::OK).map_or(PLAIN, mime);
    reply.with("Content-Type", mime)
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

fn open(folder: &Path, path: &str) -> Option<Vec<u8>> {
    let whole = folder.join(path).canonicalize().ok()?;
    // A link may point elsewhere.
    if whole.starts_with(folder) && whole.is_file() { fs::read(whole).ok() } else { None }
}

const PLAIN: &str = "text/plain; charset=utf-8";

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
        Some("txt") => PLAIN,
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
        let server = serve_folder(&folder, 0).expect("a free port");
        let port = server.port();
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
        drop(server);
        fs::remove_dir_all(&folder).expect("our own folder");
    }
}
