//! What the page's chart is told: candles with their averages, and trades.

use serde::{Deserialize, Serialize};

use crate::trading::Side;

/// One candle with its averages, for the chart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChartPoint {
    /// Candle start, block time in seconds.
    pub open_at_secs: u64,
    /// Open, high, low, close.
    pub ohlc: [f64; 4],
    /// Fast average at the close, once warm.
    pub fast: Option<f64>,
    /// Slow average at the close, once warm.
    pub slow: Option<f64>,
}

/// A trade on the chart, from the journal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MarkerView {
    /// Journal id.
    pub id: u64,
    /// Block time of the fill.
    pub at_secs: u64,
    /// Which way.
    pub side: Side,
    /// Price of the fill.
    pub price: f64,
    /// Whether it was made with play money.
    pub is_paper: bool,
}

/// What was decided at a close, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteView {
    /// Block time in seconds.
    pub at_secs: u64,
    /// `Buy 2 lots, since …`
    pub text: String,
}

/// What changed on the chart. The first `keep` points stand, the rest is replaced.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChartUpdate {
    /// Seconds per candle.
    pub interval_secs: u32,
    /// Points kept from what the page has: 0 starts anew. When the trader drops old points it starts anew.
    pub keep: u64,
    /// What follows.
    pub points: Vec<ChartPoint>,
    /// All markers.
    pub markers: Vec<MarkerView>,
    /// All notes, oldest first, where they changed.
    pub notes: Option<Vec<NoteView>>,
}

impl ChartUpdate {
    /// Both changes as one: first this, then `later`.
    #[must_use]
    pub fn then(mut self, later: Self) -> Self {
        let Some(kept) = later.keep.checked_sub(self.keep) else {
            return Self { notes: later.notes.or(self.notes), ..later };
        };
        self.points.truncate(usize::try_from(kept).unwrap_or(usize::MAX));
        self.points.extend(later.points);
        Self { keep: self.keep, points: self.points, notes: later.notes.or(self.notes), ..later }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(keep: u64, opens: &[u64]) -> ChartUpdate {
        let point = |open_at_secs: &u64| ChartPoint {
            open_at_secs: *open_at_secs,
            ohlc: [1.0; 4],
            fast: None,
            slow: None,
        };
        let points = opens.iter().map(point).collect();
        ChartUpdate { interval_secs: 2, keep, points, ..ChartUpdate::default() }
    }

    #[test]
    fn two_changes_of_the_chart_are_one() {
        let check = |first: ChartUpdate, second: ChartUpdate, both: ChartUpdate| {
            assert_eq!(first.then(second), both);
        };
        check(update(3, &[6, 8]), update(4, &[8, 10]), update(3, &[6, 8, 10]));
        check(update(3, &[6, 8]), update(3, &[7]), update(3, &[7]));
        check(update(3, &[6, 8]), update(0, &[2, 4]), update(0, &[2, 4]));
        check(update(0, &[2, 4]), update(2, &[6]), update(0, &[2, 4, 6]));
    }

    #[test]
    fn notes_stand_until_others_are_told() {
        let noted = |keep: u64, text: Option<&str>| {
            let note = |text: &str| vec![NoteView { at_secs: 1, text: text.to_owned() }];
            ChartUpdate { notes: text.map(note), ..update(keep, &[2]) }
        };
        let both =
            |first: ChartUpdate, later: ChartUpdate| first.then(later).notes.expect("told")[0].text.clone();
        assert_eq!(both(noted(0, Some("a")), noted(1, None)), "a");
        assert_eq!(both(noted(0, Some("a")), noted(1, Some("b"))), "b");
        assert_eq!(both(noted(3, Some("a")), noted(0, None)), "a", "also when the chart starts anew");
    }
}
