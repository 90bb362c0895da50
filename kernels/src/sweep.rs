//! Many pairs of averages over the same closes: what each would have been worth.
//!
//! All is done in blocks of closes that fit the processor's nearest memory: the averages of a block once for each
//! length, then for each pair one bit a close that tells whether its fast average is above its slow one, and then only
//! those closes at which the bit changes. How high and how low a position was between two of them is looked up in a
//! table, since its worth rises and falls with the price.

mod above;
mod account;
mod averages;
mod extremes;
mod two;

use account::Account;
use averages::Averages;
use extremes::Extremes;

use crate::cross::weight;

/// Closes of a bit field.
const WORD: usize = 64;
/// Bit fields of a block.
const WORDS: usize = 8;
/// Closes of a block.
const BLOCK: usize = WORD * WORDS;

/// What a pair of averages brought.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Worth at the last close, as a multiple of what was there at the first.
    pub worth: f64,
    /// Deepest fall of the worth from its height, as a share of it.
    pub drawdown: f64,
    /// Purchases and sales.
    pub trades: u32,
}

/// The definition: everything is held while the `fast` average lies above the `slow` one, once both have seen as
/// many closes as they average. A trade costs `fee`, a share of what it moves, and is filled at the close.
pub fn hold_above(closes: &[f64], fast: u32, slow: u32, fee: f64) -> Outcome {
    let Some(first) = closes.first() else { return Outcome::default() };
    let (keep, warm_from) = (1.0 - fee, warm_from(fast.max(slow)));
    let (mut fast_average, mut slow_average) = (*first, *first);
    let (mut cash, mut units, mut is_held) = (1.0, 0.0, false);
    let (mut worth, mut height, mut least, mut trades) = (1.0_f64, 1.0_f64, 1.0_f64, 0);
    for (index, close) in closes.iter().enumerate() {
        fast_average += weight(fast) * (close - fast_average);
        slow_average += weight(slow) * (close - slow_average);
        let is_above = index >= warm_from && fast_average > slow_average;
        if is_above != is_held {
            (cash, units) = if is_above { (0.0, cash * keep / close) } else { (units * close * keep, 0.0) };
            trades += 1;
            is_held = is_above;
        }
        worth = if is_held { units * close } else { cash };
        height = height.max(worth);
        least = least.min(worth / height);
    }
    Outcome { worth, drawdown: 1.0 - least, trades }
}

/// [`hold_above`] for every pair of `fasts` and `slows`, bit for bit, all with the first fast one first.
pub fn sweep(closes: &[f64], fasts: &[u32], slows: &[u32], fee: f64) -> Vec<Outcome> {
    let pairs = fasts.len() * slows.len();
    let Some(first) = closes.first() else { return vec![Outcome::default(); pairs] };
    // An average that is not warm is out of reach: no fast one is above, no slow one below.
    let mut averages =
        [Averages::new(fasts, *first, f64::NEG_INFINITY), Averages::new(slows, *first, f64::INFINITY)];
    let mut accounts = vec![Account::new(1.0 - fee); pairs];
    let mut extremes = Extremes::new();
    for block in closes.chunks(BLOCK) {
        averages.iter_mut().for_each(|averages| averages.advance(block));
        extremes.read(block);
        let [fasts, slows] = averages.each_ref().map(Averages::rows);
        let pairs = fasts.iter().flat_map(|fast| slows.iter().map(move |slow| (fast, slow)));
        for (account, (fast, slow)) in accounts.iter_mut().zip(pairs) {
            account.advance(&above::bits(fast, slow), block, &extremes);
        }
    }
    let last = closes[closes.len() - 1];
    accounts.iter().map(|account| account.outcome(last)).collect()
}

/// The index of the first close at which an average of `length` closes is warm.
fn warm_from(length: u32) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::closes;

    const FEE: f64 = 0.0005;

    fn check(closes: &[f64], fasts: &[u32], slows: &[u32], fee: f64) -> Vec<Outcome> {
        let all = sweep(closes, fasts, slows, fee);
        let pairs: Vec<_> =
            fasts.iter().flat_map(|fast| slows.iter().map(move |slow| (*fast, *slow))).collect();
        assert_eq!(all.len(), pairs.len());
        for (outcome, (fast, slow)) in all.iter().zip(pairs) {
            let plain = hold_above(closes, fast, slow, fee);
            let bits = |outcome: &Outcome| (outcome.worth.to_bits(), outcome.drawdown.to_bits());
            assert!(
                bits(outcome) == bits(&plain) && outcome.trades == plain.trades,
                "{fast}/{slow} over {}: {outcome:?} {plain:?}",
                closes.len()
            );
        }
        all
    }

    #[test]
    fn every_pair_is_what_a_run_of_its_own_brings_bit_for_bit() {
        let closes = closes(20_011);
        for count in [0, 1, 2, 63, 64, 65, 511, 512, 513, 1_024, 5_000, 20_011] {
            let all = check(&closes[..count], &[2, 3, 12, 50], &[26, 60, 61, 200, 700], FEE);
            assert!(count < 5_000 || all.iter().all(|outcome| outcome.trades > 4 && outcome.drawdown > 0.0));
        }
    }

    #[test]
    fn so_it_is_where_worth_reaches_new_heights() {
        let rising: Vec<_> = (0_u32..3_000)
            .map(|index| 100.0 + f64::from(index) + 40.0 * (f64::from(index) / 20.0).sin())
            .collect();
        let all = check(&rising, &[2, 5, 9], &[10, 30, 90], 0.0);
        assert!(all.iter().all(|outcome| outcome.worth > 2.0 && outcome.drawdown > 0.0), "{all:?}");
    }

    #[test]
    fn so_it_is_for_averages_in_the_wrong_order_and_for_prices_that_stand_still() {
        let all = check(&closes(2_000), &[30, 26, 1, 0], &[26], FEE);
        assert_eq!(all[1].trades, 0, "equal averages never cross");
        check(&[5.0; 1_500], &[2], &[3], FEE);
    }

    #[test]
    fn a_rise_and_a_fall_are_bought_and_sold_by_hand() {
        // Averages of 1 and 2 closes: bought at 20, worth 2 at 40, sold at 30 less a tenth.
        let outcome = check(&[20.0, 10.0, 20.0, 40.0, 30.0], &[1], &[2], 0.0)[0];
        assert_eq!((outcome.worth, outcome.drawdown, outcome.trades), (1.5, 0.25, 2));
        let outcome = check(&[20.0, 10.0, 20.0, 40.0, 30.0], &[1], &[2], 0.5)[0];
        assert_eq!((outcome.worth, outcome.trades), (0.375, 2));
    }
}
