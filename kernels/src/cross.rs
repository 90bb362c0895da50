//! Two exponential moving averages of a long series of closes, and how often they cross.
//!
//! Each average needs the one before it, so a processor waits most of the time. Hence several places of the series are
//! walked at once. Each but the first begins some candles early from a guess, and counts only if its averages have
//! become the true ones, bit for bit, by the time it begins in earnest; else it is walked again from those.

/// Places that are walked at once.
const PLACES: usize = 4;
/// Candles that a place begins early, for each candle of the slower average: a guess that is off by the whole price is
/// off by less than the last bit after 18.
const LEAD: usize = 64;

/// How two averages went.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Crossings {
    /// Closes at which the fast average came to lie above the slow one, or no longer did.
    pub count: u32,
    /// The fast average at the last close.
    pub fast: f64,
    /// The slow average at the last close.
    pub slow: f64,
}

/// The weight of the newest close in an average of `period` closes.
pub(crate) fn weight(period: u32) -> f64 {
    2.0 / (f64::from(period.max(1)) + 1.0)
}

/// The crossings of averages of `fast` and `slow` closes, both seeded by the first close. All zero without closes.
pub fn ema_crossings(closes: &[f64], fast: u32, slow: u32) -> Crossings {
    let Some(first) = closes.first() else { return Crossings::default() };
    let weights = [weight(fast), weight(slow)];
    let mut done = Crossings { count: 0, fast: *first, slow: *first };
    let lead = usize::try_from(fast.max(slow)).unwrap_or(usize::MAX).saturating_mul(LEAD);
    let length = closes.len() / PLACES;
    if length <= lead {
        walk(closes, weights, &mut done);
        return done;
    }
    let places: [&[f64]; PLACES] = std::array::from_fn(|place| &closes[place * length..(place + 1) * length]);
    let mut seeds = guesses(places, lead, weights);
    // The first place has nothing before it, and its seed is no guess.
    seeds[0] = done;
    let mut ends = seeds;
    walk_places(places, weights, &mut ends);
    for ((place, seed), end) in places.iter().zip(&seeds).zip(ends) {
        if same_bits(seed, &done) {
            done = Crossings { count: done.count + end.count, ..end };
        } else {
            walk(place, weights, &mut done);
        }
    }
    walk(&closes[PLACES * length..], weights, &mut done);
    done
}

/// Where each place but the first begins, were there nothing but the last `lead` closes of the place before it.
fn guesses(places: [&[f64]; PLACES], lead: usize, weights: [f64; 2]) -> [Crossings; PLACES] {
    let before = |place: usize| places[place.saturating_sub(1)];
    let leads: [&[f64]; PLACES] = std::array::from_fn(|place| &before(place)[before(place).len() - lead..]);
    let mut guesses = leads.map(|lead| Crossings { count: 0, fast: lead[0], slow: lead[0] });
    walk_places(leads, weights, &mut guesses);
    guesses.map(|guess| Crossings { count: 0, ..guess })
}

/// Whether both averages are the same to the last bit.
fn same_bits(one: &Crossings, other: &Crossings) -> bool {
    one.fast.to_bits() == other.fast.to_bits() && one.slow.to_bits() == other.slow.to_bits()
}

/// Goes on over `closes`, one after the other.
fn walk(closes: &[f64], [fast, slow]: [f64; 2], at: &mut Crossings) {
    let mut was_above = at.fast > at.slow;
    for close in closes {
        at.fast += fast * (close - at.fast);
        at.slow += slow * (close - at.slow);
        let is_above = at.fast > at.slow;
        at.count += u32::from(is_above != was_above);
        was_above = is_above;
    }
}

/// Goes on at every place, a close of each in turn, as long as each has one.
fn walk_places(closes: [&[f64]; PLACES], [fast, slow]: [f64; 2], at: &mut [Crossings; PLACES]) {
    let mut fasts = at.map(|at| at.fast);
    let mut slows = at.map(|at| at.slow);
    let mut counts = at.map(|at| u64::from(at.count));
    let mut were_above: [u64; PLACES] = std::array::from_fn(|place| u64::from(fasts[place] > slows[place]));
    let [first, second, third, fourth] = closes;
    for (((first, second), third), fourth) in first.iter().zip(second).zip(third).zip(fourth) {
        let closes = [first, second, third, fourth];
        for place in 0..PLACES {
            fasts[place] += fast * (closes[place] - fasts[place]);
            slows[place] += slow * (closes[place] - slows[place]);
        }
        for place in 0..PLACES {
            let is_above = u64::from(fasts[place] > slows[place]);
            counts[place] += is_above ^ were_above[place];
            were_above[place] = is_above;
        }
    }
    for (place, at) in at.iter_mut().enumerate() {
        let count = u32::try_from(counts[place]).unwrap_or(u32::MAX);
        *at = Crossings { count, fast: fasts[place], slow: slows[place] };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::closes;

    fn one_after_the_other(closes: &[f64], fast: u32, slow: u32) -> Crossings {
        let mut all = Crossings { count: 0, fast: closes[0], slow: closes[0] };
        walk(closes, [weight(fast), weight(slow)], &mut all);
        all
    }

    #[test]
    fn several_places_at_once_are_one_walk_bit_for_bit() {
        for (count, fast, slow) in [(1, 12, 26), (7_000, 12, 26), (50_003, 12, 26), (200_001, 3, 15)] {
            let closes = closes(count);
            let (ours, plain) =
                (ema_crossings(&closes, fast, slow), one_after_the_other(&closes, fast, slow));
            assert!(same_bits(&ours, &plain) && ours.count == plain.count, "{count}: {ours:?} {plain:?}");
            assert!(count < 7_000 || ours.count > 100, "{ours:?}");
        }
        assert_eq!(ema_crossings(&[], 12, 26), Crossings::default());
    }

    #[test]
    fn a_guess_that_stays_wrong_is_walked_again() {
        // What is left of it is still far more than all others when the second place begins, which never saw it.
        let mut closes = vec![1.0; 40_000];
        closes[1_000] = 1e300;
        let (ours, plain) = (ema_crossings(&closes, 12, 26), one_after_the_other(&closes, 12, 26));
        assert!(same_bits(&ours, &plain) && ours.count == plain.count, "{ours:?} {plain:?}");
    }

    #[test]
    fn crossings_are_counted_where_the_order_changes() {
        // Up at the second close, down at the fifth.
        let all = ema_crossings(&[10.0, 11.0, 11.0, 11.0, 5.0, 5.0], 2, 4);
        assert_eq!(all.count, 2);
        assert!(all.fast < all.slow && all.fast > 5.0, "{all:?}");
    }
}
