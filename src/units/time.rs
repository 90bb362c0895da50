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
