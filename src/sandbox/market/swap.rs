//! The swaps of one trader with bottomless pockets, as call data for the router.

use alloy_primitives::aliases::U24;
use alloy_primitives::{Address, U160, U256};
use alloy_sol_types::SolCall as _;

use super::square_root;
use crate::contracts::abi::ISwapRouter02;
use crate::contracts::{PoolFacts, Token};

/// More than any step needs; the price limit ends a swap, not the amount.
const PLENTY: U256 = U256::from_limbs([0, 1 << 48, 0, 0]);

/// A swap of the market's trader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swap {
    from: Token,
    to: Token,
    amount_in: U256,
    /// Square root price at which it stops; zero for none.
    limit: U256,
}

impl Swap {
    /// Moves the pool's square root price from `current` to `target`; `None` where it already is.
    pub fn between(facts: &PoolFacts, current: U256, target: U256) -> Option<Self> {
        if current == target {
            return None;
        }
        let sells_first_token = target < current;
        let sells_base = sells_first_token == square_root::base_is_first(facts);
        let (from, to) = if sells_base { (facts.base, facts.quote) } else { (facts.quote, facts.base) };
        Some(Self { from, to, amount_in: PLENTY, limit: target })
    }

    /// Swaps exactly `amount_in`, in the smallest unit of `from`.
    pub fn exactly(from: Token, to: Token, amount_in: U256) -> Self {
        Self { from, to, amount_in, limit: U256::ZERO }
    }

    /// `exactInputSingle` of the pool's router, with what comes out going to `trader`.
    pub fn call_data(&self, facts: &PoolFacts, trader: Address) -> Vec<u8> {
        let params = ISwapRouter02::ExactInputSingleParams {
            tokenIn: self.from.address,
            tokenOut: self.to.address,
            fee: U24::from(facts.fee),
            recipient: trader,
            amountIn: self.amount_in,
            amountOutMinimum: U256::ZERO,
            sqrtPriceLimitX96: U160::from(self.limit),
        };
        ISwapRouter02::exactInputSingleCall { params }.abi_encode()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contracts::network_by_id;
    use crate::units::Price;

    #[test]
    fn a_dearer_base_is_bought_with_quote() {
        let facts = network_by_id("local").and_then(|network| network.pool).expect("a pool in the table");
        let root = |whole: u128| {
            square_root::of_price(&facts, Price::from_scaled(whole * Price::SCALE).expect("not zero"))
        };
        let up = Swap::between(&facts, root(2_500), root(2_600)).expect("a move");
        let down = Swap::between(&facts, root(2_500), root(2_400)).expect("a move");
        assert_eq!((up.from, up.to), (facts.quote, facts.base));
        assert_eq!((down.from, down.to), (facts.base, facts.quote));
        assert_eq!(Swap::between(&facts, root(2_500), root(2_500)), None);
        let data = up.call_data(&facts, Address::repeat_byte(7));
        let call = ISwapRouter02::exactInputSingleCall::abi_decode(&data).expect("the router's call");
        assert_eq!(call.params.sqrtPriceLimitX96, U160::from(root(2_600)));
        assert_eq!(call.params.recipient, Address::repeat_byte(7));
    }
}
