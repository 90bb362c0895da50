//! From terms to the one signature, and what the chain then says of it.

use alloy_primitives::B256;

use crate::app::event::{Command, GrantFacts, GrantPlan, PreparedGrant, Saved};
use crate::app::grants::{GrantLife, StoredGrant};
use crate::app::preview::{self, PreviewContext};
use crate::app::{Failure, Flavour, NoticeLevel, Prompt, TermsText, terms_text};
use crate::session::Leg;
use crate::trading::{Purpose, Terms, TermsContext};
use crate::venue::UniswapV3;

use super::Machine;
use super::feed::default_strategy;

impl Machine {
    pub(super) fn terms_context(&self) -> Option<TermsContext> {
        let pool = self.services.network.pool.as_ref()?;
        let account = self.account.as_ref()?;
        Some(TermsContext {
            base_balance: account.base,
            quote_balance: account.quote,
            price: self.feed.price()?,
            pair: UniswapV3::new(*pool).pair(),
            is_local: self.services.network.is_local(),
        })
    }

    pub(super) fn preview_terms(&mut self, text: TermsText) -> Vec<Command> {
        let Some(context) = self.preview_context() else {
            self.preview = None;
            return Vec::new();
        };
        let preview = preview::of(text, &context);
        self.preview = Some(preview);
        if self.live_grant().is_none()
            && let Some(pool) = self.services.network.pool.as_ref()
            && let Some(terms) =
                self.preview.as_ref().and_then(|preview| terms_text::parse(&preview.terms, pool).ok())
        {
            return self.watch_with(terms.strategy);
        }
        Vec::new()
    }

    /// What a preview is made from, once the account is known.
    fn preview_context(&self) -> Option<PreviewContext> {
        let account = self.account.as_ref()?;
        let live = self.live_grant();
        Some(PreviewContext {
            pool: (*self.services.network.pool.as_ref()?),
            chain_id: self.services.network.chain_id,
            terms: self.terms_context()?,
            account: account.address,
            ether: account.ether(),
            now: self.chain_now(),
            live: live.map(|grant| grant.terms),
        })
    }

    /// Everything that keeps a grant from being asked for now, the first as a failure.
    fn grant_obstacle(&self) -> Option<Failure> {
        if self.is_granting {
            return Some(Failure::new("A grant is already waiting in your wallet."));
        }
        if self.successors().next().is_some() {
            return Some(Failure::new("A renewal is already signed and waits for the old session to end."));
        }
        if let Some(missing) = self.services.network.missing().into_iter().next() {
            return Some(Failure::new(missing));
        }
        match &self.flavour {
            None => return Some(Failure::new("The contracts on this network are still being checked.")),
            Some(Err(failure)) => return Some(failure.clone()),
            Some(Ok(Flavour::Production | Flavour::StandIns)) => {}
        }
        if let Some(trouble) = &self.feed.trouble {
            return Some(trouble.clone());
        }
        if let Err(failure) = self.owner_wallet() {
            return Some(failure);
        }
        let account = self.account.as_ref()?;
        super::view::account_refusal(account).map(Failure::new)
    }

    pub(super) fn grant_terms(&mut self, text: TermsText) -> Vec<Command> {
        if let Some(failure) = self.grant_obstacle() {
            return self.warn(&failure);
        }
        let (Some(pool), Some(context), Some(account)) =
            (self.services.network.pool.as_ref(), self.terms_context(), self.account.clone())
        else {
            return self.say("Balances and price are not known yet.");
        };
        let terms = match terms_text::parse(&text, pool) {
            Ok(terms) if terms.check(&context).is_empty() => terms,
            Ok(_) | Err(_) => {
                let mut commands = self.preview_terms(text);
                commands
                    .extend(self.say("These terms cannot be granted. Each field that is refused says why."));
                return commands;
            }
        };
        self.is_granting = true;
        vec![Command::PrepareGrant(Box::new(GrantPlan {
            services: self.services.clone(),
            owner: account.owner,
            account: account.address,
            terms,
            now: self.chain_now(),
        }))]
    }

    pub(super) fn on_grant_prepared(
        &mut self,
        prepared: Result<Box<PreparedGrant>, Failure>,
    ) -> Vec<Command> {
        let prepared = match prepared {
            Ok(prepared) => prepared,
            Err(failure) => {
                self.is_granting = false;
                return self.warn(&failure);
            }
        };
        let switched = || Failure::new("The wallet switched to another account, so nothing was asked of it.");
        let wallet = match self.owner_wallet() {
            Ok(wallet) if self.wallet.owner == Some(prepared.owner) => wallet,
            Ok(_) => return self.call_off(&prepared, &switched()),
            Err(failure) => return self.call_off(&prepared, &failure),
        };
        self.flavour = Some(Ok(prepared.flavour));
        self.prompt = Some(Prompt {
            title: "Sign once".to_owned(),
            lines: prepared.sentences.clone(),
            compare: preview::compare(&prepared.grant),
        });
        vec![Command::SignGrant { wallet, prepared, now: self.chain_now() }]
    }

    /// Nothing is asked of the wallet, and the key that was made for it is destroyed.
    fn call_off(&mut self, prepared: &PreparedGrant, failure: &Failure) -> Vec<Command> {
        self.is_granting = false;
        self.notify(NoticeLevel::Warning, failure);
        vec![Command::WipeKey(prepared.grant.session_key())]
    }

    pub(super) fn on_grant_signed(&mut self, signed: Result<Box<StoredGrant>, Failure>) -> Vec<Command> {
        self.prompt = None;
        self.is_granting = false;
        let mut grant = match signed {
            Ok(grant) => *grant,
            Err(failure) => return self.warn(&failure),
        };
        if self.wallet.owner != Some(grant.signed.owner()) {
            // The page said that what was asked of the other account is void, so it is. Its signature was
            // never shown to anybody, and the key it is for is destroyed.
            grant.life = GrantLife::Revoked;
            return vec![self.save_grant(&grant), Command::WipeKey(grant.session_key())];
        }
        self.preview = None;
        if self.live_grant().is_some() {
            grant.life = GrantLife::Successor;
            let save = self.save_grant(&grant);
            self.grants.push(grant);
            let mut commands = vec![save];
            commands.extend(self.end_session());
            return commands;
        }
        self.settings.is_paused = false;
        let mut commands = vec![Command::Save(Saved::Settings(self.settings.clone()))];
        commands.extend(self.activate(grant));
        commands
    }

    /// Lets a signed grant trade.
    pub(super) fn activate(&mut self, mut grant: StoredGrant) -> Vec<Command> {
        grant.life = GrantLife::Active;
        self.facts = None;
        self.gas_memory.clear();
        // An older session's end is in the journal; beside a live one it would read like this one's.
        self.ending = None;
        let mut commands = self.watch_with(grant.terms.strategy);
        commands.push(self.save_grant(&grant));
        self.grants.retain(|known| known.id() != grant.id());
        self.grants.push(grant);
        commands.extend(self.acquire_lock());
        commands
    }

    /// Takes what the chain says of the live grant; a grant that ended elsewhere, or in time, is over.
    pub(super) fn on_grant_facts(&mut self, facts: GrantFacts) -> Vec<Command> {
        let Some(grant) = self.current_grant().filter(|grant| grant.id() == facts.grant_id) else {
            return Vec::new();
        };
        if !grant.is_alive() {
            self.facts = Some(facts);
            return Vec::new();
        }
        let is_over = |leg: Leg| !facts.leg(leg).is_enabled && !facts.is_enableable(&grant.signed, leg);
        let is_dead = is_over(Leg::Buy) && is_over(Leg::Sell);
        let is_expired = self.chain_now() > grant.valid_until();
        let (id, life) = (grant.id(), grant.life);
        self.facts = Some(facts);
        if is_expired {
            self.ending = None;
            self.notify(
                NoticeLevel::Info,
                &Failure::new("The session has ended: its time is over. Nothing of it can trade any more."),
            );
            return self.bury(id, GrantLife::Expired);
        }
        if is_dead && life == GrantLife::Active {
            self.notify(
                NoticeLevel::Info,
                &Failure::new("The session was revoked on chain, not from this tab. Trading has stopped."),
            );
            return self.bury(id, GrantLife::Revoked);
        }
        if life != GrantLife::Ending {
            return Vec::new();
        }
        let mut commands = self.renounce_when_known();
        let is_under_way =
            self.flight.has(|purpose| matches!(purpose, Purpose::Renounce | Purpose::OwnerRevoke));
        if is_dead && !is_under_way {
            // Ended late, or from elsewhere: the proof is all that is left to do.
            commands.extend(self.prove());
        }
        commands
    }

    /// This grant is over: its key is destroyed, and a grant that was waiting for this takes its place.
    pub(super) fn bury(&mut self, id: B256, life: GrantLife) -> Vec<Command> {
        let Some(grant) = self.grants.iter_mut().find(|grant| grant.id() == id) else { return Vec::new() };
        grant.life = life;
        let (key, grant) = (grant.session_key(), grant.clone());
        let mut commands = vec![self.save_grant(&grant), Command::WipeKey(key)];
        let successor = self.successors().last().cloned();
        if let Some(successor) = successor {
            commands.extend(self.activate(successor));
        } else if self.live_grant().is_some() {
            commands.extend(self.end_session());
        }
        self.forget_other_account();
        // What is being written is no renewal any more.
        if let Some(preview) = self.preview.take() {
            commands.extend(self.preview_terms(preview.terms));
        }
        commands
    }

    /// Renewals of this network and account that wait for the session before them to end.
    pub(super) fn successors(&self) -> impl Iterator<Item = &StoredGrant> {
        let chain_id = self.services.network.chain_id;
        let account = self.account_address();
        self.grants.iter().filter(move |grant| {
            let signed = grant.signed.grant();
            grant.life == GrantLife::Successor
                && signed.chain_id() == chain_id
                && account.is_none_or(|account| account == signed.account())
        })
    }

    /// Words the terms to start from, where balance or price changed.
    pub(super) fn suggest_terms(&mut self) {
        let network = self.services.network;
        let wanted = self.terms_context().map(|context| (network.id, context));
        if self.suggested.as_ref().map(|(id, context, _)| (*id, *context)) == wanted {
            return;
        }
        let terms = self.default_terms().zip(network.pool.as_ref());
        let worded = terms.map(|(terms, pool)| terms_text::format(&terms, pool));
        self.suggested = wanted.zip(worded).map(|((id, context), worded)| (id, context, worded));
    }

    /// Terms to start from: sensible ones for the balance, with the network's own strategy.
    pub(super) fn default_terms(&self) -> Option<Terms> {
        let context = self.terms_context()?;
        let strategy = default_strategy(&self.services);
        Some(Terms { strategy, ..Terms::sensible(&context) })
    }
}
