//! Where everything stands: points become bars, lines, labels and markers in device pixels.

use std::collections::BTreeMap;

use super::axis::{price_labels, significant, time_step, time_text};
use super::{ChartModel, Tick, Viewport, clock_time};
use crate::app::ChartPoint;
use crate::trading::Side;

/// The canvas.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// Device pixels.
    pub width: u32,
    /// Device pixels.
    pub height: u32,
    /// Device pixels per CSS pixel.
    pub scale: f64,
}

/// A candle, or several where they are narrower than two pixels: first open, last close, extremes of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Its middle.
    pub x: i32,
    /// Width of the body.
    pub width: i32,
    /// Top and bottom of the body.
    pub body: (i32, i32),
    /// Top and bottom of the wick.
    pub wick: (i32, i32),
    /// Whether it closes above its open.
    pub is_rising: bool,
}

/// The trades of one side in one bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// Tip of the triangle.
    pub tip: (i32, i32),
    /// Buy: below the bar, pointing up. Sell: above, pointing down.
    pub side: Side,
    /// `Buy`, `Buy ×3`, or `Paper buy`; none where it would cover its neighbour's, or the prices.
    pub label: Option<String>,
}

/// What the bar under the pointer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readout {
    /// Start, `hh:mm:ss` UTC.
    pub time: String,
    /// Open, high, low, close.
    pub ohlc: [String; 4],
    /// Fast average, once warm.
    pub fast: Option<String>,
    /// Slow average, once warm.
    pub slow: Option<String>,
}

/// Lines through the pointer, snapped to a bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crosshair {
    /// Middle of the bar.
    pub x: i32,
    /// The price at the pointer's height.
    pub price: Tick,
    /// The bar in words.
    pub readout: Readout,
}

/// Half the width of a letter of a marker's label.
const HALF_LETTER: f64 = 3.3;

/// A whole picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// Device pixels per CSS pixel.
    pub scale: f64,
    /// The canvas.
    pub size: (i32, i32),
    /// Right and bottom end of the plot, which begins at the upper left corner; axes are beyond.
    pub plot: (i32, i32),
    /// Left to right.
    pub bars: Vec<Bar>,
    /// Fast average; a new line behind each hole.
    pub fast: Vec<Vec<(i32, i32)>>,
    /// Slow average, likewise.
    pub slow: Vec<Vec<(i32, i32)>>,
    /// Left to right.
    pub markers: Vec<Marker>,
    /// Along the right edge.
    pub price_ticks: Vec<Tick>,
    /// Along the bottom edge.
    pub time_ticks: Vec<Tick>,
    /// The last price, when its height is in view.
    pub last_price: Option<Tick>,
    /// Under the pointer.
    pub crosshair: Option<Crosshair>,
}

impl Scene {
    /// Lays out what `viewport` shows of `model` on `frame`. `pointer` is in device pixels from the upper left
    /// corner. Empty where there is nothing to show, or no room to show it.
    pub fn lay_out(
        model: &ChartModel,
        viewport: Viewport,
        frame: Frame,
        pointer: Option<(f64, f64)>,
    ) -> Self {
        let size = (px(frame.width.into()), px(frame.height.into()));
        let empty = Self { scale: frame.scale, size, plot: size, ..Self::default() };
        let Some(layout) = Layout::new(model, viewport, frame) else { return empty };
        Self {
            plot: (px(layout.width), px(layout.height)),
            bars: layout.groups.iter().map(|group| layout.bar(group)).collect(),
            fast: layout.line(|group| group.point.fast),
            slow: layout.line(|group| group.point.slow),
            markers: layout.markers(model),
            price_ticks: layout.price_ticks(),
            time_ticks: layout.time_ticks(model),
            last_price: layout.last_price(model),
            crosshair: pointer.and_then(|pointer| layout.crosshair(pointer)),
            ..empty
        }
    }
}

/// Candles drawn as one.
struct Group {
    first: usize,
    last: usize,
    point: ChartPoint,
}

/// The two scales, and what they carry.
struct Layout {
    scale: f64,
    width: f64,
    height: f64,
    low: f64,
    high: f64,
    /// Index at the left edge; negative while there are fewer candles than room.
    start: f64,
    slot: f64,
    groups: Vec<Group>,
}

impl Layout {
    fn new(model: &ChartModel, viewport: Viewport, frame: Frame) -> Option<Self> {
        let scale = if frame.scale.is_finite() { between(frame.scale, 0.5, 8.0) } else { 1.0 };
        let range = viewport.range(model.points.len());
        let visible = model.points.get(range.clone())?;
        let digits = readable(visible.last()?.ohlc[3]).len();
        let width = f64::from(frame.width) - (digits as f64 * 7.0 + 14.0) * scale;
        let height = f64::from(frame.height) - 22.0 * scale;
        if width < 40.0 * scale || height < 40.0 * scale {
            return None;
        }
        let slots = (range.len() as f64).max(Viewport::FEWEST);
        let slot = width / slots;
        let together = whole((2.0 * scale / slot).ceil()).max(1);
        let mut groups: Vec<Group> = Vec::new();
        for (index, point) in range.clone().zip(visible) {
            match groups.last_mut() {
                // Aligned to the candles and not to the window, so that panning does not regroup them.
                Some(group) if group.first / together == index / together => group.join(index, point),
                _ => groups.push(Group { first: index, last: index, point: *point }),
            }
        }
        let (low, high) = extent(&groups)?;
        Some(Self { scale, width, height, low, high, start: range.end as f64 - slots, slot, groups })
    }

    fn x(&self, index: f64) -> f64 {
        (index - self.start + 0.5) * self.slot
    }

    fn middle(&self, group: &Group) -> i32 {
        px(self.x((group.first + group.last) as f64 / 2.0)).clamp(0, px(self.width) - 1)
    }

    /// Room above and below the prices for markers.
    fn inset(&self) -> f64 {
        (28.0 * self.scale).min(self.height / 6.0)
    }

    fn y(&self, price: f64) -> i32 {
        let inside = self.height - 2.0 * self.inset();
        let y = self.inset() + (self.high - price) / (self.high - self.low) * inside;
        px(y).clamp(0, px(self.height) - 1)
    }

    fn price_at(&self, y: f64) -> f64 {
        let inside = self.height - 2.0 * self.inset();
        self.high - (y - self.inset()) / inside * (self.high - self.low)
    }

    fn bar(&self, group: &Group) -> Bar {
        let [open, high, low, close] = group.point.ohlc;
        let count = (group.last - group.first + 1) as f64;
        let width = px(self.slot * count * 0.7).max(1);
        let body = (self.y(open.max(close)), self.y(open.min(close)));
        Bar { x: self.middle(group), width, body, wick: (self.y(high), self.y(low)), is_rising: close > open }
    }

    fn line(&self, value: impl Fn(&Group) -> Option<f64>) -> Vec<Vec<(i32, i32)>> {
        let mut lines = vec![Vec::new()];
        for group in &self.groups {
            match (value(group), lines.last_mut()) {
                (Some(value), Some(line)) => line.push((self.middle(group), self.y(value))),
                (None, Some(line)) if !line.is_empty() => lines.push(Vec::new()),
                _ => {}
            }
        }
        lines.retain(|line| line.len() > 1);
        lines
    }

    fn markers(&self, model: &ChartModel) -> Vec<Marker> {
        let mut counts: BTreeMap<(usize, Side), (u32, bool)> = BTreeMap::new();
        for marker in &model.markers {
            let after = model.points.partition_point(|point| point.open_at_secs <= marker.at_secs);
            let candle = after.checked_sub(1);
            let group = candle.and_then(|index| {
                let place = self.groups.partition_point(|group| group.last < index);
                self.groups.get(place).filter(|group| group.first <= index).map(|_| place)
            });
            if let Some(group) = group {
                let (count, is_paper) = counts.entry((group, marker.side)).or_insert((0, true));
                *count += 1;
                *is_paper &= marker.is_paper;
            }
        }
        let mut labelled: BTreeMap<Side, i32> = BTreeMap::new();
        let place = |((index, side), (count, is_paper)): ((usize, Side), (u32, bool))| {
            let group = self.groups.get(index)?;
            let (x, gap) = (self.middle(group), px(4.0 * self.scale));
            let [_, high, low, _] = group.point.ohlc;
            let (word, y) = match side {
                Side::Buy => ("Buy", self.y(low) + gap),
                Side::Sell => ("Sell", self.y(high) - gap),
            };
            let word = if is_paper { format!("Paper {}", word.to_lowercase()) } else { word.to_owned() };
            let label = if count == 1 { word } else { format!("{word} ×{count}") };
            let is_apart = labelled.get(&side).is_none_or(|last| x - last >= px(40.0 * self.scale));
            // It stands in the middle over its candle, and must not reach over the prices at the edge.
            let half = label.chars().count() as f64 * HALF_LETTER * self.scale;
            let is_free = is_apart && f64::from(x) + half <= self.width;
            if is_free {
                labelled.insert(side, x);
            }
            Some(Marker { tip: (x, y), side, label: is_free.then_some(label) })
        };
        counts.into_iter().filter_map(place).collect()
    }

    fn price_ticks(&self) -> Vec<Tick> {
        let labels = price_labels(self.low, self.high, self.height / (48.0 * self.scale));
        labels.into_iter().map(|(price, label)| Tick { at: self.y(price), label }).collect()
    }

    fn time_ticks(&self, model: &ChartModel) -> Vec<Tick> {
        let apart = 90.0 * self.scale;
        let interval = f64::from(model.interval_secs.max(1));
        let step = time_step(whole(apart / self.slot * interval) as u64);
        let mut ticks: Vec<Tick> = Vec::new();
        for group in &self.groups {
            let step_of = |index: usize| model.points.get(index).map(|point| point.open_at_secs / step);
            let (before, shown) = (group.first.checked_sub(1).and_then(step_of), step_of(group.last));
            let x = self.middle(group);
            let has_room = px(self.width) - x > px(apart / 3.0)
                && ticks.last().map_or(px(apart / 3.0), |last| last.at + px(apart * 0.8)) <= x;
            if let Some(shown) = shown.filter(|shown| has_room && before != Some(*shown)) {
                ticks.push(Tick { at: x, label: time_text(shown * step, step) });
            }
        }
        ticks
    }

    fn last_price(&self, model: &ChartModel) -> Option<Tick> {
        let close = model.last_close().filter(|close| (self.low..=self.high).contains(close))?;
        Some(Tick { at: self.y(close), label: readable(close) })
    }

    fn crosshair(&self, (x, y): (f64, f64)) -> Option<Crosshair> {
        if !(0.0..self.width).contains(&x) || !(0.0..self.height).contains(&y) {
            return None;
        }
        let distance = |group: &&Group| (self.middle(group) - px(x)).abs();
        let group = self.groups.iter().min_by_key(distance)?;
        let point = group.point;
        let price = Tick { at: px(y), label: readable(self.price_at(y)) };
        let readout = Readout {
            time: clock_time(point.open_at_secs),
            ohlc: point.ohlc.map(readable),
            fast: point.fast.map(readable),
            slow: point.slow.map(readable),
        };
        Some(Crosshair { x: self.middle(group), price, readout })
    }
}

impl Group {
    fn join(&mut self, index: usize, point: &ChartPoint) {
        let [open, high, low, _] = self.point.ohlc;
        let ohlc = [open, high.max(point.ohlc[1]), low.min(point.ohlc[2]), point.ohlc[3]];
        self.last = index;
        self.point = ChartPoint { ohlc, fast: point.fast, slow: point.slow, ..self.point };
    }
}

/// Lowest and highest of all that is drawn; spread where they are one.
fn extent(groups: &[Group]) -> Option<(f64, f64)> {
    let values = groups.iter().flat_map(|group| {
        let averages = [group.point.fast, group.point.slow].into_iter().flatten();
        group.point.ohlc.into_iter().chain(averages)
    });
    extent_of(values)
}

/// Lowest and highest of `values`; spread where they are one.
pub(in crate::chart) fn extent_of(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let grown = |(low, high): (f64, f64), value: f64| (low.min(value), high.max(value));
    let (low, high) =
        values.filter(|value| value.is_finite()).fold((f64::INFINITY, f64::NEG_INFINITY), grown);
    match () {
        () if low > high => None,
        () if high - low > high.abs() * 1e-9 => Some((low, high)),
        () => {
            Some((low - low.abs() * 0.005 - f64::MIN_POSITIVE, high + high.abs() * 0.005 + f64::MIN_POSITIVE))
        }
    }
}

/// A price in about six digits.
pub(in crate::chart) fn readable(price: f64) -> String {
    significant(price, 6)
}

/// `number` between `low` and `high`, as `f64::clamp` has it; that one's panic would bring the printing of
/// doubles along, a tenth of the page's code.
pub fn between(number: f64, low: f64, high: f64) -> f64 {
    number.max(low).min(high)
}

/// The nearest pixel.
#[expect(clippy::cast_possible_truncation, reason = "a screen has fewer than a million pixels a side")]
pub(in crate::chart) fn px(place: f64) -> i32 {
    between(place.round(), -1e6, 1e6) as i32
}

/// A count from a number that is one, but for its type.
#[expect(clippy::cast_possible_truncation, reason = "the cast holds what is beyond, and nothing is")]
fn whole(number: f64) -> usize {
    number as usize
}

#[cfg(test)]
pub(in crate::chart) mod samples {
    use super::*;
    use crate::app::MarkerView;

    pub(in crate::chart) fn point(open_at_secs: u64, close: f64) -> ChartPoint {
        ChartPoint {
            open_at_secs,
            ohlc: [close - 1.0, close + 2.0, close - 2.0, close],
            fast: Some(close),
            slow: None,
        }
    }

    /// Candles of 2 s on a wave around 1800, a buy and a sell among the last.
    pub(in crate::chart) fn model(len: usize) -> ChartModel {
        let at = |index: usize| {
            let close = 1_800.0 + 20.0 * (index as f64 / 15.0).sin();
            ChartPoint { slow: Some(1_800.0), ..point(1_700_000_000 + 2 * index as u64, close) }
        };
        let points: Vec<_> = (0..len).map(at).collect();
        let last = points.last().map_or(0, |point| point.open_at_secs);
        let marker = |id, ago, side| MarkerView {
            id,
            at_secs: last.saturating_sub(ago),
            side,
            price: 1_800.0,
            is_paper: false,
        };
        let markers = vec![marker(1, 40, Side::Buy), marker(2, 10, Side::Sell), marker(3, 9, Side::Sell)];
        ChartModel { interval_secs: 2, points, markers, notes: Vec::new() }
    }

    pub(in crate::chart) const FRAME: Frame = Frame { width: 1_000, height: 400, scale: 1.0 };
}

#[cfg(test)]
mod tests;
