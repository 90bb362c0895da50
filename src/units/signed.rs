//! A result: an amount that may be a loss.

use alloy_primitives::I256;
use serde::{Deserialize, Serialize};

use super::TokenAmount;

/// A gain or a loss in a token's smallest unit. Sums stop at ±2^255, far above any supply, rather than wrap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SignedAmount(I256);

impl SignedAmount {
    /// Neither gain nor loss.
    pub const ZERO: Self = Self(I256::ZERO);

    /// What is left of `got` after `paid`.
    pub fn difference(got: TokenAmount, paid: TokenAmount) -> Self {
        let signed = |amount: TokenAmount| I256::try_from(amount.0).unwrap_or(I256::MAX);
        Self(signed(got).saturating_sub(signed(paid)))
    }

    /// The sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// What is left of it after `other`.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Whether it is a loss.
    pub const fn is_loss(self) -> bool {
        self.0.is_negative()
    }

    /// Its size without the sign.
    pub fn magnitude(self) -> TokenAmount {
        TokenAmount(self.0.unsigned_abs())
    }

    /// The exact decimal text with its sign: `+1.5`, `-0.000001`, `0`.
    pub fn format(self, decimals: u8) -> String {
        format!("{}{}", self.sign(), self.magnitude().format(decimals))
    }

    /// [`TokenAmount::brief`] with its sign: `+1.5`, `-46.783`.
    pub fn brief(self, decimals: u8) -> String {
        format!("{}{}", self.sign(), self.magnitude().brief(decimals))
    }

    /// In whole tokens, for statistics and charts only.
    pub fn to_f64(self, decimals: u8) -> f64 {
        let magnitude = self.magnitude().to_f64(decimals);
        if self.is_loss() { -magnitude } else { magnitude }
    }

    const fn sign(self) -> &'static str {
        match () {
            () if self.0.is_zero() => "",
            () if self.is_loss() => "-",
            () => "+",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::U256;

    #[test]
    fn results_carry_their_sign() {
        let check = |got: u128, paid: u128, text: &str| {
            let result = SignedAmount::difference(TokenAmount::from_raw(got), TokenAmount::from_raw(paid));
            assert_eq!(result.format(6), text);
            assert_eq!(result.is_loss(), text.starts_with('-'));
        };
        check(2_500_000, 1_000_000, "+1.5");
        check(0, 1, "-0.000001");
        check(7, 7, "0");
        let loss = SignedAmount::difference(TokenAmount::ZERO, TokenAmount::from_raw(46_783_066));
        assert_eq!(loss.brief(6), "-46.783");
    }

    #[test]
    fn sums_stop_rather_than_wrap() {
        let most = SignedAmount::difference(TokenAmount(U256::MAX), TokenAmount::ZERO);
        assert_eq!(most.plus(most), most);
        let least = SignedAmount::difference(TokenAmount::ZERO, TokenAmount(U256::MAX));
        assert!(least.plus(least).is_loss());
        assert_eq!(most.plus(least), SignedAmount::ZERO);
    }
}
