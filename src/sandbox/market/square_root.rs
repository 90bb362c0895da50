//! Uniswap's way to write a price: the square root of raw token1 per raw token0, times 2^96.

use alloy_primitives::ruint::UintTryFrom as _;
use alloy_primitives::{U256, U512};

use crate::contracts::PoolFacts;
use crate::units::Price;

/// 10^18, the fixed point of [`Price`].
const SCALE: u128 = Price::SCALE;

/// `sqrt(token1 / token0) × 2^96`, rounded down.
pub fn of_ratio(token1: U256, token0: U256) -> U256 {
    let ratio: U512 = (U512::from(token1) << 192) / U512::from(token0).max(U512::from(1_u8));
    U256::uint_try_from(ratio.root(2)).unwrap_or(U256::MAX)
}

/// The square root price of `price` in the pool of `facts`.
pub fn of_price(facts: &PoolFacts, price: Price) -> U256 {
    let unit = |decimals: u8| U256::from(10_u8).pow(U256::from(decimals));
    let quote = U256::from(price.scaled()) * unit(facts.quote.decimals);
    let base = U256::from(SCALE) * unit(facts.base.decimals);
    if base_is_first(facts) { of_ratio(quote, base) } else { of_ratio(base, quote) }
}

/// The price that a pool's square root means; `None` for an empty pool.
pub fn to_price(facts: &PoolFacts, sqrt_price: U256) -> Option<Price> {
    let square = U512::from(sqrt_price) * U512::from(sqrt_price);
    let one = U512::from(1_u8) << 192;
    let (quote, base) = if base_is_first(facts) { (square, one) } else { (one, square) };
    Price::from_ratio(quote, base, facts.quote.decimals, facts.base.decimals).ok()
}

/// Whether base is the pool's token0.
pub fn base_is_first(facts: &PoolFacts) -> bool {
    facts.base.address < facts.quote.address
}

#[cfg(test)]
mod tests {
    use crate::contracts::NETWORKS;

    use super::*;

    #[test]
    fn a_price_survives_the_root_in_both_orders_of_the_tokens() {
        let local = NETWORKS.iter().find_map(|network| network.pool).expect("a pool in the table");
        let swapped = PoolFacts {
            base: crate::contracts::Token { address: local.quote.address, ..local.base },
            quote: crate::contracts::Token { address: local.base.address, ..local.quote },
            ..local
        };
        for facts in [local, swapped] {
            for whole in [1_u128, 2_500, 46_411] {
                let price = Price::from_scaled(whole * SCALE).expect("not zero");
                let back = to_price(&facts, of_price(&facts, price)).expect("a price");
                let error = back.scaled().abs_diff(price.scaled());
                assert!(error < price.scaled() / 1_000_000_000, "{whole}: {error}");
            }
        }
    }

    #[test]
    fn the_root_of_one_is_the_fixed_point() {
        assert_eq!(of_ratio(U256::from(7), U256::from(7)), U256::from(1) << 96);
        assert_eq!(of_ratio(U256::from(4), U256::from(1)), U256::from(2) << 96);
    }
}
