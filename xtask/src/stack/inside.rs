//! The sandbox on the stack's four ports: one chain in this process, its accounts unlocked, its clock the wall's.

use std::fs;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use leash::sandbox::{Peer, REAL_SPEED, Reply, Sandbox, SandboxOptions};
use leash::units::UnixSecs;
use serde_json::{Value, json};

use super::description::{Ports, describe, description_file};
use super::endpoint::{Endpoint, Gate, Listener};
use super::market::wall_clock;
use super::{Options, require_free_port};
use crate::failure::{Because, Failure, Outcome};
use crate::progress::step;
use crate::stop::Stop;
use crate::{genesis, paths};

/// Most bytes of a request: a few contracts.
const LONGEST_BODY: usize = 4 * 1024 * 1024;
/// How often the sandbox is told the time while nobody asks anything.
const TICK: Duration = Duration::from_millis(50);

/// A sandbox that is served, until dropped.
#[derive(Debug)]
pub(crate) struct Inside {
    // Dropped in this order: control waits for the others.
    _control: Endpoint,
    _services: Vec<Endpoint>,
    clock: Clock,
}

/// What all ports share.
#[derive(Debug)]
struct Desk {
    sandbox: Mutex<Sandbox>,
    description: Value,
}

/// One port's listener.
#[derive(Debug)]
struct Window {
    desk: Arc<Desk>,
    peer: Peer,
    /// Ports that follow what is asked here.
    gates: Vec<(Peer, Gate)>,
}

/// The thread that tells the sandbox the time.
#[derive(Debug)]
struct Clock {
    stop: Stop,
    thread: Option<JoinHandle<()>>,
}

impl Inside {
    /// Makes the genesis and two hours of market, then opens the ports.
    pub(crate) fn start(options: &Options, stop: &Stop) -> Outcome<Self> {
        let started = Instant::now();
        let ports = Ports(options.first_port);
        for port in [ports.node(), ports.bundler(), ports.paymaster(), ports.control()] {
            require_free_port(port)?;
        }
        if options.replay.is_some() || options.block_time_secs.is_some() {
            return Err(Failure::new(
                "--replay and --block-time are for the local stack, not for the sandbox.",
            ));
        }
        let flavour = options.flavour();
        let genesis = genesis::make(flavour, stop)?;
        let mut sandbox = step("two hours of swaps", || {
            let start_at = UnixSecs(wall_clock()?);
            let speed_permille = REAL_SPEED;
            let settings =
                SandboxOptions { start_at, speed_permille, is_unlocked: true, ..Default::default() };
            Ok(Sandbox::new(&genesis, settings))
        })?;
        sandbox.advance(wall_millis());
        if !options.has_market {
            sandbox.ask(Peer::Control, "leash_market", &json!([{ "pause": true }]));
        }
        let desk = Arc::new(Desk { sandbox: Mutex::new(sandbox), description: describe(ports, flavour) });
        let open = |peer, port, gates| {
            Endpoint::start(port, Arc::new(Window { desk: Arc::clone(&desk), peer, gates }))
        };
        let services = [
            (Peer::Node, ports.node()),
            (Peer::Bundler, ports.bundler()),
            (Peer::Paymaster, ports.paymaster()),
        ];
        let (mut endpoints, mut gates) = (Vec::new(), Vec::new());
        for (peer, port) in services {
            let endpoint = open(peer, port, Vec::new())?;
            gates.push((peer, endpoint.gate()));
            endpoints.push(endpoint);
        }
        let control = open(Peer::Control, ports.control(), gates)?;
        let clock = Clock::start(Arc::clone(&desk));
        fs::create_dir_all(paths::target()).because("Cannot write target/")?;
        let text = format!("{:#}\n", desk.description);
        fs::write(description_file(), text).because("Cannot write target/stack.json")?;
        println!("  {:>6.1} s  the sandbox is ready", started.elapsed().as_secs_f32());
        Ok(Self { _control: control, _services: endpoints, clock })
    }

    /// The sentence of a sandbox that crashed.
    pub(crate) fn death(&mut self) -> Option<Failure> {
        let thread = self.clock.thread.take_if(|thread| thread.is_finished())?;
        thread.join().err().map(|_| Failure::new("The sandbox crashed."))
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        let _was_not_written = fs::remove_file(description_file());
    }
}

impl Clock {
    fn start(desk: Arc<Desk>) -> Self {
        let stop = Stop::default();
        let ended = stop.clone();
        let tell = move || {
            while ended.sleep_until(Instant::now() + TICK) {
                desk.with(|sandbox| sandbox.advance(wall_millis())).expect("nobody else crashed");
            }
        };
        Self { stop, thread: Some(thread::spawn(tell)) }
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        self.stop.set();
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}

impl Desk {
    fn with<T>(&self, act: impl FnOnce(&mut Sandbox) -> T) -> Outcome<T> {
        Ok(act(&mut *self.sandbox.lock().because("The sandbox crashed")?))
    }
}

impl Window {
    fn answer_one(&self, request: &Value) -> Option<Value> {
        let id = &request["id"];
        let failed = |code: i64, message: &str, data: Option<Value>| {
            let mut error = json!({ "code": code, "message": message });
            if let Some(data) = data {
                error["data"] = data;
            }
            json!({ "jsonrpc": "2.0", "id": id, "error": error })
        };
        let Some(method) = request["method"].as_str() else {
            return Some(failed(-32_600, "a request names its method", None));
        };
        if self.peer == Peer::Control && method == "leash_stack" {
            return Some(json!({ "jsonrpc": "2.0", "id": id, "result": self.desk.description }));
        }
        let reply = self.desk.with(|sandbox| {
            sandbox.advance(wall_millis());
            sandbox.ask(self.peer, method, &request["params"])
        });
        let answer = match reply {
            Ok(Reply::Answer(answer)) => answer,
            Ok(Reply::Later { millis, answer }) => {
                thread::sleep(Duration::from_millis(millis));
                answer
            }
            Ok(Reply::Silence) => return None,
            Err(failure) => return Some(failed(-32_603, &failure.to_string(), None)),
        };
        self.follow();
        Some(match answer {
            Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
            Err(refusal) => failed(refusal.code, &refusal.message, refusal.data),
        })
    }

    /// Waits until every port is open or shut as it should be after what was asked here.
    fn follow(&self) {
        for (peer, gate) in &self.gates {
            if let Ok(wish) = self.desk.with(|sandbox| sandbox.is_up(*peer)) {
                let _late = gate.wait(wish);
            }
        }
    }
}

impl Listener for Window {
    fn answer(&self, body: Option<&str>) -> Option<String> {
        let Some(request) = body.and_then(|text| serde_json::from_str::<Value>(text).ok()) else {
            let error = json!({ "code": -32_700, "message": "not JSON" });
            return Some(json!({ "jsonrpc": "2.0", "id": null, "error": error }).to_string());
        };
        let answer = match request.as_array() {
            Some(batch) => Value::Array(batch.iter().map(|one| self.answer_one(one)).collect::<Option<_>>()?),
            None => self.answer_one(&request)?,
        };
        Some(answer.to_string())
    }

    fn longest_body(&self) -> usize {
        LONGEST_BODY
    }

    fn is_up(&self) -> bool {
        self.desk.with(|sandbox| sandbox.is_up(self.peer)).unwrap_or(false)
    }
}

fn wall_millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
