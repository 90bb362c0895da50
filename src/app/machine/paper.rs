//! The strategy on live prices with play money, until a grant lets it have real tokens: the same decisions, judged by
//! the rules that a grant would have, filled by what the pool's quoter answers. Nothing is signed.

use crate::app::sealed_rules::SealedRules;
use crate::app::{MarkerView, NoteView, PaperTradeView, PaperView, terms_text};
use crate::backtest::{Decision, PaperTrader, Rules, Setup, Trade};
use crate::contracts::PoolFacts;
use crate::trading::{Fill, Movement, Order, Purpose, RiskApproved, Side, Terms, TermsContext};
use crate::units::{Price, SignedAmount, TokenAmount, UnixSecs};
use crate::venue::UniswapV3;

use super::Machine;
use super::decisions::reason;
use super::second_opinion::{Close, SecondOpinion};
use super::view::title;

/// Whole quote tokens it begins with.
const BEGINS_WITH: u64 = 10_000;
/// Trades on the page.
const TRADES: usize = 5;

/// A trader that trades nothing.
#[derive(Debug)]
pub(super) struct Paper {
    trader: PaperTrader,
    rules: SealedRules,
    waiting: Option<(RiskApproved<Order>, UnixSecs)>,
    trades: Vec<Trade>,
    last_refusal: Option<String>,
    begun: (UnixSecs, Price),
}

impl Machine {
    /// `closed` candles have just closed. Only the newest is decided on, as with real tokens.
    pub(super) fn rehearse(&mut self, closed: usize) {
        if self.live_grant().is_some() {
            self.paper = None;
            return;
        }
        let all = self.feed.closed();
        let mut candles: Vec<_> = all.iter().skip(all.len().saturating_sub(closed)).copied().collect();
        let Some(newest) = candles.last().copied().filter(|_| self.feed.has_history) else { return };
        let Some(setup) = self.paper_setup() else { return };
        let is_same = |paper: &Paper| {
            let (ours, wanted) = (&paper.trader.setup().terms, &setup.terms);
            (ours.strategy, ours.sizing, ours.guards) == (wanted.strategy, wanted.sizing, wanted.guards)
        };
        let mut run = self.decisions.second.take();
        if self.paper.as_ref().is_none_or(|paper| !is_same(paper)) {
            self.paper = self.begin_paper(setup);
            candles = vec![newest];
            run = None;
        }
        let Some(paper) = self.paper.as_mut() else { return };
        let trader = &mut paper.trader;
        let moved = trader.track().moves().to_vec();
        let run = run.filter(|run| run.is_continued(None, &candles[0], &moved));
        let mut run =
            run.unwrap_or_else(|| SecondOpinion::new(None, trader.clone(), candles[0].open_at, &moved));
        candles[..candles.len() - 1].iter().for_each(|candle| trader.warm(candle));
        let interval = trader.setup().terms.strategy.interval;
        let close = match trader.decide(&newest) {
            Some(Decision::Trade(order)) => {
                paper.waiting = Some((order, newest.open_at.plus_secs(2 * interval.secs())));
                paper.last_refusal = None;
                Close::Decided(None, order.item().signal, Ok(order))
            }
            Some(Decision::Refused(signal, why)) => {
                let words = why.to_string();
                self.decisions.refuse(&signal, interval.next_open(newest.open_at), &words, true);
                paper.last_refusal = Some(words);
                Close::Decided(None, signal, Err(why))
            }
            None => Close::Quiet,
        };
        run.close(&candles, close);
        self.decisions.second = Some(run);
    }

    /// One that has seen everything up to the candle that closed last, and nothing of that one.
    fn begin_paper(&self, setup: Setup) -> Option<Paper> {
        let rules = SealedRules::new(self.services.network.pool?, self.services.network.chain_id);
        let now = self.chain_now();
        if !rules.can_seal(&setup.terms, now) {
            return None;
        }
        let mut trader = PaperTrader::new(setup).ok()?;
        let closed = self.feed.closed();
        closed.iter().take(closed.len().saturating_sub(1)).for_each(|candle| trader.warm(candle));
        let begun = (now, self.feed.price()?);
        Some(Paper { trader, rules, waiting: None, trades: Vec::new(), last_refusal: None, begun })
    }

    /// The suggested terms for its money, with the strategy that is watched and what stands in the form besides.
    fn paper_setup(&self) -> Option<Setup> {
        let pool = self.services.network.pool.as_ref()?;
        let pair = UniswapV3::new(*pool).pair();
        let unit = 10_u128.checked_pow(pool.quote.decimals.into())?;
        let quote = TokenAmount::from_raw(unit.checked_mul(BEGINS_WITH.into())?);
        let context = TermsContext {
            base_balance: TokenAmount::ZERO,
            quote_balance: quote,
            price: self.feed.price()?,
            pair,
            is_local: self.services.network.is_local(),
        };
        let form = self.preview.as_ref().and_then(|preview| terms_text::parse(&preview.terms, pool).ok());
        let suggested = Terms::sensible(&context);
        let (sizing, guards) =
            form.map_or((suggested.sizing, suggested.guards), |form| (form.sizing, form.guards));
        let strategy = self.feed.strategy_terms();
        let terms = Terms { strategy, sizing, guards, may_renounce: false, ..suggested };
        let base = TokenAmount::ZERO;
        Some(Setup { terms, pair, quote, base, cost_bps: 0, depth: TokenAmount::ZERO, is_leashed: true })
    }

    /// The trade that waits for its quote.
    pub(super) fn paper_quote(&self) -> Option<(Side, TokenAmount)> {
        let paper = self.paper.as_ref()?;
        let (order, _) = paper.waiting.as_ref()?;
        Some((order.item().side, paper.trader.spent_by(order.item())))
    }

    /// Fills what waits, once the quoter has answered; what waits too long is dropped, as a real trade would be.
    pub(super) fn fill_paper(&mut self) {
        let (Some(wanted), now) = (self.paper_quote(), self.chain_now()) else { return };
        let quoted = self.quotes.iter().find(|(side, amount, _)| (*side, *amount) == wanted);
        let quoted = quoted.map(|(.., out)| *out);
        let Some(paper) = self.paper.as_mut() else { return };
        let Some((order, until)) = paper.waiting else { return };
        if now > until {
            paper.waiting = None;
            paper.last_refusal = Some("there was no quote for the trade in time".to_owned());
        } else if let Some(out) = quoted {
            paper.waiting = None;
            match paper.fill(&order, out, now) {
                Ok(fill) => {
                    paper.last_refusal = None;
                    if let Some(run) = &mut self.decisions.second {
                        run.move_tokens(Movement::Traded(fill), fill.at);
                    }
                }
                Err(why) => paper.last_refusal = Some(why),
            }
        }
    }

    pub(super) fn paper_view(&self, pool: &PoolFacts) -> Option<PaperView> {
        let (paper, price) = (self.paper.as_ref()?, self.feed.price()?);
        let pair = UniswapV3::new(*pool).pair();
        let setup = paper.trader.setup();
        let (quote, base) = paper.trader.held();
        let worth = quote.checked_add(pair.worth(base, price))?;
        let amount =
            |amount: TokenAmount| format!("{} {}", amount.brief(pool.quote.decimals), pool.quote.symbol);
        let signed =
            |result: SignedAmount| format!("{} {}", result.brief(pool.quote.decimals), pool.quote.symbol);
        let held_since =
            paper.begun.1.base_for_quote(setup.quote, pair.base_decimals, pair.quote_decimals)?;
        let hold = SignedAmount::difference(pair.worth(held_since, price), setup.quote);
        Some(PaperView {
            since_secs: paper.begun.0.0,
            begins_with: amount(setup.quote),
            worth: amount(worth),
            position: format!("{} {}", base.brief(pool.base.decimals), pool.base.symbol),
            result: signed(SignedAmount::difference(worth, setup.quote)),
            hold: signed(hold),
            count: u32::try_from(paper.trades.len()).unwrap_or(u32::MAX),
            trades: paper.trades.iter().rev().take(TRADES).map(|trade| trade_view(trade, pool)).collect(),
            last_refusal: paper.last_refusal.clone(),
        })
    }

    /// When it began, and how many trades it made since.
    pub(super) fn paper_age(&self) -> Option<(UnixSecs, usize)> {
        self.paper.as_ref().map(|paper| (paper.begun.0, paper.trades.len()))
    }

    /// Its trades as notes.
    pub(super) fn paper_notes(&self) -> impl Iterator<Item = NoteView> {
        let trades = self.paper.iter().flat_map(|paper| paper.trades.iter());
        trades.map(|Trade { order, fill, .. }| {
            let (title, why) = (title(&Purpose::Trade(*order)), reason(&order.signal));
            NoteView { at_secs: fill.at.0, text: format!("On paper: {title}, since {why}.") }
        })
    }

    /// Its trades on the chart.
    pub(super) fn paper_markers(&self) -> impl Iterator<Item = MarkerView> {
        let trades = self.paper.iter().flat_map(|paper| paper.trades.iter());
        trades.zip(1..).map(|(trade, id)| MarkerView {
            id,
            at_secs: trade.fill.at.0,
            side: trade.fill.side,
            price: trade.order.signal.close.to_f64(),
            is_paper: true,
        })
    }
}

impl Paper {
    /// Every trade, oldest first.
    #[cfg(test)]
    pub(super) fn trades(&self) -> &[Trade] {
        &self.trades
    }

    /// The trade as it would be sent, once the rules let it pass.
    fn fill(&mut self, order: &RiskApproved<Order>, out: TokenAmount, now: UnixSecs) -> Result<Fill, String> {
        self.rules.permit(&self.trader, order, out, now)?;
        let trade = self.trader.fill(*order.item(), out, now);
        self.trades.push(trade);
        Ok(trade.fill)
    }
}

fn trade_view(trade: &Trade, pool: &PoolFacts) -> PaperTradeView {
    let Trade { order, fill, .. } = trade;
    let (verb, lots) = (if order.side == Side::Buy { "Buy" } else { "Sell" }, order.lots);
    PaperTradeView {
        at_secs: fill.at.0,
        title: format!("{verb} {lots} {}", if lots == 1 { "lot" } else { "lots" }),
        outcome: format!("{} Because {}.", super::view::fill_words(fill, pool), order.signal),
    }
}
