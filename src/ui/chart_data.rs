//! The chart's points as the page holds them.

use crate::app::{ChartPoint, ChartUpdate, MarkerView};

/// Points and markers, grown by [`ChartUpdate`]s.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChartData {
    /// Seconds per candle.
    pub interval_secs: u32,
    /// Oldest first.
    pub points: Vec<ChartPoint>,
    /// Trades.
    pub markers: Vec<MarkerView>,
}

impl ChartData {
    /// Takes over what changed. When `update` keeps more than is here, what is here stands.
    pub fn apply(&mut self, update: ChartUpdate) {
        self.interval_secs = update.interval_secs;
        self.points.truncate(usize::try_from(update.keep).unwrap_or(usize::MAX));
        self.points.extend(update.points);
        self.markers = update.markers;
    }
}
