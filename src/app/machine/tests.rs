//! The machine alone, with events made by hand: what it never does, whatever happens.

mod alarms;
mod breakers;
mod bundler;
mod decisions;
mod desk;
mod ending;
mod endpoints;
mod expiry;
mod history;
mod kept;
mod long;
mod networks;
mod nodes;
mod paper;
mod protections;
mod reconcile;
mod records;
mod reference;
mod renewal;
mod settling;
mod tabs;
mod unclear;
mod withdraw;

use alloy_primitives::{B256, U256};

use super::samples::{ACCOUNT, START, key, price, stored_grant, tokens};
use super::*;
use crate::account::{Fees, GasLimits, UserOperationDraft, execute_call_data};
use crate::app::TraderStatus;
use crate::app::event::{Observation, ObservePlan, PermissionFacts, Watch, Watched};
use crate::app::operation::{OperationPlan, PreparedOperation, Route, SendFailure, SignedOperation};
use crate::market::{Interval, PriceTick};
use crate::rpc::OperationOutcome;
use crate::trading::{OrderState, Purpose, SignedBytes, StrategyTerms};

const HERE: Epoch = Epoch(1);
/// A live network's longest sponsorship; two candles are long over by then.
const SPONSORED_SECS: u64 = 600;

/// What the network asks for, where nothing else is told.
const USUAL_FEES: Fees = Fees { max: 100, max_priority: 10 };

/// A machine with a live grant and the world around it.
struct World {
    machine: Machine,
    grant: StoredGrant,
    block: u64,
    at: UnixSecs,
    plan: ObservePlan,
    /// Next sequence of the trade lane on chain.
    sequence: u64,
    /// What the account did, as the chain tells it where that is asked for.
    operations: Vec<OperationOutcome>,
    /// Base tokens of the account.
    base: TokenAmount,
    /// Whether the browser still says that this tab trades.
    holds_lock: bool,
}

impl World {
    /// Awake, with the lock, after 40 falling candles.
    fn new() -> Self {
        Self::granted(stored_grant())
    }

    fn granted(grant: StoredGrant) -> Self {
        let mut machine = Machine::new(None).expect("a network");
        machine.start();
        let restored = || Restored { grants: vec![grant.clone()], ..Restored::default() };
        let restore = |machine: &mut Machine| {
            machine.handle(Event::Restored(Ok(Box::new(restored()))), START.to_millis())
        };
        restore(&mut machine);
        let tick = |step: u64| PriceTick {
            at: START.plus_secs(2 * step),
            block: step + 1,
            price: price(2_600 - u128::from(step)),
        };
        let history = (0..40).map(tick).collect();
        let (block, at) = (40, START.plus_secs(78));
        let commands = machine.handle(Event::HistoryLoaded(HERE, Ok(history)), at.to_millis());
        let plan = commands.into_iter().find_map(plan_of).expect("it looks");
        machine.handle(Event::LockAnswered(Ok(true)), at.to_millis());
        restore(&mut machine);
        let (sequence, operations, base) = (0, Vec::new(), tokens(4, 18));
        let mut world =
            Self { machine, grant, block, at, plan, sequence, operations, base, holds_lock: true };
        world.look(&[2_560]);
        world
    }

    /// One round of reading in which a candle closed at each of `prices`.
    fn look(&mut self, prices: &[u128]) -> Vec<Command> {
        self.look_after_missing(0, prices)
    }

    /// The same after so many blocks that nobody read.
    fn look_after_missing(&mut self, blocks: u64, prices: &[u128]) -> Vec<Command> {
        self.block += blocks;
        self.at = self.at.plus_secs(2 * blocks);
        let mut ticks = Vec::new();
        for whole in prices {
            self.block += 1;
            self.at = self.at.plus_secs(2);
            ticks.push(PriceTick { at: self.at, block: self.block, price: price(*whole) });
        }
        let unused = || PermissionFacts {
            signature_nonce: U256::ZERO,
            spent: crate::session::Spent::default(),
            is_enabled: false,
        };
        let quotes = self.plan.quotes.iter().map(|(side, amount)| (*side, *amount, TokenAmount(U256::MAX)));
        let observation = Observation {
            block: self.block,
            block_at: self.at,
            read_at: self.at.to_millis(),
            is_behind_gap: blocks > 0,
            holds_lock: self.holds_lock,
            ticks,
            quotes: quotes.collect(),
            account: Some(AccountFacts {
                address: ACCOUNT,
                owner: key(2).address(),
                is_deployed: true,
                owner_has_code: false,
                base: self.base,
                quote: tokens(10_000, 6),
                owner_base: TokenAmount::ZERO,
                owner_quote: TokenAmount::ZERO,
                ether_held: TokenAmount::ZERO,
                ether_deposited: TokenAmount::ZERO,
            }),
            grant: Some(GrantFacts {
                grant_id: self.grant.id(),
                buy: unused(),
                sell: unused(),
                trade_nonce: self.grant.signed.grant().trade_lane().nonce(self.sequence),
                end_nonce: U256::ZERO,
                watched: self.plan.watch.map(|watch| self.watched(watch)),
                fees: None,
            }),
        };
        let commands = self.tell(Event::Observed(HERE, Ok(Box::new(observation))));
        let next = self.tell(Event::Woke(Timer::Observe(HERE)));
        self.plan = next.into_iter().find_map(plan_of).expect("it looks again");
        commands
    }

    fn watched(&self, watch: Watch) -> Watched {
        let from_block = match watch {
            Watch::Block(block) => block,
            Watch::Moment(_) => 1,
        };
        Watched { from_block, operations: self.operations.clone() }
    }

    fn tell(&mut self, event: Event) -> Vec<Command> {
        let commands = self.machine.handle(event, self.at.to_millis());
        self.sees_nothing_old();
        commands
    }

    /// Rises candle by candle until a trade is planned.
    fn trade(&mut self) -> OperationPlan {
        let planned = (2_565..2_700).step_by(5).find_map(|whole| prepared_plan(self.look(&[whole])));
        planned.expect("a rising price makes the averages cross")
    }
}

impl World {
    /// A trade that is signed and on its way to the bundler.
    fn sign_trade(&mut self) -> SignedOperation {
        self.tell(Event::ContractsChecked(HERE, Ok(Flavour::StandIns)));
        let plan = self.trade();
        self.tell(prepared(plan.clone()));
        let signed = self.signed(plan);
        let commands = self.tell(Event::Signed(signed.entry.id, Ok(Box::new(signed.clone()))));
        assert!(commands.iter().any(|command| matches!(command, Command::Send(_))), "it is sent");
        signed
    }

    /// What was planned last, signed.
    fn signed(&self, plan: OperationPlan) -> SignedOperation {
        let draft = draft_of(&plan);
        let mut entry = self.machine.journal.last().cloned().expect("its row");
        let operation = draft.sign_with(vec![1, 2, 3].into());
        let (hash, valid_until) = (operation.hash(31_337).0, self.at.plus_secs(SPONSORED_SECS));
        entry.signed = Some(SignedBytes {
            operation: operation.to_bytes().expect("bytes"),
            operation_hash: hash,
            nonce: self.grant.signed.grant().trade_lane().nonce(self.sequence),
            valid_until,
        });
        entry.advance(OrderState::Signed, self.at);
        let services = plan.services;
        SignedOperation { entry, services, route: Route::Bundler, operation, hash, valid_until }
    }
}

fn plan_of(command: Command) -> Option<ObservePlan> {
    if let Command::Observe(_, plan) = command { Some(*plan) } else { None }
}

fn prepared_plan(commands: Vec<Command>) -> Option<OperationPlan> {
    commands
        .into_iter()
        .find_map(|command| if let Command::Prepare(plan) = command { Some(*plan) } else { None })
}

fn draft_of(plan: &OperationPlan) -> UserOperationDraft {
    UserOperationDraft {
        sender: plan.sender,
        nonce: U256::ZERO,
        factory: None,
        call_data: execute_call_data(&plan.calls),
        fees: plan.fees.unwrap_or(USUAL_FEES),
        gas: GasLimits::default(),
        sponsorship: None,
    }
}

fn prepared(plan: OperationPlan) -> Event {
    let draft = draft_of(&plan);
    let (id, hash, valid_until) = (plan.id, draft.hash(31_337), plan.now.plus_secs(600));
    Event::Prepared(id, Ok(Box::new(PreparedOperation { plan, draft, hash, valid_until })))
}

fn failure() -> Failure {
    Failure::new("No.")
}

#[test]
fn a_cross_is_traded_once_and_nothing_trades_beside_it() {
    let mut world = World::new();
    let plan = world.trade();
    assert!(matches!(plan.purpose, Purpose::Trade(order) if order.side == Side::Buy));
    for whole in [2_400, 2_200, 2_100, 2_300, 2_600, 2_900, 2_950] {
        assert_eq!(prepared_plan(world.look(&[whole])), None, "one operation in flight");
    }
    let commands = world.tell(Event::Prepared(plan.id, Err(failure())));
    assert!(matches!(commands.as_slice(), [Command::Save(_)]), "given up, and written down");
    assert!(matches!(world.machine.journal[0].state, OrderState::Abandoned { .. }));
}

#[test]
fn a_cross_without_a_quote_is_traded_when_the_quote_comes_with_the_next_round() {
    let crossed_unquoted = |world: &mut World| {
        let crosses = |world: &mut World, whole: u128| {
            world.plan.quotes.clear();
            assert_eq!(prepared_plan(world.look(&[whole])), None, "no quote");
            world.machine.unquoted.is_some()
        };
        assert!((2_565..2_700).step_by(5).any(|whole| crosses(world, whole)), "the averages cross");
    };
    let mut world = World::new();
    crossed_unquoted(&mut world);
    let plan = prepared_plan(world.look(&[])).expect("now there is one");
    assert!(matches!(plan.purpose, Purpose::Trade(order) if order.side == Side::Buy));
    assert_eq!(prepared_plan(world.look(&[])), None, "once");
    // It waits for as long as a candle lasts, and no longer.
    let mut world = World::new();
    crossed_unquoted(&mut world);
    let plan = prepared_plan(world.look(&[2_700])).expect("the next candle closes at the last moment");
    assert!(matches!(plan.purpose, Purpose::Trade(order) if order.side == Side::Buy));
    let mut world = World::new();
    crossed_unquoted(&mut world);
    assert_eq!(prepared_plan(world.look(&[2_700, 2_705])), None);
    assert_eq!(prepared_plan(world.look(&[])), None);
}

#[test]
fn a_cross_that_was_missed_is_never_traded() {
    let mut world = World::new();
    let risen: Vec<u128> = (2_565..2_700).step_by(5).collect();
    assert_eq!(prepared_plan(world.look(&risen)), None, "all at once");
    assert_eq!(prepared_plan(world.look(&[2_705])), None, "and not later");
    assert!(world.machine.journal.is_empty());
}

#[test]
fn behind_a_gap_the_averages_start_anew_and_the_page_says_so() {
    let mut world = World::new();
    assert!(world.machine.snapshot().market.averages.is_some(), "warm before the gap");
    // Risen so far that averages which knew the old price would cross at once.
    world.look_after_missing(6_000, &[3_000]);
    let seen = world.machine.snapshot();
    assert!(seen.notices[0].sentence.contains("missed more of the market than it can read again"));
    assert_eq!(seen.market.averages, None);
    let slow = world.machine.feed.strategy_terms().slow;
    for have in 1..slow {
        assert_eq!(prepared_plan(world.look(&[3_000 + u128::from(have)])), None, "nothing trades meanwhile");
        let TraderStatus::Waiting { why } = world.machine.snapshot().trader else { panic!("it waits") };
        assert!(why.contains(&format!("{have} of {slow} candles")), "{why}");
    }
    assert_eq!(prepared_plan(world.look(&[3_100])), None);
    assert!(world.machine.snapshot().market.averages.is_some(), "warm again");
    let slower = StrategyTerms { interval: Interval(4), ..world.machine.feed.strategy_terms() };
    world.machine.feed.use_strategy(slower);
    let drawn = world.machine.chart_update().expect("another chart");
    let first = drawn.points.first().map(|point| point.open_at_secs);
    assert!(first > Some(START.plus_secs(10_000).0), "drawn from behind the gap only");
}

#[test]
fn nothing_trades_before_the_lock_and_what_the_other_tab_wrote() {
    let mut world = World::new();
    world.machine.lock = Lock::CatchingUp;
    for whole in (2_565..2_700).step_by(5) {
        assert_eq!(prepared_plan(world.look(&[whole])), None);
    }
}

#[test]
fn a_store_that_cannot_be_read_again_takes_nothing_away_and_is_asked_again() {
    let mut world = World::new();
    let plan = world.trade();
    let rows = world.machine.journal.len();
    world.machine.lock = Lock::CatchingUp;
    let unreadable = Event::Restored(Err(Failure::new("The storage failed.")));
    let commands = world.machine.handle(unreadable, world.at.to_millis());
    assert_eq!((world.machine.grants.len(), world.machine.journal.len()), (1, rows), "records stand");
    assert_eq!(world.machine.lock, Lock::Free, "and nothing is traded on them");
    assert!(commands.iter().any(|command| matches!(command, Command::Wait { timer: Timer::Lock(_), .. })));

    // Once it is read again, what is under way here is not taken up a second time.
    let kept = Restored {
        grants: world.machine.grants.clone(),
        journal: world.machine.journal.to_vec(),
        ..Restored::default()
    };
    world.machine.handle(Event::Restored(Ok(Box::new(kept))), world.at.to_millis());
    let row = world.machine.journal.iter().find(|entry| entry.id == plan.id).expect("its row");
    assert_eq!(row.state, OrderState::Planned, "it is still being prepared, not given up");
}

#[test]
fn waking_up_finishes_what_an_ending_had_left() {
    let ended = StoredGrant { life: GrantLife::Revoked, ..stored_grant() };
    let renewal = StoredGrant { life: GrantLife::Successor, ..stored_grant() };
    let wake = |grant: &StoredGrant| {
        let mut machine = Machine::new(None).expect("a network");
        let restored = Restored { grants: vec![grant.clone()], ..Restored::default() };
        let commands = machine.handle(Event::Restored(Ok(Box::new(restored))), START.to_millis());
        (machine, commands)
    };
    let (_, commands) = wake(&ended);
    assert!(commands.contains(&Command::WipeKey(ended.session_key())), "its key goes, if it did not before");
    let (machine, commands) = wake(&renewal);
    assert_eq!(machine.grants[0].life, GrantLife::Active, "a renewal without an old session has its turn");
    assert!(commands.iter().any(|command| matches!(command, Command::AcquireLock(_))));
    assert!(!commands.contains(&Command::WipeKey(renewal.session_key())));
}

#[test]
fn a_trade_that_is_prepared_after_revoke_is_not_signed() {
    let mut world = World::new();
    let plan = world.trade();
    let commands = world.tell(Event::Intent(Box::new(Intent::Revoke)));
    let ending = prepared_plan(commands).expect("the session ends itself");
    assert_eq!(ending.purpose, Purpose::Renounce);
    assert_ne!(ending.lane, plan.lane, "never stuck behind a trade");
    let commands = world.tell(prepared(plan));
    assert!(!commands.iter().any(|command| matches!(command, Command::Sign { .. })), "{commands:?}");
    assert!(matches!(world.machine.journal[0].state, OrderState::Abandoned { .. }));
    let commands = world.tell(prepared(ending));
    assert!(commands.iter().any(|command| matches!(command, Command::Sign { .. })), "ending is signed");
}

#[test]
fn paused_between_plan_and_signature_nothing_is_signed() {
    let mut world = World::new();
    let plan = world.trade();
    world.tell(Event::Intent(Box::new(Intent::Pause)));
    let commands = world.tell(prepared(plan));
    assert!(!commands.iter().any(|command| matches!(command, Command::Sign { .. })));
}

#[test]
fn a_device_that_slept_sends_nothing_of_what_it_had_decided() {
    let planned = || {
        let mut world = World::new();
        world.tell(Event::ContractsChecked(HERE, Ok(Flavour::StandIns)));
        let plan = world.trade();
        let last = UnixMillis(world.machine.now.0 + world.machine.longest_way_millis());
        (world, plan, last)
    };
    let is_over = |world: &World| matches!(&world.machine.journal[0].state, OrderState::Abandoned { why } if why.contains("moment"));

    let (mut world, plan, last) = planned();
    let commands = world.machine.handle(prepared(plan), UnixMillis(last.0 + 1));
    assert!(!commands.iter().any(|command| matches!(command, Command::Sign { .. })), "{commands:?}");
    assert!(is_over(&world));

    for (woken, is_sent) in [(last, true), (UnixMillis(last.0 + 1), false)] {
        let (mut world, plan, last) = planned();
        let commands = world.machine.handle(prepared(plan.clone()), last);
        assert!(commands.iter().any(|command| matches!(command, Command::Sign { .. })), "{commands:?}");
        let signed = world.signed(plan);
        let commands = world.machine.handle(Event::Signed(signed.entry.id, Ok(Box::new(signed))), woken);
        assert_eq!(
            commands.iter().any(|command| matches!(command, Command::Send(_))),
            is_sent,
            "{commands:?}"
        );
        assert_eq!(is_over(&world), !is_sent);
    }
}

#[test]
fn no_answer_however_wrong_or_late_is_too_much() {
    let unknown = 99;
    let answers: Vec<fn() -> Event> = vec![
        || Event::Restored(Err(failure())),
        || Event::Saved(RecordName::Settings, Err(failure())),
        || Event::HistoryLoaded(HERE, Err(failure())),
        || Event::HistoryLoaded(Epoch(0), Ok(Vec::new())),
        || Event::ContractsChecked(HERE, Err(failure())),
        || Event::Observed(HERE, Err(failure())),
        || Event::Observed(Epoch(7), Err(failure())),
        || Event::LockAnswered(Err(failure())),
        || Event::LockAnswered(Ok(false)),
        || Event::Connected(String::new(), Err(failure())),
        || Event::Connected(String::new(), Ok(None)),
        || Event::ChainSwitched(Err(failure())),
        || Event::Funded(Err(failure())),
        || Event::GrantPrepared(Err(failure())),
        || Event::GrantSigned(Err(failure())),
        || Event::Proven(B256::ZERO, Err(failure())),
        || Event::KeyWiped(Err(failure())),
        || Event::Woke(Timer::EndingPatience(HERE)),
        || Event::Woke(Timer::Proof),
    ];
    let mut world = World::new();
    let with_unknown_id = [
        Event::Prepared(unknown, Err(failure())),
        Event::Signed(unknown, Err(failure())),
        Event::Sent(unknown, Ok(())),
        Event::Sent(unknown, Err(SendFailure { failure: failure(), is_definite: true })),
        Event::Settled(unknown, Err(failure())),
        Event::Woke(Timer::Settle(unknown)),
    ];
    for event in answers.iter().map(|make| make()).chain(with_unknown_id) {
        let told = format!("{event:?}");
        let commands = world.tell(event);
        let _seen = world.machine.snapshot();
        let acts = |command: &Command| matches!(command, Command::Sign { .. } | Command::Send(_));
        assert!(!commands.iter().any(acts), "{told} made it act");
    }
}
