//! Whether a day makes the memory of the sandbox's worker grow.

use serde::{Deserialize, Serialize};

const HOURS: usize = 24;
const MIB: f64 = 1_048_576.0;
/// What may come after the first hour, in MiB.
const BAR: f64 = 5.0;

/// Bytes after each hour of chain time.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Memory([u32; HOURS]);

impl Memory {
    /// The first hour beside the last one, with the bar, and the hour from which it is as in the last one.
    pub(super) fn line(&self) -> String {
        let flat = 1 + self.0.iter().take_while(|bytes| **bytes != self.0[HOURS - 1]).count();
        let [first, .., last] = self.0.map(|bytes| f64::from(bytes) / MIB);
        let more = last - first;
        format!(
            "sandbox's worker after 1 h {first:.2} MiB, after {HOURS} h {last:.2} MiB: {more:.2} more (bar {BAR}), \
             flat from hour {flat}\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_hour_is_told_beside_the_first() {
        let mut hours = [22 << 20; HOURS];
        hours[0] = 20 << 20;
        let line = "sandbox's worker after 1 h 20.00 MiB, after 24 h 22.00 MiB: 2.00 more (bar 5), flat from hour 2\n";
        assert_eq!(Memory(hours).line(), line);
        hours[HOURS - 1] = 24 << 20;
        assert!(
            Memory(hours).line().ends_with("4.00 more (bar 5), flat from hour 24\n"),
            "it grows to the end"
        );
    }
}
