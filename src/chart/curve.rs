//! Two lines over the same time: what a strategy was worth, and what waiting would have been.

use super::axis::{price_labels, time_step, time_text};
use super::scene::{extent_of, px, readable};
use super::{Frame, Scene, Tick};
use crate::app::CurveView;

/// Room above and below the lines, in CSS pixels.
const INSET: f64 = 10.0;

impl Scene {
    /// Lays out `curve` on `frame`: the strategy as the fast line, waiting as the slow one. Empty where there is
    /// nothing to show, or no room to show it.
    pub fn of_curve(curve: &CurveView, frame: Frame) -> Self {
        let size = (px(frame.width.into()), px(frame.height.into()));
        let empty = Self { scale: frame.scale, size, plot: size, ..Self::default() };
        let scale = frame.scale;
        let all = || curve.strategy.iter().chain(&curve.hold).copied();
        let (Some((low, high)), Some(last)) = (extent_of(all()), curve.strategy.last()) else { return empty };
        let width = f64::from(frame.width) - (readable(*last).len() as f64 * 7.0 + 14.0) * scale;
        let height = f64::from(frame.height) - 22.0 * scale;
        if width < 40.0 * scale || height < 40.0 * scale || curve.strategy.len() < 2 {
            return empty;
        }
        let steps = (curve.strategy.len() - 1) as f64;
        let x = |index: usize| px(index as f64 / steps * (width - 1.0));
        let inside = height - 2.0 * INSET * scale;
        let y = |value: f64| px(INSET * scale + (high - value) / (high - low) * inside);
        let line = |values: &[f64]| -> Vec<Vec<(i32, i32)>> {
            vec![values.iter().enumerate().map(|(index, value)| (x(index), y(*value))).collect()]
        };
        let labels = price_labels(low, high, height / (36.0 * scale));
        Self {
            plot: (px(width), px(height)),
            fast: line(&curve.strategy),
            slow: line(&curve.hold),
            price_ticks: labels.into_iter().map(|(value, label)| Tick { at: y(value), label }).collect(),
            time_ticks: time_ticks(&curve.at_secs, width / (90.0 * scale), &x),
            last_price: Some(Tick { at: y(*last), label: readable(*last) }),
            ..empty
        }
    }
}

/// Labels where a step of a clock or calendar begins, about `most` of them.
fn time_ticks(at_secs: &[u64], most: f64, x: &dyn Fn(usize) -> i32) -> Vec<Tick> {
    let (Some(first), Some(last)) = (at_secs.first(), at_secs.last()) else { return Vec::new() };
    let span = last.saturating_sub(*first);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few labels")]
    let step = time_step(span / (most.max(1.0) as u64).max(1));
    let begins = |pair: &[u64]| pair[0] / step != pair[1] / step;
    let ticks = at_secs.windows(2).enumerate().filter(|(_, pair)| begins(pair));
    ticks
        .map(|(index, pair)| Tick { at: x(index + 1), label: time_text(pair[1] / step * step, step) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(len: usize) -> CurveView {
        let line = |factor: f64| (0..len).map(|index| 10_000.0 + factor * index as f64).collect();
        let at_secs = (0..len as u64).map(|index| 1_700_000_000 + index * 3_600).collect();
        CurveView { at_secs, strategy: line(3.0), hold: line(-2.0) }
    }

    #[test]
    fn both_lines_fill_the_plot_and_the_better_one_is_higher() {
        let frame = Frame { width: 800, height: 240, scale: 1.0 };
        let scene = Scene::of_curve(&curve(200), frame);
        let (ours, waiting) = (&scene.fast[0], &scene.slow[0]);
        assert_eq!((ours.len(), waiting.len()), (200, 200));
        assert_eq!((ours[0].0, ours[199].0), (0, scene.plot.0 - 1));
        assert!(ours[199].1 < waiting[199].1, "higher is nearer the top");
        assert!(scene.price_ticks.len() >= 3 && scene.time_ticks.len() >= 2, "{:?}", scene.time_ticks);
        assert!(ours.iter().chain(waiting).all(|(_, y)| (0..scene.plot.1).contains(y)));
    }

    #[test]
    fn nothing_to_show_and_no_room_are_empty() {
        let frame = Frame { width: 800, height: 240, scale: 1.0 };
        assert!(Scene::of_curve(&CurveView::default(), frame).fast.is_empty());
        assert!(Scene::of_curve(&curve(1), frame).fast.is_empty());
        assert!(Scene::of_curve(&curve(9), Frame { width: 60, ..frame }).fast.is_empty());
        let flat = CurveView { strategy: vec![5.0; 3], hold: vec![5.0; 3], ..curve(3) };
        assert_eq!(Scene::of_curve(&flat, frame).fast[0].len(), 3, "one price is a line in the middle");
    }
}
