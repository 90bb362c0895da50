//! The run as it is, handed to the backtest's trader, which decides on it once more: candles, what came and went, and
//! what the chain told when a signal came. Both must have decided alike, with real tokens as on paper. It begins anew
//! behind a gap, and where something was heard of too late.

use alloy_primitives::B256;

use crate::app::{DecisionsView, ExportFile};
use crate::backtest::{DecisionHash, PaperTrader, Recorded, Setup, Step, Told};
use crate::market::{Candle, Interval};
use crate::trading::{Movement, Order, RiskApproved, RiskRefused, Signal, Track};
use crate::units::{TokenAmount, UnixSecs};
use crate::venue::UniswapV3;

use super::Machine;

/// More steps than this are not kept: a run begins anew after some weeks of minutes, or a day of two-second candles.
const MOST_STEPS: usize = 50_000;

/// What was made of the newest close.
#[derive(Debug)]
pub(super) enum Close {
    /// It was seen too late to decide on it.
    Missed,
    /// Nothing asked for a trade.
    Quiet,
    /// A signal, and what became of it. On paper nothing is told from outside.
    Decided(Option<Box<Told>>, Signal, Result<RiskApproved<Order>, RiskRefused>),
}

/// A run since a candle: what happened, and what was decided as it was decided.
#[derive(Debug)]
pub(super) struct SecondOpinion {
    /// Under which grant; none on paper.
    grant: Option<B256>,
    interval: Interval,
    since: UnixSecs,
    newest: UnixSecs,
    /// Stood where the live one stood, and is told what that one is told.
    again: PaperTrader,
    moved: Vec<Movement>,
    live: DecisionHash,
    /// All of it, to be saved.
    record: Recorded,
    /// Both hashes as the page sees them; they change with a close only.
    view: DecisionsView,
}

impl SecondOpinion {
    /// Begins with a trader that has seen everything before the candle of `since`, and what had moved until then.
    pub(super) fn new(
        grant: Option<B256>,
        mut trader: PaperTrader,
        since: UnixSecs,
        moved: &[Movement],
    ) -> Self {
        let interval = trader.setup().terms.strategy.interval;
        let nothing = DecisionHash::default();
        trader.forget_decisions();
        Self {
            grant,
            interval,
            since,
            newest: UnixSecs(since.0.saturating_sub(interval.secs())),
            record: Recorded::new(trader.clone()),
            again: trader,
            moved: moved.to_vec(),
            view: view(grant, since, &nothing, &nothing),
            live: nothing,
        }
    }

    /// Whether these candles and movements go on where it stands.
    pub(super) fn is_continued(&self, grant: Option<B256>, first: &Candle, moved: &[Movement]) -> bool {
        grant == self.grant
            && self.interval.next_open(self.newest) == first.open_at
            && moved.starts_with(&self.moved)
            && self.record.len() < MOST_STEPS
    }

    /// Whether play money is decided on.
    pub(super) const fn is_paper(&self) -> bool {
        self.grant.is_none()
    }

    /// What came or went since, and when.
    pub(super) fn move_tokens(&mut self, movement: Movement, at: UnixSecs) {
        self.moved.push(movement);
        self.record.push(Step::Moved(movement, at));
        self.again.note_movement(&movement, at);
    }

    /// Candles that closed, oldest first, and what was made of the newest.
    pub(super) fn close(&mut self, candles: &[Candle], newest: Close) {
        let Some((last, missed)) = candles.split_last() else { return };
        for candle in missed {
            self.again.warm(candle);
            self.record.push(Step::Missed(*candle));
        }
        self.newest = last.open_at;
        match newest {
            Close::Missed => {
                self.again.warm(last);
                self.record.push(Step::Missed(*last));
            }
            Close::Quiet => {
                self.again.decide(last);
                self.record.push(Step::Closed(*last, None));
            }
            Close::Decided(told, signal, decided) => {
                self.live.note(&signal, &decided);
                self.record.decide(DecisionHash::line(&signal, &decided));
                self.again.decide_told(last, told.as_deref());
                self.record.push(Step::Closed(*last, told));
            }
        }
        self.view = view(self.grant, self.since, &self.live, self.again.decision_hash());
    }

    pub(super) const fn view(&self) -> &DecisionsView {
        &self.view
    }

    /// All of it, for the lab to decide on once more.
    pub(super) fn file(&self) -> ExportFile {
        ExportFile {
            name: "leash-run.json".to_owned(),
            mime: "application/json".to_owned(),
            text: self.record.to_text(),
        }
    }
}

fn view(grant: Option<B256>, since: UnixSecs, live: &DecisionHash, again: &DecisionHash) -> DecisionsView {
    DecisionsView {
        is_paper: grant.is_none(),
        since_secs: since.0,
        count: live.count(),
        live: live.value().to_string(),
        again: again.value().to_string(),
    }
}

impl Machine {
    /// Tells it the `closed` newest candles under the live grant, and what was decided.
    pub(super) fn compare_decisions(&mut self, closed: usize, newest: Close) {
        let all = self.feed.closed();
        let before = all.len().saturating_sub(closed);
        let candles: Vec<_> = all.iter().skip(before).copied().collect();
        let (Some(first), Some(grant)) = (candles.first(), self.live_grant()) else { return };
        let id = Some(grant.id());
        let run = self.decisions.second.take();
        let moved = self.track().map(Track::moves).unwrap_or_default();
        let run = run.filter(|run| run.is_continued(id, first, moved));
        let run = run.and_then(|run| self.hear(run, first, moved));
        let Some(mut run) = run.or_else(|| self.begin_second_opinion(before, first.open_at, moved)) else {
            return;
        };
        run.close(&candles, newest);
        self.decisions.second = Some(run);
    }

    /// The opinion with what moved since; none when something was heard of so late that the candles since then are no
    /// longer at hand, as in a tab that learns from the journal what another one did.
    fn hear(&self, mut run: SecondOpinion, first: &Candle, moved: &[Movement]) -> Option<SecondOpinion> {
        let reach = PaperTrader::LOOK_BACK as u64 * run.interval.secs();
        for movement in moved.iter().skip(run.moved.len()) {
            let at = match movement {
                Movement::Traded(fill) => fill.at,
                Movement::Arrived(arrival) => self.feed.moment_of(arrival.block),
            };
            if at.plus_secs(reach) < first.open_at {
                return None;
            }
            run.move_tokens(*movement, at);
        }
        Some(run)
    }

    /// A trader of the live grant's terms that has seen all candles but the newest ones.
    fn begin_second_opinion(
        &self,
        before: usize,
        since: UnixSecs,
        moved: &[Movement],
    ) -> Option<SecondOpinion> {
        let (grant, pool) = (self.live_grant()?, self.services.network.pool?);
        let (quote, base) = (TokenAmount::ZERO, TokenAmount::ZERO);
        let pair = UniswapV3::new(pool).pair();
        let setup = Setup {
            terms: grant.terms,
            pair,
            quote,
            base,
            cost_bps: 0,
            depth: TokenAmount::ZERO,
            is_leashed: true,
        };
        let mut trader = PaperTrader::new(setup).ok()?;
        let closed = self.feed.closed();
        let unaveraged = closed.len().saturating_sub(self.feed.averaged());
        closed.iter().take(unaveraged).for_each(|candle| trader.warm(candle));
        trader.forget_averages();
        closed.iter().take(before).skip(unaveraged).for_each(|candle| trader.warm(candle));
        let track = self.track().cloned().unwrap_or_default();
        let opened = track.opened(grant.terms.sell_lot);
        let opened_at = opened.map(|block| self.feed.moment_of(block)).unwrap_or_default();
        trader.resume(track, opened_at, opened.and_then(|block| self.feed.height_since(block)));
        Some(SecondOpinion::new(Some(grant.id()), trader, since, moved))
    }
}
