//! The price as the trader sees it: ticks by block time, candles and averages.

use std::collections::VecDeque;

use crate::app::event::{Command, Observation, ObservePlan};
use crate::app::services::Services;
use crate::app::{ChartUpdate, Failure, MarkerView, NoteView, NoticeLevel};
use crate::market::{Atr, Candle, CandleSeries, PriceTick};
use crate::trading::{Outlook, Strategy, StrategyTerms};
use crate::units::{Price, UnixMillis, UnixSecs};

use super::Machine;
use super::drawing::{Drawing, Trades};
use super::patience::Patience;
use crate::app::event::Timer;

/// Two hours: what the chart shows at once.
const HISTORY_SECS: u64 = 2 * 3_600;
/// Half a day: what public nodes still give in a few requests, also where a block lasts two seconds.
const MOST_HISTORY_SECS: u64 = 12 * 3_600;
/// So many times its length an average wants to have seen: its seed then weighs a four-hundredth.
const LENGTHS_SEEN: u64 = 3;
/// Ticks kept to draw candles of another length; two hours of one swap a second, twice.
const TICKS: usize = 14_400;
/// Pause between rounds on the local chain, whose node answers at once.
const LOCAL_PACE_MILLIS: u64 = 400;
/// Pause between rounds on the sandbox, by its own clock: one step of its market.
const SANDBOX_PACE_MILLIS: u64 = 2_000;
/// Pause between rounds elsewhere: two blocks of a rollup, and far below public rate limits.
const LIVE_PACE_MILLIS: u64 = 4_000;
/// Pause after a failed round.
const RETRY_MILLIS: u64 = 2_000;
/// A node this many blocks behind what was seen before is given up for the network's other one; the machines
/// behind one address differ by less.
const LAGGING_BLOCKS: u64 = 3;
/// The same for one that shows no new block for this long.
const STUCK_MILLIS: u64 = 60_000;
/// On networks with rate limits, balances and limits are read every this many rounds.
const LIVE_ROUNDS_PER_ACCOUNT: u64 = 4;

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

/// Between two rounds of reading, by the trader's clock.
fn pace_millis(services: &Services) -> u64 {
    match services.network {
        network if network.is_sandbox() => SANDBOX_PACE_MILLIS,
        network if network.is_local() => LOCAL_PACE_MILLIS,
        _ => LIVE_PACE_MILLIS,
    }
}

/// How far back these averages want to look, so that a start shows them as they would be had it been long ago.
fn history_wanted(terms: &StrategyTerms) -> u64 {
    let candles = LENGTHS_SEEN * u64::from(terms.slow.max(terms.trend));
    (candles * terms.interval.secs()).clamp(HISTORY_SECS, MOST_HISTORY_SECS)
}

impl Machine {
    pub(super) fn load_history(&mut self) -> Vec<Command> {
        if self.services.network.pool.is_none() {
            return Vec::new();
        }
        let secs = history_wanted(&self.feed.terms);
        self.feed.history_secs = secs;
        vec![Command::LoadHistory { epoch: self.epoch, services: self.services.clone(), secs }]
    }

    /// Watches the market with these terms from now on; what their averages want to have seen besides is read.
    pub(super) fn watch_with(&mut self, terms: StrategyTerms) -> Vec<Command> {
        self.feed.use_strategy(terms);
        let is_short = history_wanted(&self.feed.terms) > self.feed.history_secs;
        if self.feed.has_history && is_short { self.load_history() } else { Vec::new() }
    }

    pub(super) fn on_history(&mut self, history: Result<Vec<PriceTick>, Failure>) -> Vec<Command> {
        match history {
            Ok(ticks) if self.feed.has_history => {
                // It goes further back: whatever began with the averages of before begins anew.
                self.feed.take_history(ticks);
                self.decisions.second = None;
                self.paper = None;
                Vec::new()
            }
            Ok(ticks) => {
                self.feed.take_history(ticks);
                let mut commands = self.observe();
                // Another strategy may have been chosen meanwhile.
                commands.extend(self.watch_with(self.feed.terms));
                commands
            }
            // What is known goes on being enough.
            Err(failure) if self.feed.has_history => {
                self.change_node(&failure);
                Vec::new()
            }
            Err(failure) => {
                let millis = self.pause_after(&failure, RETRY_MILLIS);
                self.feed.trouble = Some(failure);
                vec![Command::Wait { timer: Timer::History(self.epoch), millis }]
            }
        }
    }

    pub(super) fn observe(&mut self) -> Vec<Command> {
        self.feed.round += 1;
        let is_local = self.services.network.is_local();
        let grant = self.grant_to_read().map(|grant| Box::new((*grant.signed).clone()));
        let account = self.account_address();
        let quotes = self.quotes_wanted();
        let is_outdated = self.account.is_none() || self.facts_read_at <= self.facts_needed_from;
        let reads_account =
            is_local || is_outdated || self.feed.round.is_multiple_of(LIVE_ROUNDS_PER_ACCOUNT);
        vec![Command::Observe(
            self.epoch,
            Box::new(ObservePlan {
                services: self.services.clone(),
                after_block: self.feed.last_tick().map_or(0, |tick| tick.block).max(self.feed.block),
                owner: self.account_owner(),
                account,
                grant,
                quotes,
                reads_account,
                watch: self.watch(),
            }),
        )]
    }

    pub(super) fn on_observed(&mut self, observed: Result<Box<Observation>, Failure>) -> Vec<Command> {
        // A round that fails says nothing of the lock, but that this tab lives.
        let mut commands = self.beat(observed.as_ref().map_or(true, |observation| observation.holds_lock));
        commands.extend(self.take_observed(observed));
        commands
    }

    fn take_observed(&mut self, observed: Result<Box<Observation>, Failure>) -> Vec<Command> {
        let pace = pace_millis(&self.services);
        let observation = match observed {
            Ok(observation) => observation,
            Err(failure) => {
                let millis = self.pause_after(&failure, RETRY_MILLIS.max(pace));
                self.feed.trouble = Some(failure);
                return vec![Command::Wait { timer: Timer::Observe(self.epoch), millis }];
            }
        };
        self.feed.patience.rest();
        if observation.block < self.feed.block() {
            let failure = Failure::new(
                "The node answers with an older state than before; waiting until it has caught up.",
            )
            .with_details(&format!("block {} after {}", observation.block, self.feed.block()));
            let is_lagging = self.feed.block() - observation.block >= LAGGING_BLOCKS;
            if !is_lagging || !self.change_node(&failure) {
                self.notify(NoticeLevel::Warning, &failure);
            }
            return vec![Command::Wait { timer: Timer::Observe(self.epoch), millis: pace }];
        }
        if observation.block == self.feed.block()
            && observation.read_at.millis_since(self.feed.moved_at) > STUCK_MILLIS
        {
            self.change_node(&Failure::new("The node has shown no new block for a minute."));
        }
        if observation.block < self.facts_needed_from {
            // Read before our own operation was mined: balances and nonces of the past.
            return vec![Command::Wait { timer: Timer::Observe(self.epoch), millis: pace }];
        }
        if observation.is_behind_gap {
            let failure = Failure::new(
                "This page missed more of the market than it can read again, so its averages start anew.",
            )
            .with_advice("Nothing that was missed is traded. It trades again once the averages are warm.")
            .with_details(&format!(
                "from block {} to block {}",
                self.feed.block(),
                observation.block
            ));
            self.notify(NoticeLevel::Warning, &failure);
        }
        let closes = self.feed.take(&observation);
        if observation.is_behind_gap {
            self.decisions.interrupt();
        }
        let mut commands = vec![Command::Wait { timer: Timer::Observe(self.epoch), millis: pace }];
        let block = observation.block;
        let Observation { account, grant, quotes, .. } = *observation;
        self.quotes = quotes;
        self.fill_paper();
        if account.is_some() {
            self.facts_read_at = block;
        }
        if let Some(mut facts) = grant {
            // Before the balances: tokens that a trade moved must not be taken for a deposit.
            if let Some(watched) = facts.watched.take() {
                commands.extend(self.compare(&facts, &watched));
            }
            commands.extend(self.on_grant_facts(facts));
        }
        if let Some(account) = account.filter(|facts| self.account_owner() == Some(facts.owner)) {
            commands.extend(self.on_account(account));
        }
        commands.extend(self.compare_nodes());
        commands.extend(self.on_closes(&closes));
        commands.extend(self.withdraw_when_clear());
        self.rehearse(closes.len());
        self.tell_of_end();
        commands
    }

    /// The pause after a round of reading that failed. Another node that is asked instead need not be waited for,
    /// unless it wants to be left alone as well.
    fn pause_after(&mut self, failure: &Failure, usual: u64) -> u64 {
        let has_other = self.change_node(failure);
        let pause = self.feed.patience.pause_millis(failure, usual);
        if has_other && !self.feed.patience.is_tried() { usual } else { pause }
    }

    /// Asks the network's other node from now on, and says why; `false` where there is none.
    fn change_node(&mut self, why: &Failure) -> bool {
        let Some(host) = self.services.change_node().map(str::to_owned) else { return false };
        self.flight.use_services(&self.services);
        self.feed.moved_at = self.now;
        let sentence = format!("{} Another node is asked from now on: {host}.", why.sentence);
        self.notify(NoticeLevel::Warning, &Failure::new(sentence).with_details(&why.details));
        true
    }
}
