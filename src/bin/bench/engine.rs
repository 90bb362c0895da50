//! What is timed of the engine: averages that cross, a sweep over many pairs of them, and the whole backtest.
//!
//! Right answers are in `bench/answers.json`, where JavaScript of its own must give the same: a count, and every bit of
//! every number.

use std::hint::black_box;

use leash::backtest::{Run, Setup, run};
use leash::market::{Candle, Interval};
use leash::trading::{Pair, Side, StrategyTerms, Terms, TermsContext};
use leash::units::{Price, TokenAmount, UnixSecs};
use leash_kernels::{ema_crossings, hold_above, sweep};
use serde_json::Value;

use crate::clock::Work;
use crate::work::work;

const ANSWERS: &str = include_str!("../../../bench/answers.json");
const MINUTE: Interval = Interval(60);
const FAST: u32 = 12;
const SLOW: u32 = 26;
/// What a trade costs, as a share.
const FEE: f64 = 0.0005;
const PAIR: Pair = Pair { base_decimals: 18, quote_decimals: 6, fee_millionths: 500 };

/// Everything that is timed, each checked against its answer.
pub(crate) fn all() -> Vec<Work> {
    let answers: Value = serde_json::from_str(ANSWERS).expect("the answers are JSON");
    let check = |name: &str, count: u32, numbers: &[f64]| {
        assert_eq!(answers[name].as_str(), Some(told(count, numbers).as_str()), "{name}");
    };
    let hundredths = market(1_000_000);
    let long: Vec<f64> = hundredths.iter().map(|hundredths| f64::from(*hundredths) / 100.0).collect();
    let short = long[..100_000].to_vec();

    let crossed = ema_crossings(&long, FAST, SLOW);
    check("ema_cross_1m", crossed.count, &[crossed.fast, crossed.slow]);

    let fasts: Vec<u32> = (2..=50).step_by(2).collect();
    let slows: Vec<u32> = (60..=294).step_by(6).collect();
    let outcomes = sweep(&short, &fasts, &slows, FEE);
    let numbers: Vec<f64> = outcomes.iter().flat_map(|one| [one.worth, one.drawdown]).collect();
    check("sweep_1000x100k", outcomes.iter().map(|outcome| outcome.trades).sum(), &numbers);
    assert_eq!(
        outcomes[14 * slows.len() + 5],
        hold_above(&short, fasts[14], slows[5], FEE),
        "a pair by itself"
    );

    // The peer's way of trading is not the engine's; its answer is that of the sweep's definition.
    let held = hold_above(&long, FAST, SLOW, FEE);
    check("backtest_1m", held.trades, &[held.worth, held.drawdown]);
    let (candles, setup) = (candles(&hundredths), setup());
    check_backtest(&candles, &setup, &run(&candles, &setup).expect("a strategy"));

    vec![
        work("ema_cross_1m", move || ema_crossings(black_box(&long), FAST, SLOW)),
        work("sweep_1000x100k", move || sweep(black_box(&short), &fasts, &slows, FEE)),
        work("backtest_1m", move || run(black_box(&candles), &setup)),
    ]
}

/// Every crossing of warm averages was decided on, and no money came but by trades.
fn check_backtest(candles: &[Candle], setup: &Setup, run: &Run) {
    let closes: Vec<f64> = candles.iter().map(|candle| candle.close.to_f64()).collect();
    let warming = ema_crossings(&closes[..SLOW as usize], FAST, SLOW).count;
    let crossed = ema_crossings(&closes, FAST, SLOW).count - warming;
    assert_eq!(run.trades.len() + run.refused.len(), crossed as usize, "decisions");
    assert!(run.trades.len() > 1_000, "trades");
    let quote = run.trades.iter().try_fold(setup.quote, |quote, trade| match trade.order.side {
        Side::Buy => quote.checked_sub(trade.fill.quote),
        Side::Sell => quote.checked_add(trade.fill.quote),
    });
    let left = run.equity.last().zip(run.held.last()).map(|(all, held)| all - held);
    let quote = quote.map(|quote| quote.to_f64(PAIR.quote_decimals));
    assert!(left.zip(quote).is_some_and(|(left, quote)| (left - quote).abs() < 1e-6), "{left:?} {quote:?}");
}

/// Closes around 2,500, in hundredths, that go up or down by up to two at each.
fn market(count: usize) -> Vec<u32> {
    let (mut state, mut hundredths) = (1_u32, 250_000_u32);
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        hundredths = (hundredths + (state >> 16) % 401 - 200).max(50_000);
        hundredths
    };
    std::iter::repeat_with(next).take(count).collect()
}

/// Candles with these closes, each opening where the one before it closed.
fn candles(hundredths: &[u32]) -> Vec<Candle> {
    let price = |hundredths: u32| {
        Price::from_scaled(u128::from(hundredths) * Price::SCALE / 100).expect("above nothing")
    };
    let mut open = hundredths[0];
    let candle = |(index, close): (u64, &u32)| {
        let candle = Candle::flat(UnixSecs(index * MINUTE.secs()), price(open)).with(price(*close));
        open = *close;
        candle
    };
    (0..).zip(hundredths).map(candle).collect()
}

/// Terms as they are suggested, with 10,000 quote tokens.
fn setup() -> Setup {
    let context = TermsContext {
        base_balance: TokenAmount::ZERO,
        quote_balance: TokenAmount::parse("10000", PAIR.quote_decimals).expect("an amount"),
        price: Price::from_scaled(2_500 * Price::SCALE).expect("above nothing"),
        pair: PAIR,
        is_local: true,
    };
    let terms = Terms { strategy: StrategyTerms::crossover(FAST, SLOW, MINUTE), ..Terms::sensible(&context) };
    Setup {
        terms,
        pair: PAIR,
        quote: context.quote_balance,
        base: context.base_balance,
        cost_bps: 5,
        depth: TokenAmount::ZERO,
        is_leashed: false,
    }
}

/// A count, and every bit of every number in one.
fn told(count: u32, numbers: &[f64]) -> String {
    let add = |sum: u64, number: &f64| sum.wrapping_mul(31).wrapping_add(number.to_bits());
    format!("{count} {:016x}", numbers.iter().fold(0, add))
}
