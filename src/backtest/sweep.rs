//! Many pairs of averages over one history, chosen on its first part and tried on the rest: what was best in the past
//! is worth only what it does where it was not chosen.

use super::{Report, Setup, run};
use crate::market::Candle;
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

/// A sweep that is done pair by pair.
#[derive(Clone, Debug)]
pub struct Sweeping {
    candles: Vec<Candle>,
    setup: Setup,
    split: usize,
    pairs: Vec<(u32, u32)>,
    done: usize,
    cells: Vec<Cell>,
}

impl Sweeping {
    /// Every pair of `fasts` and `slows`, the first `inside_percent` of the candles for choosing.
    pub fn new(
        candles: Vec<Candle>,
        setup: Setup,
        (fasts, slows): (&[u32], &[u32]),
        inside_percent: usize,
    ) -> Self {
        let split = candles.len() * inside_percent.min(100) / 100;
        let pairs = fasts.iter().flat_map(|fast| slows.iter().map(move |slow| (*fast, *slow)));
        let pairs = pairs.filter(|(fast, slow)| fast < slow).collect();
        Self { candles, setup, split, pairs, done: 0, cells: Vec::new() }
    }

    /// Tries the next pair; whether there are more.
    pub fn step(&mut self) -> bool {
        if let Some(pair) = self.pairs.get(self.done) {
            self.cells.extend(self.cell(*pair));
            self.done += 1;
        }
        self.done < self.pairs.len()
    }

    /// How many pairs were tried, of how many.
    pub const fn progress(&self) -> (usize, usize) {
        (self.done, self.pairs.len())
    }

    /// The rest is read from as many candles earlier as its averages need to be warm at its beginning.
    fn cell(&self, (fast, slow): (u32, u32)) -> Option<Cell> {
        let strategy = StrategyTerms { fast, slow, ..self.setup.terms.strategy };
        let setup = Setup { terms: Terms { strategy, ..self.setup.terms }, ..self.setup.clone() };
        let report = |candles: &[Candle]| Some(Report::of(&run(candles, &setup).ok()?, strategy.interval));
        let warm_from = self.split.saturating_sub(usize::try_from(slow.max(strategy.trend)).ok()?);
        let (inside, outside) = (self.candles.get(..self.split)?, self.candles.get(warm_from..)?);
        Some(Cell { fast, slow, inside: report(inside)?, outside: report(outside)? })
    }

    /// The grid, best first.
    pub fn finish(mut self) -> Sweep {
        self.cells.sort_by(|one, other| other.inside.total_return.total_cmp(&one.inside.total_return));
        Sweep { cells: self.cells }
    }
}

impl Sweep {
    /// Fast averages that are tried where nobody says otherwise.
    pub const FASTS: [u32; 8] = [3, 5, 8, 12, 20, 30, 50, 80];
    /// Slow averages likewise.
    pub const SLOWS: [u32; 8] = [15, 26, 40, 60, 90, 130, 200, 300];
    /// Hundredths of the candles on which the choice is made.
    pub const INSIDE_PERCENT: usize = 70;

    /// [`Sweeping`] in one go.
    pub fn of(candles: &[Candle], setup: &Setup, averages: (&[u32], &[u32]), inside_percent: usize) -> Self {
        let mut sweeping = Sweeping::new(candles.to_vec(), setup.clone(), averages, inside_percent);
        while sweeping.step() {}
        sweeping.finish()
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
