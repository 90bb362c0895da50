//! What a tab sees besides the journal and the candles, and what forbids new trades for as long as it lasts: what
//! it is told of the chain can then not be believed, or what it sends is not heard.
//!
//! Unlike a circuit breaker an alarm has no end of its own: it is over when its cause is.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::units::{UnixMillis, UnixSecs};

/// Blocks of every network in the table come far faster, and clocks that are set by the network are far closer.
const MOST_APART_SECS: u64 = 60;

/// Why nothing new is traded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Alarm {
    /// The newest block is older than it can be: the chain stands still, the node is behind, or this clock is fast.
    BlocksBehind {
        /// By how much.
        secs: u64,
    },
    /// The newest block is of the future: the node makes it up, or this clock is slow.
    BlocksAhead {
        /// By how much.
        secs: u64,
    },
    /// Two nodes tell different blocks of the same height.
    NodesDisagree,
    /// The bundler gave no clear answer several times within a minute.
    BundlerUnclear,
}

impl Alarm {
    /// Holds the time of the newest block, `block_at`, against the local clock at the moment it was read.
    pub fn of_clocks(block_at: UnixSecs, read_at: UnixMillis) -> Option<Self> {
        let read_at = read_at.to_secs();
        let (behind, ahead) = (read_at.secs_since(block_at), block_at.secs_since(read_at));
        match () {
            () if behind > MOST_APART_SECS => Some(Self::BlocksBehind { secs: behind }),
            () if ahead > MOST_APART_SECS => Some(Self::BlocksAhead { secs: ahead }),
            () => None,
        }
    }
}

impl fmt::Display for Alarm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BlocksBehind { secs } => write!(
                formatter,
                "the newest block is {secs} s old: the chain stands still, its node is behind, or this device’s clock is fast"
            ),
            Self::BlocksAhead { secs } => write!(
                formatter,
                "the newest block is {secs} s ahead of this device’s clock: the clock is slow, or the node cannot be believed"
            ),
            Self::NodesDisagree => {
                formatter.write_str("two nodes of this network tell different blocks, so neither is believed")
            }
            Self::BundlerUnclear => {
                formatter.write_str("the bundler gave no clear answer five times within a minute")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_between_the_clocks_is_borne_and_no_second_more() {
        let check = |block_at: u64, read_at: u64, expected: Option<Alarm>| {
            let found = Alarm::of_clocks(UnixSecs(block_at), UnixSecs(read_at).to_millis());
            assert_eq!(found, expected, "{block_at} {read_at}");
        };
        check(1_000, 1_000, None);
        check(1_000, 1_060, None);
        check(1_000, 1_061, Some(Alarm::BlocksBehind { secs: 61 }));
        check(1_060, 1_000, None);
        check(1_061, 1_000, Some(Alarm::BlocksAhead { secs: 61 }));
        check(1_000, 1_000 + 86_400, Some(Alarm::BlocksBehind { secs: 86_400 }));
    }
}
