//! Strategies tried on the past, as the page asks for it: candles in, figures and pictures out, in slices that let
//! the page be heard between them.
//!
//! The strategy, the risk and the position are `backtest`'s, which are the trader's own. Nothing here trades.

mod report;
mod setup;
#[cfg(test)]
mod tests;
mod wire;

pub use wire::{
    CurveView, FromLab, LabCell, LabGrid, LabHistory, LabNeeds, LabRecorded, LabReport, LabSetup, LabSweep,
    ToLab,
};

use super::ExportFile;
use crate::backtest::{Backtest, History, Recorded, Run, Setup, Sweep, Sweeping, summary, table};
use crate::market::{Candle, Interval};
use crate::units::{Price, UnixSecs};

/// Candles of one slice: some milliseconds.
const SLICE: usize = 10_000;
/// A file of more bytes than this is no file of candles: four years of minutes have half of it.
const MOST_BYTES: usize = 400_000_000;
/// How many times as long the candles of a sweep are.
const LENGTHS: [u32; 3] = [1, 5, 15];
/// A sweep over fewer candles says nothing.
const FEWEST: usize = 300;

/// The lab.
#[derive(Debug, Default)]
pub struct Lab {
    history: Option<History>,
    job: Option<Job>,
    last: Option<(Setup, Run)>,
}

/// What is being done.
#[derive(Debug)]
enum Job {
    Run { history: History, next: usize, backtest: Box<Backtest>, today: Option<Price> },
    Sweep { waiting: Vec<(u32, Sweeping)>, all: usize, grids: Vec<LabGrid> },
}

impl Lab {
    /// Takes a message; what it answers at once.
    pub fn hear(&mut self, message: ToLab) -> Option<FromLab> {
        let answer = match message {
            ToLab::Read { name, bytes } => self.read(name, &bytes),
            ToLab::Take { interval_secs, points } => {
                let price = |value: f64| Price::from_f64(value);
                let candle = |point: &super::ChartPoint| {
                    let [open, high, low, close] = point.ohlc.map(price);
                    Candle { open_at: UnixSecs(point.open_at_secs), open, high, low, close }
                };
                let candles: Vec<_> = points.iter().map(candle).collect();
                self.take(
                    "this page’s market".to_owned(),
                    History::from_candles(candles, Interval(interval_secs)),
                    None,
                )
            }
            ToLab::Run(setup) => self.begin(&setup),
            ToLab::Sweep(setup) => self.begin_sweep(&setup),
            ToLab::Stop => Ok(self.job.take().map(|_| FromLab::Stopped)),
            ToLab::SaveReport => Ok(self.last.as_ref().map(|(setup, run)| {
                FromLab::File(ExportFile {
                    name: "leash-backtest.json".to_owned(),
                    mime: "application/json".to_owned(),
                    text: summary(setup, run),
                })
            })),
            ToLab::SaveTrades => Ok(self.last.as_ref().map(|(setup, run)| {
                FromLab::File(ExportFile {
                    name: "leash-backtest.csv".to_owned(),
                    mime: "text/csv;charset=utf-8".to_owned(),
                    text: table(&run.trades, &setup.pair),
                })
            })),
        };
        answer.unwrap_or_else(|refused| Some(FromLab::Refused(refused)))
    }

    /// Whether there is something to go on with.
    pub const fn is_busy(&self) -> bool {
        self.job.is_some()
    }

    /// Does a slice of the work.
    pub fn step(&mut self) -> Option<FromLab> {
        match self.job.take()? {
            Job::Run { history, next, mut backtest, today } => {
                let slice = history.candles.iter().skip(next).take(SLICE);
                slice.for_each(|candle| backtest.on_close(candle));
                let next = next + SLICE;
                if next < history.candles.len() {
                    let done = FromLab::Progress(permille(next, history.candles.len()));
                    self.job = Some(Job::Run { history, next, backtest, today });
                    return Some(done);
                }
                let setup = backtest.setup().clone();
                let run = backtest.finish();
                let report = report::of(&history, &setup, &run, today);
                self.last = Some((setup, run));
                Some(FromLab::Report(Box::new(report)))
            }
            Job::Sweep { mut waiting, all, mut grids } => {
                let Some((_, sweeping)) = waiting.first_mut() else {
                    return Some(FromLab::Sweep(Box::new(LabSweep { grids })));
                };
                let has_more = sweeping.step();
                let (done, pairs) = sweeping.progress();
                if !has_more {
                    let (interval_secs, sweeping) = waiting.remove(0);
                    grids.push(report::grid(interval_secs, &sweeping.finish()));
                }
                let share = permille(
                    (all - waiting.len()) * pairs + if has_more { done } else { 0 },
                    (all + 1) * pairs,
                );
                self.job = Some(Job::Sweep { waiting, all, grids });
                Some(FromLab::Progress(share))
            }
        }
    }

    fn read(&mut self, name: String, bytes: &[u8]) -> Result<Option<FromLab>, String> {
        self.job = None;
        if bytes.len() > MOST_BYTES {
            return Err(format!("{name} is too large for a file of candles."));
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|_| format!("{name} is not a text, so it holds no candles."))?;
        if text.trim_start_matches('\u{feff}').trim_start().starts_with('{') {
            return self.read_run(name, text);
        }
        let history = History::read(text).map_err(|error| format!("{name} is not taken: {error}."))?;
        self.take(name, history, None)
    }

    /// A run that the page has saved: the same engine decides on it once more, and its candles are there to be tried
    /// with anything else.
    fn read_run(&mut self, name: String, text: &str) -> Result<Option<FromLab>, String> {
        let run = Recorded::read(text).map_err(|error| format!("{name} is not taken: {error}."))?;
        self.take(name, run.history(), Some(report::recorded(&run)))
    }

    fn take(
        &mut self,
        name: String,
        history: History,
        recorded: Option<LabRecorded>,
    ) -> Result<Option<FromLab>, String> {
        let (Some(first), Some(last)) = (history.candles.first(), history.candles.last()) else {
            return Err(format!("There are no candles in {name}."));
        };
        let oddity = match (history.holes, history.doubles) {
            (0, 0) => None,
            (holes, doubles) => Some(format!(
                "{holes} gaps, behind each of which the averages start anew; {doubles} rows stood twice."
            )),
        };
        let view = LabHistory {
            name,
            candles: u32::try_from(history.candles.len()).unwrap_or(u32::MAX),
            interval_secs: history.interval.0,
            span: (first.open_at.0, history.interval.next_open(last.open_at).0),
            oddity,
            recorded,
        };
        (self.history, self.last) = (Some(history), None);
        Ok(Some(FromLab::History(view)))
    }

    fn history_of(&self, wanted: Interval) -> Result<History, String> {
        let history = self.history.as_ref().ok_or("Choose candles first.")?;
        let history = history.in_candles_of(wanted).map_err(|error| format!("The {error}."))?;
        if history.candles.len() < 2 {
            return Err("There are too few candles of that length in it.".to_owned());
        }
        Ok(history)
    }

    fn begin(&mut self, asked: &LabSetup) -> Result<Option<FromLab>, String> {
        let interval = setup::interval(asked)?;
        let history = self.history_of(interval)?;
        let setup = setup::of(asked, &history)?;
        let rules = setup::rules(asked).filter(|_| setup.is_leashed);
        let mut backtest = Backtest::new(setup).map_err(|refused| format!("{refused}."))?;
        if let Some(rules) = rules {
            backtest = backtest.under(Box::new(rules));
        }
        self.job =
            Some(Job::Run { history, next: 0, backtest: Box::new(backtest), today: setup::today(asked) });
        Ok(Some(FromLab::Progress(0)))
    }

    fn begin_sweep(&mut self, asked: &LabSetup) -> Result<Option<FromLab>, String> {
        if asked.terms.holds {
            return Err(
                "Buy and hold has no averages that could be tried: choose averages that cross.".to_owned()
            );
        }
        let own = self.history.as_ref().ok_or("Choose candles first.")?.interval;
        let mut waiting = Vec::new();
        for times in LENGTHS {
            let interval = Interval(own.0.saturating_mul(times));
            let Ok(history) = self.history_of(interval) else { continue };
            if history.candles.len() >= FEWEST {
                let mut setup = setup::of(asked, &history)?;
                setup.terms.strategy.interval = interval;
                let averages: (&[u32], &[u32]) = (&Sweep::FASTS, &Sweep::SLOWS);
                let sweeping = Sweeping::new(history.candles, setup, averages, Sweep::INSIDE_PERCENT);
                waiting.push((interval.0, sweeping));
            }
        }
        if waiting.is_empty() {
            return Err(format!("A sweep over fewer than {FEWEST} candles says nothing."));
        }
        self.job = Some(Job::Sweep { all: waiting.len(), waiting, grids: Vec::new() });
        Ok(Some(FromLab::Progress(0)))
    }
}

fn permille(done: usize, all: usize) -> u32 {
    u32::try_from(done * 1_000 / all.max(1)).unwrap_or(1_000).min(1_000)
}
