//! Reading the chain round by round: at which pace, from which node, and what is done with what was found.

use crate::app::event::{Command, Observation, ObservePlan, Timer};
use crate::app::machine::Machine;
use crate::app::services::Services;
use crate::app::{Failure, NoticeLevel};
use crate::market::PriceTick;
use crate::trading::StrategyTerms;

/// Two hours: what the chart shows at once.
const HISTORY_SECS: u64 = 2 * 3_600;
/// Half a day: what public nodes still give in a few requests, also where a block lasts two seconds.
const MOST_HISTORY_SECS: u64 = 12 * 3_600;
/// So many times its length an average wants to have seen: its seed then weighs a four-hundredth.
const LENGTHS_SEEN: u64 = 3;
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
    pub(in crate::app::machine) fn load_history(&mut self) -> Vec<Command> {
        if self.services.network.pool.is_none() {
            return Vec::new();
        }
        let secs = history_wanted(&self.feed.terms);
        self.feed.history_secs = secs;
        vec![Command::LoadHistory { epoch: self.epoch, services: self.services.clone(), secs }]
    }

    /// Watches the market with these terms from now on; what their averages want to have seen besides is read.
    pub(in crate::app::machine) fn watch_with(&mut self, terms: StrategyTerms) -> Vec<Command> {
        self.feed.use_strategy(terms);
        let is_short = history_wanted(&self.feed.terms) > self.feed.history_secs;
        if self.feed.has_history && is_short { self.load_history() } else { Vec::new() }
    }

    pub(in crate::app::machine) fn on_history(
        &mut self,
        history: Result<Vec<PriceTick>, Failure>,
    ) -> Vec<Command> {
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

    pub(in crate::app::machine) fn observe(&mut self) -> Vec<Command> {
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

    pub(in crate::app::machine) fn on_observed(
        &mut self,
        observed: Result<Box<Observation>, Failure>,
    ) -> Vec<Command> {
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
