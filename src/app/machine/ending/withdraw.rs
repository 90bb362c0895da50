//! Taking funds out, by the owner's signature alone.

use alloy_primitives::Bytes;
use alloy_sol_types::SolCall;

use crate::account::Call;
use crate::app::event::Command;
use crate::contracts::ENTRY_POINT;
use crate::contracts::abi::IEntryPoint::withdrawToCall;
use crate::trading::{Purpose, Side};
use crate::units::TokenAmount;
use crate::venue::{Exit, Holdings, UniswapV3, minimum_out};

use super::Ending;
use crate::app::machine::Machine;

impl Machine {
    /// All tokens to the owner, sold first where that is wished; trading stops before.
    pub(in crate::app::machine) fn withdraw(
        &mut self,
        sells_first: bool,
        by_transaction: bool,
    ) -> Vec<Command> {
        let authority = match self.owner_authority(by_transaction) {
            Ok(authority) => authority,
            Err(failure) => return self.warn(&failure),
        };
        let (Some(account), Some(pool)) = (self.account.clone(), self.services.network.pool.as_ref()) else {
            return self.say("Balances are not known yet.");
        };
        if self.flight.holds_trade_lane() {
            return self.say("A trade is on its way. Try again in a moment, so that nothing is left behind.");
        }
        if account.base.is_zero() && account.quote.is_zero() && account.ether().is_zero() {
            return self.say("The smart account is empty.");
        }
        let slippage_bps = self.current_grant().map_or(50, |grant| grant.terms.slippage_bps);
        let venue = UniswapV3::new(*pool);
        let sale = if sells_first && !account.base.is_zero() {
            let quoted =
                self.quotes.iter().find(|(side, amount, _)| *side == Side::Sell && *amount == account.base);
            let Some((_, _, out)) = quoted else {
                return self.say("There is no quote for selling everything yet. Try again in a moment.");
            };
            Some(Exit { min_out: minimum_out(TokenAmount::ZERO, *out, slippage_bps) })
        } else {
            None
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
        let title = if sells_first { "Sell and withdraw" } else { "Withdraw" };
        let mut ending = Ending::new(title, "Waiting for the owner's signature.");
        ending.view.withdrawal = Some(sells_first);
        self.ending = Some(ending);
        commands.extend(self.owner_take_off(Purpose::Withdraw, calls, authority));
        commands
    }
}

/// Takes the account's deposit out of the EntryPoint.
fn withdraw_deposit(owner: alloy_primitives::Address, amount: TokenAmount) -> Call {
    let call = withdrawToCall { withdrawAddress: owner, withdrawAmount: amount.0 };
    Call::new(ENTRY_POINT, call.abi_encode().into())
}
