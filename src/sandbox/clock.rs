//! The chain's clock, which runs at its own speed beside the real one.

use serde::{Deserialize, Serialize};

use crate::units::{TimeScale, UnixMillis, UnixSecs};

/// Chain time passes as real time does.
pub const REAL_SPEED: u32 = 1_000;
/// The fastest: a thousand times.
pub const TOP_SPEED: u32 = 1_000_000;

/// The clock itself: it only knows the real moments it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    scale: TimeScale,
    /// The latest real moment; `None` until it is told one, and chain time stands.
    real_millis: Option<u64>,
}

impl Clock {
    /// Stands at `start` until it is told a real moment.
    pub const fn new(start: UnixSecs, speed_permille: u32) -> Self {
        let at_chain_millis = start.to_millis().0;
        Self { scale: TimeScale { at_real_millis: 0, at_chain_millis, speed_permille }, real_millis: None }
    }

    /// Real time has come to `real_millis`. Going backwards is taken for standing still.
    pub fn advance(&mut self, real_millis: u64) {
        match self.real_millis {
            None => self.scale.at_real_millis = real_millis,
            Some(before) if real_millis <= before => return,
            Some(_) => {}
        }
        self.real_millis = Some(real_millis);
    }

    /// What it shows.
    pub fn now(&self) -> UnixMillis {
        self.real_millis.map_or(UnixMillis(self.scale.at_chain_millis), |real| self.scale.chain_time(real))
    }

    /// Shows `moment` from now on, and runs on from there.
    pub fn set(&mut self, moment: UnixMillis) {
        self.scale.at_chain_millis = moment.0;
        self.scale.at_real_millis = self.real_millis.unwrap_or(0);
    }

    /// Runs at this speed from now on, held between standing still and [`TOP_SPEED`].
    pub fn set_speed(&mut self, speed_permille: u32) {
        self.set(self.now());
        self.scale.speed_permille = speed_permille.min(TOP_SPEED);
    }

    /// For those who keep time along with it.
    pub const fn scale(&self) -> TimeScale {
        self.scale
    }

    /// Real time starts anew with the next moment told: after a restore, what passed meanwhile did not pass here.
    pub fn forget_real_time(&mut self) {
        self.set(self.now());
        self.scale.at_real_millis = 0;
        self.real_millis = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chain_time_runs_at_its_own_speed() {
        let mut clock = Clock::new(UnixSecs(1_000), 30_000);
        assert_eq!(clock.now(), UnixMillis(1_000_000));
        clock.advance(77_000);
        assert_eq!(clock.now(), UnixMillis(1_000_000), "the first moment only anchors");
        clock.advance(78_500);
        assert_eq!(clock.now(), UnixMillis(1_045_000));
        clock.advance(10);
        assert_eq!(clock.now(), UnixMillis(1_045_000), "backwards is no time");
        clock.set_speed(REAL_SPEED);
        clock.advance(79_500);
        assert_eq!(clock.now(), UnixMillis(1_046_000));
        clock.set(UnixMillis(500));
        clock.advance(79_600);
        assert_eq!(clock.now(), UnixMillis(600));
        assert_eq!(clock.scale().chain_time(79_700), UnixMillis(700));
    }

    #[test]
    fn absurd_moments_do_not_overflow() {
        let mut clock = Clock::new(UnixSecs(u64::MAX), TOP_SPEED);
        clock.advance(0);
        clock.advance(u64::MAX);
        clock.set_speed(u32::MAX);
        assert_eq!(clock.now(), UnixMillis(u64::MAX));
        assert_eq!(clock.scale().speed_permille, TOP_SPEED);
    }

    #[test]
    fn a_restored_clock_goes_on_where_it_stood() {
        let mut clock = Clock::new(UnixSecs(10), REAL_SPEED);
        clock.advance(5);
        clock.advance(1_005);
        clock.forget_real_time();
        clock.advance(9_000_000);
        assert_eq!(clock.now(), UnixMillis(11_000));
    }
}
