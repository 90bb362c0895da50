//! Operations on their way, step by step: planned, prepared, signed, sent; then their outcome. At most one trades.

mod outcome;

use std::collections::BTreeMap;

use alloy_primitives::U256;

use crate::account::{Call, Fees, NonceKey};
use crate::app::event::{Command, Timer};
use crate::app::grants::StoredGrant;
use crate::app::operation::{
    Authority, OperationPlan, PreparedOperation, Route, SendFailure, SignedOperation,
};
use crate::app::services::Services;
use crate::app::{Failure, NoticeLevel, Prompt, batch};
use crate::session::Spent;
use crate::trading::{JournalEntry, OrderState, Purpose};
use crate::units::{UnixMillis, UnixSecs};

use super::Machine;
use super::patience::Patience;

/// Pause before the same bytes are sent again after an unclear answer.
const RESEND_MILLIS: u64 = 2_000;

/// Where an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Preparing,
    Signing,
    Sending,
    Waiting,
    /// Mined, in a block that may still be replaced.
    Settling,
}

#[derive(Debug)]
pub(super) struct Airborne {
    pub(super) purpose: Purpose,
    pub(super) step: Step,
    plan: Option<OperationPlan>,
    signed: Option<SignedOperation>,
    from_block: u64,
    /// When it was decided, by the local clock, which goes on while a device sleeps.
    decided_at: UnixMillis,
    /// When it was first handed over.
    sent_at: UnixSecs,
    /// Whether a replacement is under way.
    is_replaced: bool,
    /// When it was last tried to replace it.
    replaced_at: UnixSecs,
    /// With the bundler that it is sent to, and with whoever is asked for its outcome.
    patience: [Patience; 2],
    /// Whether an earlier sending had no clear answer, so that somebody may have it.
    is_unclear: bool,
    /// A refusal after that: it is final only while the nonce is free.
    refused: Option<Failure>,
    /// In how many blocks two sources looked for it and found nothing, and when the last of them was.
    misses: (u8, UnixSecs),
}

/// All operations without an outcome.
#[derive(Debug, Default)]
pub(super) struct Flight(BTreeMap<u64, Airborne>);

impl Flight {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this operation is under way in this tab.
    pub(super) fn holds(&self, id: u64) -> bool {
        self.0.contains_key(&id)
    }

    /// Whether anything holds the trade lane.
    pub(super) fn holds_trade_lane(&self) -> bool {
        self.0.values().any(|airborne| matches!(airborne.purpose, Purpose::Trade(_) | Purpose::Replacement))
    }

    /// What is signed goes on at other endpoints.
    pub(super) fn use_services(&mut self, services: &Services) {
        for signed in self.0.values_mut().filter_map(|airborne| airborne.signed.as_mut()) {
            signed.services = services.clone();
        }
    }

    /// Whether a trade may be creating the account or enabling a permission just now: what an ending has to
    /// carry depends on it.
    pub(super) fn is_opening_trade(&self) -> bool {
        let opens = |airborne: &Airborne| {
            let shape = airborne.plan.as_ref().map(OperationPlan::shape);
            airborne.step >= Step::Signing && shape.is_none_or(|shape| shape.enables || shape.deploys)
        };
        self.0.values().any(|airborne| airborne.purpose.must_be_journalled() && opens(airborne))
    }

    /// Whether the owner's wallet is being asked, or will be. One that only waits to be mined may be tried again
    /// in another way: both have the same nonce, so only one can happen.
    pub(super) fn is_asking_owner(&self) -> bool {
        self.0.values().any(|airborne| airborne.purpose.is_owners() && airborne.step < Step::Waiting)
    }

    /// A replacement was refused: what it was for may be replaced anew.
    fn may_replace_again(&mut self) {
        for airborne in self.0.values_mut() {
            airborne.is_replaced = false;
        }
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
        let id = self.next_entry_id();
        let grant = match &authority {
            Authority::Session { grant, .. } => grant.grant().id(),
            Authority::Owner { .. } | Authority::OwnerTransaction { .. } => {
                self.current_grant().map(StoredGrant::id).unwrap_or_default()
            }
        };
        let entry = JournalEntry {
            id,
            chain_id: self.services.network.chain_id,
            account: account.address,
            grant_id: grant,
            purpose,
            planned_at: now,
            planned_at_block: self.feed.block(),
            signed: None,
            seal: None,
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
            fees: fees.or_else(|| self.facts.as_ref().and_then(|facts| facts.fees)),
            gas_memory: None,
            is_bundler_known: self.bundler == Some(Ok(())),
            rehearses_selling,
            now,
        };
        let shape = plan.shape();
        // Enabling is validated with bytes of its own each time, so it is always estimated.
        plan.gas_memory = self.gas_memory.get(&shape).copied().filter(|_| !shape.enables);
        self.journal.push(entry);
        let airborne = Airborne {
            purpose,
            step: Step::Preparing,
            plan: Some(plan.clone()),
            signed: None,
            from_block: self.feed.block(),
            decided_at: self.now,
            sent_at: now,
            is_replaced: false,
            replaced_at: now,
            patience: Default::default(),
            is_unclear: false,
            refused: None,
            misses: Default::default(),
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
        let entry = self.journal.entry(id).cloned();
        let Some((entry, airborne)) = entry.zip(self.flight.0.get(&id)) else {
            self.flight.0.remove(&id);
            return Vec::new();
        };
        if let Some(obstacle) = self.obstacle(airborne, "signed") {
            return self.abandon(id, &obstacle);
        }
        if let Some(airborne) = self.flight.0.get_mut(&id) {
            airborne.step = Step::Signing;
        }
        if prepared.plan.shape().leg.is_none() {
            self.prompt = Some(self.owner_prompt(&prepared));
        }
        let entry = self.sealed(entry, &prepared);
        vec![Command::Sign { entry: Box::new(entry), prepared, now }]
    }

    /// What keeps a trade from being `signed` or `sent`; what is no trade goes on.
    fn obstacle(&self, airborne: &Airborne, step: &str) -> Option<Failure> {
        let is_trade = matches!(airborne.purpose, Purpose::Trade(_));
        if is_trade && !self.may_still_trade() {
            return Some(Failure::new(format!("Trading was stopped before this trade was {step}.")));
        }
        let is_late = self.now.millis_since(airborne.decided_at) > self.longest_way_millis();
        (is_trade && is_late).then(|| {
            Failure::new(format!(
                "The moment of this trade was over before it was {step}, so it was given up."
            ))
            .with_advice("This happens when the device sleeps. The next signal is traded as usual.")
        })
    }

    pub(super) fn on_signed(
        &mut self,
        id: u64,
        signed: Result<Box<SignedOperation>, Failure>,
    ) -> Vec<Command> {
        let mut signed = match signed {
            Ok(signed) => signed,
            Err(failure) => {
                return self.abandon(id, &failure);
            }
        };
        // The endpoints may have changed since it was planned; the network cannot have.
        signed.services = self.services.clone();
        let is_owners = signed.operation.sponsorship().is_none() || signed.entry.purpose.is_owners();
        if is_owners && signed.route == Route::Bundler {
            self.prompt = None;
        }
        self.replace_entry(signed.entry.clone());
        let obstacle = self.flight.0.get(&id).and_then(|airborne| self.obstacle(airborne, "sent"));
        if let Some(obstacle) = obstacle {
            return self.abandon(id, &obstacle);
        }
        let Some(airborne) = self.flight.0.get_mut(&id) else { return Vec::new() };
        airborne.step = Step::Sending;
        airborne.signed = Some((*signed).clone());
        vec![Command::Send(signed)]
    }

    pub(super) fn on_sent(&mut self, id: u64, sent: Result<(), SendFailure>) -> Vec<Command> {
        let now = self.chain_now();
        let Some(airborne) = self.flight.0.get_mut(&id) else { return Vec::new() };
        if airborne.purpose.is_owners() {
            self.prompt = None;
        }
        if airborne.step < Step::Waiting {
            airborne.sent_at = now;
        }
        airborne.step = Step::Waiting;
        match sent {
            Ok(()) => {
                let plan = airborne.plan.clone();
                if let Some((plan, signed)) = plan.zip(airborne.signed.as_ref()) {
                    let memory = signed.gas_memory();
                    self.gas_memory.insert(plan.shape(), memory);
                }
                let entry = self.journal.entry_mut(id);
                if let Some(entry) = entry.filter(|entry| entry.state == OrderState::Signed) {
                    entry.advance(OrderState::Sent { sent_at: now }, now);
                }
                let mut commands = self.save_entry(id);
                commands.extend(self.look_for_outcome(id));
                commands
            }
            Err(SendFailure { failure, is_definite: true }) if airborne.is_unclear => {
                // Refused perhaps because the first sending arrived: only the chain can tell.
                airborne.refused = Some(failure);
                self.look_for_outcome(id)
            }
            Err(SendFailure { failure, is_definite: true }) => self.abandon(id, &failure),
            Err(SendFailure { failure, is_definite: false }) => {
                // It may have arrived: the outcome is looked for, and the same bytes are sent again.
                airborne.is_unclear = true;
                let millis = airborne.patience[0].pause_millis(&failure, RESEND_MILLIS);
                self.note_unclear();
                self.notify(NoticeLevel::Warning, &failure);
                vec![Command::Wait { timer: Timer::Settle(id), millis }]
            }
        }
    }

    /// Gives up an operation that is not on its way to the chain.
    fn abandon(&mut self, id: u64, failure: &Failure) -> Vec<Command> {
        let now = self.chain_now();
        let Some(airborne) = self.flight.0.remove(&id) else { return Vec::new() };
        if airborne.purpose.is_owners() {
            self.prompt = None;
        }
        if airborne.purpose == Purpose::Replacement {
            self.flight.may_replace_again();
        }
        if let Some(entry) = self.journal.entry_mut(id) {
            entry.advance(OrderState::Abandoned { why: failure.sentence.clone() }, now);
        }
        self.gas_memory.clear();
        let mut commands = self.save_entry(id);
        match airborne.purpose {
            Purpose::Trade(_) | Purpose::Replacement => {
                self.last_refusal = Some(failure.sentence.clone());
                self.notify(NoticeLevel::Warning, failure);
            }
            Purpose::Recovered => {}
            Purpose::Renounce | Purpose::OwnerRevoke | Purpose::Withdraw => {
                commands.extend(self.on_ending_failed(airborne.purpose, failure));
            }
        }
        commands
    }

    fn replace_entry(&mut self, changed: JournalEntry) {
        if let Some(entry) = self.journal.entry_mut(changed.id) {
            *entry = changed;
        }
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
