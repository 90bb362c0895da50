//! Names and the band, in words.

use alloy_primitives::Address;

use super::UniswapV3;
use crate::session::Names;
use crate::trading::Terms;

impl UniswapV3 {
    /// What the sealed worst prices mean for whoever holds a position.
    pub fn band_in_words(&self, terms: &Terms) -> String {
        let (base, quote) = (self.facts().base.symbol, self.facts().quote.symbol);
        let (low, high) = (terms.lowest_sell.brief(), terms.highest_buy.brief());
        format!(
            "Below {low} {quote} this leash cannot sell {base}; above {high} {quote} it cannot buy {base}. These \
             prices include the pool's fee."
        )
    }
}

impl Names for UniswapV3 {
    fn token(&self, address: Address) -> Option<(&str, u8)> {
        let known = [self.facts().base, self.facts().quote];
        known.iter().find(|token| token.address == address).map(|token| (token.symbol, token.decimals))
    }

    fn contract(&self, address: Address) -> Option<&str> {
        (address == self.facts().router).then_some("Uniswap's SwapRouter02")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Leg, sentences};
    use crate::venue::samples;

    #[test]
    fn a_grant_of_this_venue_can_be_said() {
        let venue = UniswapV3::new(samples::FACTS);
        for grant in [samples::grant(), samples::grant_with_pair()] {
            for leg in [Leg::Buy, Leg::Sell] {
                let said = sentences(&grant, leg, &venue).expect("every rule has words").join(" ");
                assert!(said.contains("Uniswap's SwapRouter02") && said.contains("0.03 WETH"), "{said}");
            }
        }
        assert_eq!(venue.contract(samples::FACTS.pool), None);
    }

    #[test]
    fn the_band_is_said_with_both_ends() {
        let band = UniswapV3::new(samples::FACTS).band_in_words(&samples::terms());
        assert!(band.starts_with("Below 2666.67 USDC"), "{band}");
        assert!(band.contains("above 3333.33"), "{band}");
    }
}
