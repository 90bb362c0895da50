//! The price path of the market: trends and ranges from a seed, the same on every machine.
//!
//! A regime lasts 20 to 60 steps and drifts by 0.015 to 0.04 % a step up, as much down, or not at all. Every
//! step adds noise of at most 0.05 %, and a pull of 0.2 % of the distance back to the anchor, so that the
//! price neither runs away in a week nor stands still in a minute. Whole numbers only.

use serde::{Deserialize, Serialize};

use crate::units::Price;

const MILLION: i128 = 1_000_000;
/// Strongest trend, in millionths a step: the pull holds it 50 % away from the anchor.
const MOST_TREND_PPM: i32 = 1_000;
/// Wildest noise, in percent of the usual one.
const MOST_VOLATILITY: u32 = 1_000;

/// What a person may change about the walk while it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mood {
    /// Added to every step's drift, in millionths: -1,000 to 1,000.
    pub trend_ppm: i32,
    /// Noise in percent of the usual one: 0 to 1,000.
    pub volatility: u32,
}

impl Default for Mood {
    fn default() -> Self {
        Self { trend_ppm: 0, volatility: 100 }
    }
}

impl Mood {
    /// Whether both are within their limits.
    pub fn is_sane(self) -> bool {
        self.trend_ppm.abs() <= MOST_TREND_PPM && self.volatility <= MOST_VOLATILITY
    }
}

/// A walk of prices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Path {
    random: SplitMix,
    anchor: Price,
    steps_left: u64,
    drift_ppm: i128,
    /// Steered; the default changes nothing about the walk.
    pub mood: Mood,
}

impl Path {
    /// A walk around `anchor`; one seed is one walk.
    pub fn new(seed: u64, anchor: Price) -> Self {
        Self { random: SplitMix(seed), anchor, steps_left: 0, drift_ppm: 0, mood: Mood::default() }
    }

    /// Goes on from here as the walk of another seed, around the same anchor and in the same mood.
    pub fn reseed(&mut self, seed: u64) {
        *self = Self { mood: self.mood, ..Self::new(seed, self.anchor) };
    }

    /// `price` moved by so many hundredths of a percent, above -100 %; the walk's anchor moves along.
    pub fn shock(&mut self, price: Price, bps: i32) -> Price {
        let percent = |price: Price| {
            let factor = u128::from((10_000 + bps.max(-9_999)).unsigned_abs());
            let scaled = (price.scaled() / 10_000).saturating_mul(factor);
            Price::from_scaled(scaled.max(1)).unwrap_or(price)
        };
        self.anchor = percent(self.anchor);
        percent(price)
    }

    /// The price one step after `price`, which others may have moved meanwhile.
    pub fn after(&mut self, price: Price) -> Price {
        if self.steps_left == 0 {
            self.steps_left = 20 + self.random.below(41);
            let strength = 150 + i128::from(self.random.below(251));
            self.drift_ppm = match self.random.below(3) {
                0 => strength,
                1 => -strength,
                _ => 0,
            };
        }
        self.steps_left -= 1;
        // Two dice make small steps likelier than big ones.
        let noise_ppm = i128::from(self.random.below(501) + self.random.below(501)) - 500;
        let scaled = |price: Price| i128::try_from(price.scaled()).unwrap_or(i128::MAX / MILLION);
        let (now, anchor) = (scaled(price).min(i128::MAX / (2 * MILLION)), scaled(self.anchor));
        let pull = (anchor - now) / 500;
        let noise_ppm = noise_ppm * i128::from(self.mood.volatility) / 100;
        let drift_ppm = self.drift_ppm + i128::from(self.mood.trend_ppm);
        let next = now + now / MILLION * (drift_ppm + noise_ppm) + pull;
        u128::try_from(next).ok().and_then(|next| Price::from_scaled(next).ok()).unwrap_or(self.anchor)
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): eight lines of good enough randomness.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct SplitMix(u64);

impl SplitMix {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anchor() -> Price {
        Price::from_scaled(2_500 * Price::SCALE).expect("not zero")
    }

    fn walk(seed: u64, steps: usize) -> Vec<Price> {
        let mut path = Path::new(seed, anchor());
        let mut price = anchor();
        let mut step = || {
            price = path.after(price);
            price
        };
        std::iter::repeat_with(&mut step).take(steps).collect()
    }

    #[test]
    fn one_seed_is_one_walk() {
        assert_eq!(walk(7, 200), walk(7, 200));
        assert_ne!(walk(7, 200), walk(8, 200));
    }

    #[test]
    fn the_walk_moves_but_stays_near_its_anchor() {
        let prices = walk(1, 100_000);
        let (low, high) = (prices.iter().min().expect("some"), prices.iter().max().expect("some"));
        assert!(low.scaled() > anchor().scaled() / 2, "{low:?}");
        assert!(high.scaled() < anchor().scaled() * 2, "{high:?}");
        assert!(high.scaled() - low.scaled() > anchor().scaled() / 20, "it moves by several percent");
        for pair in prices.windows(2) {
            let moved = pair[0].scaled().abs_diff(pair[1].scaled());
            assert!(moved < pair[0].scaled() / 200, "a step is below 0.5 %");
        }
    }

    #[test]
    fn the_default_walk_is_the_one_that_every_stack_had() {
        let scaled: Vec<_> = walk(0x1ea5_4001, 10_000).iter().map(|price| price.scaled()).collect();
        assert_eq!(
            scaled[..3],
            [2_499_712_500_000_000_000_000, 2_498_753_185_400_000_000_000, 2_499_660_227_682_314_800_000]
        );
        assert_eq!(scaled[9_999], 2_503_618_086_927_500_898_173);
    }

    #[test]
    fn a_trend_carries_the_price_and_volatility_widens_it() {
        let end = |trend_ppm, volatility| {
            let mut path = Path::new(5, anchor());
            path.mood = Mood { trend_ppm, volatility };
            let mut price = anchor();
            let mut widest = 0;
            for _ in 0..2_000 {
                let next = path.after(price);
                widest = widest.max(next.scaled().abs_diff(price.scaled()));
                price = next;
            }
            (price.scaled(), widest)
        };
        let ((calm, little), (up, _), (down, _), (_, much)) =
            (end(0, 100), end(800, 100), end(-800, 100), end(0, 500));
        assert!(up > calm + calm / 5 && down < calm - calm / 5, "{down} {calm} {up}");
        assert!(much > 3 * little, "{little} {much}");
        assert!(Mood::default().is_sane());
        assert!(!Mood { trend_ppm: -1_001, volatility: 100 }.is_sane());
        assert!(!Mood { trend_ppm: 0, volatility: 1_001 }.is_sane());
    }

    #[test]
    fn another_seed_goes_on_from_the_same_price() {
        let mut path = Path::new(1, anchor());
        path.mood.volatility = 300;
        let price = path.after(anchor());
        path.reseed(9);
        let mut other = Path::new(9, anchor());
        other.mood.volatility = 300;
        assert_eq!(path.after(price), other.after(price));
    }

    #[test]
    fn a_price_pushed_away_comes_back() {
        let mut path = Path::new(3, anchor());
        let mut price = Price::from_scaled(2 * anchor().scaled()).expect("not zero");
        for _ in 0..3_000 {
            price = path.after(price);
        }
        assert!(price.scaled() < anchor().scaled() * 3 / 2, "{price:?}");
    }
}
