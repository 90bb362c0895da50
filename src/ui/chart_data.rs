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

#[cfg(test)]
mod tests {
    use super::*;

    fn update(keep: u64, opens: &[u64]) -> ChartUpdate {
        let point = |&open_at_secs: &u64| ChartPoint { open_at_secs, ohlc: [1.0; 4], fast: None, slow: None };
        ChartUpdate { interval_secs: 2, keep, points: opens.iter().map(point).collect(), markers: Vec::new() }
    }

    #[test]
    fn updates_replace_what_they_do_not_keep() {
        let mut data = ChartData::default();
        let mut check = |keep: u64, opens: &[u64], expected: &[u64]| {
            data.apply(update(keep, opens));
            assert_eq!(data.points.iter().map(|point| point.open_at_secs).collect::<Vec<_>>(), expected);
        };
        check(0, &[2, 4, 6], &[2, 4, 6]);
        check(2, &[6, 8], &[2, 4, 6, 8]);
        check(9, &[], &[2, 4, 6, 8]);
        check(0, &[10], &[10]);
    }
}
