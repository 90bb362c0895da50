//! How long a server is left alone after it asked for that.

use crate::app::{Failure, Wait};

/// Longest pause, whatever a server asks for: whoever trades cannot be blind for longer.
const LONGEST_MILLIS: u64 = 60_000;

/// How often in a row one server asked to be asked less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Patience {
    in_a_row: u32,
}

impl Patience {
    /// The pause after `failure`, `usual` unless the server asked for more. One that does not say how long is given
    /// twice as long each time.
    pub(super) fn pause_millis(&mut self, failure: &Failure, usual: u64) -> u64 {
        let wanted = match failure.wait {
            Wait::Unasked => {
                *self = Self::default();
                return usual;
            }
            Wait::Secs(secs) => secs.saturating_mul(1_000),
            Wait::Longer => usual.saturating_mul(2_u64.saturating_pow(self.in_a_row + 1)),
        };
        self.in_a_row = self.in_a_row.saturating_add(1).min(16);
        wanted.clamp(usual, LONGEST_MILLIS.max(usual))
    }

    /// Whether it asked more than once, so that asking another server instead has not helped.
    pub(super) const fn is_tried(self) -> bool {
        self.in_a_row > 1
    }

    /// It answered.
    pub(super) fn rest(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(wait: Wait) -> Failure {
        Failure { wait, ..Failure::new("No.") }
    }

    #[test]
    fn a_server_is_left_alone_for_as_long_as_it_asks_and_never_for_longer_than_a_minute() {
        let check = |wait: Wait, usual: u64, expected: u64| {
            assert_eq!(Patience::default().pause_millis(&asking(wait), usual), expected, "{wait:?}");
        };
        check(Wait::Unasked, 2_000, 2_000);
        check(Wait::Secs(7), 2_000, 7_000);
        check(Wait::Secs(0), 2_000, 2_000);
        check(Wait::Secs(120), 2_000, 60_000);
        check(Wait::Secs(u64::MAX), 2_000, 60_000);
        check(Wait::Longer, 2_000, 4_000);
        check(Wait::Secs(1), 90_000, 90_000);
    }

    #[test]
    fn one_that_does_not_say_how_long_is_asked_less_and_less_until_it_answers() {
        let mut patience = Patience::default();
        let mut pauses = |wait: Wait, count: usize| -> Vec<u64> {
            (0..count).map(|_| patience.pause_millis(&asking(wait), 2_000)).collect()
        };
        assert_eq!(pauses(Wait::Longer, 7), [4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
        assert_eq!(pauses(Wait::Longer, 200).last(), Some(&60_000));
        assert_eq!(pauses(Wait::Unasked, 1), [2_000], "another failure is no limit");
        assert_eq!(pauses(Wait::Longer, 1), [4_000]);
        patience.rest();
        assert_eq!(patience.pause_millis(&asking(Wait::Longer), 2_000), 4_000);
    }
}
