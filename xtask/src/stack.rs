//! The local stack: chain, contracts, two hours of market, bundler, paymaster, market bot, control endpoint.
//!
//! A [`Stack`] is ready when it exists, and everything it started is gone when it is dropped.

pub(crate) mod artifacts;
mod bot;
mod chain;
mod control;
pub(crate) mod deploy;
mod description;
mod endpoint;
mod exchange;
mod inside;
mod line;
mod market;
mod replay;
mod services;
pub(crate) mod sponsor;

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use leash::contracts::PoolFacts;
use leash::sandbox::{Flavour, local_network};
use serde_json::{Value, json};

use self::bot::Bot;
pub(crate) use self::chain::Chain;
use self::control::Control;
pub(crate) use self::description::description_file;
use self::description::{Ports, describe};
use self::exchange::{Bent, Exchange};
use self::inside::Inside;
pub(crate) use self::line::Line;
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
    /// The sandbox of this process instead of anvil and its services.
    pub(crate) is_sandbox: bool,
    /// Chain; the next three are bundler, paymaster, control.
    pub(crate) first_port: u16,
}

impl Options {
    /// What the account and session contracts run on.
    fn flavour(&self) -> Flavour {
        if self.wants_stand_ins { Flavour::StandIns } else { artifacts::flavour_at_hand() }
    }
}

impl Default for Options {
    fn default() -> Self {
        let ports = Ports(8_545);
        Self {
            replay: None,
            has_market: true,
            block_time_secs: None,
            wants_stand_ins: false,
            is_sandbox: false,
            first_port: ports.0,
        }
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
    exchange: Bent,
    /// Held while minting: one account, one nonce after the other.
    faucet: Mutex<()>,
}

/// A running stack.
#[derive(Debug)]
pub(crate) struct Stack {
    // Dropped in this order: nobody talks to what is gone.
    control: Option<Control>,
    _exchange: Exchange,
    bot: Option<Bot>,
    parts: Arc<Parts>,
    anvil: Process,
}

impl Stack {
    /// Starts everything; returns when every part answers.
    pub(crate) fn start(options: &Options, stop: &Stop) -> Outcome<Self> {
        let started = Instant::now();
        let ports = Ports(options.first_port);
        options.require_free_ports()?;
        tools::require_node()?;
        tools::npm_packages(stop)?;
        contracts::compile(stop)?;
        let replay = options.replay.as_deref().map(Replay::read).transpose()?;
        let flavour = options.flavour();
        fs::create_dir_all(paths::target()).because("Cannot write target/")?;

        let chain = Chain::new(
            Line::Http(Rpc::new(format!("http://127.0.0.1:{}", ports.node()))),
            options.block_time_secs.is_none(),
        );
        let anvil = step("chain: anvil", || start_anvil(&chain, ports, stop))?;
        step("EntryPoint v0.7", || deploy::entry_point(&chain))?;
        step(format!("account contracts: {}", flavour.name()), || {
            deploy::account_contracts(&chain, flavour)
        })?;
        step("tokens, Uniswap V3, pool", || deploy::venue(&chain))?;
        let (network, facts) = local_network();
        let market = Market::open(chain.clone(), facts)?;
        let services = Services::new(ports);
        step("two hours of swaps", || market.write_history(stop))?;
        // Both take seconds to load and neither needs the other before its first request.
        services.start(Service::Bundler)?;
        services.start(Service::Paymaster)?;
        if let Some(replay) = replay {
            market.follow(replay)?;
        }
        let description = describe(ports, flavour);
        let parts = Arc::new(Parts {
            chain,
            facts,
            market,
            services,
            description,
            exchange: Bent::default(),
            faucet: Mutex::default(),
        });
        let bot = options.has_market.then(|| Bot::start(Arc::clone(&parts)));
        let exchange = Exchange::start(Arc::clone(&parts), ports.exchange())?;
        let mut stack = Self { control: None, _exchange: exchange, bot, parts, anvil };
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

    /// The sentence of the first part that died.
    pub(crate) fn death(&mut self) -> Option<Failure> {
        self.anvil.death().or_else(|| self.parts.services.death()).or_else(|| self.bot.as_mut()?.death())
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.control = None;
        self.bot = None;
        self.parts.services.close();
        let _was_not_written = fs::remove_file(description_file());
    }
}

/// The stack's chain and services, or the sandbox in their place.
#[derive(Debug)]
pub(crate) enum Backend {
    /// anvil, alto, the paymaster service.
    Stack(Box<Stack>),
    /// All of it in this process.
    Inside(Inside),
}

impl Backend {
    /// Starts what `options` wants; returns when every part answers.
    pub(crate) fn start(options: &Options, stop: &Stop) -> Outcome<Self> {
        if options.is_sandbox {
            Inside::start(options, stop).map(Self::Inside)
        } else {
            Stack::start(options, stop).map(|stack| Self::Stack(Box::new(stack)))
        }
    }

    /// The sentence of the first part that died.
    pub(crate) fn death(&mut self) -> Option<Failure> {
        match self {
            Self::Stack(stack) => stack.death(),
            Self::Inside(inside) => inside.death(),
        }
    }

    /// Waits for Ctrl-C; fails when a part dies.
    fn hold(&mut self, stop: &Stop) -> Outcome<()> {
        while !stop.is_set() {
            if let Some(death) = self.death() {
                return Err(death);
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

/// `cargo xtask stack`.
pub(crate) fn command(options: &Options, stop: &Stop) -> Outcome<()> {
    let mut backend = Backend::start(options, stop)?;
    let ports = Ports(options.first_port);
    println!();
    println!("  chain      http://127.0.0.1:{}", ports.node());
    println!("  bundler    http://127.0.0.1:{}", ports.bundler());
    println!("  paymaster  http://127.0.0.1:{}", ports.paymaster());
    println!("  control    http://127.0.0.1:{}", ports.control());
    println!("  exchange   ws://127.0.0.1:{}/book", ports.exchange());
    println!("\nCtrl-C ends it.");
    backend.hold(stop)
}

impl Options {
    /// Says which port of the stack is busy, before anything is built or begun.
    pub(crate) fn require_free_ports(&self) -> Outcome<()> {
        let ports = Ports(self.first_port);
        let all = [ports.node(), ports.bundler(), ports.paymaster(), ports.control(), ports.exchange()];
        all.into_iter().try_for_each(require_free_port)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_port_is_named_in_one_sentence_before_anything_begins() {
        let taken = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = taken.local_addr().expect("bound").port();
        let sentence = format!("Port {port} is busy; end the program that listens there.");
        let refused = |first_port: u16| Options { first_port, ..Options::default() }.require_free_ports();
        assert_eq!(refused(port).expect_err("busy").to_string(), sentence);
        assert!(refused(port - 3).is_err(), "it is the last of the four that follow each other");
        drop(taken);
        require_free_port(port).expect("free again");
    }
}
