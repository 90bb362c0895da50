//! Runs and sweeps as the page shows them.

use std::collections::BTreeMap;

use super::{CurveView, LabCell, LabGrid, LabNeeds, LabRecorded, LabReport};
use crate::app::{ChartPoint, ChartUpdate, MarkerView, terms_text};
use crate::backtest::{Compared, History, Needs, Recorded, Report, Run, Setup, Sweep, words};
use crate::market::{Candle, averages};
use crate::units::Price;

/// Most candles that are drawn: a wide screen has not many more columns of pixels.
const POINTS: usize = 1_200;
/// Most refusals that are told apart.
const REFUSALS: usize = 6;

pub(super) fn of(history: &History, setup: &Setup, run: &Run, today: Option<Price>) -> LabReport {
    let figures = words::figures(history, setup, run);
    let needs = Needs::of(run).filter(|_| !setup.is_leashed).map(|needs| limits(&needs, today));
    LabReport {
        verdict: verdict(&Report::of(run, history.interval)),
        figures: figures.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        chart: chart(history, setup, run),
        curve: curve(history, run),
        needs,
        refusals: refusals(run),
    }
}

/// The needs as terms that the form takes: all that is bought can be sold, each lot alone, and one use is kept.
fn limits(needs: &Needs, today: Option<Price>) -> LabNeeds {
    let band = needs.lowest_sell.zip(needs.highest_buy);
    let band = band.filter(|(low, high)| today.is_some_and(|today| (low..=high).contains(&&today)));
    let sell_lots = needs.sell_lots.max(needs.buy_lots);
    LabNeeds {
        sentence: needs.to_string(),
        buy_lots: needs.buy_lots.max(1).to_string(),
        sell_lots: sell_lots.max(1).to_string(),
        uses: needs.uses.max(sell_lots + 1).to_string(),
        band: band.map(|(low, high)| (terms_text::price_text(low), terms_text::price_text(high))),
    }
}

/// Whether the engine decides alike on a run that was saved.
pub(super) fn recorded(run: &Recorded) -> LabRecorded {
    let Compared { count, live, again, first } = run.compare();
    let or_nothing =
        |line: Option<String>| line.map_or_else(|| "nothing".to_owned(), |line| format!("“{line}”"));
    let difference = first.map(|(number, live, again)| {
        let (live, again) = (or_nothing(live), or_nothing(again));
        format!("The first that differs is number {number}: recorded is {live}, decided again is {again}.")
    });
    let decisions = if count == 1 { "decision" } else { "decisions" };
    let sentence = format!("A run that was saved, with {}: {count} {decisions}.", run.strategy());
    LabRecorded { sentence, live: live.to_string(), again: again.to_string(), difference }
}

fn verdict(report: &Report) -> String {
    let (ours, theirs) = (report.total_return, report.buy_and_hold_return);
    let result = if ours >= 0.0 { "won" } else { "lost" };
    let beside = if ours >= theirs { "better" } else { "worse" };
    let hold = if theirs >= 0.0 { "won" } else { "lost" };
    if report.trades == 0 {
        return format!(
            "Nothing was traded. Buying at the start and waiting would have {hold} {}.",
            words::percent(theirs.abs())
        );
    }
    format!(
        "It {result} {}, {beside} than buying at the start and waiting, which {hold} {}.",
        words::percent(ours.abs()),
        words::percent(theirs.abs())
    )
}

/// How many candles are drawn as one.
const fn together(candles: usize) -> usize {
    let together = candles.div_ceil(POINTS);
    if together == 0 { 1 } else { together }
}

fn chart(history: &History, setup: &Setup, run: &Run) -> ChartUpdate {
    let together = together(history.candles.len());
    let strategy = setup.terms.strategy;
    let average = |period: u32| averages(&history.candles, history.interval, period);
    let (fast, slow) = (average(strategy.fast), average(strategy.slow));
    let last_of = |lines: &[Option<f64>], part: usize| {
        lines.chunks(together).nth(part).and_then(|chunk| chunk.last().copied().flatten())
    };
    let point = |(index, part): (usize, &[Candle])| {
        let (first, last) = (part.first()?, part.last()?);
        let high = part.iter().map(|candle| candle.high).max()?;
        let low = part.iter().map(|candle| candle.low).min()?;
        Some(ChartPoint {
            open_at_secs: first.open_at.0,
            ohlc: [first.open, high, low, last.close].map(Price::to_f64),
            fast: last_of(&fast, index),
            slow: last_of(&slow, index),
        })
    };
    let markers = run.trades.iter().zip(1..).map(|(trade, id)| MarkerView {
        id,
        // At the candle whose close it came from, not at the one that opens then.
        at_secs: trade.order.signal.candle_open_at.0,
        side: trade.order.side,
        price: trade.order.signal.close.to_f64(),
        is_paper: false,
    });
    ChartUpdate {
        interval_secs: history.interval.0.saturating_mul(u32::try_from(together).unwrap_or(u32::MAX)),
        keep: 0,
        points: history.candles.chunks(together).enumerate().filter_map(point).collect(),
        markers: markers.collect(),
        notes: None,
    }
}

fn curve(history: &History, run: &Run) -> CurveView {
    let together = together(history.candles.len());
    let last_of = |line: &[f64]| -> Vec<f64> {
        line.chunks(together).filter_map(|chunk| chunk.last().copied()).collect()
    };
    let at = history.candles.chunks(together).filter_map(|part| part.last());
    CurveView {
        at_secs: at.map(|candle| history.interval.next_open(candle.open_at).0).collect(),
        strategy: last_of(&run.equity),
        hold: last_of(&run.buy_and_hold),
    }
}

/// Numbers in the words differ from one refusal to the next; what is alike but for them is counted together.
fn refusals(run: &Run) -> Vec<(u32, String)> {
    let mut counted: BTreeMap<String, u32> = BTreeMap::new();
    for (_, words) in &run.refused {
        let plain: String = words.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect();
        let plain =
            plain.split('#').filter(|part| !part.is_empty() && *part != ".").collect::<Vec<_>>().join("…");
        *counted.entry(plain).or_default() += 1;
    }
    let mut all: Vec<(u32, String)> = counted.into_iter().map(|(words, count)| (count, words)).collect();
    all.sort_by(|one, other| other.cmp(one));
    all.truncate(REFUSALS);
    all
}

pub(super) fn grid(interval_secs: u32, sweep: &Sweep) -> LabGrid {
    #[expect(clippy::cast_possible_truncation, reason = "a return, held by the cast")]
    let bps = |share: f64| (share * 10_000.0).round() as i32;
    let cell = |cell: &crate::backtest::Cell| LabCell {
        fast: cell.fast,
        slow: cell.slow,
        inside_bps: bps(cell.inside.total_return),
        outside_bps: bps(cell.outside.total_return),
        trades: u32::try_from(cell.inside.trades).unwrap_or(u32::MAX),
    };
    LabGrid {
        interval_secs,
        cells: sweep.cells.iter().map(cell).collect(),
        agreement: words::agreement(sweep),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_such_that_the_form_takes_them() {
        let check = |(buy_lots, sell_lots, uses): (u64, u64, u64), expected: [&str; 3]| {
            let needs = Needs { buy_lots, sell_lots, uses, lowest_sell: None, highest_buy: None };
            let LabNeeds { buy_lots, sell_lots, uses, .. } = limits(&needs, None);
            assert_eq!([buy_lots, sell_lots, uses], expected);
        };
        check((10, 3, 2), ["10", "10", "11"]);
        check((4, 9, 30), ["4", "9", "30"]);
        check((0, 2, 3), ["1", "2", "3"]);
    }

    #[test]
    fn a_band_of_the_past_is_one_for_today_where_the_price_lies_in_it() {
        let price = |whole: u128| Price::from_scaled(whole * Price::SCALE).ok();
        let needs = Needs {
            buy_lots: 1,
            sell_lots: 1,
            uses: 2,
            lowest_sell: price(1_500),
            highest_buy: price(2_000),
        };
        let band = |today: Option<Price>| limits(&needs, today).band;
        let texts = Some(("1500".to_owned(), "2000".to_owned()));
        assert_eq!(
            [band(price(1_500)), band(price(1_800)), band(price(2_000))],
            [texts.clone(), texts.clone(), texts]
        );
        assert_eq!([band(price(1_499)), band(price(2_001)), band(None)], [None, None, None]);
    }
}
