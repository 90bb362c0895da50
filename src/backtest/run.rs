//! The trader over candles of the past: its own strategy, its own risk and protections, its own position.
//!
//! A trade is filled at the close that caused it, worse by the pool's fee and by a cost that is told: what the pool
//! would have given then, nobody can know from candles.

use alloy_primitives::{B256, Keccak256};

use super::History;
use crate::market::{Atr, Candle};
use crate::trading::{
    Allowance, Arrival, BreakerReason, EmaCrossover, Fill, Order, Outlook, Pair, RiskContext, Side, Signal,
    StrategyRefused, Terms, Track, assess, open_breaker,
};
use crate::units::{Price, TokenAmount, UnixSecs};

/// Hundredths of a percent in a whole.
const WHOLE_BPS: u64 = 10_000;
/// Millionths in a whole, the unit of pool fees.
const MILLION: u64 = 1_000_000;
/// Closes that a circuit breaker looks back over, and a few more.
const LOOK_BACK: usize = 8;

/// What is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// Strategy, lots, band and, where the leash is tried too, its limits.
    pub terms: Terms,
    /// The pool's tokens and fee.
    pub pair: Pair,
    /// Quote tokens at the start.
    pub quote: TokenAmount,
    /// Base tokens at the start.
    pub base: TokenAmount,
    /// What a fill is worse than the close besides the fee, in hundredths of a percent.
    pub cost_bps: u32,
    /// Whether budgets and uses hold. In either case a new grant of the same terms follows each that ended.
    pub is_leashed: bool,
}

/// A trade of the past.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trade {
    /// The order, with its cross.
    pub order: Order,
    /// What moved.
    pub fill: Fill,
    /// Under which grant, counted from one.
    pub grant: u64,
    /// What a sale brought more, or less, than what it sold had cost, in whole quote tokens; none for a purchase.
    pub result: Option<f64>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Every trade.
    pub trades: Vec<Trade>,
    /// Crosses that the risk refused, with its words.
    pub refused: Vec<(UnixSecs, String)>,
    /// Worth of everything at each close, in whole quote tokens.
    pub equity: Vec<f64>,
    /// Worth of the base tokens among it.
    pub held: Vec<f64>,
    /// What it would be worth at each close, had everything been put into base tokens at the first one and left there.
    pub buy_and_hold: Vec<f64>,
    /// Pool fees in whole quote tokens.
    pub fees: f64,
    /// keccak256 over every decision, in order: two runs that decided alike have the same.
    pub decisions: B256,
}

/// One grant's counters.
#[derive(Clone, Copy, Debug, Default)]
struct Leash {
    number: u64,
    ends_at: UnixSecs,
    lots: [u64; 2],
    uses: [u64; 2],
    bought: TokenAmount,
}

struct Trader<'a> {
    setup: &'a Setup,
    quote: TokenAmount,
    base: TokenAmount,
    track: Track,
    /// Since when at least a lot is held, and the highest close since then.
    height: Option<(u64, Price)>,
    swing: Atr,
    leash: Leash,
}

/// Runs `setup` over `history`, whose candles must have the strategy's length.
///
/// # Errors
/// [`StrategyRefused`].
pub fn run(history: &History, setup: &Setup) -> Result<Run, StrategyRefused> {
    let mut strategy = EmaCrossover::new(setup.terms.strategy)?;
    let mut trader = Trader {
        setup,
        quote: setup.quote,
        base: setup.base,
        track: Track::default(),
        height: None,
        swing: Atr::new(Atr::PERIOD),
        leash: Leash::default(),
    };
    if let Some(first) = history.candles.first() {
        let arrival = Arrival { block: first.open_at.0, is_in: true, base: setup.base, price: first.open };
        trader.track.arrive(&arrival, &setup.pair);
    }
    let mut run = Run {
        trades: Vec::new(),
        refused: Vec::new(),
        equity: Vec::with_capacity(history.candles.len()),
        held: Vec::with_capacity(history.candles.len()),
        buy_and_hold: buy_and_hold(history, &trader),
        fees: 0.0,
        decisions: B256::ZERO,
    };
    let mut decisions = Keccak256::new();
    for (index, candle) in history.candles.iter().enumerate() {
        let now = history.interval.next_open(candle.open_at);
        trader.renew(now);
        let outlook = strategy.on_close(candle);
        let crossed = if let Outlook::Crossed(signal) = outlook { Some(signal) } else { None };
        if let Some(signal) = trader.protective_sale(candle).or(crossed) {
            let seen = &history.candles[(index + 1).saturating_sub(LOOK_BACK)..=index];
            let breaker = open_breaker(std::iter::empty(), seen.iter(), history.interval, now)
                .map(|open| (open.reason, open.until.secs_since(now)));
            let context = trader.context(candle.close, now, breaker);
            let decided = assess(signal, &context);
            let words = match &decided {
                Ok(order) => format!("{} {:?} {}\n", candle.open_at.0, signal.side, order.item().lots),
                Err(refused) => format!("{} {:?} {refused}\n", candle.open_at.0, signal.side),
            };
            decisions.update(words.as_bytes());
            match decided {
                Ok(order) => run.trades.push(trader.fill(*order.item(), candle.close, now)),
                Err(refused) => run.refused.push((candle.open_at, refused.to_string())),
            }
        }
        let held = trader.whole(setup.pair.worth(trader.base, candle.close));
        run.held.push(held);
        run.equity.push(trader.whole(trader.quote) + held);
    }
    run.fees = trader.whole(trader.track.position().fees());
    run.decisions = decisions.finalize();
    Ok(run)
}

/// All that is there at the first close put into base tokens, on the same terms as a trade.
fn buy_and_hold(history: &History, trader: &Trader<'_>) -> Vec<f64> {
    let Some(first) = history.candles.first() else { return Vec::new() };
    let bought = trader.received(Side::Buy, trader.quote, first.close);
    let all = trader.base.checked_add(bought).unwrap_or(trader.base);
    let worth = |price: Price| trader.whole(trader.setup.pair.worth(all, price));
    history.candles.iter().map(|candle| worth(candle.close)).collect()
}

impl Trader<'_> {
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

    /// What a protection asks for at this close, and what the next closes are measured by.
    fn protective_sale(&mut self, candle: &Candle) -> Option<Signal> {
        self.swing.push(candle);
        let opened = self.track.opened(self.setup.terms.sell_lot);
        let before = self.height.filter(|(since, _)| opened == Some(*since)).map(|(_, height)| height);
        self.height = opened.map(|since| (since, before.map_or(candle.close, |high| high.max(candle.close))));
        let height = self.height.map(|(_, height)| height);
        self.setup.terms.protective_sale(&self.track, height, candle, &self.setup.pair)
    }

    fn context(&self, price: Price, now: UnixSecs, breaker: Option<(BreakerReason, u64)>) -> RiskContext<'_> {
        let Setup { terms, pair, .. } = self.setup;
        let position = self.track.position().base();
        let context = RiskContext {
            terms,
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
            left_secs: self.leash.ends_at.secs_since(now),
            least_left_secs: 60,
            is_paused: false,
            is_other_tab: false,
            is_in_flight: false,
            breaker,
            guard: None,
            swing: self.swing.value().map(Price::from_f64),
            is_sell_proven: true,
        };
        let (worth, interval) = ((price, context.worth()), terms.strategy.interval);
        let guard = terms.guards.against_buying(&self.track, worth, pair, interval, now);
        RiskContext { guard, ..context }
    }

    /// What `paid` brings at `close`, less the fee and the cost.
    fn received(&self, side: Side, paid: TokenAmount, close: Price) -> TokenAmount {
        let pair = &self.setup.pair;
        let kept = paid.checked_ratio(MILLION.saturating_sub(pair.fee_millionths.into()), MILLION);
        let got = kept.and_then(|kept| match side {
            Side::Buy => close.base_for_quote(kept, pair.base_decimals, pair.quote_decimals),
            Side::Sell => close.quote_for_base(kept, pair.base_decimals, pair.quote_decimals),
        });
        let worse = WHOLE_BPS.saturating_sub(self.setup.cost_bps.into());
        got.and_then(|got| got.checked_ratio(worse, WHOLE_BPS)).unwrap_or(TokenAmount::ZERO)
    }

    /// Fills an order at `close`, worse by fee and cost.
    fn fill(&mut self, order: Order, close: Price, at: UnixSecs) -> Trade {
        let (terms, pair) = (&self.setup.terms, &self.setup.pair);
        let paid = terms.lot(order.side).checked_mul(order.lots.into()).unwrap_or(TokenAmount::ZERO);
        let got = self.received(order.side, paid, close);
        let (base, quote) = if order.side == Side::Buy { (got, paid) } else { (paid, got) };
        let fill = Fill { side: order.side, base, quote, block: at.0, at };
        self.track.apply(&fill, pair);
        match order.side {
            Side::Buy => {
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
        self.leash.lots[place(order.side)] += u64::from(order.lots);
        self.leash.uses[place(order.side)] += 1;
        let sale = self.track.sales().last().filter(|_| order.side == Side::Sell);
        let result = sale.map(|sale| sale.result.to_f64(pair.quote_decimals));
        Trade { order, fill, grant: self.leash.number, result }
    }

    fn whole(&self, quote: TokenAmount) -> f64 {
        quote.to_f64(self.setup.pair.quote_decimals)
    }
}

const fn place(side: Side) -> usize {
    match side {
        Side::Buy => 0,
        Side::Sell => 1,
    }
}
