//! What the chart shows, and how much of it the page has already.

use crate::app::{ChartPoint, ChartUpdate, MarkerView, NoteView};
use crate::market::{Candle, Interval};
use crate::units::{Price, UnixSecs};

use super::journal::Version;

/// Candles on the chart. Two hours of two-second candles.
const POINTS: usize = 3_600;

/// What markers are made of.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Trades {
    pub(super) version: Version,
    /// How far the chart reaches back.
    pub(super) since: UnixSecs,
    pub(super) paper: Option<(UnixSecs, usize)>,
}

/// Candles with their averages, and markers.
#[derive(Debug, Default)]
pub(super) struct Drawing {
    points: Vec<ChartPoint>,
    /// Points, from the oldest, that the page has as they are.
    told: usize,
    markers: Vec<MarkerView>,
    /// What those are made of.
    marked: Trades,
}

impl Drawing {
    /// Begins anew, with candles of other terms or of an earlier past.
    pub(super) fn clear(&mut self) {
        self.points.clear();
        self.told = 0;
    }

    /// Draws a candle: a closed one with its averages, or the one that still forms.
    pub(super) fn draw(&mut self, candle: &Candle, averages: Option<(f64, f64)>) {
        let point = point_of(candle, averages);
        let earlier = self.points.iter().rposition(|known| known.open_at_secs <= point.open_at_secs);
        let known = earlier.filter(|index| self.points[*index].open_at_secs == point.open_at_secs);
        let index = known.unwrap_or(self.points.len());
        match known {
            Some(index) if self.points[index] == point => return,
            Some(index) => self.points[index] = point,
            None => self.points.push(point),
        }
        self.told = self.told.min(index);
        if self.points.len() > POINTS + POINTS / 4 {
            self.points.drain(..self.points.len() - POINTS);
            self.told = 0;
        }
    }

    /// When the first candle on the chart opened.
    pub(super) fn since(&self) -> UnixSecs {
        UnixSecs(self.points.first().map_or(0, |point| point.open_at_secs))
    }

    /// Whether the markers were made of other trades than these.
    pub(super) fn lacks(&self, trades: &Trades) -> bool {
        self.marked != *trades
    }

    /// What the page does not have yet. Of markers only those that may be others are told, with what they are made of.
    pub(super) fn take_update(
        &mut self,
        interval: Interval,
        marked: Option<(Trades, Vec<MarkerView>)>,
        notes: Option<Vec<NoteView>>,
    ) -> Option<ChartUpdate> {
        let mut is_known = self.told == self.points.len() && notes.is_none();
        if let Some((trades, markers)) = marked {
            is_known &= markers == self.markers;
            (self.marked, self.markers) = (trades, markers);
        }
        if is_known {
            return None;
        }
        let update = ChartUpdate {
            interval_secs: interval.0,
            keep: self.told as u64,
            points: self.points[self.told..].to_vec(),
            markers: self.markers.clone(),
            notes,
        };
        self.told = self.points.len();
        Some(update)
    }
}

fn point_of(candle: &Candle, averages: Option<(f64, f64)>) -> ChartPoint {
    ChartPoint {
        open_at_secs: candle.open_at.0,
        ohlc: [candle.open, candle.high, candle.low, candle.close].map(Price::to_f64),
        fast: averages.map(|(fast, _)| fast),
        slow: averages.map(|(_, slow)| slow),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candle(open_at: u64, close: f64) -> Candle {
        let price = Price::from_f64(close);
        Candle { open_at: UnixSecs(open_at), open: price, high: price, low: price, close: price }
    }

    /// What the page makes of all that it is told.
    fn apply(page: &mut Vec<ChartPoint>, drawing: &mut Drawing) -> Option<(u64, usize)> {
        let update = drawing.take_update(Interval(2), None, None)?;
        page.truncate(update.keep.try_into().expect("a length"));
        page.extend_from_slice(&update.points);
        Some((update.keep, update.points.len()))
    }

    #[test]
    fn the_page_is_told_what_changed_and_nothing_twice() {
        let (mut drawing, mut page) = (Drawing::default(), Vec::new());
        assert_eq!(apply(&mut page, &mut drawing), None, "nothing is drawn yet");
        drawing.draw(&candle(0, 1.0), Some((1.0, 1.0)));
        drawing.draw(&candle(2, 2.0), None);
        assert_eq!(apply(&mut page, &mut drawing), Some((0, 2)));
        assert_eq!(apply(&mut page, &mut drawing), None);
        drawing.draw(&candle(2, 2.0), None);
        assert_eq!(apply(&mut page, &mut drawing), None, "drawn again as it was");
        drawing.draw(&candle(2, 3.0), None);
        assert_eq!(apply(&mut page, &mut drawing), Some((1, 1)), "the forming candle alone");
        drawing.draw(&candle(2, 3.0), Some((2.0, 2.0)));
        drawing.draw(&candle(4, 3.0), None);
        assert_eq!(apply(&mut page, &mut drawing), Some((1, 2)), "it closed, and another began");
        assert_eq!(page, drawing.points);
        drawing.clear();
        drawing.draw(&candle(0, 7.0), None);
        assert_eq!(apply(&mut page, &mut drawing), Some((0, 1)), "another past");
    }

    #[test]
    fn old_candles_leave_the_chart_and_the_page() {
        let (mut drawing, mut page) = (Drawing::default(), Vec::new());
        for index in 0..3 * POINTS as u64 {
            drawing.draw(&candle(2 * index, 1.0), None);
            if index % 7 == 0 {
                let _told = apply(&mut page, &mut drawing);
            }
        }
        let _told = apply(&mut page, &mut drawing);
        assert_eq!(page, drawing.points);
        assert!((POINTS..=POINTS + POINTS / 4).contains(&page.len()));
        assert_eq!(drawing.since(), UnixSecs(page[0].open_at_secs));
    }
}
