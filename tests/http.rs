//! The HTTP transport of the host tests keeps the contract of its port, and tells bad answers apart.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::disallowed_methods, reason = "a host has clocks and threads")]

#[path = "support/http_transport.rs"]
mod http_transport;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use http_transport::HttpTransport;
use leash::ports::{Transport, TransportError, contract};
use serde_json::{Value, json};

/// A server on a free port that answers each request with what `answer` makes of it (`None`: never); its URL.
fn serve(answer: fn(&Value) -> Option<String>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        let mut silent = Vec::new();
        for stream in listener.incoming().flatten() {
            silent.extend(serve_one(stream, answer));
        }
    });
    format!("http://{address}")
}

/// Answers one request and closes; gives the connection back when it is to stay silent.
fn serve_one(mut stream: TcpStream, answer: fn(&Value) -> Option<String>) -> Option<TcpStream> {
    let mut received = Vec::new();
    let mut buffer = [0; 4_096];
    let request = loop {
        let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
        received.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&received);
        let body = text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
        if let Some(request) = body.and_then(|body| serde_json::from_str::<Value>(&body).ok()) {
            break request;
        }
    };
    let Some(response) = answer(&request) else { return Some(stream) };
    // A client that has gone away is no concern of the server.
    let _gone = stream.write_all(response.as_bytes());
    None
}

fn response(status: &str, headers: &str, body: &str) -> Option<String> {
    let length = body.len();
    Some(format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}"))
}

fn echo(request: &Value) -> Option<String> {
    let answer = match request["method"].as_str() {
        Some("echo") => json!({ "jsonrpc": "2.0", "id": request["id"], "result": request["params"][0] }),
        _ => {
            json!({ "jsonrpc": "2.0", "id": request["id"], "error": { "code": -32601, "message": "unknown" } })
        }
    };
    response("200 OK", "", &answer.to_string())
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

#[test]
fn it_keeps_the_contract() {
    let transport = HttpTransport::new(&serve(echo), Duration::from_secs(30));
    block_on(contract::transport_tells_answers_apart(&transport));
}

#[test]
fn bad_answers_are_told_apart() {
    let ask = |answer: fn(&Value) -> Option<String>| {
        let transport = HttpTransport::new(&serve(answer), Duration::from_secs(30));
        block_on(transport.request("eth_chainId", json!([]))).expect_err("no answer")
    };
    let web_page = ask(|_| response("200 OK", "", "<html>login</html>"));
    assert!(matches!(web_page, TransportError::Malformed(_)), "{web_page:?}");
    let broken = ask(|_| response("502 Bad Gateway", "", "oops"));
    assert_eq!(broken, TransportError::Http { status: 502, retry_after_secs: None, body: "oops".into() });
    let busy = ask(|_| response("429 Too Many Requests", "retry-after: 7\r\n", "{}"));
    assert_eq!(busy, TransportError::Http { status: 429, retry_after_secs: Some(7), body: "{}".into() });
    let moved = ask(|_| response("302 Found", "location: http://127.0.0.1:1/\r\n", ""));
    assert!(matches!(moved, TransportError::Http { status: 302, .. }), "{moved:?}");
    let empty = ask(|_| response("204 No Content", "", ""));
    assert!(matches!(empty, TransportError::Malformed(_)), "{empty:?}");
    let large = ask(|_| response("200 OK", "", &"x".repeat(9 * 1024 * 1024)));
    assert!(matches!(large, TransportError::TooLarge { .. }), "{large:?}");
    let closed = ask(|_| Some(String::new()));
    assert!(matches!(closed, TransportError::Unreachable(_)), "{closed:?}");
}

#[test]
fn silence_and_absence_are_told_apart() {
    let silent = HttpTransport::new(&serve(|_| None), Duration::from_millis(200));
    let error = block_on(silent.request("eth_chainId", json!([]))).expect_err("no answer");
    assert_eq!(error, TransportError::Timeout { after_millis: 200 });
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    drop(listener);
    let absent = HttpTransport::new(&format!("http://{address}"), Duration::from_secs(30));
    let error = block_on(absent.request("eth_chainId", json!([]))).expect_err("nobody there");
    assert!(matches!(error, TransportError::Unreachable(_)), "{error:?}");
}
