//! What becomes of operations that were signed: looked for on chain until it is certain.

use crate::account::UserOperation;
use crate::app::event::{Command, Outcome, SettlePlan, Settlement, Timer};
use crate::app::operation::{Route, SignedOperation};
use crate::app::{Failure, NoticeLevel};
use crate::trading::{OrderState, Purpose, SignedBytes};
use crate::units::UnixSecs;

use super::{Airborne, RESEND_MILLIS, Step};
use crate::app::machine::Machine;

/// Pause between looks for an outcome on the local chain.
const LOCAL_SETTLE_MILLIS: u64 = 120;
/// Pause between looks elsewhere.
const LIVE_SETTLE_MILLIS: u64 = 2_000;
/// A trade unmined after this many candles is replaced by a harmless call.
const CANDLES_BEFORE_REPLACEMENT: u64 = 2;
/// But not before this many seconds, which a bundler may need.
const LEAST_PATIENCE_SECS: u64 = 10;
/// In so many blocks two sources must have found nothing before an operation is given up: nodes know what is new later
/// than they know its block.
const MISSES: u8 = 3;

impl Machine {
    pub(in crate::app::machine) fn look_for_outcome(&mut self, id: u64) -> Vec<Command> {
        self.look(id, false)
    }

    fn look(&mut self, id: u64, asks_second_source: bool) -> Vec<Command> {
        let Some(airborne) = self.flight.0.get(&id) else { return Vec::new() };
        let Some(entry) = self.journal.entry(id) else { return Vec::new() };
        let Some(signed) = &entry.signed else { return Vec::new() };
        vec![Command::Settle(Box::new(SettlePlan {
            id,
            services: self.services.clone(),
            sender: entry.account,
            operation_hash: signed.operation_hash,
            nonce: signed.nonce,
            from_block: airborne.from_block,
            may_trade: matches!(airborne.purpose, Purpose::Trade(_) | Purpose::Recovered),
            asks_second_source,
        }))]
    }

    pub(in crate::app::machine) fn on_settled(
        &mut self,
        id: u64,
        settlement: Result<Settlement, Failure>,
    ) -> Vec<Command> {
        let is_local = self.services.network.is_local();
        let pace = if is_local { LOCAL_SETTLE_MILLIS } else { LIVE_SETTLE_MILLIS };
        let again = vec![Command::Wait { timer: Timer::Settle(id), millis: pace }];
        match settlement {
            Ok(Settlement::Included(outcome)) if self.may_be_replaced(&outcome) => self.include(id, again),
            Ok(Settlement::Included(outcome)) => self.settle(id, outcome),
            Ok(Settlement::Replaced { by }) => self.lose(id, OrderState::Replaced { by }),
            Ok(Settlement::Pending { now, is_confirmed }) => {
                if let Some(airborne) = self.flight.0.get_mut(&id) {
                    airborne.patience[1].rest();
                    // If it was mined, its block was replaced by one without it.
                    airborne.step = airborne.step.min(Step::Waiting);
                }
                self.wait_on(id, now, is_confirmed, again)
            }
            Err(failure) => {
                let patience = self.flight.0.get_mut(&id).map(|airborne| &mut airborne.patience[1]);
                let pause = patience.map(|patience| patience.pause_millis(&failure, RESEND_MILLIS));
                self.feed.trouble = Some(failure);
                vec![Command::Wait { timer: Timer::Settle(id), millis: pause.unwrap_or(RESEND_MILLIS) }]
            }
        }
    }

    /// Whether its block is still among those that the network's chain may replace.
    fn may_be_replaced(&self, outcome: &Outcome) -> bool {
        let depth = self.services.network.settling_blocks;
        depth > 0 && self.feed.block() < outcome.inclusion.block + depth
    }

    /// It is on chain, but its block may still be replaced: until that is over nothing is counted or written, as if the
    /// node knew of it later, and nothing else trades.
    fn include(&mut self, id: u64, again: Vec<Command>) -> Vec<Command> {
        if let Some(airborne) = self.flight.0.get_mut(&id) {
            airborne.step = Step::Settling;
        }
        again
    }

    /// A retry is the same bytes again, for as long as the trade would still be one of the moment: two candles.
    /// After that nothing new may come of it, so its nonce is used up by a harmless call instead; until one of
    /// the two is mined, or the sponsor's word for both is over, nothing else trades.
    fn wait_on(&mut self, id: u64, now: UnixSecs, is_confirmed: bool, again: Vec<Command>) -> Vec<Command> {
        let patience = u64::from(self.feed.strategy_terms().interval.0) * CANDLES_BEFORE_REPLACEMENT;
        let Some(airborne) = self.flight.0.get(&id) else { return Vec::new() };
        let entry = self.journal.entry(id);
        let Some(valid_until) = entry.and_then(|entry| Some(entry.signed.as_ref()?.valid_until)) else {
            return Vec::new();
        };
        let is_expired = now > valid_until;
        let refused = airborne.refused.clone();
        if is_expired || refused.is_some() {
            return match refused {
                _ if !is_confirmed => self.look(id, true),
                _ if !self.is_missed_for_good(id, now) => again,
                Some(failure) if !is_expired => self.abandon(id, &failure),
                _ => self.lose(id, OrderState::Expired),
            };
        }
        let Some(signed) = airborne.signed.clone() else { return again };
        let is_trade = matches!(airborne.purpose, Purpose::Trade(_));
        let is_past = |at: UnixSecs| now.secs_since(at) > patience.max(LEAST_PATIENCE_SECS);
        let is_late = is_trade && is_past(airborne.sent_at);
        let was_sent =
            self.journal.entry(id).is_some_and(|entry| matches!(entry.state, OrderState::Sent { .. }));
        // Paused, a trade is sent no more: it is only watched, until its nonce is used up.
        let may_be_sent = !(is_trade && self.settings.is_paused);
        if !was_sent && !is_late && may_be_sent && signed.route == Route::Bundler {
            return vec![Command::Send(Box::new(signed))];
        }
        let mut commands = again;
        if is_late
            && !airborne.is_replaced
            && is_past(airborne.replaced_at)
            && let Some(replacement) = self.replace_stuck(&signed)
        {
            if let Some(airborne) = self.flight.0.get_mut(&id) {
                airborne.is_replaced = true;
                airborne.replaced_at = now;
            }
            commands.extend(replacement);
        }
        commands
    }

    /// Two sources found nothing at `now`; whether that was so in enough blocks.
    fn is_missed_for_good(&mut self, id: u64, now: UnixSecs) -> bool {
        let Some(airborne) = self.flight.0.get_mut(&id) else { return true };
        let (misses, last) = airborne.misses;
        if now > last {
            airborne.misses = (misses + 1, now);
        }
        airborne.misses.0 >= MISSES
    }

    fn settle(&mut self, id: u64, outcome: Outcome) -> Vec<Command> {
        let now = outcome.block_at;
        let Some(purpose) = self.flight.0.get(&id).map(|airborne| airborne.purpose) else {
            return Vec::new();
        };
        let Outcome { inclusion, gas_cost_wei, fill, ref revert_reason, .. } = outcome;
        self.facts_needed_from = inclusion.block;
        let Some(entry) = self.journal.entry_mut(id) else { return Vec::new() };
        entry.advance(OrderState::Included(inclusion), now);
        let sender = entry.account;
        if let Some(account) = self.account.as_mut().filter(|account| account.address == sender) {
            // Whatever was mined, it was mined by an account that exists.
            account.is_deployed = true;
        }
        if let Some(fill) = fill {
            self.on_fill(&fill);
        }
        if let (false, Some(reason), Purpose::Trade(_)) = (inclusion.success, revert_reason, purpose) {
            let sentence =
                format!("A trade was mined but undone: {reason} It still used up its lots and one use.");
            self.notify(NoticeLevel::Warning, &Failure::new(sentence));
        }
        let revert_reason = revert_reason.clone();
        let settled = OrderState::Settled { inclusion, fill, revert_reason, gas_cost_wei };
        let mut commands = self.finish(id, settled);
        self.recount(sender);
        if purpose.is_ending() {
            commands.extend(self.on_ending_settled(purpose, inclusion.success));
        }
        commands
    }

    /// It can never be mined. An ending that is lost has failed, and the next way is offered.
    fn lose(&mut self, id: u64, state: OrderState) -> Vec<Command> {
        let purpose = self.flight.0.get(&id).map(|airborne| airborne.purpose);
        let mut commands = self.finish(id, state);
        let endings = purpose.filter(Purpose::is_ending);
        if let Some(purpose) = endings {
            let failure = Failure::new("The operation was not mined in its time, so it can never happen.");
            commands.extend(self.on_ending_failed(purpose, &failure));
        }
        commands
    }

    fn finish(&mut self, id: u64, state: OrderState) -> Vec<Command> {
        let entered = self.journal.entry(id).and_then(|entry| entry.history.last());
        let now = entered.map_or(self.chain_now(), |entered| self.chain_now().max(entered.at));
        self.flight.0.remove(&id);
        if let Some(entry) = self.journal.entry_mut(id) {
            entry.advance(state, now);
        }
        self.save_entry(id)
    }

    /// Takes up an entry that was signed before this page was opened.
    pub(in crate::app::machine) fn resume_entry(&mut self, id: u64) -> Vec<Command> {
        let Some(entry) = self.journal.entry(id).cloned() else {
            return Vec::new();
        };
        let Some(SignedBytes { operation, valid_until, .. }) = &entry.signed else { return Vec::new() };
        // Without its bytes it is only watched.
        let signed = UserOperation::from_bytes(operation).ok().map(|operation| {
            SignedOperation::resumed(entry.clone(), self.services.clone(), operation, *valid_until)
        });
        let airborne = Airborne {
            purpose: entry.purpose,
            step: Step::Waiting,
            plan: None,
            signed,
            from_block: entry.planned_at_block,
            decided_at: self.now,
            sent_at: entry.planned_at,
            is_replaced: false,
            replaced_at: entry.planned_at,
            patience: Default::default(),
            is_unclear: true,
            refused: None,
            misses: Default::default(),
        };
        self.flight.0.insert(id, airborne);
        self.look_for_outcome(id)
    }
}
