//! The trader over candles of the past: its own strategy, its own risk, its own position.
//!
//! A trade is filled at the close that caused it, worse by the pool's fee and by a cost that is told: what the pool
//! would have given then, nobody can know from candles.

use alloy_primitives::{B256, Keccak256};

use super::History;
use crate::trading::{
    Allowance, EmaCrossover, Fill, Order, Outlook, Pair, Position, RiskContext, Side, StrategyRefused, Terms,
    assess, open_breaker,
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
    position: Position,
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
        position: Position::default(),
        leash: Leash::default(),
    };
    if let Some(first) = history.candles.first() {
        trader.position.deposit(setup.base, first.open, &setup.pair);
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
        if let Outlook::Crossed(cross) = strategy.on_close(candle) {
            let seen = &history.candles[(index + 1).saturating_sub(LOOK_BACK)..=index];
            let breaker = open_breaker(std::iter::empty(), seen.iter(), history.interval, now)
                .map(|open| (open.reason, open.until.secs_since(now)));
            let context = trader.context(candle.close, now, breaker);
            let decided = assess(cross, &context);
            let words = match &decided {
                Ok(order) => format!("{} {:?} {}\n", candle.open_at.0, cross.side, order.item().lots),
                Err(refused) => format!("{} {:?} {refused}\n", candle.open_at.0, cross.side),
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
    run.fees = trader.whole(trader.position.fees());
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

    fn context(
        &self,
        price: Price,
        now: UnixSecs,
        breaker: Option<(crate::trading::BreakerReason, u64)>,
    ) -> RiskContext<'_> {
        RiskContext {
            terms: &self.setup.terms,
            quote_balance: self.quote,
            base_balance: self.base,
            position: self.position.base(),
            bought: self.leash.bought.min(self.position.base()),
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
            is_sell_proven: true,
        }
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
        let before = self.whole_signed(&self.position);
        self.position.apply(&fill, pair);
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
        let result = (order.side == Side::Sell).then(|| self.whole_signed(&self.position) - before);
        Trade { order, fill, grant: self.leash.number, result }
    }

    fn whole_signed(&self, position: &Position) -> f64 {
        position.realised().to_f64(self.setup.pair.quote_decimals)
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
