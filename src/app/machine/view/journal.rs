//! Rows of the journal in words.

use alloy_primitives::U256;

use crate::app::export::ExportRow;
use crate::app::{JournalView, MarkerView};
use crate::contracts::PoolFacts;
use crate::trading::{Cause, Fill, JournalEntry, OrderState, Purpose, Side, Signal};
use crate::units::Price;

pub(super) fn row(entry: &JournalEntry, pool: &PoolFacts) -> JournalView {
    let mut history: Vec<_> = Vec::new();
    let mut entered = entry.planned_at.0;
    for change in &entry.history {
        history.push((change.name.clone(), entered));
        entered = change.at.0;
    }
    history.push((entry.state.name().to_owned(), entered));
    JournalView {
        id: entry.id,
        at_secs: entry.planned_at.0,
        title: title(&entry.purpose),
        state: entry.state.name().to_owned(),
        cause: cause(&entry.purpose),
        outcome: outcome(entry, pool),
        transaction: entry.state.inclusion().map(|inclusion| inclusion.transaction.to_string()),
        operation: entry.operation_hash().map(|hash| hash.to_string()),
        history,
    }
}

pub(super) fn export_row<'a>(entry: &'a JournalEntry, pool: &PoolFacts) -> ExportRow<'a> {
    ExportRow {
        entry,
        title: title(&entry.purpose),
        cause: cause(&entry.purpose),
        outcome: outcome(entry, pool),
    }
}

fn title(purpose: &Purpose) -> String {
    match purpose {
        Purpose::Trade(order) => {
            let verb = if order.side == Side::Buy { "Buy" } else { "Sell" };
            format!("{verb} {} {}", order.lots, if order.lots == 1 { "lot" } else { "lots" })
        }
        Purpose::Replacement => "Replace a stuck trade".to_owned(),
        Purpose::Renounce => "End the session".to_owned(),
        Purpose::OwnerRevoke => "End the session as the owner".to_owned(),
        Purpose::Withdraw => "Withdraw".to_owned(),
        Purpose::Recovered => "Found on chain".to_owned(),
    }
}

fn cause(purpose: &Purpose) -> String {
    match purpose {
        Purpose::Trade(order) => signal_words(&order.signal),
        Purpose::Replacement => "The trade before it was not mined in time.".to_owned(),
        Purpose::Renounce => "Revoke was pressed; the session key ended itself.".to_owned(),
        Purpose::OwnerRevoke => "Revoke was pressed; the owner signed.".to_owned(),
        Purpose::Withdraw => "Withdraw was pressed; the owner signed.".to_owned(),
        Purpose::Recovered => {
            "The session did this on chain, and this browser had no record of it.".to_owned()
        }
    }
}

/// The candle and what at its close caused a trade, so that anybody can replay it.
fn signal_words(signal: &Signal) -> String {
    let Signal { side, candle_open_at, close, cause } = signal;
    let at = format!("At the close of the candle of {} ({})", candle_open_at.0, close.brief());
    match cause {
        Cause::Cross { fast_before, slow_before, fast, slow } => {
            let direction = if *side == Side::Buy { "above" } else { "below" };
            format!(
                "{at}, the fast average went {direction} the slow one: {fast_before:.4} / {slow_before:.4} → {fast:.4} / {slow:.4}."
            )
        }
        Cause::StopLoss { .. } | Cause::TakeProfit { .. } | Cause::TrailingStop { .. } => {
            format!("{at}, {signal}.")
        }
    }
}

fn outcome(entry: &JournalEntry, pool: &PoolFacts) -> String {
    match &entry.state {
        OrderState::Settled { fill: Some(fill), .. } => fill_words(fill, pool),
        OrderState::Settled { .. } if entry.state.succeeded() => "Done.".to_owned(),
        OrderState::Settled { revert_reason, .. } => {
            let reason = revert_reason.as_deref().unwrap_or("its calls were undone.");
            let cost = match entry.purpose {
                Purpose::Trade(order) => {
                    format!(" It used up {} of the budget’s lots and one use.", order.lots)
                }
                Purpose::Replacement
                | Purpose::Renounce
                | Purpose::OwnerRevoke
                | Purpose::Withdraw
                | Purpose::Recovered => String::new(),
            };
            format!("Nothing moved: {reason}{cost}")
        }
        OrderState::Abandoned { why } | OrderState::Unknown { why } => why.clone(),
        OrderState::Expired => "Its time passed before it was mined; it can never happen.".to_owned(),
        OrderState::Replaced { .. } => "Another operation took its place; it can never happen.".to_owned(),
        OrderState::Planned | OrderState::Signed | OrderState::Sent { .. } | OrderState::Included(_) => {
            String::new()
        }
    }
}

pub(in crate::app::machine) fn fill_words(fill: &Fill, pool: &PoolFacts) -> String {
    let base = format!("{} {}", fill.base.brief(pool.base.decimals), pool.base.symbol);
    let quote = format!("{} {}", fill.quote.brief(pool.quote.decimals), pool.quote.symbol);
    let (paid, got) = if fill.side == Side::Buy { (quote, base) } else { (base, quote) };
    let price = price_of(fill, pool).map(|price| format!(" at {}", price.brief())).unwrap_or_default();
    format!("Paid {paid}, got {got}{price}.")
}

fn price_of(fill: &Fill, pool: &PoolFacts) -> Option<Price> {
    Price::from_amounts(fill.quote, pool.quote.decimals, fill.base, pool.base.decimals).ok()
}

pub(super) fn marker(entry: &JournalEntry, pool: &PoolFacts) -> Option<MarkerView> {
    let fill = entry.state.fill()?;
    let price = price_of(fill, pool)?.to_f64();
    Some(MarkerView { id: entry.id, at_secs: fill.at.0, side: fill.side, price, is_paper: false })
}

/// Gas of all settled operations, in wei.
pub(super) fn gas_paid<'a>(entries: impl Iterator<Item = &'a JournalEntry>) -> U256 {
    entries.filter_map(|entry| entry.state.gas_cost_wei()).fold(U256::ZERO, U256::saturating_add)
}
