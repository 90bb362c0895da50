//! From the page's texts to what is tried: the suggested terms for the amounts and the first price, with the strategy,
//! size and protections that stand in the form.

use super::LabSetup;
use crate::app::sealed_rules::SealedRules;
use crate::app::{TermsText, terms_text};
use crate::backtest::{History, Setup};
use crate::contracts::{PoolFacts, network_by_id};
use crate::market::Interval;
use crate::trading::{StrategyTerms, Terms, TermsContext};
use crate::units::{Price, TokenAmount};
use crate::venue::UniswapV3;

/// Nothing fills worse than this.
const MOST_COST_BPS: u64 = 1_000;

/// Today's price, where the page knows it.
pub(super) fn today(asked: &LabSetup) -> Option<Price> {
    let scaled = TokenAmount::parse(asked.price.as_deref()?, 18).ok()?;
    Price::from_scaled(u128::try_from(scaled.0).ok()?).ok()
}

/// The length of candle that is asked for.
pub(super) fn interval(asked: &LabSetup) -> Result<Interval, String> {
    let secs: Option<u32> = asked.terms.interval_secs.trim().parse().ok();
    let secs = secs.filter(|secs| (1..=StrategyTerms::LONGEST_INTERVAL).contains(secs));
    secs.map(Interval).ok_or_else(|| "A candle lasts from 1 second to 1 day.".to_owned())
}

/// What the chain would hold orders under the tried terms against.
pub(super) fn rules(asked: &LabSetup) -> Option<SealedRules> {
    let network = network_by_id(&asked.network)?;
    Some(SealedRules::new(network.pool?, network.chain_id))
}

pub(super) fn of(asked: &LabSetup, history: &History) -> Result<Setup, String> {
    let pool = network_by_id(&asked.network).and_then(|network| network.pool);
    let pool = pool.ok_or("This network has no pool that would tell tokens and fee.")?;
    let amount = |what: &str, text: &str, decimals: u8| {
        TokenAmount::parse(text, decimals).map_err(|error| format!("{what}: {error}."))
    };
    let quote = amount(pool.quote.symbol, &asked.quote, pool.quote.decimals)?;
    let base = amount(pool.base.symbol, &asked.base, pool.base.decimals)?;
    let cost = amount("Cost", &asked.cost_percent, 2)?;
    let cost_bps = u64::try_from(cost.0).ok().filter(|bps| *bps <= MOST_COST_BPS);
    let cost_bps = cost_bps.ok_or("A cost of more than 10 % is none.")?;
    let depth = if asked.depth.trim().is_empty() { "0" } else { asked.depth.as_str() };
    let depth = amount("Pool depth", depth, pool.quote.decimals)?;
    let pair = UniswapV3::new(pool).pair();
    let first = history.candles.first().ok_or("There are no candles in it.")?;
    let context =
        TermsContext { base_balance: base, quote_balance: quote, price: first.open, pair, is_local: false };
    if context.wealth().is_zero() {
        return Err("There must be something to begin with.".to_owned());
    }
    let mut terms = with_conduct(&Terms::sensible(&context), &asked.terms, &pool)?;
    terms.strategy.interval = history.interval;
    terms.strategy.check().map_err(|refused| format!("{refused}."))?;
    if !asked.is_leashed {
        let (lowest, highest) = (Price::from_scaled(1), Price::from_scaled(u128::MAX));
        (terms.lowest_sell, terms.highest_buy) =
            (lowest.unwrap_or(terms.lowest_sell), highest.unwrap_or(terms.highest_buy));
    }
    if let Some(problem) = terms.check_conduct(&context).into_iter().next() {
        return Err(problem.sentence);
    }
    let cost_bps = u32::try_from(cost_bps).unwrap_or(0);
    Ok(Setup { terms, pair, quote, base, cost_bps, depth, is_leashed: asked.is_leashed })
}

/// `suggested` with the strategy, size and protections of the form.
fn with_conduct(suggested: &Terms, form: &TermsText, pool: &PoolFacts) -> Result<Terms, String> {
    let text = form.clone().in_place_of(terms_text::format(suggested, pool));
    terms_text::parse(&text, pool).map_err(|refusals| {
        let first = refusals.into_iter().next().unwrap_or_default();
        format!("{}: {}.", first.field.replace('_', " "), first.sentence.trim_end_matches('.'))
    })
}
