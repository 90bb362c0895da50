//! What the chain says of every entry.

use std::collections::BTreeSet;

use alloy_primitives::B256;

use super::{Entry, Found, SavedJournal, line};
use crate::app::ProofLine;
use crate::contracts::PoolFacts;
use crate::trading::{Fill, Side};

pub(super) fn lines(saved: &SavedJournal, found: &[Found], pool: &PoolFacts) -> [ProofLine; 3] {
    let on_chain = |entry: &Entry| found.iter().find(|found| entry.operation == Some(found.outcome.hash.0));
    let named = |fault: fn(&Entry, Option<&Found>, &PoolFacts) -> Option<&'static str>| {
        let of = |entry: &Entry| Some(format!("{}: {}.", entry.name(), fault(entry, on_chain(entry), pool)?));
        saved.entries.iter().filter_map(of).collect::<Vec<_>>()
    };
    let mined = saved.entries.iter().filter(|entry| entry.mined().is_some()).count();
    let told = format!("Mined: {mined}, by the EntryPoint’s own events.");
    let moved = saved.entries.iter().filter(|entry| !entry.side.is_empty()).count();
    [
        line(
            "Every operation is on chain as the file says, or is not there as it says",
            told,
            &named(outcome),
        ),
        line(
            "Every trade moved what the file says",
            format!("Trades: {moved}, by the tokens’ own logs."),
            &named(movement),
        ),
        completeness(saved, found),
    ]
}

fn outcome(entry: &Entry, found: Option<&Found>, _: &PoolFacts) -> Option<&'static str> {
    match (entry.mined(), found) {
        (Some(_), None) => Some("the chain knows nothing of it"),
        (None, Some(_)) if entry.is_given_up() => Some("it was mined, and the file says it was not"),
        (None, _) => None,
        (Some(success), Some(Found { outcome, .. })) => {
            let is_settled = !entry.state.starts_with("included");
            let is_told = success == outcome.success
                && entry.transaction == Some(outcome.transaction)
                && entry.block == outcome.block.to_string()
                && (!is_settled || entry.gas_wei == outcome.gas_cost_wei.to_string());
            (!is_told).then_some("the chain tells its outcome, transaction, block or gas otherwise")
        }
    }
}

fn movement(entry: &Entry, found: Option<&Found>, pool: &PoolFacts) -> Option<&'static str> {
    let told = [&entry.side, &entry.base, &entry.quote];
    let fill = found.and_then(|found| found.fill.as_ref());
    let Some(Fill { side, base, quote, .. }) = fill.filter(|_| entry.state == "filled") else {
        let is_silent = told.iter().all(|text| text.is_empty());
        return (!is_silent).then_some("the chain knows of no such trade");
    };
    // An exit sells on the way to a withdrawal, which the journal keeps as the withdrawal.
    let side = if *side == Side::Buy { "buy" } else { "sell" };
    let is_told =
        told == [&side.to_owned(), &base.format(pool.base.decimals), &quote.format(pool.quote.decimals)];
    (!is_told).then_some("the tokens’ logs tell other amounts")
}

/// Between the first block that the file tells of and the last one, the account did nothing else.
fn completeness(saved: &SavedJournal, found: &[Found]) -> ProofLine {
    let known: BTreeSet<B256> = saved.entries.iter().filter_map(|entry| entry.operation).collect();
    let blocks = saved.entries.iter().filter_map(|entry| entry.block.parse::<u64>().ok());
    let last = blocks.clone().max().unwrap_or_default();
    let first = saved.first_block();
    let within = |found: &&Found| (first..=last).contains(&found.outcome.block);
    let missing: Vec<_> = found
        .iter()
        .filter(within)
        .filter(|found| !known.contains(&found.outcome.hash.0))
        .map(|found| {
            format!("Operation {} in block {} is not in the file.", found.outcome.hash.0, found.outcome.block)
        })
        .collect();
    let later = found
        .iter()
        .filter(|found| found.outcome.block > last && !known.contains(&found.outcome.hash.0))
        .count();
    let newer = if later == 0 { String::new() } else { format!(" {later} more came after the file.") };
    let told = format!("Blocks {first} to {last}.{newer}");
    line("The file leaves out nothing that the account did", told, &missing)
}
