//! The trader without a chain: its own strategy, its own risk and protections, its own position, and no signature.

use std::collections::VecDeque;

use alloy_primitives::{B256, U256};
use serde::{Deserialize, Serialize};

use super::{DecisionHash, Setup, Told};
use crate::market::{Atr, Candle};
use crate::trading::{
    Allowance, Arrival, BreakerReason, Fill, LAST_BUYING_SECS, Movement, Order, Outlook, RiskApproved,
    RiskContext, RiskRefused, Side, Signal, Strategy, StrategyRefused, Track, assess, open_breaker,
};
use crate::units::{Price, TokenAmount, UnixSecs};

/// Hundredths of a percent in a whole.
const WHOLE_BPS: u64 = 10_000;
/// Millionths in a whole, the unit of pool fees.
const MILLION: u64 = 1_000_000;
/// How many times the tokens that move a constant product's price by 2 % its side has, in thousandths:
/// 1 / (√1.02 − 1).
const SIDE_THOUSANDTHS: u64 = 100_498;
/// Before the end of a grant nothing new is begun for so long.
const LAST_SECS: u64 = 60;

/// A trade without a chain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trade {
    /// The order, with its signal.
    pub order: Order,
    /// What moved.
    pub fill: Fill,
    /// Under which grant, counted from one.
    pub grant: u64,
    /// What a sale brought more, or less, than what it sold had cost, in whole quote tokens; none for a purchase.
    pub result: Option<f64>,
}

/// What becomes of a signal.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// An order; whoever asked fills it.
    Trade(RiskApproved<Order>),
    /// The gate that blocked it.
    Refused(Signal, RiskRefused),
}

/// One grant's counters.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Leash {
    number: u64,
    ends_at: UnixSecs,
    lots: [u64; 2],
    uses: [u64; 2],
    bought: TokenAmount,
}

/// A trader that decides on each closed candle as the live one does, and is told what its orders brought.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PaperTrader {
    setup: Setup,
    strategy: Strategy,
    quote: TokenAmount,
    base: TokenAmount,
    track: Track,
    /// Since when at least a lot is held: what the track says too, which would look for it each time.
    opened: Option<u64>,
    /// The highest close since then.
    height: Option<Price>,
    has_bought: bool,
    swing: Atr,
    recent: VecDeque<Candle>,
    leash: Leash,
    #[serde(skip)]
    decisions: DecisionHash,
}

impl PaperTrader {
    /// Closes at hand: those that a circuit breaker looks back over, and a few more.
    pub const LOOK_BACK: usize = 8;

    /// A trader that has seen nothing.
    ///
    /// # Errors
    /// [`StrategyRefused`].
    pub fn new(setup: Setup) -> Result<Self, StrategyRefused> {
        Ok(Self {
            strategy: Strategy::new(setup.terms.strategy)?,
            quote: setup.quote,
            base: setup.base,
            setup,
            track: Track::default(),
            opened: None,
            height: None,
            has_bought: false,
            swing: Atr::new(Atr::PERIOD),
            recent: VecDeque::with_capacity(Self::LOOK_BACK + 1),
            leash: Leash::default(),
            decisions: DecisionHash::default(),
        })
    }

    /// Warms the averages with a candle of the past, on which nothing is decided.
    pub fn warm(&mut self, candle: &Candle) {
        self.see(candle);
        self.strategy.warm(candle);
    }

    /// Goes on where a live trader stood: what trading had made of its account, since when it holds something, and the
    /// highest close since then.
    pub fn resume(&mut self, track: Track, opened_at: UnixSecs, height: Option<Price>) {
        self.track = track;
        self.note_opened(opened_at);
        self.height = self.opened.and(height);
    }

    /// Averages and swing begin anew with the next candle, as behind a gap.
    pub fn forget_averages(&mut self) {
        if let Ok(strategy) = Strategy::new(self.setup.terms.strategy) {
            self.strategy = strategy;
        }
        self.swing = Atr::new(Atr::PERIOD);
    }

    /// What comes of the close of `candle`; none where nothing asks for a trade.
    pub fn decide(&mut self, candle: &Candle) -> Option<Decision> {
        self.decide_told(candle, None)
    }

    /// The same with what was told from outside, in place of its own books.
    pub fn decide_told(&mut self, candle: &Candle, told: Option<&Told>) -> Option<Decision> {
        let now = self.setup.terms.strategy.interval.next_open(candle.open_at);
        if self.leash.number == 0 && !self.setup.base.is_zero() {
            let (base, price) = (self.setup.base, candle.open);
            let arrival = Arrival { block: candle.open_at.0, is_in: true, base, price };
            self.track.arrive(&arrival, &self.setup.pair);
            self.note_opened(candle.open_at);
        }
        self.renew(now);
        self.see(candle);
        if !self.has_bought {
            self.strategy.come_to_nothing();
        }
        let outlook = self.strategy.on_close(candle);
        let crossed = if let Outlook::Signal(signal) = outlook { Some(signal) } else { None };
        let signal = self.protective_sale(candle).or(crossed)?;
        let context = match told {
            Some(told) => self.context_told(told),
            None => self.context(candle.close, now),
        };
        let decided = assess(signal, &context);
        self.decisions.note(&signal, &decided);
        Some(match decided {
            Ok(order) => Decision::Trade(order),
            Err(refused) => Decision::Refused(signal, refused),
        })
    }

    fn see(&mut self, candle: &Candle) {
        let interval = self.setup.terms.strategy.interval;
        let follows = |last: &Candle| interval.next_open(last.open_at) == candle.open_at;
        if !self.recent.back().is_none_or(follows) {
            // The way over a hole is none within a candle.
            self.swing = Atr::new(Atr::PERIOD);
        }
        self.swing.push(candle);
        let closed_at = interval.next_open(candle.open_at);
        if self.opened.is_some_and(|at| closed_at.0 > at) {
            self.height = Some(self.height.map_or(candle.close, |high| high.max(candle.close)));
        }
        if self.recent.len() == Self::LOOK_BACK {
            self.recent.pop_front();
        }
        self.recent.push_back(*candle);
    }

    /// What `order` spends.
    pub fn spent_by(&self, order: &Order) -> TokenAmount {
        let spent = self.setup.terms.lot(order.side).checked_mul(order.lots.into());
        spent.unwrap_or(TokenAmount::ZERO)
    }

    /// The order brought `got`.
    pub fn fill(&mut self, order: Order, got: TokenAmount, at: UnixSecs) -> Trade {
        let paid = self.spent_by(&order);
        let (base, quote) = if order.side == Side::Buy { (got, paid) } else { (paid, got) };
        let fill = Fill { side: order.side, base, quote, block: at.0, at };
        self.book(&fill);
        let sale = self.track.sales().last().filter(|_| order.side == Side::Sell);
        let result = sale.map(|sale| sale.result.to_f64(self.setup.pair.quote_decimals));
        Trade { order, fill, grant: self.leash.number, result }
    }

    /// Tokens came or went at block time `at`.
    pub fn note_movement(&mut self, movement: &Movement, at: UnixSecs) {
        match movement {
            Movement::Traded(fill) => self.book(fill),
            Movement::Arrived(arrival) => {
                self.track.arrive(arrival, &self.setup.pair);
                self.note_opened(at);
            }
        }
    }

    fn book(&mut self, fill: &Fill) {
        let Fill { side, base, quote, at, .. } = *fill;
        self.track.apply(fill, &self.setup.pair);
        self.note_opened(at);
        let paid = if side == Side::Buy { quote } else { base };
        match side {
            Side::Buy => {
                self.has_bought = true;
                self.quote = self.quote.saturating_sub(quote);
                self.base = self.base.checked_add(base).unwrap_or(self.base);
                self.leash.bought = self.leash.bought.checked_add(base).unwrap_or(self.leash.bought);
            }
            Side::Sell => {
                self.base = self.base.saturating_sub(base);
                self.quote = self.quote.checked_add(quote).unwrap_or(self.quote);
                self.leash.bought = self.leash.bought.saturating_sub(base);
            }
        }
        self.leash.lots[place(side)] += paid.whole_lots(self.setup.terms.lot(side));
        self.leash.uses[place(side)] += 1;
    }

    /// What `paid` brings at `close`, less the pool's fee, the way that it moves the price, and the cost that is told.
    pub fn received(&self, side: Side, paid: TokenAmount, close: Price) -> TokenAmount {
        let pair = &self.setup.pair;
        let kept = paid.checked_ratio(MILLION.saturating_sub(pair.fee_millionths.into()), MILLION);
        let got = kept.and_then(|kept| match side {
            Side::Buy => {
                let got = close.base_for_quote(kept, pair.base_decimals, pair.quote_decimals)?;
                Some(self.less_impact(got, kept))
            }
            Side::Sell => {
                let got = close.quote_for_base(kept, pair.base_decimals, pair.quote_decimals)?;
                Some(self.less_impact(got, got))
            }
        });
        let worse = WHOLE_BPS.saturating_sub(self.setup.cost_bps.into());
        got.and_then(|got| got.checked_ratio(worse, WHOLE_BPS)).unwrap_or(TokenAmount::ZERO)
    }

    /// What is left of `got` once a trade worth `worth` has moved the price against itself. Within a range of even
    /// liquidity a pool behaves as one whose two sides have a constant product: with `side` quote tokens in it, it gives
    /// the share `side / (side + worth)` of what it would give at the price before the trade.
    fn less_impact(&self, got: TokenAmount, worth: TokenAmount) -> TokenAmount {
        let side = self.setup.depth.0.saturating_mul(U256::from(SIDE_THOUSANDTHS)) / U256::from(1_000);
        let whole = side.saturating_add(worth.0);
        if side.is_zero() { got } else { TokenAmount(got.0.saturating_mul(side) / whole) }
    }

    /// What it was set up with.
    pub const fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Position and results so far.
    pub const fn track(&self) -> &Track {
        &self.track
    }

    /// Quote and base tokens held.
    pub const fn held(&self) -> (TokenAmount, TokenAmount) {
        (self.quote, self.base)
    }

    /// Under which grant it trades, counted from one.
    pub const fn grant_number(&self) -> u64 {
        self.leash.number
    }

    /// keccak256 over every decision so far: two that decided alike have the same.
    pub fn decisions(&self) -> B256 {
        self.decisions.value()
    }

    /// Every decision so far.
    pub const fn decision_hash(&self) -> &DecisionHash {
        &self.decisions
    }

    /// Counts decisions from here on only.
    pub fn forget_decisions(&mut self) {
        self.decisions = DecisionHash::default();
    }

    /// A new grant once the old one is over.
    fn renew(&mut self, now: UnixSecs) {
        if now >= self.leash.ends_at {
            let number = self.leash.number + 1;
            let ends_at = now.plus_secs(self.setup.terms.lifetime_secs);
            self.leash = Leash { number, ends_at, ..Leash::default() };
        }
    }

    fn allowance(&self, side: Side) -> Allowance {
        let (terms, place) = (&self.setup.terms, place(side));
        if !self.setup.is_leashed {
            return Allowance { lots_left: u64::MAX, uses_left: u64::MAX };
        }
        let lots = if side == Side::Buy { terms.buy_lots } else { terms.sell_lots };
        Allowance {
            lots_left: u64::from(lots).saturating_sub(self.leash.lots[place]),
            uses_left: u64::from(terms.uses).saturating_sub(self.leash.uses[place]),
        }
    }

    /// What a protection asks for at this close.
    fn protective_sale(&self, candle: &Candle) -> Option<Signal> {
        self.setup.terms.protective_sale(&self.track, self.height, candle, &self.setup.pair)
    }

    fn note_opened(&mut self, at: UnixSecs) {
        let is_held = self.track.position().base().whole_lots(self.setup.terms.sell_lot) > 0;
        let opened = is_held.then(|| self.opened.unwrap_or(at.0));
        if std::mem::replace(&mut self.opened, opened) != opened {
            // Of a live trade one may hear only after candles that closed behind it.
            let interval = self.setup.terms.strategy.interval;
            let since = self.recent.iter().filter(|candle| interval.next_open(candle.open_at) > at);
            self.height = opened.and_then(|_| since.map(|candle| candle.close).max());
        }
    }

    /// Its own findings with what was told besides.
    fn context_told(&self, told: &Told) -> RiskContext {
        let Told { at, context } = told;
        let Setup { terms, pair, .. } = &self.setup;
        let interval = terms.strategy.interval;
        let leapt = open_breaker(std::iter::empty(), self.recent.iter(), interval, *at);
        let leapt = leapt.map(|open| (open.reason, open.until.secs_since(*at)));
        // Trades that came to nothing are known to the journal alone.
        let is_told = |(reason, _): &(BreakerReason, u64)| !matches!(reason, BreakerReason::Jump { .. });
        let worth = (context.price, context.worth());
        RiskContext {
            position: self.track.position().base(),
            breaker: context.breaker.filter(is_told).or(leapt),
            guard: terms.guards.against_buying(&self.track, worth, pair, interval, *at),
            swing: self.swing.value().map(Price::from_f64),
            ..*context
        }
    }

    fn context(&self, price: Price, now: UnixSecs) -> RiskContext {
        let Setup { terms, pair, .. } = &self.setup;
        let interval = terms.strategy.interval;
        let breaker = open_breaker(std::iter::empty(), self.recent.iter(), interval, now);
        let position = self.track.position().base();
        let context = RiskContext {
            terms: *terms,
            pair: *pair,
            quote_balance: self.quote,
            base_balance: self.base,
            position,
            bought: self.leash.bought.min(position),
            buy: self.allowance(Side::Buy),
            sell: self.allowance(Side::Sell),
            price,
            price_age_secs: 0,
            price_age_limit_secs: 1,
            reference: None,
            left_secs: self.leash.ends_at.secs_since(now),
            least_left_secs: LAST_SECS,
            least_buying_secs: LAST_BUYING_SECS,
            is_paused: false,
            is_other_tab: false,
            is_in_flight: false,
            breaker: breaker.map(|open| (open.reason, open.until.secs_since(now))),
            alarm: None,
            guard: None,
            swing: self.swing.value().map(Price::from_f64),
            is_sell_proven: true,
        };
        let worth = (price, context.worth());
        let guard = terms.guards.against_buying(&self.track, worth, pair, interval, now);
        RiskContext { guard, ..context }
    }
}

const fn place(side: Side) -> usize {
    match side {
        Side::Buy => 0,
        Side::Sell => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{history, setup, waves};
    use super::*;
    use crate::market::averages;
    use crate::trading::StrategyTerms;
    use proptest::prelude::{prop, prop_assert_eq, proptest};

    #[test]
    fn what_is_counted_step_by_step_is_what_the_track_says() {
        let mut trader = PaperTrader::new(setup()).expect("a strategy");
        let candles = history(&waves(1_200)).candles;
        let mut opened = 0;
        for candle in &candles {
            if let Some(Decision::Trade(order)) = trader.decide(candle) {
                let got = trader.received(order.item().side, trader.spent_by(order.item()), candle.close);
                let at = trader.setup().terms.strategy.interval.next_open(candle.open_at);
                trader.fill(*order.item(), got, at);
            }
            let lot = trader.setup().terms.sell_lot;
            assert_eq!(trader.opened, trader.track.opened(lot));
            let since = |since: u64| {
                let later =
                    candles.iter().filter(|one| one.open_at.0 >= since && one.open_at <= candle.open_at);
                later.map(|one| one.close).max()
            };
            // Opened at this very close, it has seen none yet.
            assert_eq!(trader.height, trader.opened.and_then(since), "{candle:?}");
            opened += usize::from(trader.opened.is_some());
        }
        assert!(opened > 100 && opened < 1_100, "{opened}");
    }

    /// The mean way of Wilder over these candles, worked out from all of them at once.
    fn swing_of(candles: &[Candle]) -> Option<f64> {
        let way = |pair: &[Candle]| {
            let before = pair[0].close.to_f64();
            pair[1].high.to_f64().max(before) - pair[1].low.to_f64().min(before)
        };
        let ways: Vec<f64> = candles.windows(2).map(way).collect();
        let (period, count) = (f64::from(Atr::PERIOD), usize::try_from(Atr::PERIOD).expect("small"));
        let (seed, rest) = ways.split_at_checked(count)?;
        let mean = seed.iter().sum::<f64>() / period;
        Some(rest.iter().fold(mean, |mean, way| mean + (way - mean) / period))
    }

    proptest! {
        /// Swing and averages as they go on are those of all candles since the last hole.
        #[test]
        fn behind_a_hole_swing_and_averages_are_those_of_what_follows_it(
            before in prop::collection::vec(100_000_u128..300_000, 1..50),
            after in prop::collection::vec(100_000_u128..300_000, 1..60),
            missing in 1_u64..500,
        ) {
            let closes: Vec<u128> = before.iter().chain(&after).copied().collect();
            let mut candles = history(&closes).candles;
            for candle in &mut candles[before.len()..] {
                candle.open_at = candle.open_at.plus_secs(60 * missing);
                candle.high = candle.high.times_percent(103);
                candle.low = candle.low.times_percent(98);
            }
            let mut trader = PaperTrader::new(setup()).expect("a strategy");
            for candle in &candles {
                trader.warm(candle);
            }
            let tail = &candles[before.len()..];
            let near = |ours: Option<f64>, theirs: Option<f64>| match (ours, theirs) {
                (Some(ours), Some(theirs)) => (ours - theirs).abs() <= 1e-9 * theirs.abs(),
                (ours, theirs) => ours == theirs,
            };
            prop_assert_eq!(near(trader.swing.value(), swing_of(tail)), true);
            let StrategyTerms { fast, slow, interval, .. } = setup().terms.strategy;
            let last = |period: u32| averages(tail, interval, period).last().copied().flatten();
            prop_assert_eq!(trader.strategy.averages(), last(fast).zip(last(slow)));
        }
    }
}
