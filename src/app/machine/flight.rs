//! Operations on their way, step by step: planned, prepared, signed, sent, settled. At most one trades.

use std::collections::BTreeMap;

use alloy_primitives::{Address, U256};

use crate::account::{Call, Fees, NonceKey, UserOperation};
use crate::app::event::{Command, Outcome, SettlePlan, Settlement, Timer};
use crate::app::grants::StoredGrant;
use crate::app::operation::SendFailure;
use crate::app::operation::{Authority, OperationPlan, PreparedOperation, Route, SignedOperation};
use crate::app::{Failure, NoticeLevel, Prompt, batch};
use crate::session::{Leg, Spent};
use crate::trading::{JournalEntry, OrderState, Purpose};
use crate::units::UnixSecs;

use super::Machine;

/// Pause between looks for an outcome on the local chain.
const LOCAL_SETTLE_MILLIS: u64 = 120;
/// Pause between looks elsewhere.
const LIVE_SETTLE_MILLIS: u64 = 2_000;
/// Pause before the same bytes are sent again after an unclear answer.
const RESEND_MILLIS: u64 = 2_000;
/// A trade unmined after this many candles is replaced by a harmless call (D1).
const CANDLES_BEFORE_REPLACEMENT: u64 = 2;

/// Where an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Preparing,
    Signing,
    Sending,
    Waiting,
}

#[derive(Debug)]
pub(super) struct Airborne {
    pub(super) purpose: Purpose,
    pub(super) step: Step,
    plan: Option<OperationPlan>,
    signed: Option<SignedOperation>,
    from_block: u64,
    sent_at: UnixSecs,
    is_replaced: bool,
}

/// All operations without an outcome.
#[derive(Debug, Default)]
pub(super) struct Flight(BTreeMap<u64, Airborne>);

impl Flight {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether anything holds the trade lane.
    pub(super) fn holds_trade_lane(&self) -> bool {
        self.0.values().any(|airborne| matches!(airborne.purpose, Purpose::Trade(_) | Purpose::Replacement))
    }

    pub(super) fn newest(&self) -> Option<&Airborne> {
        self.0.values().next_back()
    }

    pub(super) fn has(&self, wanted: fn(&Purpose) -> bool) -> bool {
        self.0.values().any(|airborne| wanted(&airborne.purpose))
    }
}

/// What the machine's other parts decide of an operation.
pub(super) struct Takeoff {
    pub(super) purpose: Purpose,
    pub(super) calls: Vec<Call>,
    pub(super) authority: Authority,
    pub(super) lane: NonceKey,
    pub(super) nonce: Option<U256>,
    /// Instead of the bundler's own.
    pub(super) fees: Option<Fees>,
    pub(super) rehearses_selling: Option<Vec<Call>>,
}

impl Machine {
    /// Journals the plan and begins to prepare it. `None` when the account is not known yet.
    pub(super) fn take_off(&mut self, takeoff: Takeoff) -> Option<(u64, Vec<Command>)> {
        let account = self.account.as_ref()?;
        let now = self.chain_now();
        let Takeoff { purpose, calls, authority, lane, nonce, fees, rehearses_selling } = takeoff;
        let last = self.journal.last().map_or(0, |entry| entry.id);
        let id = self.now.0.max(last + 1);
        let grant = match &authority {
            Authority::Session { grant, .. } => grant.grant().id(),
            Authority::Owner { .. } | Authority::OwnerTransaction { .. } => {
                self.current_grant().map(StoredGrant::id).unwrap_or_default()
            }
        };
        let entry = JournalEntry {
            id,
            grant_id: grant,
            purpose,
            planned_at: now,
            state: OrderState::Planned,
            history: Vec::new(),
        };
        let spent = match &authority {
            Authority::Session { leg, .. } => {
                self.facts.as_ref().map(|facts| facts.leg(*leg).spent.clone()).unwrap_or_default()
            }
            Authority::Owner { .. } | Authority::OwnerTransaction { .. } => Spent::default(),
        };
        let mut plan = OperationPlan {
            spent,
            id,
            purpose,
            services: self.services.clone(),
            sender: account.address,
            owner: account.owner,
            is_deployed: account.is_deployed,
            calls,
            authority,
            lane,
            nonce,
            fees: fees.or_else(|| self.facts.as_ref().map(|facts| facts.fees)),
            gas_memory: None,
            rehearses_selling,
            now,
        };
        plan.gas_memory = self.gas_memory.get(&plan.shape()).copied();
        self.journal.push(entry);
        let airborne = Airborne {
            purpose,
            step: Step::Preparing,
            plan: Some(plan.clone()),
            signed: None,
            from_block: self.feed.block(),
            sent_at: now,
            is_replaced: false,
        };
        self.flight.0.insert(id, airborne);
        let mut commands = self.save_entry(id);
        commands.push(Command::Prepare(Box::new(plan)));
        Some((id, commands))
    }

    pub(super) fn on_prepared(
        &mut self,
        id: u64,
        prepared: Result<Box<PreparedOperation>, Failure>,
    ) -> Vec<Command> {
        let now = self.chain_now();
        let prepared = match prepared {
            Ok(prepared) => prepared,
            Err(failure) => return self.abandon(id, &failure),
        };
        let Some(entry) = self.journal.iter().find(|entry| entry.id == id).cloned() else {
            return Vec::new();
        };
        let Some(airborne) = self.flight.0.get_mut(&id) else { return Vec::new() };
        let is_trade = matches!(airborne.purpose, Purpose::Trade(_));
        if is_trade && !self.may_still_trade() {
            return self.abandon(id, &Failure::new("Trading was stopped before this trade was signed."));
        }
        if let Some(airborne) = self.flight.0.get_mut(&id) {
            airborne.step = Step::Signing;
        }
        if prepared.plan.shape().leg.is_none() {
            self.prompt = Some(self.owner_prompt(&prepared));
        }
        vec![Command::Sign { entry: Box::new(entry), prepared, now }]
    }

    pub(super) fn on_signed(
        &mut self,
        id: u64,
        signed: Result<Box<SignedOperation>, Failure>,
    ) -> Vec<Command> {
        let signed = match signed {
            Ok(signed) => signed,
            Err(failure) => {
                self.prompt = None;
                return self.abandon(id, &failure);
            }
        };
        if signed.route == Route::Bundler {
            self.prompt = None;
        }
        self.replace_entry(signed.entry.clone());
        let Some(airborne) = self.flight.0.get_mut(&id) else { return Vec::new() };
        airborne.step = Step::Sending;
        airborne.signed = Some((*signed).clone());
        vec![Command::Send(signed)]
    }

    pub(super) fn on_sent(&mut self, id: u64, sent: Result<(), SendFailure>) -> Vec<Command> {
        self.prompt = None;
        let now = self.chain_now();
        let Some(airborne) = self.flight.0.get_mut(&id) else { return Vec::new() };
        airborne.step = Step::Waiting;
        airborne.sent_at = now;
        match sent {
            Ok(()) => {
                let plan = airborne.plan.clone();
                if let Some((plan, signed)) = plan.zip(airborne.signed.as_ref()) {
                    let memory = signed.gas_memory();
                    self.gas_memory.insert(plan.shape(), memory);
                }
                if let Some(entry) = self.journal.iter_mut().find(|entry| entry.id == id)
                    && let OrderState::Signed { operation, operation_hash, nonce, valid_until } =
                        entry.state.clone()
                {
                    entry.advance(
                        OrderState::Sent { operation, operation_hash, nonce, valid_until, sent_at: now },
                        now,
                    );
                }
                let mut commands = self.save_entry(id);
                commands.extend(self.look_for_outcome(id));
                commands
            }
            Err(SendFailure { failure, is_definite: true }) => self.abandon(id, &failure),
            Err(SendFailure { failure, is_definite: false }) => {
                // It may have arrived: the outcome is looked for, and the same bytes are sent again.
                self.notify(NoticeLevel::Warning, &failure);
                vec![Command::Wait { timer: Timer::Settle(id), millis: RESEND_MILLIS }]
            }
        }
    }

    /// Gives up an operation that is not on its way to the chain.
    fn abandon(&mut self, id: u64, failure: &Failure) -> Vec<Command> {
        let now = self.chain_now();
        let Some(airborne) = self.flight.0.remove(&id) else { return Vec::new() };
        if let Some(entry) = self.journal.iter_mut().find(|entry| entry.id == id) {
            entry.advance(OrderState::Abandoned { why: failure.sentence.clone() }, now);
        }
        self.gas_memory.clear();
        let mut commands = self.save_entry(id);
        match airborne.purpose {
            Purpose::Trade(_) | Purpose::Replacement => {
                self.last_refusal = Some(failure.sentence.clone());
                self.notify(NoticeLevel::Warning, failure);
            }
            Purpose::Renounce | Purpose::OwnerRevoke | Purpose::Withdraw => {
                commands.extend(self.on_ending_failed(airborne.purpose, failure));
            }
        }
        commands
    }

    pub(super) fn look_for_outcome(&mut self, id: u64) -> Vec<Command> {
        let Some(airborne) = self.flight.0.get(&id) else { return Vec::new() };
        let Some(signed) = &airborne.signed else { return Vec::new() };
        let side = match airborne.purpose {
            Purpose::Trade(order) => Some(order.side),
            Purpose::Replacement | Purpose::Renounce | Purpose::OwnerRevoke | Purpose::Withdraw => None,
        };
        vec![Command::Settle(Box::new(SettlePlan {
            id,
            services: signed.services.clone(),
            sender: signed.operation.sender(),
            operation_hash: signed.hash,
            nonce: signed.operation.nonce(),
            from_block: airborne.from_block,
            side,
        }))]
    }

    pub(super) fn on_settled(&mut self, id: u64, settlement: Result<Settlement, Failure>) -> Vec<Command> {
        let is_local = self.services.network.is_local();
        let pace = if is_local { LOCAL_SETTLE_MILLIS } else { LIVE_SETTLE_MILLIS };
        let again = vec![Command::Wait { timer: Timer::Settle(id), millis: pace }];
        match settlement {
            Ok(Settlement::Included(outcome)) => self.settle(id, outcome),
            Ok(Settlement::Replaced { by }) => self.finish(id, OrderState::Replaced { by }),
            Ok(Settlement::Pending { now }) => self.wait_on(id, now, again),
            Err(failure) => {
                self.feed.trouble = Some(failure);
                vec![Command::Wait { timer: Timer::Settle(id), millis: RESEND_MILLIS }]
            }
        }
    }

    fn wait_on(&mut self, id: u64, now: UnixSecs, again: Vec<Command>) -> Vec<Command> {
        let patience = u64::from(self.feed.strategy_terms().interval.0) * CANDLES_BEFORE_REPLACEMENT;
        let Some(airborne) = self.flight.0.get_mut(&id) else { return Vec::new() };
        let Some(signed) = airborne.signed.clone() else { return Vec::new() };
        if now > signed.valid_until {
            return self.finish(id, OrderState::Expired);
        }
        let was_sent =
            self.journal.iter().any(|entry| entry.id == id && matches!(entry.state, OrderState::Sent { .. }));
        if !was_sent && signed.route == Route::Bundler {
            return vec![Command::Send(Box::new(signed))];
        }
        let is_trade = matches!(airborne.purpose, Purpose::Trade(_));
        let is_stuck =
            is_trade && !airborne.is_replaced && now.secs_since(airborne.sent_at) > patience.max(10);
        let mut commands = again;
        if is_stuck {
            airborne.is_replaced = true;
            commands.extend(self.replace_stuck(&signed));
        }
        commands
    }

    fn settle(&mut self, id: u64, outcome: Outcome) -> Vec<Command> {
        let now = outcome.block_at;
        let Some(airborne) = self.flight.0.get(&id) else { return Vec::new() };
        let (purpose, Some(signed)) = (airborne.purpose, airborne.signed.as_ref()) else { return Vec::new() };
        let operation_hash = signed.hash;
        let plan = airborne.plan.as_ref();
        let proven = plan.map(|plan| (plan.sender, enabled_by(&plan.authority, &purpose)));
        self.note_inclusion(outcome.block, proven);
        let Outcome { success, block, transaction, gas_cost_wei, fill, ref revert_reason, .. } = outcome;
        let mut commands = Vec::new();
        if let Some(entry) = self.journal.iter_mut().find(|entry| entry.id == id) {
            entry.advance(OrderState::Included { operation_hash, success, block, transaction }, now);
        }
        if let Some(fill) = fill {
            commands.extend(self.on_fill(&fill));
        }
        if let (false, Some(reason)) = (success, revert_reason) {
            let sentence =
                format!("A trade was mined but undone: {reason} It still used up its lots and one use.");
            self.notify(NoticeLevel::Warning, &Failure::new(sentence));
        }
        let revert_reason = revert_reason.clone();
        let settled = OrderState::Settled {
            operation_hash,
            success,
            block,
            transaction,
            fill,
            revert_reason,
            gas_cost_wei,
        };
        commands.extend(self.finish(id, settled));
        if !matches!(purpose, Purpose::Trade(_) | Purpose::Replacement) {
            commands.extend(self.on_ending_settled(purpose, success));
        }
        commands
    }

    /// An operation in a block proves that its account exists, and that the permission it was validated by is
    /// on: the next operation must not wait for the next round of reading to know.
    fn note_inclusion(&mut self, block: u64, proven: Option<(Address, Option<Leg>)>) {
        self.settled_block = self.settled_block.max(block);
        let Some((sender, enabled)) = proven else { return };
        if let Some(account) = self.account.as_mut().filter(|account| account.address == sender) {
            account.is_deployed = true;
        }
        match (self.facts.as_mut(), enabled) {
            (Some(facts), Some(Leg::Buy)) => facts.buy.is_enabled = true,
            (Some(facts), Some(Leg::Sell)) => facts.sell.is_enabled = true,
            (None, _) | (_, None) => {}
        }
    }

    fn finish(&mut self, id: u64, state: OrderState) -> Vec<Command> {
        let entered = self.journal.iter().find(|entry| entry.id == id).and_then(|entry| entry.history.last());
        let now = entered.map_or(self.chain_now(), |entered| self.chain_now().max(entered.at));
        self.flight.0.remove(&id);
        if let Some(entry) = self.journal.iter_mut().find(|entry| entry.id == id) {
            entry.advance(state, now);
        }
        self.save_entry(id)
    }

    fn replace_entry(&mut self, changed: JournalEntry) {
        if let Some(entry) = self.journal.iter_mut().find(|entry| entry.id == changed.id) {
            *entry = changed;
        }
    }

    /// Takes up an entry that was signed before this page was opened.
    pub(super) fn resume_entry(&mut self, id: u64) -> Vec<Command> {
        let Some(entry) = self.journal.iter().find(|entry| entry.id == id).cloned() else {
            return Vec::new();
        };
        let (operation, valid_until) = match &entry.state {
            OrderState::Signed { operation, valid_until, .. }
            | OrderState::Sent { operation, valid_until, .. } => (operation, *valid_until),
            OrderState::Planned
            | OrderState::Included { .. }
            | OrderState::Settled { .. }
            | OrderState::Expired
            | OrderState::Replaced { .. }
            | OrderState::Abandoned { .. }
            | OrderState::Unknown { .. } => return Vec::new(),
        };
        let Ok(operation) = UserOperation::from_bytes(operation) else { return Vec::new() };
        let signed = SignedOperation::resumed(entry.clone(), self.services.clone(), operation, valid_until);
        let airborne = Airborne {
            purpose: entry.purpose,
            step: Step::Waiting,
            plan: None,
            signed: Some(signed),
            from_block: 0,
            sent_at: entry.planned_at,
            is_replaced: false,
        };
        self.flight.0.insert(id, airborne);
        self.look_for_outcome(id)
    }

    fn owner_prompt(&self, prepared: &PreparedOperation) -> Prompt {
        let mut lines = vec![
            "Your wallet shows only a hash, because it signs the operation's fingerprint. This is what it stands for:".to_owned(),
        ];
        lines.extend(batch::sentences(&prepared.draft.call_data, self.services.network));
        if let Authority::OwnerTransaction { .. } = prepared.plan.authority {
            lines.push("After that your wallet asks once more, for the transaction that carries it. You pay its gas.".to_owned());
        }
        Prompt {
            title: "Sign as the owner".to_owned(),
            lines,
            compare: vec![("Message".to_owned(), prepared.hash.0.to_string())],
        }
    }
}

/// The permission that a mined operation leaves switched on: none when it ends the session.
const fn enabled_by(authority: &Authority, purpose: &Purpose) -> Option<Leg> {
    match (authority, purpose) {
        (Authority::Session { leg, .. }, Purpose::Trade(_) | Purpose::Replacement) => Some(*leg),
        _ => None,
    }
}
