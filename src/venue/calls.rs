//! The calls the account makes, for every purpose. No ether is ever sent along.

use alloy_primitives::aliases::{U24, U160};
use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;

use super::{UniswapV3, VenueError};
use crate::account::Call;
use crate::contracts::Token;
use crate::contracts::abi::IERC20::{approveCall, transferCall};
use crate::contracts::abi::ISwapRouter02::{ExactInputSingleParams, exactInputSingleCall};
use crate::session::{Grant, Leg};
use crate::trading::{Order, RiskApproved, Side, Terms};
use crate::units::TokenAmount;

/// What the account holds of both tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Base tokens.
    pub base: TokenAmount,
    /// Quote tokens.
    pub quote: TokenAmount,
}

/// Selling everything on the way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// The least quote tokens it may bring: the quote less the slippage.
    pub min_out: TokenAmount,
}

impl UniswapV3 {
    /// A trade: one approval of exactly what is spent, then one swap per lot, so that no allowance is left
    /// behind. `min_out` is per lot and never goes below the sealed floor.
    ///
    /// # Errors
    /// [`VenueError`].
    pub fn trade_calls(
        &self,
        order: &RiskApproved<Order>,
        terms: &Terms,
        account: Address,
        min_out: TokenAmount,
    ) -> Result<Vec<Call>, VenueError> {
        let Order { side, lots, .. } = *order.item();
        if lots == 0 || lots > terms.lots_per_trade {
            return Err(VenueError::Lots { lots, most: terms.lots_per_trade });
        }
        let lot = terms.lot(side);
        let spent = lot.checked_mul(lots.into()).ok_or(VenueError::TooLarge)?;
        let least = min_out.max(self.floor(terms, side)?);
        let swap = self.swap(side, lot, least, account);
        let mut calls = vec![self.approve(side, spent)];
        calls.extend((0..lots).map(|_| swap.clone()));
        Ok(calls)
    }

    /// A call that changes nothing, for taking the place of a stuck trade: the allowance of what `side` pays
    /// with is set to the nothing it is.
    pub fn harmless_call(&self, side: Side) -> Call {
        self.approve(side, TokenAmount::ZERO)
    }

    /// The session key ends both permissions of `grant` and burns both enable signatures, acting under `leg`;
    /// the last call takes back the one allowance that this leg may set.
    pub fn renounce_calls(&self, grant: &Grant, leg: Leg) -> Vec<Call> {
        let side = match leg {
            Leg::Buy => Side::Buy,
            Leg::Sell => Side::Sell,
        };
        let mut calls = grant.renounce_calls();
        calls.push(self.harmless_call(side));
        calls
    }

    /// The owner ends both permissions, burns both enable signatures and takes back both allowances.
    pub fn owner_revoke_calls(&self, grant: &Grant) -> Vec<Call> {
        let mut calls = grant.ending_calls();
        calls.extend([Side::Buy, Side::Sell].map(|side| self.harmless_call(side)));
        calls
    }

    /// The owner sells `amount` of the base token; the proceeds go to `recipient`.
    pub fn exit_calls(&self, amount: TokenAmount, exit: Exit, recipient: Address) -> Vec<Call> {
        vec![self.approve(Side::Sell, amount), self.swap(Side::Sell, amount, exit.min_out, recipient)]
    }

    /// Everything in the account goes to `owner`. With `exit` the base token is sold first, and the pool pays the
    /// owner directly. Empty when nothing is held.
    pub fn withdraw_calls(&self, holdings: Holdings, owner: Address, exit: Option<Exit>) -> Vec<Call> {
        let mut calls = match exit {
            Some(exit) if !holdings.base.is_zero() => self.exit_calls(holdings.base, exit, owner),
            _ => transfer_unless_nothing(self.facts().base, owner, holdings.base),
        };
        calls.extend(transfer_unless_nothing(self.facts().quote, owner, holdings.quote));
        calls
    }

    fn approve(&self, side: Side, amount: TokenAmount) -> Call {
        let approve = approveCall { spender: self.facts().router, amount: amount.0 };
        Call::new(self.token_in(side).address, approve.abi_encode().into())
    }

    fn swap(&self, side: Side, amount: TokenAmount, min_out: TokenAmount, recipient: Address) -> Call {
        let params = ExactInputSingleParams {
            tokenIn: self.token_in(side).address,
            tokenOut: self.token_out(side).address,
            fee: U24::saturating_from(self.facts().fee),
            recipient,
            amountIn: amount.0,
            amountOutMinimum: min_out.0,
            // No limit on the way: the least amount out is the limit.
            sqrtPriceLimitX96: U160::ZERO,
        };
        Call::new(self.facts().router, exactInputSingleCall { params }.abi_encode().into())
    }
}

/// A plain transfer of `token`, for the owner's deposit and for taking tokens out.
pub fn transfer_call(token: Token, to: Address, amount: TokenAmount) -> Call {
    let transfer = transferCall { to, amount: amount.0 };
    Call::new(token.address, transfer.abi_encode().into())
}

fn transfer_unless_nothing(token: Token, to: Address, amount: TokenAmount) -> Vec<Call> {
    if amount.0 == U256::ZERO { Vec::new() } else { vec![transfer_call(token, to, amount)] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::execute_call_data;
    use crate::venue::samples;
    use alloy_primitives::{B256, address, b256, keccak256};

    const VENUE: UniswapV3 = UniswapV3::new(samples::FACTS);

    /// Compares with the hash of callData that was mined on the production contracts.
    fn check(calls: &[Call], mined: B256) {
        assert_eq!(keccak256(execute_call_data(calls)), mined);
    }

    #[test]
    fn trades_are_the_bytes_that_were_mined() {
        let trade = |side: Side, lots: u32, account: Address| {
            let order = samples::approved(side, lots);
            let calls = VENUE.trade_calls(&order, &samples::terms(), account, TokenAmount::ZERO);
            calls.expect("calls")
        };
        let account = address!("B524C66981e9e0d26FB4939f30fb3da5AEB03671");
        check(&trade(Side::Buy, 1, account), samples::USE_BUY);
        check(&trade(Side::Sell, 1, account), samples::USE_SELL);
        let account = address!("b3bEa21F5937E45Ad88B136525be3C69b63869Db");
        check(&trade(Side::Buy, 3, account), samples::USE_BUY_THREE_LOTS);
    }

    #[test]
    fn ending_is_the_bytes_that_were_mined() {
        let pair = samples::grant_with_pair();
        check(&VENUE.renounce_calls(&pair, Leg::Buy), samples::RENOUNCE);
        check(&VENUE.owner_revoke_calls(&samples::grant()), samples::OWNER_REVOKE);
    }

    #[test]
    fn a_trade_never_asks_for_less_than_the_floor() {
        let terms = samples::terms();
        let least_of = |min_out: TokenAmount| {
            let order = samples::approved(Side::Sell, 1);
            let calls = VENUE.trade_calls(&order, &terms, Address::ZERO, min_out).expect("calls");
            let swap = exactInputSingleCall::abi_decode_validate(&calls[1].data).expect("a swap");
            TokenAmount(swap.params.amountOutMinimum)
        };
        let floor = VENUE.floor(&terms, Side::Sell).expect("a floor");
        assert_eq!(least_of(TokenAmount::ZERO), floor);
        let above = floor.checked_add(TokenAmount::from_raw(1)).expect("small");
        assert_eq!(least_of(above), above);
    }

    #[test]
    fn lots_beyond_the_terms_are_refused() {
        let order = samples::approved(Side::Buy, 3);
        let terms = Terms { lots_per_trade: 2, ..samples::terms() };
        let refused = VENUE.trade_calls(&order, &terms, Address::ZERO, TokenAmount::ZERO);
        assert_eq!(refused, Err(VenueError::Lots { lots: 3, most: 2 }));
        let huge = Terms { buy_lot: TokenAmount(U256::MAX), ..samples::terms() };
        let refused = VENUE.trade_calls(&order, &huge, Address::ZERO, TokenAmount::ZERO);
        assert_eq!(refused, Err(VenueError::TooLarge));
        let tiny = Terms { buy_lot: TokenAmount::ZERO, ..samples::terms() };
        let refused = VENUE.trade_calls(&order, &tiny, Address::ZERO, TokenAmount::ZERO);
        assert_eq!(refused, Err(VenueError::NoFloor));
    }

    #[test]
    fn withdrawing_moves_what_is_there_and_nothing_else() {
        let owner = Address::repeat_byte(5);
        let some = TokenAmount::from_raw(7);
        let exit = Exit { min_out: TokenAmount::from_raw(6) };
        let targets = |base: TokenAmount, quote: TokenAmount, exit: Option<Exit>| {
            let calls = VENUE.withdraw_calls(Holdings { base, quote }, owner, exit);
            assert!(calls.iter().all(|call| call.value.is_zero()));
            calls.iter().map(|call| (call.target, call.data[0])).collect::<Vec<_>>()
        };
        let (base, quote) = (samples::FACTS.base.address, samples::FACTS.quote.address);
        let (transfer, approve, swap) = (0xa9, 0x09, 0x04);
        assert_eq!(targets(TokenAmount::ZERO, TokenAmount::ZERO, Some(exit)), []);
        assert_eq!(targets(some, some, None), [(base, transfer), (quote, transfer)]);
        assert_eq!(targets(TokenAmount::ZERO, some, Some(exit)), [(quote, transfer)]);
        let router = samples::FACTS.router;
        assert_eq!(targets(some, some, Some(exit)), [(base, approve), (router, swap), (quote, transfer)]);
        let calls = VENUE.withdraw_calls(Holdings { base: some, quote: some }, owner, Some(exit));
        let swap = exactInputSingleCall::abi_decode_validate(&calls[1].data).expect("a swap").params;
        assert_eq!((swap.recipient, swap.amountIn, swap.amountOutMinimum), (owner, some.0, exit.min_out.0));
    }

    #[test]
    fn the_approval_has_the_known_selector() {
        let call = VENUE.harmless_call(Side::Buy);
        assert_eq!(call.target, samples::FACTS.quote.address);
        let hash = b256!("0000000000000000000000000000000000000000000000000000000000000000");
        assert_eq!((&call.data[..4], &call.data[36..]), (&[0x09, 0x5e, 0xa7, 0xb3][..], &hash[..]));
    }
}
