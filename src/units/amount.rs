//! A token amount in the token's smallest unit.

use alloy_primitives::U256;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An amount of some token in its smallest unit (USDC: millionths). The token is named by the field that
/// holds it; decimals are needed only to read or show it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TokenAmount(pub U256);

/// Why a text is not an amount.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AmountError {
    /// Something other than digits and one point.
    #[error("“{0}” is not a number: write digits with one point, like 0.05")]
    NotANumber(String),
    /// More decimals than the token has.
    #[error("“{text}” has more than {decimals} decimals, and the token has no smaller unit")]
    TooPrecise {
        /// What was written.
        text: String,
        /// How many the token has.
        decimals: u8,
    },
    /// Larger than 2^256 - 1 units.
    #[error("“{0}” is larger than any token amount can be")]
    TooLarge(String),
}

impl TokenAmount {
    /// Nothing.
    pub const ZERO: Self = Self(U256::ZERO);

    /// `raw` smallest units.
    pub fn from_raw(raw: u128) -> Self {
        Self(U256::from(raw))
    }

    /// Whether this is nothing.
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// The sum, or `None` above 2^256 - 1.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, or `None` when `other` is larger.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The difference, or nothing when `other` is larger.
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// `times` of it, or `None` above 2^256 - 1.
    pub fn checked_mul(self, times: u64) -> Option<Self> {
        self.0.checked_mul(U256::from(times)).map(Self)
    }

    /// How many whole `lot`s fit in; 0 for a lot of nothing.
    pub fn whole_lots(self, lot: Self) -> u64 {
        self.0.checked_div(lot.0).map_or(0, |lots| lots.saturating_to::<u64>())
    }

    /// `numerator / denominator` of it, rounded down; `None` on overflow or a zero denominator.
    pub fn checked_ratio(self, numerator: u64, denominator: u64) -> Option<Self> {
        self.0.checked_mul(U256::from(numerator))?.checked_div(U256::from(denominator)).map(Self)
    }

    /// The exact decimal text, without trailing zeros: `1.5`, `0.000001`, `0`.
    pub fn format(self, decimals: u8) -> String {
        with_point(&self.digits(), decimals.into())
    }

    /// For reading: six significant digits, but never fewer than the whole tokens; rounded down, so that nothing
    /// is shown that is not there. `9277.36`, `0.000123456`.
    pub fn brief(self, decimals: u8) -> String {
        const SIGNIFICANT: usize = 6;
        let (digits, decimals) = (self.digits(), usize::from(decimals));
        let kept = digits.len().saturating_sub(decimals).max(SIGNIFICANT).min(digits.len());
        with_point(&digits[..kept], decimals - (digits.len() - kept))
    }

    /// The smallest units in decimal. Nearly every amount fits into 128 bits, which are written much faster.
    fn digits(self) -> String {
        u128::try_from(self.0).map_or_else(|_| self.0.to_string(), |narrow| narrow.to_string())
    }

    /// In whole tokens, for statistics and charts only.
    pub fn to_f64(self, decimals: u8) -> f64 {
        f64::from(self.0) / 10_f64.powi(decimals.into())
    }

    /// Reads `text` in the one documented grammar: digits, at most one point, no sign, no exponent, no
    /// grouping.
    ///
    /// # Errors
    /// [`AmountError`] with the text as it was written.
    pub fn parse(text: &str, decimals: u8) -> Result<Self, AmountError> {
        let trimmed = text.trim();
        let (whole, fraction) = trimmed.split_once('.').unwrap_or((trimmed, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
            return Err(AmountError::NotANumber(text.chars().take(40).collect()));
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > usize::from(decimals) {
            return Err(AmountError::TooPrecise { text: text.chars().take(100).collect(), decimals });
        }
        let digits = format!("{whole}{fraction:0<width$}", width = usize::from(decimals));
        let digits = digits.trim_start_matches('0');
        if digits.is_empty() {
            return Ok(Self::ZERO);
        }
        digits.parse::<U256>().map(Self).map_err(|_| AmountError::TooLarge(text.chars().take(100).collect()))
    }
}

/// Whole digits with the point before the last `decimals` of them, and no zeros at the end.
fn with_point(digits: &str, decimals: usize) -> String {
    let padded = format!("{digits:0>width$}", width = decimals + 1);
    let (whole, fraction) = padded.split_at(padded.len() - decimals);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_written_exactly() {
        let check = |raw: u128, decimals: u8, text: &str| {
            assert_eq!(TokenAmount::from_raw(raw).format(decimals), text);
            assert_eq!(TokenAmount::parse(text, decimals), Ok(TokenAmount::from_raw(raw)));
        };
        check(0, 18, "0");
        check(1, 6, "0.000001");
        check(1_500_000, 6, "1.5");
        check(42, 0, "42");
        check(7, 36, "0.000000000000000000000000000000000007");
        check(100_000_000, 6, "100");
    }

    #[test]
    fn brief_amounts_are_never_more_than_there_is() {
        let check = |raw: u128, decimals: u8, text: &str| {
            assert_eq!(TokenAmount::from_raw(raw).brief(decimals), text);
        };
        check(0, 18, "0");
        check(1, 18, "0.000000000000000001");
        check(4_257_546_921_880_779_493, 18, "4.25754");
        check(123_456_789_000, 6, "123456");
        check(9_277_366_602, 6, "9277.36");
        check(42, 0, "42");
        assert!(TokenAmount(U256::MAX).brief(18).starts_with("1157920892373161954235709850086879"));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", ".", "-1", "1e3", "1,5", "0x1", "1.2.3", "½", "NaN", " "] {
            assert!(matches!(TokenAmount::parse(text, 6), Err(AmountError::NotANumber(_))), "{text:?}");
        }
        assert!(matches!(TokenAmount::parse("0.0000001", 6), Err(AmountError::TooPrecise { .. })));
        assert!(matches!(TokenAmount::parse(&"9".repeat(90), 6), Err(AmountError::TooLarge(_))));
    }

    #[test]
    fn lots_are_whole() {
        let lots = |have: u128, lot: u128| TokenAmount::from_raw(have).whole_lots(TokenAmount::from_raw(lot));
        assert_eq!(lots(299, 100), 2);
        assert_eq!(lots(99, 100), 0);
        assert_eq!(lots(99, 0), 0);
    }

    proptest! {
        #[test]
        fn text_round_trips(raw in any::<u128>(), decimals in 0_u8..=36) {
            let amount = TokenAmount::from_raw(raw);
            prop_assert_eq!(TokenAmount::parse(&amount.format(decimals), decimals), Ok(amount));
        }
    }
}
