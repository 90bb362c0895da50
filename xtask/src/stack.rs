//! The local stack: chain, contracts, two hours of market, bundler, paymaster, market bot, control endpoint.
//!
//! A [`Stack`] is ready when it exists, and everything it started is gone when it is dropped.

pub(crate) mod artifacts;
mod chain;
mod control;
mod deploy;
mod market;
mod path;
mod replay;
mod services;
mod square_root;

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use leash::contracts::{Network, PRODUCTION_CONTRACTS, PoolFacts};
use serde_json::{Value, json};

use self::artifacts::Flavour;
use self::chain::Chain;
use self::control::Control;
use self::market::{Market, wall_clock};
use self::replay::Replay;
use self::services::{Service, Services};
use crate::failure::{Because, Failure, Outcome};
use crate::process::Process;
use crate::progress::step;
use crate::rpc::Rpc;
use crate::stop::Stop;
use crate::{contracts, paths, tools};

/// The chain begins this long ago: two hours of swaps and five minutes to deploy.
const GENESIS_SECS_AGO: u64 = 7_500;
/// The bot's pace.
const SWAP_EVERY: Duration = Duration::from_secs(1);
/// So many swaps in a row may fail.
const LATE_SWAPS: u32 = 5;
/// How many past states of the chain are kept, in memory; receipts and logs are kept for ever.
const STATES_KEPT: &str = "256";

/// How to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// A candle file to follow instead of the seeded path.
    pub(crate) replay: Option<PathBuf>,
    /// Whether the bot trades; without it the price stands still unless steered.
    pub(crate) has_market: bool,
    /// Seconds between blocks; without it every transaction is mined at once.
    pub(crate) block_time_secs: Option<u64>,
    /// Stand-ins even where the production code is at hand.
    pub(crate) wants_stand_ins: bool,
    /// Chain; the next three are bundler, paymaster, control.
    pub(crate) first_port: u16,
}

impl Default for Options {
    fn default() -> Self {
        let ports = Ports(8_545);
        Self {
            replay: None,
            has_market: true,
            block_time_secs: None,
            wants_stand_ins: false,
            first_port: ports.0,
        }
    }
}

/// Four ports in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ports(u16);

impl Ports {
    pub(crate) fn node(self) -> u16 {
        self.0
    }
    pub(crate) fn bundler(self) -> u16 {
        self.0 + 1
    }
    pub(crate) fn paymaster(self) -> u16 {
        self.0 + 2
    }
    pub(crate) fn control(self) -> u16 {
        self.0 + 3
    }
}

/// What the control endpoint can reach.
#[derive(Debug)]
pub(crate) struct Parts {
    chain: Chain,
    facts: &'static PoolFacts,
    market: Market,
    services: Services,
    description: Value,
    /// Held while minting: one account, one nonce after the other.
    faucet: Mutex<()>,
}

/// A running stack.
#[derive(Debug)]
pub(crate) struct Stack {
    // Dropped in this order: nobody talks to what is gone.
    control: Option<Control>,
    bot: Option<JoinHandle<Option<Failure>>>,
    bot_stop: Stop,
    parts: Arc<Parts>,
    anvil: Process,
}

impl Stack {
    /// Starts everything; returns when every part answers.
    pub(crate) fn start(options: &Options, stop: &Stop) -> Outcome<Self> {
        let started = Instant::now();
        let ports = Ports(options.first_port);
        for port in [ports.node(), ports.bundler(), ports.paymaster(), ports.control()] {
            require_free_port(port)?;
        }
        tools::require_node()?;
        tools::npm_packages(stop)?;
        contracts::compile(stop)?;
        let replay = options.replay.as_deref().map(Replay::read).transpose()?;
        let flavour = match artifacts::production_is_complete() && !options.wants_stand_ins {
            true => Flavour::Production,
            false => Flavour::StandIns,
        };
        fs::create_dir_all(paths::target()).because("Cannot write target/")?;

        let chain = Chain::new(
            Rpc::new(format!("http://127.0.0.1:{}", ports.node())),
            options.block_time_secs.is_none(),
        );
        let anvil = step("chain: anvil", || start_anvil(&chain, ports, stop))?;
        step("EntryPoint v0.7", || deploy::entry_point(&chain))?;
        step(format!("account contracts: {}", flavour.name()), || {
            deploy::account_contracts(&chain, flavour)
        })?;
        step("tokens, Uniswap V3, pool", || deploy::venue(&chain))?;
        let (network, facts) = deploy::table()?;
        let market = Market::open(chain.clone(), facts)?;
        let services = Services::new(ports);
        step("two hours of swaps", || market.write_history(stop))?;
        // Both take seconds to load and neither needs the other before its first request.
        services.start(Service::Bundler)?;
        services.start(Service::Paymaster)?;
        if let Some(replay) = replay {
            market.follow(replay)?;
        }
        let description = describe(ports, flavour, network, facts);
        let parts = Arc::new(Parts { chain, facts, market, services, description, faucet: Mutex::default() });
        let bot_stop = Stop::default();
        let mut stack = Self { control: None, bot: None, bot_stop, parts, anvil };
        if options.has_market {
            stack.start_bot();
        }
        step("bundler: alto", || stack.parts.services.wait(Service::Bundler, stop))?;
        step("paymaster", || {
            stack.parts.services.wait(Service::Paymaster, stop)?;
            deploy::paymaster_stands(&stack.parts.chain, network)
        })?;
        if let Some(secs) = options.block_time_secs {
            stack.parts.chain.ask("evm_setAutomine", &json!([false]))?;
            stack.parts.chain.ask("evm_setIntervalMining", &json!([secs]))?;
        }
        stack.control = Some(Control::start(Arc::clone(&stack.parts), ports.control())?);
        let text = format!("{:#}\n", stack.parts.description);
        fs::write(description_file(), text).because("Cannot write target/stack.json")?;
        println!("  {:>6.1} s  the stack is ready", started.elapsed().as_secs_f32());
        Ok(stack)
    }

    /// Waits for Ctrl-C; fails when a part dies.
    pub(crate) fn hold(&mut self, stop: &Stop) -> Outcome<()> {
        while !stop.is_set() {
            if let Some(death) = self.death() {
                return Err(death);
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// The sentence of the first part that died.
    pub(crate) fn death(&mut self) -> Option<Failure> {
        let of_bot = || {
            let bot = self.bot.take_if(|bot| bot.is_finished())?;
            bot.join().unwrap_or_else(|_| Some(Failure::new("The market bot crashed.")))
        };
        self.anvil.death().or_else(|| self.parts.services.death()).or_else(of_bot)
    }

    fn start_bot(&mut self) {
        let (parts, stop) = (Arc::clone(&self.parts), self.bot_stop.clone());
        let trade = move || {
            let mut next = Instant::now();
            let mut failures = 0;
            while stop.sleep_until(next) {
                match parts.market.tick() {
                    Ok(()) => failures = 0,
                    // A machine that compiles meanwhile may be late; one that is late for long is broken.
                    Err(_) if failures < LATE_SWAPS => failures += 1,
                    Err(failure) => return (!stop.is_set()).then_some(failure),
                }
                // A machine that slept does not catch up.
                next = (next + SWAP_EVERY).max(Instant::now());
            }
            None
        };
        self.bot = Some(thread::spawn(trade));
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.control = None;
        self.bot_stop.set();
        if let Some(bot) = self.bot.take() {
            let _ended = bot.join();
        }
        self.parts.services.close();
        let _was_not_written = fs::remove_file(description_file());
    }
}

/// `cargo xtask stack`.
pub(crate) fn command(options: &Options, stop: &Stop) -> Outcome<()> {
    let mut stack = Stack::start(options, stop)?;
    let ports = Ports(options.first_port);
    println!();
    println!("  chain      http://127.0.0.1:{}", ports.node());
    println!("  bundler    http://127.0.0.1:{}", ports.bundler());
    println!("  paymaster  http://127.0.0.1:{}", ports.paymaster());
    println!("  control    http://127.0.0.1:{}", ports.control());
    println!("\nCtrl-C ends it.");
    stack.hold(stop)
}

/// Where a running stack describes itself.
pub(crate) fn description_file() -> PathBuf {
    paths::target().join("stack.json")
}

/// Says which port is busy.
pub(crate) fn require_free_port(port: u16) -> Outcome<()> {
    TcpListener::bind(("127.0.0.1", port))
        .map(drop)
        .map_err(|_| Failure::new(format!("Port {port} is busy; end the program that listens there.")))
}

fn start_anvil(chain: &Chain, ports: Ports, stop: &Stop) -> Outcome<Process> {
    let binary = "node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil";
    let mut command = Command::new(paths::stack_packages().join(binary));
    command
        .args(["--port", &ports.node().to_string(), "--chain-id", "31337", "--hardfork", "prague"])
        .args(["--block-base-fee-per-gas", "1000000000", "--gas-limit", "300000000", "--silent"])
        .args(["--prune-history", STATES_KEPT])
        .args(["--timestamp", &(wall_clock()? - GENESIS_SECS_AGO).to_string()]);
    let log = paths::target().join(format!("stack-{}-anvil.log", ports.node()));
    let mut anvil = Process::start("anvil", &mut command, Some(log))?;
    while chain.ask("eth_chainId", &json!([])).is_err() {
        if let Some(death) = anvil.death() {
            return Err(death);
        }
        stop.glance()?;
    }
    Ok(anvil)
}

/// What tests and people need to know, as JSON.
fn describe(ports: Ports, flavour: Flavour, network: &Network, facts: &PoolFacts) -> Value {
    let url = |port: u16| format!("http://127.0.0.1:{port}");
    let token = |token: leash::contracts::Token| json!({ "symbol": token.symbol, "decimals": token.decimals, "address": token.address });
    let contracts: serde_json::Map<_, _> = PRODUCTION_CONTRACTS
        .iter()
        .map(|contract| (contract.name.to_owned(), json!(contract.address)))
        .collect();
    json!({
        "pid": std::process::id(),
        "flavour": flavour.name(),
        "chain_id": network.chain_id,
        "node": url(ports.node()),
        "bundler": url(ports.bundler()),
        "paymaster": url(ports.paymaster()),
        "control": url(ports.control()),
        "ports": {
            "node": ports.node(), "bundler": ports.bundler(),
            "paymaster": ports.paymaster(), "control": ports.control(),
        },
        "contracts": contracts,
        "sponsor": network.paymasters,
        "pool": {
            "address": facts.pool, "fee": facts.fee, "router": facts.router, "quoter": facts.quoter,
            "base": token(facts.base), "quote": token(facts.quote),
        },
    })
}
