//! The price of one whole base token in whole quote tokens, as a fixed-point number.

use alloy_primitives::ruint::UintTryFrom;
use alloy_primitives::{U256, U512};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::TokenAmount;

/// Whole quote tokens per whole base token, times 10^18. Never zero: a pool without a price has no
/// `Price`. The ceiling of `u128` is 3.4 × 10^20 quote tokens, above which a price is refused as absurd.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Price(u128);

/// Why a number is not a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PriceError {
    /// The pool has no price, or one below 10^-18.
    #[error("the price is zero")]
    Zero,
    /// Above 3.4 × 10^20.
    #[error("the price is absurdly high")]
    Absurd,
}

impl Price {
    /// 10^18, the fixed point.
    pub const SCALE: u128 = 1_000_000_000_000_000_000;

    /// The price `scaled` / 10^18.
    ///
    /// # Errors
    /// [`PriceError::Zero`].
    pub const fn from_scaled(scaled: u128) -> Result<Self, PriceError> {
        if scaled == 0 { Err(PriceError::Zero) } else { Ok(Self(scaled)) }
    }

    /// The scaled number.
    pub const fn scaled(self) -> u128 {
        self.0
    }

    /// The price at which `quote` (with `quote_decimals`) buys `base` (with `base_decimals`), rounded down.
    ///
    /// # Errors
    /// [`PriceError`], also for a base of nothing.
    pub fn from_amounts(
        quote: TokenAmount,
        quote_decimals: u8,
        base: TokenAmount,
        base_decimals: u8,
    ) -> Result<Self, PriceError> {
        Self::from_ratio(U512::from(quote.0), U512::from(base.0), quote_decimals, base_decimals)
    }

    /// The price `quote_raw / base_raw` of raw units; wide, because a pool's square root is 160 bits.
    ///
    /// # Errors
    /// [`PriceError`], also for a base of nothing.
    pub fn from_ratio(
        quote_raw: U512,
        base_raw: U512,
        quote_decimals: u8,
        base_decimals: u8,
    ) -> Result<Self, PriceError> {
        let scaled = power_of_ten(base_decimals)
            .and_then(|power| quote_raw.checked_mul(power))
            .and_then(|wide| wide.checked_mul(U512::from(Self::SCALE)))
            .zip(power_of_ten(quote_decimals).and_then(|power| base_raw.checked_mul(power)))
            .and_then(|(wide, divisor)| wide.checked_div(divisor))
            .ok_or(PriceError::Absurd)?;
        u128::try_from(scaled).map_err(|_| PriceError::Absurd).and_then(Self::from_scaled)
    }

    /// What `base` is worth in quote units at this price, rounded down; `None` on overflow.
    pub fn quote_for_base(
        self,
        base: TokenAmount,
        base_decimals: u8,
        quote_decimals: u8,
    ) -> Option<TokenAmount> {
        let wide =
            U512::from(base.0).checked_mul(U512::from(self.0))?.checked_mul(power_of_ten(quote_decimals)?)?;
        let divisor = U512::from(Self::SCALE).checked_mul(power_of_ten(base_decimals)?)?;
        U256::uint_try_from(wide.checked_div(divisor)?).ok().map(TokenAmount)
    }

    /// How much base `quote` buys at this price, rounded down; `None` on overflow.
    pub fn base_for_quote(
        self,
        quote: TokenAmount,
        base_decimals: u8,
        quote_decimals: u8,
    ) -> Option<TokenAmount> {
        let wide = U512::from(quote.0)
            .checked_mul(U512::from(Self::SCALE))?
            .checked_mul(power_of_ten(base_decimals)?)?;
        let divisor = U512::from(self.0).checked_mul(power_of_ten(quote_decimals)?)?;
        U256::uint_try_from(wide.checked_div(divisor)?).ok().map(TokenAmount)
    }

    /// `percent` hundredths of it, rounded down but never to nothing, and held at the highest price.
    #[must_use]
    pub fn times_percent(self, percent: u32) -> Self {
        self.times_bps(percent.saturating_mul(100))
    }

    /// `bps` ten thousandths of it, rounded down but never to nothing, and held at the highest price.
    #[must_use]
    pub fn times_bps(self, bps: u32) -> Self {
        let whole = (self.0 / 10_000).saturating_mul(bps.into());
        let rest = self.0 % 10_000 * u128::from(bps) / 10_000;
        Self(whole.saturating_add(rest).max(1))
    }

    /// For reading: six significant digits, but never fewer than the whole tokens. `1853.27`, `0.000123457`.
    pub fn brief(self) -> String {
        let digits = self.0.checked_ilog10().map_or(1, |log| log + 1);
        let step = 10_u128.pow(digits.saturating_sub(6).min(18));
        let rounded = self.0.saturating_add(step / 2) / step * step;
        TokenAmount::from_raw(rounded).format(18)
    }

    /// For indicators and charts only.
    #[expect(clippy::cast_precision_loss, reason = "a chart needs 15 digits, not 38")]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / Self::SCALE as f64
    }

    /// An indicator's value, for reading only; what is no price becomes the nearest one.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "the cast holds what is beyond, and a reader needs six digits"
    )]
    pub fn from_f64(value: f64) -> Self {
        Self(((value * Self::SCALE as f64) as u128).max(1))
    }
}

/// Ten to the power of a token's decimals. In 128 bits, which hold those of nearly every token, it takes a fraction of
/// the time.
fn power_of_ten(decimals: u8) -> Option<U512> {
    let narrow = 10_u128.checked_pow(decimals.into()).map(U512::from);
    narrow.or_else(|| U512::from(10_u64).checked_pow(U512::from(decimals)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(scaled: u128) -> Price {
        Price::from_scaled(scaled).expect("not zero")
    }

    #[test]
    fn a_price_relates_the_two_tokens() {
        let eth = TokenAmount::from_raw(2 * Price::SCALE);
        let usd = TokenAmount::from_raw(5_000 * 1_000_000);
        let at = Price::from_amounts(usd, 6, eth, 18).expect("a price");
        assert_eq!(at, price(2_500 * Price::SCALE));
        assert_eq!(at.quote_for_base(eth, 18, 6), Some(usd));
        assert_eq!(at.base_for_quote(usd, 18, 6), Some(eth));
        assert!((at.to_f64() - 2_500.0).abs() < 1e-9);
    }

    #[test]
    fn a_percentage_of_a_price_stays_a_price() {
        let check = |scaled: u128, percent: u32, expected: u128| {
            assert_eq!(price(scaled).times_percent(percent).scaled(), expected);
        };
        check(1_999, 90, 1_799);
        check(2_000, 115, 2_300);
        check(1, 50, 1);
        check(u128::MAX, 101, u128::MAX);
    }

    #[test]
    fn a_price_is_read_in_six_digits() {
        let check = |scaled: u128, text: &str| assert_eq!(price(scaled).brief(), text);
        check(1_853_274_999_000_000_000_000, "1853.27");
        check(123_456_789_000_000, "0.000123457");
        check(12_345_678_500_000_000_000_000_000, "12345679");
        check(Price::SCALE / 2, "0.5");
        check(1, "0.000000000000000001");
        check(999_999_900_000_000_000, "1");
        assert_eq!(Price::from_f64(1_853.274_99).brief(), "1853.27");
        assert_eq!(Price::from_f64(f64::NAN), price(1));
    }

    #[test]
    fn no_price_and_absurd_prices_are_refused() {
        let one = TokenAmount::from_raw(1);
        assert_eq!(Price::from_amounts(TokenAmount::ZERO, 6, one, 18), Err(PriceError::Zero));
        assert_eq!(Price::from_amounts(one, 6, TokenAmount::ZERO, 18), Err(PriceError::Absurd));
        assert_eq!(Price::from_amounts(TokenAmount(U256::MAX), 0, one, 36), Err(PriceError::Absurd));
    }
}
