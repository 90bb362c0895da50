//! The trader over candles of the past.
//!
//! A trade is filled at the close that caused it, worse by the pool's fee, by how far it moves the price of a pool of
//! the depth that is told, and by a cost that is told: what the pool would have given then, nobody can know from
//! candles.

use alloy_primitives::B256;
use serde::{Deserialize, Serialize};

use super::{Decision, PaperTrader, Trade};
use crate::market::Candle;
use crate::trading::{Order, Pair, RiskApproved, Side, StrategyRefused, Terms};
use crate::units::{TokenAmount, UnixSecs};

/// What is tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// What it takes to move the pool's price by 2 %, in quote tokens: a trade moves it against itself, the further the
    /// larger it is. Nothing leaves trades without effect on the price.
    pub depth: TokenAmount,
    /// Whether budgets and uses hold. In either case a new grant of the same terms follows each that ended.
    pub is_leashed: bool,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// Every trade.
    pub trades: Vec<Trade>,
    /// Signals that the risk or the rules refused, with their words.
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

/// What may stand in the way of an order between risk's word and its fill, as the chain does.
pub trait Rules: std::fmt::Debug {
    /// Takes an order of `trader` that would bring `out` at block time `at`.
    ///
    /// # Errors
    /// Why it would be refused, in words.
    fn permit(
        &mut self,
        trader: &PaperTrader,
        order: &RiskApproved<Order>,
        out: TokenAmount,
        at: UnixSecs,
    ) -> Result<(), String>;
}

/// A run that is fed candle by candle.
#[derive(Debug)]
pub struct Backtest {
    trader: PaperTrader,
    rules: Option<Box<dyn Rules>>,
    run: Run,
    /// Base tokens, had all that was there at the first close been put into them on the same terms as a trade.
    all_in: Option<f64>,
    /// Quote and base tokens, in whole ones: told anew after each trade only.
    held: Option<(f64, f64)>,
}

impl Backtest {
    /// A run that has seen nothing.
    ///
    /// # Errors
    /// [`StrategyRefused`].
    pub fn new(setup: Setup) -> Result<Self, StrategyRefused> {
        let (trader, run) = (PaperTrader::new(setup)?, Run::default());
        Ok(Self { trader, rules: None, run, all_in: None, held: None })
    }

    /// The same with every order held against these rules.
    #[must_use]
    pub fn under(self, rules: Box<dyn Rules>) -> Self {
        Self { rules: Some(rules), ..self }
    }

    /// The next candle, which has the strategy's length.
    pub fn on_close(&mut self, candle: &Candle) {
        let (trader, run) = (&mut self.trader, &mut self.run);
        let Pair { base_decimals, quote_decimals, .. } = trader.setup().pair;
        let all_in = *self.all_in.get_or_insert_with(|| {
            let (quote, base) = trader.held();
            let bought = trader.received(Side::Buy, quote, candle.close);
            base.to_f64(base_decimals) + bought.to_f64(base_decimals)
        });
        match trader.decide(candle) {
            Some(Decision::Trade(order)) => {
                let Order { side, .. } = *order.item();
                let got = trader.received(side, trader.spent_by(order.item()), candle.close);
                let at = trader.setup().terms.strategy.interval.next_open(candle.open_at);
                let permitted = self.rules.as_mut().map(|rules| rules.permit(trader, &order, got, at));
                match permitted.unwrap_or(Ok(())) {
                    Ok(()) => {
                        run.trades.push(trader.fill(*order.item(), got, at));
                        self.held = None;
                    }
                    Err(why) => run.refused.push((candle.open_at, why)),
                }
            }
            Some(Decision::Refused(_, why)) => run.refused.push((candle.open_at, why.to_string())),
            None => {}
        }
        let (quote, base) = *self.held.get_or_insert_with(|| {
            let (quote, base) = trader.held();
            (quote.to_f64(quote_decimals), base.to_f64(base_decimals))
        });
        let close = candle.close.to_f64();
        run.held.push(base * close);
        run.equity.push(quote + base * close);
        run.buy_and_hold.push(all_in * close);
    }

    /// What is tried.
    pub const fn setup(&self) -> &Setup {
        self.trader.setup()
    }

    /// What came of it.
    pub fn finish(self) -> Run {
        let decimals = self.trader.setup().pair.quote_decimals;
        let fees = self.trader.track().position().fees().to_f64(decimals);
        Run { fees, decisions: self.trader.decisions(), ..self.run }
    }
}

/// Runs `setup` over `candles`, oldest first and of the strategy's length.
///
/// # Errors
/// [`StrategyRefused`].
pub fn run(candles: &[Candle], setup: &Setup) -> Result<Run, StrategyRefused> {
    let mut backtest = Backtest::new(setup.clone())?;
    candles.iter().for_each(|candle| backtest.on_close(candle));
    Ok(backtest.finish())
}
