//! The price as the trader sees it: ticks by block time, candles and averages.

mod reading;

use std::collections::VecDeque;

use crate::app::event::Observation;
use crate::app::services::Services;
use crate::app::{ChartUpdate, Failure, MarkerView, NoteView};
use crate::market::{Atr, Candle, CandleSeries, PriceTick};
use crate::trading::{Outlook, Strategy, StrategyTerms};
use crate::units::{Price, UnixMillis, UnixSecs};

use super::drawing::{Drawing, Trades};
use super::patience::Patience;

/// Ticks kept to draw candles of another length; two hours of one swap a second, twice.
const TICKS: usize = 14_400;

#[derive(Debug)]
pub(super) struct Feed {
    terms: StrategyTerms,
    series: CandleSeries,
    strategy: Option<Strategy>,
    swing: Atr,
    /// Closed candles that averages and swing have seen.
    averaged: usize,
    /// The block since which something is held, and when it was: the ticks that tell may be forgotten.
    opened: Option<(u64, UnixSecs)>,
    outlook: Option<Outlook>,
    ticks: Vec<PriceTick>,
    drawing: Drawing,
    block: u64,
    block_at: UnixSecs,
    read_at: UnixMillis,
    /// Local time at which the last new block was seen, or another node was begun with.
    moved_at: UnixMillis,
    round: u64,
    /// Seconds of history that were asked for.
    history_secs: u64,
    patience: Patience,
    pub(super) has_history: bool,
    pub(super) trouble: Option<Failure>,
}

impl Feed {
    pub(super) fn new(services: &Services) -> Self {
        let terms = default_strategy(services);
        Self {
            series: CandleSeries::new(terms.interval),
            strategy: Strategy::new(terms).ok(),
            swing: Atr::new(Atr::PERIOD),
            averaged: 0,
            opened: None,
            terms,
            outlook: None,
            ticks: Vec::new(),
            drawing: Drawing::default(),
            block: 0,
            block_at: UnixSecs::default(),
            read_at: UnixMillis::default(),
            moved_at: UnixMillis::default(),
            round: 0,
            history_secs: 0,
            patience: Patience::default(),
            has_history: false,
            trouble: None,
        }
    }

    pub(super) const fn block(&self) -> u64 {
        self.block
    }

    pub(super) const fn block_at(&self) -> UnixSecs {
        self.block_at
    }

    pub(super) const fn read_at(&self) -> UnixMillis {
        self.read_at
    }

    pub(super) const fn strategy_terms(&self) -> StrategyTerms {
        self.terms
    }

    pub(super) fn last_tick(&self) -> Option<&PriceTick> {
        self.ticks.last()
    }

    pub(super) fn price(&self) -> Option<Price> {
        self.last_tick().map(|tick| tick.price)
    }

    pub(super) const fn outlook(&self) -> Option<&Outlook> {
        self.outlook.as_ref()
    }

    pub(super) const fn closed(&self) -> &VecDeque<Candle> {
        self.series.closed()
    }

    /// How far the price swings within a candle, once enough of them were seen.
    pub(super) fn swing(&self) -> Option<Price> {
        self.swing.value().map(Price::from_f64)
    }

    /// About when `block` was: the price stands still between swaps, so the last one up to that block tells. Of one
    /// that is older than every swap at hand only that is known.
    pub(super) fn moment_of(&self, block: u64) -> UnixSecs {
        let noted = self.opened.filter(|(opened, _)| *opened == block).map(|(_, at)| at);
        let tick = self.ticks.iter().rev().find(|tick| tick.block <= block).or(self.ticks.first());
        noted.or(tick.map(|tick| tick.at)).unwrap_or(self.block_at)
    }

    /// Notes when the block was since which something is held, as soon as its swaps were read.
    pub(super) fn note_opened(&mut self, opened: Option<u64>) {
        if opened != self.opened.map(|(block, _)| block) {
            self.opened = None;
            let known = opened.filter(|block| *block <= self.block);
            self.opened = known.map(|block| (block, self.moment_of(block)));
        }
    }

    /// Closed candles that averages and swing have seen, up to the newest.
    pub(super) const fn averaged(&self) -> usize {
        self.averaged
    }

    /// The highest close since the price of block `opened`, as far back as candles are kept.
    pub(super) fn height_since(&self, opened: u64) -> Option<Price> {
        let from = self.moment_of(opened);
        let later = self.closed().iter().rev();
        let closes = later.take_while(|candle| self.terms.interval.next_open(candle.open_at) > from);
        closes.map(|candle| candle.close).max()
    }

    pub(super) fn averages(&self) -> Option<(f64, f64)> {
        self.strategy.as_ref().and_then(Strategy::averages)
    }

    /// Draws everything anew under other terms.
    pub(super) fn use_strategy(&mut self, terms: StrategyTerms) {
        if terms == self.terms {
            return;
        }
        if Strategy::new(terms).is_err() {
            return;
        }
        self.terms = terms;
        self.series = CandleSeries::new(terms.interval);
        self.begin_averages();
        self.outlook = None;
        self.drawing.clear();
        for tick in std::mem::take(&mut self.ticks) {
            let _replayed = self.push(tick);
        }
        let _replayed = self.advance_to(self.block_at);
    }

    /// Takes the swaps of the past; nothing of it is traded.
    pub(super) fn take_history(&mut self, ticks: Vec<PriceTick>) {
        let newest_known = self.ticks.first().copied();
        let later = std::mem::take(&mut self.ticks);
        self.series = CandleSeries::new(self.terms.interval);
        self.begin_averages();
        self.drawing.clear();
        let before = |tick: &PriceTick| newest_known.is_none_or(|known| tick.block < known.block);
        for tick in ticks.into_iter().filter(before).chain(later) {
            let _replayed = self.push(tick);
        }
        self.has_history = true;
    }

    /// Takes a round of reading; what the strategy makes of each candle that closed in it, oldest first.
    pub(super) fn take(&mut self, observation: &Observation) -> Vec<Outlook> {
        let mut closes = Vec::new();
        if observation.is_behind_gap {
            self.mark_gap();
        }
        for tick in &observation.ticks {
            if self.ticks.last().is_none_or(|last| tick.block > last.block || tick.price != last.price) {
                closes.extend(self.push(*tick));
            }
        }
        if observation.block > self.block {
            self.moved_at = observation.read_at;
        }
        self.block = observation.block;
        self.block_at = observation.block_at;
        self.read_at = observation.read_at;
        self.trouble = None;
        closes.extend(self.advance_to(observation.block_at));
        closes
    }

    /// Nobody knows where the price was: the candle of then never closes, and the averages start anew.
    fn mark_gap(&mut self) {
        self.series.mark_gap();
        // Candles of another length are drawn from these, as if nothing were missing between them.
        self.ticks.clear();
        self.begin_averages();
        self.outlook = self.strategy.as_ref().map(Strategy::outlook);
    }

    fn begin_averages(&mut self) {
        self.strategy = Strategy::new(self.terms).ok();
        self.swing = Atr::new(Atr::PERIOD);
        self.averaged = 0;
    }

    fn push(&mut self, tick: PriceTick) -> Vec<Outlook> {
        self.ticks.push(tick);
        if self.ticks.len() > TICKS {
            self.ticks.drain(..self.ticks.len() - TICKS);
        }
        let closed = self.series.push(tick);
        self.close(closed)
    }

    fn advance_to(&mut self, block_at: UnixSecs) -> Vec<Outlook> {
        let closed = self.series.advance_to(block_at);
        self.close(closed)
    }

    fn close(&mut self, closed: Vec<Candle>) -> Vec<Outlook> {
        let mut closes = Vec::new();
        for candle in closed {
            let outlook = self.strategy.as_mut().map(|strategy| strategy.on_close(&candle));
            self.swing.push(&candle);
            self.averaged += 1;
            let averages = self.strategy.as_ref().and_then(Strategy::averages);
            self.drawing.draw(&candle, averages);
            self.outlook.clone_from(&outlook);
            closes.extend(outlook);
        }
        if let Some(forming) = self.series.forming() {
            self.drawing.draw(&forming, None);
        }
        closes
    }

    pub(super) const fn drawing(&self) -> &Drawing {
        &self.drawing
    }

    /// [`Drawing::take_update`] at the interval of these candles.
    pub(super) fn take_chart_update(
        &mut self,
        marked: Option<(Trades, Vec<MarkerView>)>,
        notes: Option<Vec<NoteView>>,
    ) -> Option<ChartUpdate> {
        self.drawing.take_update(self.terms.interval, marked, notes)
    }
}

/// What a network is watched with, and what is suggested to trade on.
pub(super) fn default_strategy(services: &Services) -> StrategyTerms {
    match services.network {
        network if network.is_sandbox() => StrategyTerms::SANDBOX,
        network if network.is_local() => StrategyTerms::LOCAL,
        _ => StrategyTerms::MINUTE,
    }
}
