//! Taking funds out, by the owner's signature alone.

use alloy_primitives::Bytes;
use alloy_sol_types::SolCall;

use crate::account::Call;
use crate::app::event::{Command, Timer};
use crate::contracts::ENTRY_POINT;
use crate::contracts::abi::IEntryPoint::withdrawToCall;
use crate::trading::{Purpose, Side};
use crate::units::TokenAmount;
use crate::venue::{Exit, Holdings, UniswapV3, minimum_out};

use super::{Ending, PATIENCE_MILLIS};
use crate::app::machine::Machine;

/// Said where a trade holds a withdrawal up for long.
pub(super) const LATE: &str = "The trade on its way does not end. Your own transaction takes out what is there now; should the trade be mined before it, it changes nothing and can be tried again.";

/// How funds are to be taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way {
    sells_first: bool,
    by_transaction: bool,
}

impl Way {
    const fn title(self) -> &'static str {
        if self.sells_first { "Sell and withdraw" } else { "Withdraw" }
    }

    fn ending(self, status: &str) -> Ending {
        let mut ending = Ending::new(self.title(), status);
        ending.view.withdrawal = Some(self.sells_first);
        ending
    }
}

impl Machine {
    /// All tokens to the owner, sold first where that is wished. Trading stops before, and a trade on its way is
    /// waited for, so that nothing is left behind: but not for longer than the owner likes to.
    pub(in crate::app::machine) fn withdraw(
        &mut self,
        sells_first: bool,
        by_transaction: bool,
    ) -> Vec<Command> {
        let way = Way { sells_first, by_transaction };
        let is_offered = |ending: &Ending| !ending.is_of_session() && ending.view.offers_transaction;
        let is_urgent = by_transaction && self.ending.as_ref().is_some_and(is_offered);
        if self.flight.holds_trade_lane() && !is_urgent {
            self.withdraw_after_trade(way)
        } else {
            self.withdraw_now(way)
        }
    }

    fn withdraw_after_trade(&mut self, way: Way) -> Vec<Command> {
        let status = "Trading is paused. Your wallet is asked as soon as the trade on its way has ended.";
        self.ending = Some(Ending { withdrawal_due: Some(way), ..way.ending(status) });
        let mut commands = self.pause(true);
        let timer = Timer::EndingPatience(self.epoch);
        commands.push(Command::Wait { timer, millis: PATIENCE_MILLIS });
        commands
    }

    /// The chain was read: a withdrawal that waited for a trade goes on once that has ended.
    pub(in crate::app::machine) fn withdraw_when_clear(&mut self) -> Vec<Command> {
        let Some(way) = self.ending.as_ref().and_then(|ending| ending.withdrawal_due) else {
            return Vec::new();
        };
        let is_read = self.facts_read_at >= self.facts_needed_from;
        let is_quoted = !way.sells_first || self.sale_of_all().is_ok();
        if self.flight.holds_trade_lane() || !is_read || !is_quoted {
            return Vec::new();
        }
        self.ending = None;
        self.withdraw_now(way)
    }

    /// What selling all that is held brings at least; none where nothing is held.
    fn sale_of_all(&self) -> Result<Option<Exit>, &'static str> {
        let Some(held) = self.account.as_ref().map(|account| account.base).filter(|held| !held.is_zero())
        else {
            return Ok(None);
        };
        let slippage_bps = self.current_grant().map_or(50, |grant| grant.terms.slippage_bps);
        let quoted = self.quotes.iter().find(|(side, amount, _)| *side == Side::Sell && *amount == held);
        let (_, _, out) =
            quoted.ok_or("There is no quote for selling everything yet. Try again in a moment.")?;
        Ok(Some(Exit { min_out: minimum_out(TokenAmount::ZERO, *out, slippage_bps) }))
    }

    fn withdraw_now(&mut self, way: Way) -> Vec<Command> {
        let Way { sells_first, by_transaction } = way;
        let authority = match self.owner_authority(by_transaction) {
            Ok(authority) => authority,
            Err(failure) => return self.warn(&failure),
        };
        let (Some(account), Some(pool)) = (self.account.clone(), self.services.network.pool.as_ref()) else {
            return self.say("Balances are not known yet.");
        };
        if account.base.is_zero() && account.quote.is_zero() && account.ether().is_zero() {
            return self.say("The smart account is empty.");
        }
        let venue = UniswapV3::new(*pool);
        let sale = match self.sale_of_all() {
            Ok(sale) => sale.filter(|_| sells_first),
            Err(why) if sells_first => return self.say(why),
            Err(_) => None,
        };
        let holdings = Holdings { base: account.base, quote: account.quote };
        let mut calls = venue.withdraw_calls(holdings, account.owner, sale);
        if !account.ether_held.is_zero() {
            calls.push(Call { target: account.owner, value: account.ether_held.0, data: Bytes::new() });
        }
        if !account.ether_deposited.is_zero() {
            calls.push(withdraw_deposit(account.owner, account.ether_deposited));
        }
        let mut commands = if self.live_grant().is_some() { self.pause(true) } else { Vec::new() };
        self.ending = Some(way.ending("Waiting for the owner's signature."));
        commands.extend(self.owner_take_off(Purpose::Withdraw, calls, authority));
        commands
    }
}

/// Takes the account's deposit out of the EntryPoint.
fn withdraw_deposit(owner: alloy_primitives::Address, amount: TokenAmount) -> Call {
    let call = withdrawToCall { withdrawAddress: owner, withdrawAmount: amount.0 };
    Call::new(ENTRY_POINT, call.abi_encode().into())
}
