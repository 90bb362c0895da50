//! JSON-RPC into a sandbox of this process, under the name of the way over HTTP: the suites that drive the local
//! stack run on it unchanged. Each test has a chain of its own.

use std::cell::RefCell;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use leash::ports::envelope::parse_response;
use leash::ports::{Transport, TransportError};
use leash::sandbox::{Peer, REAL_SPEED, Refusal, Reply, Sandbox, SandboxOptions};
use leash::units::UnixSecs;
use serde_json::{Value, json};

use super::genesis::genesis;

/// With its two hours of market, made once.
static FRESH: OnceLock<Sandbox> = OnceLock::new();

thread_local! {
    static SANDBOX: RefCell<Option<Sandbox>> = const { RefCell::new(None) };
}

/// One of the sandbox's peers.
#[derive(Debug)]
pub(crate) struct HttpTransport {
    peer: Peer,
    timeout: Duration,
}

impl HttpTransport {
    /// The peer that has the port of `url` on the local stack. `timeout` is how long a slow one is waited for.
    pub(crate) fn new(url: &str, timeout: Duration) -> Self {
        let peer = match url.rsplit(':').next() {
            Some("8545") => Peer::Node,
            Some("8546") => Peer::Bundler,
            Some("8547") => Peer::Paymaster,
            Some("8548") => Peer::Control,
            _ => panic!("nobody stands at {url}"),
        };
        Self { peer, timeout }
    }
}

#[async_trait(?Send)]
impl Transport for HttpTransport {
    async fn request(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        // Whoever asks together is answered in turns, as by a server.
        tokio::task::yield_now().await;
        let reply = with_sandbox(|sandbox| sandbox.ask(self.peer, method, &params));
        let answer = match reply {
            Reply::Silence => return Err(TransportError::Unreachable("connection refused".to_owned())),
            Reply::Answer(answer) => answer,
            Reply::Later { millis, answer } => {
                let wait = Duration::from_millis(millis);
                tokio::time::sleep(wait.min(self.timeout)).await;
                if wait > self.timeout {
                    let after_millis = self.timeout.as_millis().try_into().unwrap_or(u64::MAX);
                    return Err(TransportError::Timeout { after_millis });
                }
                answer
            }
        };
        parse_response(1, 200, None, envelope(answer).to_string().as_bytes())
    }
}

/// The sandbox of this test, at the time that it is.
pub(crate) fn with_sandbox<T>(act: impl FnOnce(&mut Sandbox) -> T) -> T {
    SANDBOX.with_borrow_mut(|place| {
        let sandbox = place.get_or_insert_with(|| FRESH.get_or_init(fresh).clone());
        sandbox.advance(wall_millis());
        act(sandbox)
    })
}

fn fresh() -> Sandbox {
    let start_at = UnixSecs(wall_millis() / 1_000);
    let options = SandboxOptions {
        start_at,
        speed_permille: REAL_SPEED,
        is_unlocked: true,
        ..SandboxOptions::default()
    };
    let mut sandbox = Sandbox::new(&genesis(), options);
    sandbox.advance(wall_millis());
    sandbox
}

fn envelope(answer: Result<Value, Refusal>) -> Value {
    match answer {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": 1, "result": result }),
        Err(Refusal { code, message, data }) => {
            let mut error = json!({ "code": code, "message": message });
            if let Some(data) = data {
                error["data"] = data;
            }
            json!({ "jsonrpc": "2.0", "id": 1, "error": error })
        }
    }
}

fn wall_millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    since.as_millis().try_into().expect("64 bits last for ever")
}
