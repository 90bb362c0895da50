//! What the chart knows, kept up to date by the trader.

use crate::app::{ChartPoint, ChartUpdate, MarkerView, NoteView};

/// All points and markers, oldest point first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChartModel {
    /// Seconds per candle.
    pub interval_secs: u32,
    /// Candles with averages; the last one is still forming.
    pub points: Vec<ChartPoint>,
    /// All trades.
    pub markers: Vec<MarkerView>,
    /// What was decided, oldest first.
    pub notes: Vec<NoteView>,
}

impl ChartModel {
    /// Takes over what changed. An update that stands on points which are not here shows what it brings.
    pub fn apply(&mut self, update: ChartUpdate) {
        let keep = usize::try_from(update.keep).ok().filter(|keep| *keep <= self.points.len());
        self.points.truncate(keep.unwrap_or(0));
        self.points.extend(update.points);
        self.interval_secs = update.interval_secs;
        self.markers = update.markers;
        if let Some(notes) = update.notes {
            self.notes = notes;
        }
    }

    /// The chart as it stood when the candle that opened at `at_secs` had closed.
    #[must_use]
    pub fn as_of(&self, at_secs: u64) -> Self {
        let closed_at = at_secs.saturating_add(self.interval_secs.into());
        let known = self.points.partition_point(|point| point.open_at_secs <= at_secs);
        Self {
            interval_secs: self.interval_secs,
            points: self.points[..known].to_vec(),
            markers: self.markers.iter().filter(|marker| marker.at_secs <= closed_at).copied().collect(),
            notes: self.notes.iter().filter(|note| note.at_secs <= closed_at).cloned().collect(),
        }
    }

    /// When the candle opened that comes so many candles after the one of `at_secs`, or the last one before it;
    /// `None` behind the last.
    pub fn candle_after(&self, at_secs: u64, candles: u64) -> Option<u64> {
        let next = self.points.partition_point(|point| point.open_at_secs <= at_secs);
        let later = usize::try_from(candles).unwrap_or(usize::MAX).saturating_sub(1);
        let point = self.points.get(next)?;
        let wanted = self.points.get(next.saturating_add(later)).or(self.points.last()).unwrap_or(point);
        Some(wanted.open_at_secs)
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
            model.apply(ChartUpdate { interval_secs: 2, keep, points, ..ChartUpdate::default() });
            let opens: Vec<_> = model.points.iter().map(|point| point.open_at_secs).collect();
            assert_eq!(opens, expected, "keep {keep}");
            assert_eq!(model.last_close(), Some(5.0));
        };
        check(2, &[0, 2, 8]);
        check(3, &[0, 2, 4, 8]);
        check(0, &[8]);
        check(4, &[8]);
    }

    #[test]
    fn as_of_a_candle_nothing_later_is_known() {
        let note = |at_secs: u64| NoteView { at_secs, text: at_secs.to_string() };
        let marker = |at_secs: u64| MarkerView {
            id: at_secs,
            at_secs,
            side: crate::trading::Side::Buy,
            price: 1.0,
            is_paper: false,
        };
        let model = ChartModel {
            interval_secs: 2,
            points: vec![point(10, 1.0), point(12, 2.0), point(14, 3.0)],
            markers: vec![marker(12), marker(15)],
            notes: vec![note(11), note(14), note(16)],
        };
        let counts = |at_secs: u64| {
            let then = model.as_of(at_secs);
            (then.points.len(), then.markers.len(), then.notes.last().map(|note| note.at_secs))
        };
        assert_eq!(counts(9), (0, 0, Some(11)));
        assert_eq!(counts(10), (1, 1, Some(11)));
        assert_eq!(counts(12), (2, 1, Some(14)));
        assert_eq!(counts(14), (3, 2, Some(16)));
        assert_eq!(model.as_of(u64::MAX), model);
        let next = |at_secs: u64, candles: u64| model.candle_after(at_secs, candles);
        assert_eq!(
            (next(9, 1), next(10, 1), next(10, 2), next(10, 9)),
            (Some(10), Some(12), Some(14), Some(14))
        );
        assert_eq!((next(14, 1), next(99, 3), ChartModel::default().candle_after(0, 1)), (None, None, None));
    }
}
