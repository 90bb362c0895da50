//! Everything known about one pool, in one place: its price, the calls that trade it, the rules that allow
//! exactly those calls, and what a trade really moved.
//!
//! Pure. Here alone an order and a session meet: `trading` knows lots and floors, `session` rules on arguments, and
//! this room that both speak of `exactInputSingle` of one Uniswap V3 pool. It refuses to know how anything is
//! sent or read.

mod calls;
mod fill;
mod grant;
mod price;
#[cfg(test)]
mod samples;
mod words;

pub use calls::{Exit, Holdings, transfer_call};
pub use grant::{GrantKeys, PermissionsError};
pub use price::minimum_out;

use alloy_primitives::{Address, FixedBytes};
use alloy_sol_types::SolCall;
use thiserror::Error;

use crate::contracts::abi::ISwapRouter02::exactInputSingleCall;
use crate::contracts::{PoolFacts, Token};
use crate::session::Leg;
use crate::trading::{Pair, Side, Terms};
use crate::units::TokenAmount;

/// Position of `amountIn` among the arguments of a swap: the one with a budget on it.
pub const AMOUNT_IN_WORD: u32 = 4;

/// One Uniswap V3 pool and how to trade it through SwapRouter02.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UniswapV3 {
    facts: PoolFacts,
}

/// Why terms or an order cannot become calls of the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum VenueError {
    /// Lots times amounts pass 2^256.
    #[error("these amounts are larger than any token amount can be")]
    TooLarge,
    /// A floor of nothing would be no floor.
    #[error("one lot is so small that no worst price can be enforced on it")]
    NoFloor,
    /// More lots than the terms allow in one trade, or none.
    #[error("a trade has 1 to {most} lots, not {lots}")]
    Lots {
        /// How many were asked for.
        lots: u32,
        /// How many the terms allow.
        most: u32,
    },
}

impl UniswapV3 {
    /// The pool of these facts.
    pub const fn new(facts: PoolFacts) -> Self {
        Self { facts }
    }

    /// Its facts.
    pub const fn facts(&self) -> &PoolFacts {
        &self.facts
    }

    /// What the arithmetic of its tokens needs.
    pub const fn pair(&self) -> Pair {
        let PoolFacts { base, quote, fee, .. } = self.facts;
        Pair { base_decimals: base.decimals, quote_decimals: quote.decimals, fee_millionths: fee }
    }

    /// What a trade of `side` pays with.
    pub const fn token_in(&self, side: Side) -> Token {
        match side {
            Side::Buy => self.facts.quote,
            Side::Sell => self.facts.base,
        }
    }

    /// What a trade of `side` brings.
    pub const fn token_out(&self, side: Side) -> Token {
        match side {
            Side::Buy => self.facts.base,
            Side::Sell => self.facts.quote,
        }
    }

    /// Target and function of a swap, under which the chain counts the budget of argument [`AMOUNT_IN_WORD`].
    pub const fn swap_action(&self) -> (Address, FixedBytes<4>) {
        (self.facts.router, FixedBytes(exactInputSingleCall::SELECTOR))
    }

    /// The least that one lot of `side` may bring, as it is sealed into the grant.
    ///
    /// # Errors
    /// [`VenueError::NoFloor`].
    pub fn floor(&self, terms: &Terms, side: Side) -> Result<TokenAmount, VenueError> {
        let floor = match side {
            Side::Buy => terms.buy_floor(&self.pair()),
            Side::Sell => terms.sell_floor(&self.pair()),
        };
        if floor.is_zero() { Err(VenueError::NoFloor) } else { Ok(floor) }
    }
}

/// The permission that a trade of `side` acts under.
pub const fn leg_of(side: Side) -> Leg {
    match side {
        Side::Buy => Leg::Buy,
        Side::Sell => Leg::Sell,
    }
}
