//! The gates between a signal and an order. They stand in a fixed order, and the first that blocks is what the
//! page shows: first what the person and the tab decide, then time and data, then what the signal can mean, then
//! what the leash and the balance still hold.

use serde::{Deserialize, Serialize};

use super::{
    Alarm, BreakerReason, GuardReason, Order, Pair, Reference, RiskApproved, RiskRefused, Side, Signal, Terms,
};
use crate::units::{Price, TokenAmount};

/// In so many last seconds of a session nothing is bought on a live network: what is held is sold then.
pub const LAST_BUYING_SECS: u64 = 300;

/// What one side may still do, read from the chain. There an unused permission reads as zeros: until its first use
/// this is what was granted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowance {
    /// Whole lots left in its budget.
    pub lots_left: u64,
    /// Uses left, including the one that is kept for ending the session.
    pub uses_left: u64,
}

/// Everything that decides whether a signal becomes an order.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RiskContext {
    /// The granted terms.
    pub terms: Terms,
    /// The pool's tokens.
    pub pair: Pair,
    /// Quote tokens in the account.
    pub quote_balance: TokenAmount,
    /// Base tokens in the account.
    pub base_balance: TokenAmount,
    /// Base tokens held: what a sell cross sells.
    pub position: TokenAmount,
    /// What this session bought and has not sold again: it makes a buy cross wait. Deposits do not count, or a
    /// person who brings both tokens could never buy.
    pub bought: TokenAmount,
    /// What buying may still do.
    pub buy: Allowance,
    /// What selling may still do.
    pub sell: Allowance,
    /// The live price.
    pub price: Price,
    /// Seconds since the price was read.
    pub price_age_secs: u64,
    /// From this age on a price is stale.
    pub price_age_limit_secs: u64,
    /// The price of an exchange, where the person wants the pool to be compared with it.
    pub reference: Option<Reference>,
    /// Seconds until the session ends, in block time.
    pub left_secs: u64,
    /// Seconds that a trade needs to be sure of its end.
    pub least_left_secs: u64,
    /// With fewer seconds left nothing is bought, however fast the candles are.
    pub least_buying_secs: u64,
    /// Whether the person paused, or revoking has begun.
    pub is_paused: bool,
    /// Whether another tab trades.
    pub is_other_tab: bool,
    /// Whether an earlier operation has no outcome yet.
    pub is_in_flight: bool,
    /// The circuit breaker that is open, with the seconds until it closes.
    pub breaker: Option<(BreakerReason, u64)>,
    /// What is seen of chain or services, if it forbids trading.
    pub alarm: Option<Alarm>,
    /// The protection that keeps from buying.
    pub guard: Option<GuardReason>,
    /// How far the price swings within a candle, as [`crate::market::Atr`] has it, once that is known.
    pub swing: Option<Price>,
    /// Whether the sell permission is live, or its enabling operation was just estimated and sponsored.
    pub is_sell_proven: bool,
}

impl RiskContext {
    /// Everything in the account, in quote units at the live price.
    pub fn worth(&self) -> TokenAmount {
        let base = self.pair.worth(self.base_balance, self.price);
        TokenAmount(self.quote_balance.0.saturating_add(base.0))
    }
}

/// The order that `signal` asks for, or the first gate that blocks it, in this order: paused, another tab, an
/// operation in flight, an open circuit breaker, an alarm, too little time, a stale price, an exchange that says otherwise or
/// nothing, a position that is already there (buy) or missing (sell), too little time to sell again (buy), selling not
/// proven (buy), outside the band, uses, budget, nothing left to sell with
/// (buy), balance, a protection (buy), the chosen size (buy).
///
/// Buying starts only when flat: with less than one sell lot held. It takes as many lots as the chosen size, one
/// trade, both budgets and the balance allow, since what is bought must be sold again. Selling takes the whole
/// position in whole lots, as far as one trade and the budget allow; what is left is sold at the next signal to sell,
/// and less than a lot counts as nothing.
///
/// # Errors
/// [`RiskRefused`].
pub fn assess(signal: Signal, context: &RiskContext) -> Result<RiskApproved<Order>, RiskRefused> {
    let terms = &context.terms;
    standing_gates(context)?;
    let held_lots = context.position.whole_lots(terms.sell_lot);
    let bought_lots = context.bought.whole_lots(terms.sell_lot);
    let (allowance, funded_lots) = match signal.side {
        Side::Buy if bought_lots > 0 => return Err(RiskRefused::AlreadyLong),
        Side::Buy if context.left_secs < round_trip_secs(context) => {
            return Err(RiskRefused::NoTimeToSell { left_secs: context.left_secs });
        }
        Side::Buy if !context.is_sell_proven => return Err(RiskRefused::SellNotProven),
        Side::Buy => (context.buy, context.quote_balance.whole_lots(terms.buy_lot)),
        Side::Sell if held_lots == 0 => return Err(RiskRefused::NoPosition),
        Side::Sell => (context.sell, context.base_balance.whole_lots(terms.sell_lot).min(held_lots)),
    };
    band_gate(signal.side, context)?;
    if allowance.uses_left <= 1 {
        return Err(RiskRefused::UsesUsedUp);
    }
    if allowance.lots_left == 0 {
        return Err(RiskRefused::BudgetUsedUp);
    }
    let is_buy = signal.side == Side::Buy;
    if is_buy && (context.sell.lots_left == 0 || context.sell.uses_left <= 1) {
        return Err(RiskRefused::CouldNotSell);
    }
    if funded_lots == 0 {
        return Err(RiskRefused::BalanceBelowLot);
    }
    if let Some(reason) = context.guard.filter(|_| is_buy) {
        return Err(RiskRefused::Guarded(reason));
    }
    let entry_lots = if is_buy { terms.sizing.lots(context)?.min(context.sell.lots_left) } else { u64::MAX };
    let lots = funded_lots.min(allowance.lots_left).min(entry_lots).min(terms.lots_per_trade.max(1).into());
    let lots = u32::try_from(lots).unwrap_or(u32::MAX);
    Ok(RiskApproved::new(Order { side: signal.side, lots, signal }))
}

/// What buying and selling again take at least: two trades, and a candle in which the averages can cross back, with
/// the one after it.
fn round_trip_secs(context: &RiskContext) -> u64 {
    let least = 2 * (context.least_left_secs + u64::from(context.terms.strategy.interval.0));
    least.max(context.least_buying_secs)
}

/// The gates that have nothing to do with which way to trade.
fn standing_gates(context: &RiskContext) -> Result<(), RiskRefused> {
    let refused = |(reason, left_secs)| Err(RiskRefused::BreakerOpen { reason, left_secs });
    match () {
        () if context.is_paused => Err(RiskRefused::Paused),
        () if context.is_other_tab => Err(RiskRefused::OtherTab),
        () if context.is_in_flight => Err(RiskRefused::OperationInFlight),
        () if context.breaker.is_some() => context.breaker.map_or(Ok(()), refused),
        () if context.alarm.is_some() => {
            context.alarm.map_or(Ok(()), |alarm| Err(RiskRefused::Alarmed(alarm)))
        }
        () if context.left_secs < context.least_left_secs => {
            Err(RiskRefused::EndsSoon { left_secs: context.left_secs })
        }
        () if context.price_age_secs >= context.price_age_limit_secs => {
            Err(RiskRefused::StalePrice { age_secs: context.price_age_secs })
        }
        () => context.reference.map_or(Ok(()), |reference| reference.gate(context.price)),
    }
}

fn band_gate(side: Side, context: &RiskContext) -> Result<(), RiskRefused> {
    let (limit, is_outside) = match side {
        Side::Buy => (context.terms.highest_buy, context.price > context.terms.highest_buy),
        Side::Sell => (context.terms.lowest_sell, context.price < context.terms.lowest_sell),
    };
    let refused = || RiskRefused::OutsideBand { price: context.price.brief(), limit: limit.brief() };
    if is_outside { Err(refused()) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
