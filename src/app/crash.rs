//! Crash simulation: the machine and its use cases as they are, over a chain, a bundler, a sponsor, a disk and a
//! clock that are simulated, with everything going wrong that may.
//!
//! Every wait on a port is a place at which the tab may die, before or after what it waited for has happened. Chance
//! comes from one seed: `LEASH_CRASH_SEED` repeats a run, `LEASH_CRASH_RUNS` says how many there are.

mod chain;
mod dice;
mod faults;
mod node;
mod ports;
mod services;
mod time;
mod verdict;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Wake, Waker};

use alloy_primitives::U256;
use futures_channel::mpsc::{UnboundedSender, unbounded};
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;

use super::event::{Command, Event, Saved};
use super::grants::StoredGrant;
use super::machine::samples;
use super::runtime::run_with;
use super::{Audience, ChartUpdate, Environment, ExportFile, Flavour, Intent, Snapshot, perform};
use crate::ports::KeyVault as _;
use crate::trading::{Guards, Sizing};
use crate::units::UnixMillis;
use crate::venue::UniswapV3;
use chain::{Chain, State};
use dice::Dice;
use faults::Faults;
use verdict::Tally;
use world::{Crash, World};

/// Runs of the ordinary test; the whole check asks for more.
const RUNS: u64 = 60;
/// Milliseconds in which things go wrong.
const TROUBLE_MILLIS: u64 = 70_000;
/// Milliseconds after that in which everything must have come to its end: longer than any word of the sponsor holds.
const CALM_MILLIS: u64 = 420_000;
/// Milliseconds between two looks at whether all has come to its end.
const LOOK_MILLIS: u64 = 2_000;
/// Most crashes of one run.
const MOST_CRASHES: u64 = 4;
/// Waits of a tab among which a crash is drawn.
const WAITS: u64 = 1_500;
const WAITS_ON_THE_WAY: u64 = 40;

/// Sees what the page is told: what was decided, the backtest's trader must have decided too.
struct Onlooker(Rc<World>);

impl Audience for Onlooker {
    fn snapshot(&self, snapshot: Snapshot) {
        let Some(decisions) = snapshot.decisions else { return };
        self.0.decided.set(self.0.decided.get().max(decisions.count.into()));
        if decisions.live != decisions.again {
            self.0
                .violations
                .borrow_mut()
                .push(format!("other decisions than the backtest's: {decisions:?}"));
        }
    }

    fn chart(&self, _: ChartUpdate) {}

    fn file(&self, _: ExportFile) {}
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

type Tab = LocalBoxFuture<'static, ()>;

/// Runs `tabs` until the first of them ends or crashes, or the hour is `until`.
fn drive(world: &World, tabs: &mut [Tab], until: u64) {
    let flag = Arc::new(Flag(AtomicBool::new(true)));
    let waker = Waker::from(Arc::clone(&flag));
    loop {
        if flag.0.swap(false, Ordering::Relaxed) {
            for tab in tabs.iter_mut() {
                let is_over = tab.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
                if is_over || world.is_crashed() {
                    return;
                }
            }
        } else if !world.time.wake_next(until) {
            return;
        }
    }
}

/// A page that is open in this environment, and the way to press its buttons.
fn page(world: &Rc<World>, environment: Environment) -> (Tab, UnboundedSender<Event>) {
    let onlooker = Onlooker(Rc::clone(world));
    let (buttons, inbox) = unbounded();
    // Contracts are looked at by a use case of its own, which has tests of its own.
    let performer = |environment: Environment, command: Command| {
        async move {
            if let Command::CheckContracts(epoch, _) = command {
                return Event::ContractsChecked(epoch, Ok(Flavour::StandIns));
            }
            perform(&environment, command).await
        }
        .boxed_local()
    };
    let tab = async move { run_with(environment, None, inbox, &onlooker, &performer).await };
    (tab.boxed_local(), buttons)
}

/// The person's tabs: the one that dies now and then, and perhaps another beside it.
struct Tabs {
    companion: Option<Tab>,
    /// The companion's; it ends with them.
    _buttons: Option<UnboundedSender<Event>>,
}

impl Tabs {
    fn open(world: &Rc<World>, are_two: bool) -> Self {
        let companion = are_two.then(|| page(world, world.open_companion()));
        let (companion, buttons) = companion.unzip();
        Self { companion, _buttons: buttons }
    }

    /// A tab from its opening to its end.
    fn live(&mut self, world: &Rc<World>, crash: Option<Crash>, until: u64) {
        self.live_until(world, crash, until, || false);
    }

    /// The same, but it is closed when all is done, at which is looked now and then.
    fn live_until(
        &mut self,
        world: &Rc<World>,
        crash: Option<Crash>,
        until: u64,
        mut is_done: impl FnMut() -> bool,
    ) {
        let (tab, buttons) = page(world, world.open_tab(crash));
        let mut tabs: Vec<Tab> = [Some(tab), self.companion.take()].into_iter().flatten().collect();
        while world.time.now() < until && !world.is_crashed() {
            let look = until.min(world.time.now() + LOOK_MILLIS);
            drive(world, &mut tabs, look);
            if world.revokes_at.get().is_some_and(|at| at <= world.time.now()) && !world.is_crashed() {
                world.press_revoke();
                buttons.unbounded_send(Event::Intent(Box::new(Intent::Revoke))).expect("the tab listens");
            }
            if is_done() {
                break;
            }
        }
        self.companion = tabs.drain(1..).next();
    }
}

/// Close enough to the market for each of them to speak now and then.
fn protections(dice: &Dice) -> Guards {
    let near = || u32::try_from(dice.below(60)).unwrap_or_default();
    Guards {
        stop_loss_bps: near(),
        take_profit_bps: near(),
        trailing_stop_bps: near(),
        cooldown_candles: near(),
        drawdown_bps: near(),
        daily_loss_bps: near(),
        trades_per_hour: near() / 10,
    }
}

fn simulate(seed: u64) -> Result<Tally, String> {
    let dice = Dice::new(seed);
    thread_local! {
        static GRANT: StoredGrant = samples::stored_grant();
    }
    let mut grant = GRANT.with(Clone::clone);
    if dice.happens(500) {
        grant.terms.guards = protections(&dice);
    }
    if dice.happens(300) {
        let bps = 1 + u32::try_from(dice.below(100)).unwrap_or_default();
        grant.terms.sizing = Sizing::Volatility { bps };
    }
    let network = crate::contracts::network_by_id("local").expect("a network");
    let venue = UniswapV3::new(network.pool.expect("a pool"));
    let services = super::Services::of("local", &Default::default()).expect("a network");
    let start = samples::START.plus_secs(chain::HISTORY * chain::BLOCK_SECS);
    let state = State {
        base: U256::from(4_000_000_000_000_000_000_u64),
        quote: U256::from(10_000_000_000_u64),
        is_deployed: dice.happens(500),
        ..State::default()
    };
    let chain = Chain::new(Rc::clone(&grant.signed), venue, start, state);
    let world = Rc::new(World::new(!seed, services, chain, UnixMillis(start.0 * 1_000)));
    // The grant is kept as the page keeps it, before anything goes wrong.
    let (environment, vault) = (world.open_tab(None), Rc::clone(&world));
    let stored = async move {
        perform(&environment, Command::Save(Saved::Grant(Box::new(grant)))).await;
        vault.vault.put(&samples::key_name(), &samples::KEY).await.expect("memory");
    };
    drive(&world, &mut [stored.boxed_local()], u64::MAX);
    world.set_faults(Faults::roll(&dice));
    if dice.happens(250) {
        world.revokes_at.set(Some(world.time.now() + dice.below(TROUBLE_MILLIS)));
    }
    let crashes = dice.below(MOST_CRASHES + 1);
    let calm_from = world.time.now() + TROUBLE_MILLIS;
    let mut tabs = Tabs::open(&world, dice.happens(300));
    for _ in 0..crashes {
        let crash = if dice.happens(300) {
            Crash::Anywhere(1 + dice.below(WAITS))
        } else {
            Crash::OnTheWay(1 + dice.below(WAITS_ON_THE_WAY))
        };
        tabs.live(&world, Some(crash), calm_from);
        world.time.leap(dice.below(8_000));
        // Under a tab that lives nothing is cleared away.
        if tabs.companion.is_none() && dice.happens(world.faults().forgotten) {
            world.forget_journal();
        }
    }
    tabs.live(&world, None, calm_from);
    world.set_faults(Faults::default());
    world.chain.borrow_mut().calm();
    let end = world.time.now() + CALM_MILLIS;
    let mut verdict = Err("nobody looked".to_owned());
    tabs.live_until(&world, None, end, || {
        world.advance();
        let is_idle = world.chain.borrow().is_idle();
        if is_idle {
            verdict = world.verdict();
        }
        is_idle && verdict.is_ok()
    });
    if !world.chain.borrow().is_idle() {
        return Err("the bundler still holds an operation".to_owned());
    }
    verdict.map(|tally| Tally { crashes, decided: world.decided.get(), ..tally })
}

#[test]
fn whatever_dies_nothing_is_traded_twice_lost_or_made_up() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("LEASH_CRASH_SEED");
    let runs = if first.is_some() { 1 } else { number("LEASH_CRASH_RUNS").unwrap_or(RUNS) };
    let first = first.unwrap_or(1);
    let next = AtomicU64::new(first);
    let one_after_the_other = || {
        let mut tallies = Vec::new();
        let mut failed = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + runs {
                return (tallies, failed);
            }
            let outcome = catch_unwind(AssertUnwindSafe(|| simulate(seed)));
            match outcome.unwrap_or_else(|_| Err("it panicked".to_owned())) {
                Ok(tally) => tallies.push(tally),
                Err(why) => failed.push((seed, why)),
            }
        }
    };
    let (tallies, failed): (Vec<_>, Vec<_>) = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(one_after_the_other)).collect();
        threads.into_iter().map(|thread| thread.join().expect("it catches its own")).unzip()
    });
    let (tallies, failed) = (tallies.concat(), failed.concat());
    let sum = |of: fn(&Tally) -> u64| tallies.iter().map(of).sum::<u64>();
    eprintln!(
        "{runs} runs, {} crashes, {} decisions, {} entries: {} filled, {} undone, {} replaced, {} expired, {} abandoned",
        sum(|it| it.crashes),
        sum(|it| it.decided),
        sum(|it| it.entries),
        sum(|it| it.filled),
        sum(|it| it.undone),
        sum(|it| it.replaced),
        sum(|it| it.expired),
        sum(|it| it.abandoned),
    );
    for (seed, why) in failed.iter().take(5) {
        eprintln!("LEASH_CRASH_SEED={seed}\n{why}\n");
    }
    assert!(failed.is_empty(), "{} of {runs} runs failed", failed.len());
}
