//! Many pairs of averages over one history, chosen on its first part and tried on the rest: what was best in the past
//! is worth only what it does where it was not chosen.

use super::{History, Report, Setup, run};
use crate::trading::{StrategyTerms, Terms};

/// One pair of averages.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// Candles of the fast average.
    pub fast: u32,
    /// Candles of the slow average.
    pub slow: u32,
    /// Over the part that the choice is made on.
    pub inside: Report,
    /// Over the rest.
    pub outside: Report,
}

/// A grid of pairs, best first by what they returned on the first part.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    /// One per pair that makes a strategy.
    pub cells: Vec<Cell>,
}

impl Sweep {
    /// Tries every pair of `fasts` and `slows`, the first `inside_percent` of the candles for choosing. The rest is
    /// read from as many candles earlier as its averages need to be warm at its beginning.
    pub fn of(
        history: &History,
        setup: &Setup,
        (fasts, slows): (&[u32], &[u32]),
        inside_percent: usize,
    ) -> Self {
        let split = history.candles.len() * inside_percent.min(100) / 100;
        let part = |from: usize, to: usize| History {
            candles: history.candles.get(from..to).unwrap_or_default().to_vec(),
            ..history.clone()
        };
        let inside = part(0, split);
        let pairs = fasts.iter().flat_map(|fast| slows.iter().map(move |slow| (*fast, *slow)));
        let cell = |(fast, slow): (u32, u32)| {
            let strategy = StrategyTerms { fast, slow, ..setup.terms.strategy };
            let setup = Setup { terms: Terms { strategy, ..setup.terms.clone() }, ..setup.clone() };
            let report = |history: &History| Some(Report::of(&run(history, &setup).ok()?, history));
            let warm_from = split.saturating_sub(usize::try_from(slow).ok()?);
            let outside = part(warm_from, history.candles.len());
            Some(Cell { fast, slow, inside: report(&inside)?, outside: report(&outside)? })
        };
        let mut cells: Vec<Cell> = pairs.filter_map(cell).collect();
        cells.sort_by(|one, other| other.inside.total_return.total_cmp(&one.inside.total_return));
        Self { cells }
    }

    /// How far the order of the pairs on the first part is their order on the rest (Spearman's rank correlation, with
    /// the mean rank for equals): one for the same order, zero for none, minus one for the opposite. None for fewer
    /// than three pairs, or where all are equal.
    pub fn agreement(&self) -> Option<f64> {
        let returns = |of: fn(&Cell) -> f64| ranks(&self.cells.iter().map(of).collect::<Vec<_>>());
        let (inside, outside) =
            (returns(|cell| cell.inside.total_return), returns(|cell| cell.outside.total_return));
        if inside.len() < 3 {
            return None;
        }
        let mean = (f64::from(u32::try_from(inside.len()).ok()?) - 1.0) / 2.0;
        let product = |one: &[f64], other: &[f64]| -> f64 {
            one.iter().zip(other).map(|(one, other)| (one - mean) * (other - mean)).sum()
        };
        let spread = (product(&inside, &inside) * product(&outside, &outside)).sqrt();
        (spread > 0.0).then(|| product(&inside, &outside) / spread)
    }
}

/// The place of each number among all, from nothing, equals sharing the mean of theirs.
fn ranks(numbers: &[f64]) -> Vec<f64> {
    let place = |number: &f64| {
        let count = |is_it: &dyn Fn(&f64) -> bool| {
            f64::from(u32::try_from(numbers.iter().filter(|other| is_it(other)).count()).unwrap_or(u32::MAX))
        };
        count(&|other| *other < *number) + (count(&|other| *other == *number) - 1.0) / 2.0
    };
    numbers.iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(returns: &[(f64, f64)]) -> Sweep {
        let report = |total_return: f64| Report { total_return, ..Report::default() };
        let cell = |(inside, outside): &(f64, f64)| Cell {
            fast: 5,
            slow: 15,
            inside: report(*inside),
            outside: report(*outside),
        };
        Sweep { cells: returns.iter().map(cell).collect() }
    }

    #[test]
    fn agreement_is_that_of_ranks() {
        let check = |returns: &[(f64, f64)], expected: Option<f64>| {
            let agreement = cells(returns).agreement();
            let is_near = match (agreement, expected) {
                (Some(ours), Some(theirs)) => (ours - theirs).abs() < 1e-12,
                (ours, theirs) => ours == theirs,
            };
            assert!(is_near, "{returns:?}: {agreement:?}");
        };
        check(&[(3.0, 30.0), (2.0, 20.0), (1.0, -5.0)], Some(1.0));
        check(&[(3.0, 1.0), (2.0, 2.0), (1.0, 3.0)], Some(-1.0));
        // By hand: squared differences of ranks 1, 1, 4, 4 of four: 1 - 6 * 10 / (4 * 15).
        check(&[(4.0, 2.0), (3.0, 1.0), (2.0, 4.0), (1.0, 3.0)], Some(-0.6));
        check(&[(2.0, 1.0), (2.0, 1.0), (1.0, 0.0)], Some(1.0));
        check(&[(2.0, 1.0), (1.0, 1.0), (0.0, 1.0)], None);
        check(&[(2.0, 1.0), (1.0, 0.0)], None);
    }

    #[test]
    fn equals_share_their_places() {
        assert_eq!(ranks(&[10.0, 30.0, 10.0, 20.0]), [0.5, 3.0, 0.5, 2.0]);
    }
}
