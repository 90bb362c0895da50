//! What the chart knows, kept up to date by the trader.

use crate::app::{ChartPoint, ChartUpdate, MarkerView};

/// All points and markers, oldest point first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChartModel {
    /// Seconds per candle.
    pub interval_secs: u32,
    /// Candles with averages; the last one is still forming.
    pub points: Vec<ChartPoint>,
    /// All trades.
    pub markers: Vec<MarkerView>,
}

impl ChartModel {
    /// Takes over what changed. An update that stands on points which are not here shows what it brings.
    pub fn apply(&mut self, update: ChartUpdate) {
        let keep = usize::try_from(update.keep).ok().filter(|keep| *keep <= self.points.len());
        self.points.truncate(keep.unwrap_or(0));
        self.points.extend(update.points);
        self.interval_secs = update.interval_secs;
        self.markers = update.markers;
    }

    /// The last price.
    pub fn last_close(&self) -> Option<f64> {
        self.points.last().map(|point| point.ohlc[3])
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::samples::point;
    use super::*;

    #[test]
    fn an_update_replaces_what_follows_the_kept_points() {
        let check = |keep: u64, expected: &[u64]| {
            let mut model = ChartModel {
                points: vec![point(0, 1.0), point(2, 2.0), point(4, 3.0)],
                ..ChartModel::default()
            };
            let points = vec![point(8, 5.0)];
            model.apply(ChartUpdate { interval_secs: 2, keep, points, markers: Vec::new() });
            let opens: Vec<_> = model.points.iter().map(|point| point.open_at_secs).collect();
            assert_eq!(opens, expected, "keep {keep}");
            assert_eq!(model.last_close(), Some(5.0));
        };
        check(2, &[0, 2, 8]);
        check(3, &[0, 2, 4, 8]);
        check(0, &[8]);
        check(4, &[8]);
    }
}
