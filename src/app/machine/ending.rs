//! Ending a session, and taking funds out. Stopping comes first, proof comes last, and there are always
//! three ways: the session key's own, the owner's sponsored one, the owner's own transaction.

mod withdraw;

use std::rc::Rc;

use alloy_primitives::B256;

use crate::account::{Call, NonceKey};
use crate::app::event::{Command, Proof, Timer};
use crate::app::grants::{GrantLife, StoredGrant};
use crate::app::operation::Authority;
use crate::app::{EndingView, Failure, TabWord};
use crate::session::Leg;
use crate::trading::Purpose;
use crate::venue::UniswapV3;

use super::Machine;
use super::flight::Takeoff;
use super::start::Lock;
use withdraw::Way;

/// After this the owner's way is offered.
const PATIENCE_MILLIS: u64 = 30_000;

/// After this a tab that trades and does not take an ending over is taken for frozen.
const HANDOVER_MILLIS: u64 = 1_500;

/// Between looks for the proof.
const PROOF_MILLIS: u64 = 2_000;

/// An ending under way, or its result.
#[derive(Debug)]
pub(super) struct Ending {
    pub(super) view: EndingView,
    /// The session key's own way is open, but has to wait for the next reading of the chain.
    is_renounce_due: bool,
    /// A withdrawal that waits for the trade on its way.
    withdrawal_due: Option<Way>,
    /// The tab that trades was told, and has not answered.
    awaits_other_tab: bool,
    is_proving: bool,
}

impl Ending {
    fn new(title: &str, status: &str) -> Self {
        let view = EndingView {
            title: title.to_owned(),
            status: status.to_owned(),
            withdrawal: None,
            is_proven: false,
            proof: Vec::new(),
            block: None,
            offers_owner: false,
            offers_transaction: false,
            trouble: None,
        };
        Self {
            view,
            is_renounce_due: false,
            withdrawal_due: None,
            awaits_other_tab: false,
            is_proving: false,
        }
    }

    /// Whether a session is being ended; else funds are being taken out.
    const fn is_of_session(&self) -> bool {
        self.view.withdrawal.is_none()
    }

    /// Offers the next ways: the owner's own transaction for both, the sponsored one for a session.
    fn offer_owner(&mut self, why: &str) {
        self.view.trouble = Some(why.to_owned());
        self.view.offers_owner = self.is_of_session();
        self.view.offers_transaction = true;
    }
}

impl Machine {
    /// One click: trading stops now; then the session key ends both permissions, without a pop-up. A renewal
    /// that waits for this ending is ended as well, after it.
    pub(super) fn revoke(&mut self) -> Vec<Command> {
        let waiting: Vec<_> = self.successors().cloned().collect();
        let mut commands: Vec<_> = waiting.iter().flat_map(|grant| self.mark_ending(grant)).collect();
        commands.extend(self.end_session());
        commands
    }

    /// Ends the live session; a renewal that waits for it trades afterwards.
    pub(super) fn end_session(&mut self) -> Vec<Command> {
        let Some(grant) = self.live_grant().cloned() else {
            return self.say("There is no live session to revoke.");
        };
        let mut commands = self.mark_ending(&grant);
        if self.flight.has(|purpose| matches!(purpose, Purpose::Renounce | Purpose::OwnerRevoke)) {
            return commands;
        }
        if self.lock != Lock::Held {
            commands.extend(self.await_other_tab());
            return commands;
        }
        commands.extend(self.begin_ending("Trading has stopped. The session is being ended on chain."));
        commands.extend(self.renounce(&grant));
        commands
    }

    fn begin_ending(&mut self, status: &str) -> Vec<Command> {
        self.ending = Some(Ending::new("Revoke", status));
        vec![Command::Wait { timer: Timer::EndingPatience(self.epoch), millis: PATIENCE_MILLIS }]
    }

    /// An ending goes on at other endpoints, which were perhaps chosen because it did not at the first ones.
    pub(super) fn go_on_ending(&mut self, ending: Option<Ending>) -> Vec<Command> {
        self.ending = ending;
        let wait = |timer: Timer, millis: u64| Command::Wait { timer, millis };
        let is_open = |ending: &&Ending| ending.is_of_session() && !ending.view.is_proven;
        let Some(ending) = self.ending.as_ref().filter(is_open) else { return Vec::new() };
        let mut commands = vec![wait(Timer::EndingPatience(self.epoch), PATIENCE_MILLIS)];
        if ending.awaits_other_tab {
            commands.push(wait(Timer::Handover(self.epoch), HANDOVER_MILLIS));
        }
        commands
    }

    /// Another tab may be trading. It was told to stop; it ends the session too, since it alone knows what is on
    /// its way. One that does not answer cannot trade either, and is not waited for.
    pub(super) fn await_other_tab(&mut self) -> Vec<Command> {
        let mut commands = self.begin_ending("The tab that trades was told to stop and to end the session.");
        if let Some(ending) = &mut self.ending {
            ending.awaits_other_tab = true;
        }
        commands.push(Command::Wait { timer: Timer::Handover(self.epoch), millis: HANDOVER_MILLIS });
        commands
    }

    /// The other tab took the ending over.
    pub(super) fn hand_over(&mut self, id: B256) {
        let is_meant = self.live_grant().is_some_and(|grant| grant.id() == id);
        if let Some(ending) = self.ending.as_mut().filter(|ending| is_meant && ending.awaits_other_tab) {
            ending.awaits_other_tab = false;
            ending.view.status = "Trading has stopped. The other tab ends the session on chain.".to_owned();
        }
    }

    /// Nobody took the ending over.
    pub(super) fn take_over_ending(&mut self) -> Vec<Command> {
        let is_due = self.ending.as_mut().is_some_and(|ending| std::mem::take(&mut ending.awaits_other_tab));
        let grant = self.live_grant().filter(|grant| is_due && grant.life == GrantLife::Ending).cloned();
        let Some(grant) = grant else { return Vec::new() };
        if let Some(ending) = &mut self.ending {
            ending.view.status = "No other tab answers, so this one ends the session on chain.".to_owned();
        }
        self.renounce(&grant)
    }

    /// Sends the session key's own ending, now or as soon as it is known how.
    fn renounce(&mut self, grant: &StoredGrant) -> Vec<Command> {
        let facts = self.facts.as_ref().filter(|facts| facts.grant_id == grant.id());
        let is_known =
            facts.is_some() && self.account.is_some() && self.facts_read_at >= self.facts_needed_from;
        if grant.signed.grant().may_renounce() && (!is_known || self.flight.is_opening_trade()) {
            if let Some(ending) = &mut self.ending {
                ending.is_renounce_due = true;
            }
            return Vec::new();
        }
        match self.renounce_takeoff(grant) {
            Ok(takeoff) => self.take_off(takeoff).map(|(_, commands)| commands).unwrap_or_default(),
            Err(why) => {
                self.offer_owner(why);
                Vec::new()
            }
        }
    }

    /// The chain was read: an ending that waited for that goes on.
    pub(super) fn renounce_when_known(&mut self) -> Vec<Command> {
        let is_due = self.ending.as_mut().is_some_and(|ending| std::mem::take(&mut ending.is_renounce_due));
        match self.live_grant().cloned().filter(|_| is_due) {
            Some(grant) => self.renounce(&grant),
            None => Vec::new(),
        }
    }

    /// Nothing trades under `grant` from now on, in no tab.
    pub(super) fn mark_ending(&mut self, grant: &StoredGrant) -> Vec<Command> {
        let Some(kept) = self.grants.iter_mut().find(|kept| kept.id() == grant.id()) else {
            return Vec::new();
        };
        if kept.life == GrantLife::Ending {
            return Vec::new();
        }
        kept.life = GrantLife::Ending;
        let kept = kept.clone();
        vec![Command::TellTabs(TabWord::Ending(kept.id())), self.save_grant(&kept)]
    }

    /// How the session key can end both permissions now, or why it cannot.
    fn renounce_takeoff(&self, grant: &StoredGrant) -> Result<Takeoff, &'static str> {
        if !grant.signed.grant().may_renounce() {
            return Err("This session was granted without the right to end itself.");
        }
        let facts = self.facts.as_ref().filter(|facts| facts.grant_id == grant.id());
        let facts = facts.ok_or("The session's state on chain is not known yet.")?;
        if self.chain_now() >= grant.valid_until() {
            return Err("The session's time is over.");
        }
        let has_use =
            |leg: Leg| facts.leg(leg).is_enabled && facts.leg(leg).spent.uses < u128::from(grant.terms.uses);
        let legs = [Leg::Buy, Leg::Sell];
        let live = legs.into_iter().find(|leg| has_use(*leg)).map(|leg| (leg, false));
        let fresh =
            || legs.into_iter().find(|leg| facts.is_enableable(&grant.signed, *leg)).map(|leg| (leg, true));
        let (leg, enables) = live.or_else(fresh).ok_or("The session has no use left to end itself with.")?;
        let pool = self.services.network.pool.as_ref().ok_or("This network has no pool.")?;
        Ok(Takeoff {
            purpose: Purpose::Renounce,
            calls: UniswapV3::new(*pool).renounce_calls(grant.signed.grant(), leg),
            authority: Authority::Session { grant: Rc::clone(&grant.signed), leg, enables },
            lane: grant.signed.grant().end_lane(),
            nonce: Some(facts.end_nonce),
            fees: None,
            rehearses_selling: None,
        })
    }

    pub(super) fn resume_ending(&mut self) -> Vec<Command> {
        self.ending =
            Some(Ending::new("Revoke", "Ending the session was begun before this page was opened."));
        if !self.flight.has(|purpose| matches!(purpose, Purpose::Renounce | Purpose::OwnerRevoke)) {
            self.offer_owner("Try again, or end it as the owner.");
        }
        self.prove()
    }

    pub(super) fn lose_patience(&mut self) -> Vec<Command> {
        if let Some(ending) = self.ending.as_mut().filter(|ending| ending.withdrawal_due.is_some()) {
            ending.offer_owner(withdraw::LATE);
            return Vec::new();
        }
        let is_late = |ending: &&mut Ending| ending.is_of_session() && !ending.view.is_proven;
        if self.live_grant().is_some_and(|grant| grant.life == GrantLife::Ending)
            && let Some(ending) = self.ending.as_mut().filter(is_late)
        {
            ending.offer_owner("Ending the session takes longer than it should.");
        }
        Vec::new()
    }

    fn offer_owner(&mut self, why: &str) {
        if let Some(ending) = &mut self.ending {
            ending.offer_owner(why);
        }
    }

    pub(super) fn revoke_by_owner(&mut self, by_transaction: bool) -> Vec<Command> {
        let Some(grant) = self.live_grant().cloned() else {
            return self.say("There is no live session to revoke.");
        };
        let authority = match self.owner_authority(by_transaction) {
            Ok(authority) => authority,
            Err(failure) => return self.warn(&failure),
        };
        let Some(pool) = self.services.network.pool.as_ref() else { return Vec::new() };
        let calls = UniswapV3::new(*pool).owner_revoke_calls(grant.signed.grant());
        let mut commands = self.mark_ending(&grant);
        let status = "Trading has stopped. Waiting for the owner's signature.";
        self.ending = Some(Ending::new("Revoke as the owner", status));
        commands.extend(self.owner_take_off(Purpose::OwnerRevoke, calls, authority));
        commands
    }

    fn owner_authority(&self, by_transaction: bool) -> Result<Authority, Failure> {
        let wallet = self.owner_wallet()?;
        if self.flight.is_asking_owner() {
            return Err(Failure::new("Another operation of the owner is still on its way."));
        }
        Ok(if by_transaction { Authority::OwnerTransaction { wallet } } else { Authority::Owner { wallet } })
    }

    fn owner_take_off(&mut self, purpose: Purpose, calls: Vec<Call>, authority: Authority) -> Vec<Command> {
        let takeoff = Takeoff {
            purpose,
            calls,
            authority,
            lane: NonceKey::OWNER,
            nonce: None,
            fees: None,
            rehearses_selling: None,
        };
        match self.take_off(takeoff) {
            Some((_, commands)) => commands,
            None => {
                self.offer_owner("The account's state is not known yet. Try again when the chain answers.");
                Vec::new()
            }
        }
    }

    /// The first way did not work: the next ones are offered, and the key is kept until the proof.
    pub(super) fn on_ending_failed(&mut self, purpose: Purpose, failure: &Failure) -> Vec<Command> {
        let title = match purpose {
            Purpose::Withdraw => "The withdrawal was not sent. Nothing moved.",
            Purpose::Trade(_)
            | Purpose::Replacement
            | Purpose::Recovered
            | Purpose::Renounce
            | Purpose::OwnerRevoke => "Trading has stopped, but the session is not ended on chain yet.",
        };
        let is_withdrawal = purpose == Purpose::Withdraw;
        let is_meant =
            |ending: &&mut Ending| ending.is_of_session() != is_withdrawal && !ending.view.is_proven;
        if let Some(ending) = self.ending.as_mut().filter(is_meant) {
            ending.view.status = title.to_owned();
            ending.offer_owner(&failure.to_string());
        }
        Vec::new()
    }

    pub(super) fn on_ending_settled(&mut self, purpose: Purpose, success: bool) -> Vec<Command> {
        if !success {
            return self.on_ending_failed(
                purpose,
                &Failure::new("The operation was mined, but its calls were undone."),
            );
        }
        if purpose == Purpose::Withdraw {
            if let Some(ending) = self.ending.as_mut().filter(|ending| !ending.is_of_session()) {
                ending.view.status = "Done. The tokens are in the owner's wallet.".to_owned();
                ending.view.is_proven = true;
                ending.view.trouble = None;
                ending.view.offers_transaction = false;
            }
            return Vec::new();
        }
        self.prove()
    }

    /// Reads the proof, until it holds or something else is tried.
    pub(super) fn prove(&mut self) -> Vec<Command> {
        let Some(grant) = self.live_grant().filter(|grant| grant.life == GrantLife::Ending).cloned() else {
            return Vec::new();
        };
        let Some(ending) = self.ending.as_mut().filter(|ending| !ending.is_proving && ending.is_of_session())
        else {
            return Vec::new();
        };
        ending.is_proving = true;
        vec![Command::Prove { services: self.services.clone(), grant: Box::new((*grant.signed).clone()) }]
    }

    pub(super) fn on_proven(&mut self, grant_id: B256, proof: Result<Proof, Failure>) -> Vec<Command> {
        if let Some(ending) = &mut self.ending {
            ending.is_proving = false;
        }
        let is_ending = |grant: &&StoredGrant| grant.id() == grant_id && grant.life == GrantLife::Ending;
        if self.live_grant().filter(is_ending).is_none() {
            // It was proven before, or belongs to a network that was left.
            return Vec::new();
        }
        let again = vec![Command::Wait { timer: Timer::Proof, millis: PROOF_MILLIS }];
        let proof = match proof {
            Ok(proof) => proof,
            Err(failure) => {
                self.offer_owner(&failure.to_string());
                return again;
            }
        };
        let holds = !proof.lines.is_empty() && proof.lines.iter().all(|line| line.holds);
        if let Some(ending) = self.ending.as_mut().filter(|ending| ending.is_of_session()) {
            ending.view.block = Some(proof.block);
            ending.view.proof = proof.lines;
            ending.view.is_proven = holds;
            if holds {
                ending.view.status = "Revoked. The chain refuses this session from now on.".to_owned();
                ending.view.trouble = None;
                ending.view.offers_owner = false;
                ending.view.offers_transaction = false;
            }
        }
        if holds { self.bury(grant_id, GrantLife::Revoked) } else { again }
    }
}
