//! Moments. Seconds are the chain's unit, milliseconds the browser's; mixing them up once made a rival's
//! session last for ever, so neither converts into the other implicitly.

use serde::{Deserialize, Serialize};

/// Seconds since 1970-01-01 UTC, as in a block header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct UnixSecs(pub u64);

/// Milliseconds since 1970-01-01 UTC, as a browser's clock gives them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct UnixMillis(pub u64);

impl UnixSecs {
    /// The moment `secs` later, held at the end of time rather than wrapped.
    pub const fn plus_secs(self, secs: u64) -> Self {
        Self(self.0.saturating_add(secs))
    }

    /// Whole seconds from `earlier` to `self`; 0 when `earlier` lies ahead.
    pub const fn secs_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The same moment in milliseconds.
    pub const fn to_millis(self) -> UnixMillis {
        UnixMillis(self.0.saturating_mul(1_000))
    }
}

impl UnixMillis {
    /// The second this moment lies in.
    pub const fn to_secs(self) -> UnixSecs {
        UnixSecs(self.0 / 1_000)
    }

    /// Milliseconds from `earlier` to `self`; 0 when `earlier` lies ahead.
    pub const fn millis_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// How a simulated chain's time follows from the browser's; both in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeScale {
    /// Some real moment,
    pub at_real_millis: u64,
    /// and what the chain's clock showed then.
    pub at_chain_millis: u64,
    /// Thousandths of chain seconds per real second; 0 stands still.
    pub speed_permille: u32,
}

impl TimeScale {
    /// What the chain's clock shows at a real moment; it stands still before [`TimeScale::at_real_millis`].
    pub fn chain_time(&self, real_millis: u64) -> UnixMillis {
        let passed = u128::from(real_millis.saturating_sub(self.at_real_millis));
        let scaled = passed * u128::from(self.speed_permille) / 1_000;
        let scaled = u64::try_from(scaled).unwrap_or(u64::MAX);
        UnixMillis(self.at_chain_millis.saturating_add(scaled))
    }

    /// Real milliseconds in which `chain_millis` pass, rounded up; `None` while time stands still.
    pub fn real_millis(&self, chain_millis: u64) -> Option<u64> {
        let scaled = u128::from(chain_millis) * 1_000;
        let real = scaled.checked_add(u128::from(self.speed_permille).saturating_sub(1))?;
        u64::try_from(real.checked_div(u128::from(self.speed_permille))?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCALE: TimeScale =
        TimeScale { at_real_millis: 1_000, at_chain_millis: 50_000, speed_permille: 30_000 };

    #[test]
    fn a_chains_time_runs_at_its_speed_from_the_common_moment_on() {
        for (real, chain) in [(0, 50_000), (1_000, 50_000), (1_001, 50_030), (2_000, 80_000)] {
            assert_eq!(SCALE.chain_time(real), UnixMillis(chain), "{real}");
        }
        let slow = TimeScale { speed_permille: 1, ..SCALE };
        assert_eq!(slow.chain_time(2_999), UnixMillis(50_001));
        let endless = TimeScale { speed_permille: u32::MAX, ..SCALE };
        assert_eq!(endless.chain_time(u64::MAX), UnixMillis(u64::MAX), "held at the end of time");
    }

    #[test]
    fn waiting_is_divided_by_the_speed_and_never_too_short() {
        for (chain, real) in [(0, 0), (1, 1), (30, 1), (31, 2), (60_000, 2_000)] {
            assert_eq!(SCALE.real_millis(chain), Some(real), "{chain}");
        }
        assert_eq!(TimeScale { speed_permille: 0, ..SCALE }.real_millis(1), None);
    }
}
