//! Crash simulation: the machine and its use cases as they are, over a chain, a bundler, a sponsor, a disk and a
//! clock that are simulated, with everything going wrong that may.
//!
//! Every wait on a port is a place at which the tab may die, before or after what it waited for has happened. Chance
//! comes from one seed: `LEASH_CRASH_SEED` repeats a run, `LEASH_CRASH_RUNS` says how many there are. That it would find
//! what it looks for is tested as well: with flaws of the page and its ground.

mod bites;
mod chain;
mod dice;
mod disk;
mod faults;
mod flaws;
mod node;
mod ports;
mod services;
mod time;
mod verdict;
mod world;

use std::panic::catch_unwind;
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
use crate::units::{UnixMillis, UnixSecs};
use crate::venue::UniswapV3;
use chain::{Chain, State};
use dice::Dice;
use faults::{Fault, Faults, Strikes, table};
use flaws::Flaw;
use verdict::{Kind, Tally, Wrong};
use world::{Crash, Tab as Place, World};

/// Runs of the ordinary test; the whole check asks for more.
const RUNS: u64 = 60;
/// Milliseconds in which things go wrong.
const TROUBLE_MILLIS: u64 = 70_000;
/// As many more where tabs stand still: one that does loses its lock after a minute and a half.
const FROZEN_MILLIS: u64 = 230_000;
/// Milliseconds after that in which everything must have come to its end: longer than any word of the sponsor holds,
/// and than a tab stands still.
const CALM_MILLIS: u64 = 700_000;
/// Milliseconds between two looks at whether all has come to its end.
const LOOK_MILLIS: u64 = 2_000;
/// Most crashes of one run.
const MOST_CRASHES: u64 = 4;
/// Waits of a tab among which a crash is drawn.
const WAITS: u64 = 1_500;
const WAITS_ON_THE_WAY: u64 = 40;
/// Two of each sending.
const WAITS_OF_SENDING: u64 = 4;

/// Sees what the page is told: what was decided, the backtest's trader must have decided too.
struct Onlooker(Rc<World>);

impl Audience for Onlooker {
    fn snapshot(&self, snapshot: Snapshot) {
        let Some(decisions) = snapshot.decisions else { return };
        self.0.decided.set(self.0.decided.get().max(decisions.count.into()));
        if decisions.live != decisions.again {
            self.0.blame(Kind::Decision, format!("other decisions than the backtest's: {decisions:?}"));
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
            let places = [Place::Mortal, Place::Companion];
            for (tab, place) in tabs.iter_mut().zip(places) {
                if world.is_frozen(place) {
                    continue;
                }
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

/// What a run begins with.
#[derive(Clone, Copy, Debug, Default)]
struct Setup {
    seed: u64,
    flaw: Option<Flaw>,
    /// Instead of those that chance has.
    faults: Option<Faults>,
    /// A second tab, whatever chance says.
    has_companion: bool,
}

fn simulate(setup: Setup) -> Result<Tally, Vec<Wrong>> {
    let dice = Dice::new(setup.seed);
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
    let rolled = Faults::roll(&dice);
    let faults = setup.faults.unwrap_or(rolled);
    // Not too often: whatever else goes wrong has little time then.
    let is_late = faults.rate(Fault::Late) > 700;
    let from_end = 20 + dice.below(TROUBLE_MILLIS / 1_000);
    let start = if is_late {
        UnixSecs(grant.valid_until().0 - from_end)
    } else {
        samples::START.plus_secs(chain::HISTORY * chain::BLOCK_SECS)
    };
    let state = State {
        base: U256::from(4_000_000_000_000_000_000_u64),
        quote: U256::from(10_000_000_000_u64),
        is_deployed: dice.happens(500),
        ..State::default()
    };
    let chain = Chain::new(Rc::clone(&grant.signed), venue, start, state);
    let world = World::new((!setup.seed, setup.flaw), services, chain, UnixMillis(start.0 * 1_000));
    let world = Rc::new(world);
    // The grant is kept as the page keeps it, before anything goes wrong.
    let (environment, vault) = (world.open_tab(None), Rc::clone(&world));
    let stored = async move {
        perform(&environment, Command::Save(Saved::Grant(Box::new(grant)))).await;
        vault.vault.put(&samples::key_name(), &samples::KEY).await.expect("memory");
    };
    drive(&world, &mut [stored.boxed_local()], u64::MAX);
    world.fate.set(faults);
    if dice.happens(250) {
        world.revokes_at.set(Some(world.time.now() + dice.below(TROUBLE_MILLIS)));
    }
    let crashes = dice.below(MOST_CRASHES + 1);
    let frozen_millis = if world.fate.has(Fault::Frozen) { FROZEN_MILLIS } else { 0 };
    let calm_from = world.time.now() + TROUBLE_MILLIS + frozen_millis;
    let are_two = dice.happens(300) || setup.has_companion;
    let mut tabs = Tabs::open(&world, are_two);
    for _ in 0..crashes {
        let crash = match dice.below(10) {
            0..3 => Crash::Anywhere(1 + dice.below(WAITS)),
            3..5 => Crash::Sending(1 + dice.below(WAITS_OF_SENDING)),
            _ => Crash::OnTheWay(1 + dice.below(WAITS_ON_THE_WAY)),
        };
        tabs.live(&world, Some(crash), calm_from);
        world.time.leap(dice.below(8_000));
        // Under a tab that lives nothing is cleared away.
        if tabs.companion.is_none() {
            world.spoil_journal();
        }
    }
    tabs.live(&world, None, calm_from);
    world.fate.set(Faults::NONE);
    world.chain.borrow_mut().calm();
    let end = world.time.now() + CALM_MILLIS;
    let mut verdict = Err(Vec::new());
    tabs.live_until(&world, None, end, || {
        world.advance();
        let is_idle = world.chain.borrow().is_idle();
        if is_idle {
            verdict = world.verdict();
        }
        is_idle && verdict.is_ok()
    });
    if !world.chain.borrow().is_idle() {
        let text = "the bundler still holds an operation".to_owned();
        return Err(vec![Wrong { kind: Kind::Open, text }]);
    }
    verdict.map(|tally| Tally { crashes, decided: world.decided.get(), taken: world.taken.get(), ..tally })
}

/// What runs came to, and the seeds of those that failed.
type Outcome = (Vec<Tally>, Vec<u64>);

/// In two threads.
fn simulate_all(seeds: std::ops::Range<u64>) -> Outcome {
    let next = AtomicU64::new(seeds.start);
    let one_after_the_other = || {
        let (mut tallies, mut failed) = Outcome::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return (tallies, failed);
            }
            let outcome = catch_unwind(|| simulate(Setup { seed, ..Setup::default() }));
            let why = match outcome {
                Ok(Ok(tally)) => {
                    tallies.push(tally);
                    continue;
                }
                Ok(Err(wrong)) => told(&wrong),
                Err(_) => "it panicked".to_owned(),
            };
            // At once: the other runs may take hours.
            eprintln!("LEASH_CRASH_SEED={seed}\n{why}\n");
            failed.push(seed);
        }
    };
    let (tallies, failed): (Vec<_>, Vec<_>) = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(one_after_the_other)).collect();
        threads.into_iter().map(|thread| thread.join().expect("it catches its own")).unzip()
    });
    (tallies.concat(), failed.concat())
}

fn told(wrong: &[Wrong]) -> String {
    let lines: Vec<_> = wrong.iter().map(|wrong| format!("{:?}: {}", wrong.kind, wrong.text)).collect();
    lines.join("\n")
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn whatever_dies_nothing_is_traded_twice_lost_or_made_up() {
    let repeated = number("LEASH_CRASH_SEED");
    let runs = if repeated.is_some() { 1 } else { number("LEASH_CRASH_RUNS").unwrap_or(RUNS) };
    let first = repeated.unwrap_or(1);
    let (tallies, failed) = simulate_all(first..first + runs);
    let sum = |of: fn(&Tally) -> u64| tallies.iter().map(of).sum::<u64>();
    eprintln!(
        "{runs} runs, {} crashes, {} decisions, {} entries: {} filled, {} undone, {} replaced, {} expired, {} abandoned, {} found on chain, {} locks taken over",
        sum(|it| it.crashes),
        sum(|it| it.decided),
        sum(|it| it.entries),
        sum(|it| it.filled),
        sum(|it| it.undone),
        sum(|it| it.replaced),
        sum(|it| it.expired),
        sum(|it| it.abandoned),
        sum(|it| it.recovered),
        sum(|it| it.taken),
    );
    let mut struck = Strikes::default();
    for (at, sum) in struck.iter_mut().enumerate() {
        *sum = tallies.iter().map(|tally| tally.struck[at]).sum();
    }
    eprintln!("{}", table(&struck));
    assert!(failed.is_empty(), "of {runs} runs the ones with these seeds failed: {failed:?}");
}
