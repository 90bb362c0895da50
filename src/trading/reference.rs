//! A price from elsewhere: whoever bends the pool's price does not bend an exchange's as well.

use serde::{Deserialize, Serialize};

use super::RiskRefused;
use super::guards::Percent;
use crate::units::Price;

/// Beyond this the pool is not traded with, in hundredths of a percent: pools and exchanges differ by fees and by the
/// seconds between two arbitrages, which is far less.
const MOST_APART_BPS: u32 = 100;
/// A line that says nothing for so long says nothing of now.
const OLDEST_SECS: u64 = 30;

/// What an exchange said last, for a person who wants the pool to be compared with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// Its price; none before its first word.
    pub price: Option<Price>,
    /// How old that is.
    pub age_secs: u64,
}

impl Reference {
    /// How far the pool's price is away from it, in hundredths of a percent.
    pub fn apart_bps(&self, pool: Price) -> Option<u32> {
        self.price.map(|price| Percent::between(price, pool).0)
    }

    /// Whether the pool may be traded with at `pool`.
    ///
    /// # Errors
    /// [`RiskRefused`].
    pub(in crate::trading) fn gate(&self, pool: Price) -> Result<(), RiskRefused> {
        let bps = self.apart_bps(pool).filter(|_| self.age_secs <= OLDEST_SECS);
        match bps {
            None => Err(RiskRefused::ReferenceSilent),
            Some(bps) if bps > MOST_APART_BPS => {
                Err(RiskRefused::ReferenceApart { percent: Percent(bps).to_string() })
            }
            Some(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(cents: u128) -> Price {
        Price::from_scaled(cents * Price::SCALE / 100).expect("not zero")
    }

    #[test]
    fn the_pool_is_traded_with_near_a_fresh_reference_only() {
        let check = |reference: Option<u128>, age_secs: u64, pool: u128, refused: Option<&str>| {
            let reference = Reference { price: reference.map(price), age_secs };
            let told = reference.gate(price(pool)).err().map(|refused| refused.to_string());
            assert_eq!(told.as_deref(), refused, "{reference:?} {pool}");
        };
        let silent = "the exchange that the pool is compared with says nothing";
        check(Some(250_000), 0, 250_000, None);
        check(Some(250_000), 30, 252_500, None);
        check(Some(250_000), 30, 247_500, None);
        check(Some(250_000), 31, 250_000, Some(silent));
        check(None, 0, 250_000, Some(silent));
        let apart = |percent: &str| format!("the pool’s price is {percent} % away from the exchange’s");
        check(Some(250_000), 0, 252_600, Some(&apart("1.04")));
        check(Some(250_000), 0, 247_400, Some(&apart("1.04")));
        check(Some(250_000), 0, 500_000, Some(&apart("100")));
    }
}
