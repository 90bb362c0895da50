//! Whole runs, and their figures beside pandas'.

use serde_json::Value;

use super::*;
use crate::market::{Candle, Interval};
use crate::trading::{Pair, Side, StrategyTerms, Terms, TermsContext};
use crate::units::{Price, TokenAmount, UnixSecs};

const PAIR: Pair = Pair { base_decimals: 18, quote_decimals: 6, fee_millionths: 500 };
const MINUTE: Interval = Interval(60);

fn price(hundredths: u128) -> Price {
    Price::from_scaled(hundredths * Price::SCALE / 100).expect("above nothing")
}

pub(super) fn history(hundredths: &[u128]) -> History {
    let candle = |(index, close): (usize, &u128)| {
        Candle::flat(UnixSecs(60 * u64::try_from(index).expect("few")), price(*close))
    };
    History {
        candles: hundredths.iter().enumerate().map(candle).collect(),
        interval: MINUTE,
        doubles: 0,
        holes: 0,
    }
}

/// Up and down between 2,400 and 2,600 in steps of two.
pub(super) fn waves(candles: usize) -> Vec<u128> {
    let close = |index: usize| {
        let step = u128::try_from(index % 200).expect("few");
        240_000 + 200 * if step < 100 { step } else { 200 - step }
    };
    (0..candles).map(close).collect()
}

pub(super) fn setup() -> Setup {
    let context = TermsContext {
        base_balance: TokenAmount::ZERO,
        quote_balance: TokenAmount::parse("10000", 6).expect("an amount"),
        price: price(250_000),
        pair: PAIR,
        is_local: true,
    };
    let strategy = StrategyTerms::crossover(5, 15, MINUTE);
    let terms = Terms { strategy, ..Terms::sensible(&context) };
    Setup {
        terms,
        pair: PAIR,
        quote: context.quote_balance,
        base: TokenAmount::ZERO,
        cost_bps: 5,
        depth: TokenAmount::ZERO,
        is_leashed: false,
    }
}

#[test]
fn waves_are_bought_low_and_sold_high() {
    let history = history(&waves(1_000));
    let run = run(&history.candles, &setup()).expect("a strategy");
    let sides: Vec<_> = run.trades.iter().map(|trade| trade.order.side).collect();
    assert!(sides.len() >= 6 && sides[0] == Side::Buy && sides.contains(&Side::Sell), "{sides:?}");
    let report = Report::of(&run, MINUTE);
    assert!(report.net_profit > 0.0 && report.win_rate == Some(1.0), "{report:?}");
    let sales = sides.iter().filter(|side| **side == Side::Sell).count();
    assert_eq!((report.trades, report.sales), (sides.len(), sales));
    // Money is neither made nor lost but by trades: what is there at the end is what the fills say.
    let moved = run.trades.iter().fold(10_000.0, |quote, trade| {
        let moved = trade.fill.quote.to_f64(6);
        if trade.order.side == Side::Buy { quote - moved } else { quote + moved }
    });
    assert!((run.equity.last().expect("an end") - run.held.last().expect("an end") - moved).abs() < 1e-6);
}

#[test]
fn a_fill_is_the_close_less_fee_and_cost() {
    let history = history(&waves(800));
    let run = run(&history.candles, &setup()).expect("a strategy");
    let [bought, sold] = [Side::Buy, Side::Sell]
        .map(|side| *run.trades.iter().find(|trade| trade.order.side == side).expect("one of each"));
    let close = |trade: &Trade| trade.order.signal.close.to_f64();
    // 0.05 % stay in the pool, 0.05 % are the cost that was told.
    let kept = 0.9995 * 0.9995;
    let (paid, got) = (bought.fill.quote.to_f64(6), bought.fill.base.to_f64(18));
    assert!((paid * kept / close(&bought) / got - 1.0).abs() < 1e-9, "{bought:?}");
    let (paid, got) = (sold.fill.base.to_f64(18), sold.fill.quote.to_f64(6));
    assert!((paid * kept * close(&sold) / got - 1.0).abs() < 1e-6, "{sold:?}");
}

#[test]
fn a_trade_moves_the_price_of_a_pool_of_the_told_depth_against_itself() {
    let close = price(250_000);
    let received = |depth: &str, side: Side, paid: &str| {
        let depth = TokenAmount::parse(depth, 6).expect("an amount");
        let trader = PaperTrader::new(Setup { depth, cost_bps: 0, ..setup() }).expect("a strategy");
        let (of_paid, of_got) = if side == Side::Buy { (6, 18) } else { (18, 6) };
        let paid = TokenAmount::parse(paid, of_paid).expect("an amount");
        trader.received(side, paid, close).to_f64(of_got)
    };
    let share = |depth: &str, side: Side, paid: &str| received(depth, side, paid) / received("0", side, paid);
    // What moves the price by 2 % is filled at the mean of both ends: 1 / √1.02 of what the first price would give.
    let kept = 0.9995;
    for (side, paid) in
        [(Side::Buy, format!("{:.6}", 10_000.0 / kept)), (Side::Sell, format!("{:.18}", 4.0 / kept))]
    {
        let moved = share("10000", side, &paid);
        assert!((moved - 1.0 / 1.02_f64.sqrt()).abs() < 1e-6, "{side:?}: {moved}");
    }
    // A hundredth of the depth costs about a hundredth of a percent.
    assert!((share("10000", Side::Buy, "100") - 0.9999).abs() < 1e-5);
    assert!(received("0", Side::Buy, "10000") > received("1000000", Side::Buy, "10000"));
}

/// Lets so many orders pass.
#[derive(Debug)]
struct Passing(usize);

impl Rules for Passing {
    fn permit(
        &mut self,
        trader: &PaperTrader,
        order: &crate::trading::RiskApproved<crate::trading::Order>,
        out: TokenAmount,
        _: UnixSecs,
    ) -> Result<(), String> {
        assert!(trader.grant_number() == 1 && order.item().lots > 0 && !out.is_zero());
        self.0 = self.0.checked_sub(1).ok_or("no more pass")?;
        Ok(())
    }
}

#[test]
fn an_order_that_the_rules_refuse_is_not_filled() {
    let history = history(&waves(1_000));
    let free = run(&history.candles, &setup()).expect("a strategy");
    let under = |most: usize| {
        let mut backtest = Backtest::new(setup()).expect("a strategy").under(Box::new(Passing(most)));
        history.candles.iter().for_each(|candle| backtest.on_close(candle));
        backtest.finish()
    };
    assert_eq!(under(1_000), free, "rules that let everything pass change nothing");
    let held = under(2);
    assert_eq!(held.trades, free.trades[..2]);
    assert!(held.refused.iter().any(|(_, why)| why == "no more pass"), "{:?}", held.refused);
}

#[test]
fn a_run_is_told_to_programs_too() {
    let history = history(&waves(1_000));
    let run = run(&history.candles, &setup()).expect("a strategy");
    let told: Value = serde_json::from_str(&summary(&setup(), &run)).expect("JSON");
    let report = Report::of(&run, MINUTE);
    assert_eq!(told["figures"]["net_profit"].as_f64(), Some(report.net_profit));
    assert_eq!(told["trades"].as_array().map(Vec::len), Some(run.trades.len()));
    assert_eq!(told["trades"][0]["reason"], "the averages crossed upwards");
    assert_eq!(told["decisions_hash"], run.decisions.to_string());
    assert_eq!(told["setup"]["strategy"], "averages of 5 and 15 candles");
    let needs = Needs::of(&run).expect("trades");
    assert_eq!(told["smallest_grant"]["buy_lots"].as_u64(), Some(needs.buy_lots));
    let figures = words::figures(&history, &setup(), &run);
    let profit = figures.iter().find(|(name, _)| *name == "Net profit").map(|(_, value)| value.as_str());
    assert_eq!(profit, Some(format!("{:+.2}", report.net_profit).as_str()));
}

#[test]
fn what_is_bought_must_be_sellable_under_the_same_grant() {
    let history = history(&waves(800));
    let some = run(&history.candles, &setup()).expect("a strategy").trades[0];
    let trade = |grant: u64, side: Side, lots: u32, hundredths: u128| {
        let signal = crate::trading::Signal { close: price(hundredths), ..some.order.signal };
        Trade { order: crate::trading::Order { side, lots, signal }, grant, ..some }
    };
    let needs_of = |trades: Vec<Trade>| {
        let all = Run { trades, ..run(&history.candles, &setup()).expect("a strategy") };
        Needs::of(&all).expect("trades")
    };
    let trades = [(1, Side::Buy, 2, 240_000), (1, Side::Sell, 1, 250_000), (1, Side::Buy, 2, 260_000)];
    let needs = needs_of(
        trades.iter().map(|(grant, side, lots, close)| trade(*grant, *side, *lots, *close)).collect(),
    );
    assert_eq!((needs.buy_lots, needs.sell_lots, needs.uses), (4, 3, 3), "one sold, two to be sold");
    assert_eq!((needs.lowest_sell, needs.highest_buy), (Some(price(250_000)), Some(price(260_000))));
    let apart = needs_of(vec![trade(1, Side::Buy, 2, 240_000), trade(2, Side::Sell, 3, 250_000)]);
    assert_eq!((apart.buy_lots, apart.sell_lots, apart.uses), (2, 3, 2), "each grant by itself");
}

#[test]
fn a_leash_blocks_what_it_would_on_chain_and_the_smallest_one_that_fits_does_not() {
    let history = history(&waves(3_000));
    let free = setup();
    let unleashed = run(&history.candles, &free).expect("a strategy");
    let needs = Needs::of(&unleashed).expect("trades");
    let fits = |buy_lots: u64, sell_lots: u64, uses: u64| {
        let narrow = |number: u64| u32::try_from(number).expect("few");
        let terms = Terms {
            buy_lots: narrow(buy_lots),
            sell_lots: narrow(sell_lots),
            uses: narrow(uses),
            lowest_sell: needs.lowest_sell.expect("sales"),
            highest_buy: needs.highest_buy.expect("purchases"),
            ..free.terms
        };
        let setup = Setup { terms, is_leashed: true, ..free.clone() };
        run(&history.candles, &setup).expect("a strategy")
    };
    let leashed = fits(needs.buy_lots, needs.sell_lots, needs.uses);
    assert_eq!(leashed.decisions, unleashed.decisions, "{:?}", leashed.refused);
    assert_eq!(leashed.equity, unleashed.equity);
    let decides_else = |run: &Run| run.decisions != unleashed.decisions;
    assert!(decides_else(&fits(needs.buy_lots, needs.sell_lots, needs.uses - 1)));
    assert!(decides_else(&fits(needs.buy_lots - 1, needs.sell_lots, needs.uses)));
    assert!(decides_else(&fits(needs.buy_lots, needs.sell_lots - 1, needs.uses)));
}

#[test]
fn a_grant_that_ended_is_followed_by_another_one() {
    let history = history(&waves(3_000));
    let short = Setup {
        terms: Terms { lifetime_secs: 200 * 60, uses: 2, ..setup().terms },
        is_leashed: true,
        ..setup()
    };
    let run = run(&history.candles, &short).expect("a strategy");
    let bought = run.trades.iter().filter(|trade| trade.order.side == Side::Buy).count();
    assert!(bought >= 10, "one use besides the one for ending, every wave anew: {bought}");
}

#[test]
fn a_hole_starts_the_averages_anew_and_a_leap_stops_trading() {
    let mut closes = waves(400);
    closes[210] = 100_000;
    let run_of = |history: &History| run(&history.candles, &setup()).expect("a strategy");
    let leapt = run_of(&history(&closes));
    assert!(leapt.refused.iter().any(|(_, why)| why.contains("trading goes on in")), "{:?}", leapt.refused);
    let mut holed = history(&waves(400));
    holed.candles.drain(100..112);
    let before = run_of(&history(&waves(400)));
    assert_ne!(run_of(&holed).decisions, before.decisions);
}

#[test]
fn the_same_past_gives_the_same_decisions_and_nothing_is_made_of_nothing() {
    let history_a = history(&waves(900));
    let decide =
        |history: &History, setup: &Setup| run(&history.candles, setup).expect("a strategy").decisions;
    assert_eq!(decide(&history_a, &setup()), decide(&history_a, &setup()));
    let other = Setup { terms: Terms { lots_per_trade: 1, ..setup().terms }, ..setup() };
    assert_ne!(decide(&history_a, &setup()), decide(&history_a, &other));
    let empty = History { candles: Vec::new(), interval: MINUTE, doubles: 0, holes: 0 };
    let run = run(&empty.candles, &setup()).expect("a strategy");
    assert_eq!(Report::of(&run, MINUTE), Report::default());
    assert_eq!(Needs::of(&run), None);
}

#[test]
fn a_sweep_is_its_single_runs_with_the_choice_made_on_the_first_part() {
    let history = history(&waves(1_000));
    let sweep = Sweep::of(&history.candles, &setup(), (&[3, 5, 30], &[15, 30]), 70);
    let pairs: Vec<_> = sweep.cells.iter().map(|cell| (cell.fast, cell.slow)).collect();
    assert_eq!(pairs.len(), 4, "a fast average that is none is left out: {pairs:?}");
    assert!(sweep.cells.is_sorted_by(|a, b| a.inside.total_return >= b.inside.total_return));
    for cell in &sweep.cells {
        let strategy = StrategyTerms::crossover(cell.fast, cell.slow, MINUTE);
        let single = Setup { terms: Terms { strategy, ..setup().terms }, ..setup() };
        let report = |from: usize, to: usize| {
            let part = History { candles: history.candles[from..to].to_vec(), ..history.clone() };
            Report::of(&run(&part.candles, &single).expect("a strategy"), MINUTE)
        };
        let warm_from = 700 - usize::try_from(cell.slow).expect("few");
        assert_eq!((cell.inside, cell.outside), (report(0, 700), report(warm_from, 1_000)));
    }
}

/// A run with this course of worth and these results of sales.
fn run_with(equity: Vec<f64>, held: Vec<f64>, results: &[f64], one: &Trade) -> Run {
    let trade = |result: &f64| Trade { result: Some(*result), ..*one };
    let trades = results.iter().map(trade).collect();
    let buy_and_hold = equity.clone();
    let decisions = Default::default();
    Run { trades, refused: Vec::new(), equity, held, buy_and_hold, fees: 1.5, decisions }
}

/// tests/reference/metrics.py computes the same with pandas.
#[test]
fn figures_are_those_of_pandas() {
    let text = include_str!("../../tests/reference/metrics.json");
    let cases: Vec<Value> = serde_json::from_str(text).expect("the script's output");
    assert!(cases.len() >= 3);
    let waves = history(&waves(400));
    let one = run(&waves.candles, &setup()).expect("a strategy").trades[1];
    for case in cases {
        let numbers = |name: &str| -> Vec<f64> { serde_json::from_value(case[name].clone()).expect(name) };
        let run = run_with(numbers("equity"), numbers("held"), &numbers("results"), &one);
        let report = Report::of(&run, MINUTE);
        let near = |name: &str, ours: Option<f64>| {
            let theirs = case["figures"][name].as_f64();
            let is_near = match (ours, theirs) {
                (Some(ours), Some(theirs)) => (ours - theirs).abs() <= 1e-9 * theirs.abs().max(1.0),
                (ours, theirs) => ours == theirs,
            };
            assert!(is_near, "{name}: {ours:?} instead of {theirs:?}");
        };
        near("total_return", Some(report.total_return));
        near("win_rate", report.win_rate);
        near("profit_factor", report.profit_factor);
        near("expectancy", report.expectancy);
        near("sharpe", report.sharpe);
        near("sortino", report.sortino);
        near("max_drawdown", Some(report.max_drawdown));
        near("drawdown_secs", Some(f64::from(u32::try_from(report.drawdown_secs).expect("few"))));
        near("exposure", Some(report.exposure));
        near("time_in_market", Some(report.time_in_market));
    }
}
