//! What a run was worth, in the figures that traders compare.

use super::Run;
use crate::market::Interval;

/// A year in seconds, for figures per year.
const YEAR_SECS: f64 = 365.25 * 86_400.0;

/// Figures of a run. Shares are fractions of one; money is in whole quote tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Report {
    /// Worth at the first and at the last close.
    pub worth: (f64, f64),
    /// What was won or lost, fees and costs included.
    pub net_profit: f64,
    /// The same as a share of the start.
    pub total_return: f64,
    /// The share that buying everything at the start and waiting would have brought.
    pub buy_and_hold_return: f64,
    /// Pool fees.
    pub fees: f64,
    /// Purchases and sales.
    pub trades: usize,
    /// Sales, each of which has a result.
    pub sales: usize,
    /// Share of sales that brought more than their cost; none without sales.
    pub win_rate: Option<f64>,
    /// What the winning sales won for each token that the losing ones lost; none where none lost.
    pub profit_factor: Option<f64>,
    /// Mean result of a sale; none without sales.
    pub expectancy: Option<f64>,
    /// Mean return of a candle over its deviation, per year; none where nothing moved.
    pub sharpe: Option<f64>,
    /// The same over the deviation of losses only.
    pub sortino: Option<f64>,
    /// Deepest fall from a height, as a share of it.
    pub max_drawdown: f64,
    /// Longest time below a height, in seconds.
    pub drawdown_secs: u64,
    /// Mean share of the worth that was in base tokens.
    pub exposure: f64,
    /// Share of closes at which base tokens were held for more than a thousandth of the worth.
    pub time_in_market: f64,
}

impl Report {
    /// The figures of `run` over candles of this length.
    pub fn of(run: &Run, interval: Interval) -> Self {
        let ends = |worth: &[f64]| Some((*worth.first()?, *worth.last()?));
        let Some((first, last)) = ends(&run.equity) else { return Self::default() };
        let gain = |(first, last): (f64, f64)| if first > 0.0 { last / first - 1.0 } else { 0.0 };
        let results: Vec<f64> = run.trades.iter().filter_map(|trade| trade.result).collect();
        let (won, lost) = sums(&results);
        let returns: Vec<f64> = run.equity.windows(2).map(|pair| gain((pair[0], pair[1]))).collect();
        let a_year = (YEAR_SECS / f64::from(interval.0.max(1))).sqrt();
        let (max_drawdown, candles_below) = drawdown(&run.equity);
        let shares =
            run.held.iter().zip(&run.equity).map(|(held, all)| if *all > 0.0 { held / all } else { 0.0 });
        let shares: Vec<f64> = shares.collect();
        let in_market: Vec<f64> = shares.iter().map(|share| f64::from(u8::from(*share > 0.001))).collect();
        let wins = results.iter().filter(|result| **result > 0.0).count();
        Self {
            worth: (first, last),
            net_profit: last - first,
            total_return: gain((first, last)),
            buy_and_hold_return: ends(&run.buy_and_hold).map_or(0.0, gain),
            fees: run.fees,
            trades: run.trades.len(),
            sales: results.len(),
            win_rate: (!results.is_empty()).then(|| count(wins) / count(results.len())),
            profit_factor: (lost > 0.0).then_some(won / lost),
            expectancy: mean(&results),
            sharpe: ratio(&returns, deviation(&returns)).map(|ratio| ratio * a_year),
            sortino: ratio(&returns, downside(&returns)).map(|ratio| ratio * a_year),
            max_drawdown,
            drawdown_secs: candles_below * interval.secs(),
            exposure: mean(&shares).unwrap_or(0.0),
            time_in_market: mean(&in_market).unwrap_or(0.0),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn count(number: usize) -> f64 {
    number as f64
}

fn mean(numbers: &[f64]) -> Option<f64> {
    (!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / count(numbers.len()))
}

/// Of the winners and, as a positive number, of the losers.
fn sums(results: &[f64]) -> (f64, f64) {
    let of = |sign: f64| results.iter().map(|result| (result * sign).max(0.0)).sum::<f64>();
    (of(1.0), of(-1.0))
}

/// Standard deviation of a sample (one less than there are in the denominator).
fn deviation(returns: &[f64]) -> Option<f64> {
    let mean = mean(returns).filter(|_| returns.len() > 1)?;
    let squares: f64 = returns.iter().map(|one| (one - mean).powi(2)).sum();
    Some((squares / count(returns.len() - 1)).sqrt())
}

/// Root of the mean square of losses, gains counting as nothing (Sortino and Price, 1994, for a target of nothing).
fn downside(returns: &[f64]) -> Option<f64> {
    let squares: Vec<f64> = returns.iter().map(|one| one.min(0.0).powi(2)).collect();
    mean(&squares).map(f64::sqrt)
}

fn ratio(returns: &[f64], risk: Option<f64>) -> Option<f64> {
    Some(mean(returns)? / risk.filter(|risk| *risk > 0.0)?)
}

/// Deepest fall from a height as a share of it, and most closes in a row below one.
fn drawdown(worth: &[f64]) -> (f64, u64) {
    let (mut height, mut deepest, mut below, mut longest) = (f64::MIN, 0.0_f64, 0_u64, 0_u64);
    for now in worth {
        if *now >= height {
            (height, below) = (*now, 0);
        } else {
            below += 1;
            longest = longest.max(below);
            if height > 0.0 {
                deepest = deepest.max(1.0 - now / height);
            }
        }
    }
    (deepest, longest)
}
