//! The bundler and the paymaster: processes that tests stop, so that connections are refused, and start again.

use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::description::Ports;
use crate::failure::{Because, Failure, Outcome};
use crate::paths;
use crate::process::Process;
use crate::rpc::Rpc;
use crate::stop::Stop;

/// Private keys of anvil's fourth and fifth account.
const EXECUTOR_KEY: &str = "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6";
const UTILITY_KEY: &str = "0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a";
/// Node programs start slowly on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    /// alto.
    Bundler,
    /// The paymaster mock, with the real SingletonPaymaster behind it.
    Paymaster,
}

impl Service {
    fn name(self) -> &'static str {
        match self {
            Self::Bundler => "bundler",
            Self::Paymaster => "paymaster",
        }
    }
}

/// Both services; each is absent while it is stopped on purpose.
#[derive(Debug)]
pub(crate) struct Services {
    ports: Ports,
    bundler: Mutex<Option<Process>>,
    paymaster: Mutex<Option<Process>>,
    is_closed: AtomicBool,
}

impl Services {
    pub(crate) fn new(ports: Ports) -> Self {
        Self {
            ports,
            bundler: Mutex::default(),
            paymaster: Mutex::default(),
            is_closed: AtomicBool::new(false),
        }
    }

    /// Starts the process; [`Services::wait`] tells when it answers.
    pub(crate) fn start(&self, service: Service) -> Outcome<()> {
        let mut place = self.place(service).lock().because("A service was lost")?;
        if self.is_closed.load(Ordering::SeqCst) {
            return Err(Failure::new("The stack is ending."));
        }
        if place.is_none() {
            let log = log_of(service, self.ports);
            *place = Some(Process::start(service.name(), &mut self.command(service), Some(log))?);
        }
        Ok(())
    }

    /// Ends the process; from then on connections are refused.
    pub(crate) fn end(&self, service: Service) -> Outcome<()> {
        *self.place(service).lock().because("A service was lost")? = None;
        Ok(())
    }

    /// Ends both for good: a request that is still being answered cannot start them again.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
        for service in [Service::Bundler, Service::Paymaster] {
            let _was_lost = self.end(service);
        }
    }

    /// Returns when the service answers.
    pub(crate) fn wait(&self, service: Service, stop: &Stop) -> Outcome<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(death) = self.death_of(service) {
                return Err(death);
            }
            if self.is_up(service) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(Failure::new(format!(
                    "The {} did not answer within {} s.",
                    service.name(),
                    PATIENCE.as_secs()
                )));
            }
            stop.glance()?;
        }
    }

    /// The sentence of a service that died on its own.
    pub(crate) fn death(&self) -> Option<Failure> {
        self.death_of(Service::Bundler).or_else(|| self.death_of(Service::Paymaster))
    }

    /// `{"bundler": bool, "paymaster": bool}`: what runs after this.
    pub(crate) fn steer(&self, wish: &Value, stop: &Stop) -> Outcome<Value> {
        for service in [Service::Bundler, Service::Paymaster] {
            match wish.get(service.name()) {
                None => {}
                Some(Value::Bool(false)) => self.end(service)?,
                Some(Value::Bool(true)) => {
                    self.start(service)?;
                    self.wait(service, stop)?;
                }
                Some(other) => {
                    return Err(Failure::new(format!("`{}` is true or false, not {other}", service.name())));
                }
            }
        }
        let runs = |service: Service| self.place(service).lock().is_ok_and(|place| place.is_some());
        Ok(json!({ "bundler": runs(Service::Bundler), "paymaster": runs(Service::Paymaster) }))
    }

    fn is_up(&self, service: Service) -> bool {
        match service {
            Service::Bundler => {
                let rpc = Rpc::new(format!("http://127.0.0.1:{}", self.ports.bundler()));
                rpc.call("eth_supportedEntryPoints", &json!([])).is_ok()
            }
            // It opens its port after its contracts are deployed and funded.
            Service::Paymaster => TcpStream::connect(("127.0.0.1", self.ports.paymaster())).is_ok(),
        }
    }

    fn place(&self, service: Service) -> &Mutex<Option<Process>> {
        match service {
            Service::Bundler => &self.bundler,
            Service::Paymaster => &self.paymaster,
        }
    }

    fn death_of(&self, service: Service) -> Option<Failure> {
        self.place(service).try_lock().ok()?.as_mut()?.death()
    }

    fn command(&self, service: Service) -> Command {
        let packages = paths::stack_packages();
        let node_url = format!("http://127.0.0.1:{}", self.ports.node());
        let mut command = Command::new("node");
        command.current_dir(&packages);
        match service {
            Service::Bundler => command
                .arg("node_modules/@pimlico/alto/esm/cli/alto.js")
                .args(["run", "--entrypoints", &leash::contracts::ENTRY_POINT.to_string()])
                .args(["--executor-private-keys", EXECUTOR_KEY, "--utility-private-key", UTILITY_KEY])
                .args(["--rpc-url", &node_url, "--port", &self.ports.bundler().to_string()])
                .args(["--safe-mode", "false", "--deploy-simulations-contract", "true"])
                .args(["--enable-debug-endpoints", "true", "--enable-cors", "true"])
                .args(["--min-executor-balance", "0", "--block-time", "100"])
                .args(["--min-bundle-interval", "50", "--max-bundle-interval", "100"])
                .args(["--utility-wallet-monitor", "false", "--log-level", "warn"]),
            Service::Paymaster => command
                .arg("paymaster.mjs")
                .arg(&node_url)
                .arg(format!("http://127.0.0.1:{}", self.ports.bundler()))
                .arg(self.ports.paymaster().to_string()),
        };
        command
    }
}

fn log_of(service: Service, ports: Ports) -> PathBuf {
    paths::target().join(format!("stack-{}-{}.log", ports.node(), service.name()))
}
