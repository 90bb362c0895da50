//! Head room over a bundler's estimate.

use thiserror::Error;

use super::GasLimits;

/// Gas added to the calls beyond half as much again: a pool writes an oracle slot in some blocks and not in
/// others (measured jitter 9,000).
const CALL_HEADROOM: u64 = 60_000;

/// No limit of ours is near this; an estimate above it is a fault or an attack.
const ABSURD: u64 = 30_000_000;

/// Why an estimate is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum GasError {
    /// Zero or beyond reason.
    #[error("the gas estimate is absurd: {0:?}")]
    Absurd(GasLimits),
    /// More than the network's bundlers take.
    #[error("verifying this operation takes {needed} gas, and the network takes at most {cap}")]
    AboveCap {
        /// What it needs.
        needed: u64,
        /// What is taken.
        cap: u64,
    },
}

impl GasLimits {
    /// The limits to send for this estimate: calls × 1.5 + 60,000; verification × 1.2, but never above
    /// `verification_cap`, the most the network's bundlers take.
    ///
    /// # Errors
    /// [`GasError`], when the bare estimate is absurd or above the cap.
    pub fn with_headroom(self, verification_cap: u64) -> Result<Self, GasError> {
        let is_absurd = |gas: u64| gas == 0 || gas > ABSURD;
        if is_absurd(self.call) || is_absurd(self.verification) || self.pre_verification > ABSURD {
            return Err(GasError::Absurd(self));
        }
        if self.verification > verification_cap {
            return Err(GasError::AboveCap { needed: self.verification, cap: verification_cap });
        }
        Ok(Self {
            pre_verification: self.pre_verification,
            verification: (self.verification * 6 / 5).min(verification_cap),
            call: self.call * 3 / 2 + CALL_HEADROOM,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_gets_head_room_up_to_the_cap() {
        let check = |verification: u64, call: u64, expected: (u64, u64)| {
            let limits = GasLimits { pre_verification: 50_000, verification, call }.with_headroom(5_000_000);
            let (verification, call) = expected;
            assert_eq!(limits, Ok(GasLimits { pre_verification: 50_000, verification, call }));
        };
        check(230_691, 100_000, (276_829, 210_000));
        check(4_500_000, 1, (5_000_000, 60_001));
        check(5_000_000, 2, (5_000_000, 60_003));
    }

    #[test]
    fn absurd_estimates_are_refused() {
        let check = |pre_verification: u64, verification: u64, call: u64| {
            let estimate = GasLimits { pre_verification, verification, call };
            assert_eq!(estimate.with_headroom(u64::MAX), Err(GasError::Absurd(estimate)));
        };
        check(1, 0, 1);
        check(1, 1, 0);
        check(1, u64::MAX, 1);
        check(1, 1, u64::MAX);
        check(u64::MAX, 1, 1);
        let above = GasLimits { pre_verification: 1, verification: 5_000_001, call: 1 };
        let refusal = GasError::AboveCap { needed: 5_000_001, cap: 5_000_000 };
        assert_eq!(above.with_headroom(5_000_000), Err(refusal));
    }
}
