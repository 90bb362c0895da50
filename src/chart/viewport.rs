//! Which candles are in view.

use std::ops::Range;

use super::scene::between;

/// A window onto the candles, counted from the newest one, so that it follows the market by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewport {
    /// Candles hidden to the right of the window; 0 follows the newest.
    pub end_offset: f64,
    /// Candles in the window.
    pub candles_visible: f64,
}

impl Default for Viewport {
    fn default() -> Self {
        Self { end_offset: 0.0, candles_visible: 120.0 }
    }
}

impl Viewport {
    /// Fewest candles in view.
    pub const FEWEST: f64 = 10.0;

    /// Moved by `candles` into the past (negative: towards now), within `len` candles.
    #[must_use]
    pub fn panned(self, candles: f64, len: usize) -> Self {
        Self { end_offset: self.end_offset + candles, ..self }.within(len)
    }

    /// Showing `factor` times as many candles, with the candle at `anchor` (0 left edge, 1 right edge) kept in
    /// place.
    #[must_use]
    pub fn zoomed(self, factor: f64, anchor: f64, len: usize) -> Self {
        let wanted = Self { candles_visible: self.candles_visible * factor, ..self }.within(len);
        let grown = wanted.candles_visible - self.candles_visible;
        let end_offset = self.end_offset - grown * (1.0 - between(anchor, 0.0, 1.0));
        Self { end_offset, ..wanted }.within(len)
    }

    /// With `fresh` candles added behind the newest, `len` in all: a window that follows goes on following, one that was
    /// moved to the past stays on the candles it shows.
    #[must_use]
    pub fn grown(self, fresh: usize, len: usize) -> Self {
        let fresh = f64::from(u32::try_from(fresh).unwrap_or(u32::MAX));
        if self.is_following() { self } else { self.panned(fresh, len) }
    }

    /// Whether the newest candle is in view.
    pub fn is_following(self) -> bool {
        self.end_offset < 1.0
    }

    /// Indices of the candles in view, of `len`.
    pub fn range(self, len: usize) -> Range<usize> {
        let held = self.within(len);
        let end = len.saturating_sub(whole(held.end_offset));
        end.saturating_sub(whole(held.candles_visible))..end
    }

    /// Held inside `len` candles: no zoom beyond all of them, no pan beyond the oldest.
    fn within(self, len: usize) -> Self {
        let all = f64::from(u32::try_from(len).unwrap_or(u32::MAX));
        let sound = |number: f64, otherwise: f64| if number.is_finite() { number } else { otherwise };
        let candles_visible =
            between(sound(self.candles_visible, 120.0), Self::FEWEST, all.max(Self::FEWEST));
        let most_offset = (all - candles_visible).max(0.0);
        Self { end_offset: between(sound(self.end_offset, 0.0), 0.0, most_offset), candles_visible }
    }
}

/// The nearest whole number of candles.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "held between 0 and a candle count"
)]
fn whole(number: f64) -> usize {
    number.round() as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_window_stays_on_the_candles() {
        let check = |end_offset: f64, candles_visible: f64, len: usize, expected: Range<usize>| {
            assert_eq!(Viewport { end_offset, candles_visible }.range(len), expected);
        };
        check(0.0, 120.0, 1_000, 880..1_000);
        check(100.0, 50.0, 1_000, 850..900);
        check(9_999.0, 50.0, 1_000, 0..50);
        check(-5.0, 50.0, 1_000, 950..1_000);
        check(0.0, 120.0, 3, 0..3);
        check(0.0, 120.0, 0, 0..0);
        check(f64::NAN, f64::INFINITY, 200, 80..200);
    }

    #[test]
    fn zooming_keeps_the_anchor_in_place() {
        let view = Viewport { end_offset: 100.0, candles_visible: 100.0 };
        assert_eq!(view.zoomed(0.5, 1.0, 1_000).range(1_000), 850..900);
        assert_eq!(view.zoomed(0.5, 0.0, 1_000).range(1_000), 800..850);
        assert_eq!(view.zoomed(2.0, 0.5, 1_000).range(1_000), 750..950);
        assert!(!view.is_following());
        assert!(view.panned(-500.0, 1_000).is_following());
    }

    #[test]
    fn a_window_on_the_past_stays_there_while_candles_are_added() {
        let past = Viewport { end_offset: 100.0, candles_visible: 50.0 };
        assert_eq!(past.range(1_000), 850..900);
        assert_eq!(past.grown(3, 1_003).range(1_003), 850..900);
        let newest = Viewport { end_offset: 0.0, candles_visible: 50.0 };
        assert_eq!(newest.grown(3, 1_003).range(1_003), 953..1_003, "it follows");
    }

    proptest! {
        #[test]
        fn no_gesture_leaves_the_candles(
            gestures in prop::collection::vec((any::<bool>(), -3.0_f64..3.0, 0.0_f64..1.0), 0..40),
            len in 0_usize..5_000,
        ) {
            let mut view = Viewport::default();
            for (is_pan, amount, anchor) in gestures {
                view = if is_pan { view.panned(amount * 100.0, len) } else { view.zoomed(amount.exp(), anchor, len) };
                let range = view.range(len);
                prop_assert!(range.end <= len);
                prop_assert!(len < 10 || range.len() >= 9, "{:?} of {}", range, len);
            }
        }
    }
}
