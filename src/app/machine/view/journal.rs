//! Rows of the journal in words.

use alloy_primitives::U256;

use crate::account::{Fees, NonceKey, UserOperation};
use crate::app::export::ExportRow;
use crate::app::machine::Machine;
use crate::app::machine::journal::Version;
use crate::app::machine::trade::{AT_MOST_FEES, most_fees};
use crate::app::{
    EntryDetails, Headline, JOURNAL_ROWS, JournalFilter, JournalPage, JournalQuery, JournalView, MarkerView,
    batch,
};
use crate::contracts::{Network, PoolFacts};
use crate::trading::{Cause, Fill, JournalEntry, OrderState, Purpose, Side, Signal};
use crate::units::{Price, TokenAmount};

/// Entries that news are told of.
const HEADLINES: usize = 4;

/// What the page sees of the journal. Counting a long one and wording its rows anew with every event would take longer
/// than all the rest.
#[derive(Debug, Default)]
pub(in crate::app::machine) struct Shown {
    sources: Sources,
    pub(super) rows: Vec<JournalView>,
    pub(super) page: JournalPage,
    pub(super) headlines: Vec<Headline>,
    /// Gas of all settled operations, in wei.
    pub(super) gas: U256,
}

/// What it is made of.
#[derive(Debug, Default, PartialEq)]
struct Sources {
    version: Version,
    query: JournalQuery,
    inspected: Vec<u64>,
}

impl Machine {
    /// Looks at the journal again where the page would see something else.
    pub(in crate::app::machine) fn show_journal(&mut self) {
        let (version, query, inspected) = (self.version(), self.desk.query, self.desk.inspected.clone());
        let sources = Sources { version, query, inspected };
        if sources == self.shown.sources {
            return;
        }
        let pool = self.services.network.pool.as_ref();
        let newest = self.entries_here().rev().take(HEADLINES);
        let headlines = |pool| newest.map(|entry| headline(entry, pool)).collect();
        self.shown = Shown {
            sources,
            rows: pool.map(|pool| rows(self, pool)).unwrap_or_default(),
            page: page(self),
            headlines: pool.map(headlines).unwrap_or_default(),
            gas: gas_paid(self.entries_here()),
        };
    }
}

/// The rows of the shown page.
fn rows(machine: &Machine, pool: &PoolFacts) -> Vec<JournalView> {
    let JournalQuery { filter, page } = page_number(machine).0;
    let size = usize::try_from(JOURNAL_ROWS).unwrap_or(usize::MAX);
    let passes = |entry: &&JournalEntry| lets_through(filter, entry);
    let skipped = usize::try_from(page).unwrap_or(usize::MAX).saturating_mul(size);
    let shown = machine.entries_here().rev().filter(passes).skip(skipped).take(size);
    shown.map(|entry| row(entry, pool)).collect()
}

fn page(machine: &Machine) -> JournalPage {
    let (query, count) = page_number(machine);
    let network = machine.services.network;
    let inspected = |id: &u64| machine.entries_here().find(|entry| entry.id == *id);
    let of = |entry| details(entry, replaced_by(machine, entry), network);
    let details = machine.desk.inspected.iter().filter_map(inspected).map(of);
    let total = u32::try_from(machine.entries_here().count()).unwrap_or(u32::MAX);
    JournalPage { query, count, total, details: details.collect() }
}

/// The page that is shown, which exists, and how many entries its filter lets through.
fn page_number(machine: &Machine) -> (JournalQuery, u32) {
    let JournalQuery { filter, page } = machine.desk.query;
    let count = machine.entries_here().filter(|entry| lets_through(filter, entry)).count();
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    let last = count.saturating_sub(1) / JOURNAL_ROWS;
    (JournalQuery { filter, page: page.min(last) }, count)
}

fn lets_through(filter: JournalFilter, entry: &JournalEntry) -> bool {
    let is_trade = matches!(entry.purpose, Purpose::Trade(_) | Purpose::Replacement);
    match filter {
        JournalFilter::All => true,
        JournalFilter::Filled => is_trade && entry.state.succeeded(),
        JournalFilter::Failed => entry.state.is_final() && !entry.state.succeeded(),
        JournalFilter::Other => !is_trade,
    }
}

fn headline(entry: &JournalEntry, pool: &PoolFacts) -> Headline {
    let (title, state) = (title(&entry.purpose), entry.state.name());
    Headline {
        id: entry.id,
        state: state.to_owned(),
        text: format!("{title}: {state}. {}", outcome(entry, pool)),
    }
}

/// The fees of the trade that a replacement takes the nonce of.
fn replaced_by(machine: &Machine, entry: &JournalEntry) -> Option<Fees> {
    let nonce = entry.signed.as_ref().filter(|_| entry.purpose == Purpose::Replacement)?.nonce;
    let is_it = |other: &&JournalEntry| {
        let has_its_nonce = other.signed.as_ref().is_some_and(|signed| signed.nonce == nonce);
        has_its_nonce && matches!(other.purpose, Purpose::Trade(_)) && other.grant_id == entry.grant_id
    };
    let stuck = machine.entries_here().rev().find(is_it)?;
    operation_of(stuck).map(|operation| operation.fees())
}

/// What was signed for an entry, read back from its bytes.
fn operation_of(entry: &JournalEntry) -> Option<UserOperation> {
    UserOperation::from_bytes(&entry.signed.as_ref()?.operation).ok()
}

/// `stuck` are the fees of the trade that it replaces.
fn details(entry: &JournalEntry, stuck: Option<Fees>, network: &Network) -> EntryDetails {
    let (calls, facts) = match operation_of(entry) {
        Some(operation) => {
            let mut facts = facts(entry, &operation);
            facts.extend(stuck.map(|stuck| most_per_gas(operation.fees(), stuck)));
            (batch::sentences(operation.call_data(), network), facts)
        }
        None => (Vec::new(), Vec::new()),
    };
    let statement = entry.seal.as_ref().map(|seal| seal.statement.clone());
    EntryDetails { id: entry.id, calls, facts, statement }
}

/// How far a replacement may go.
fn most_per_gas(offered: Fees, stuck: Fees) -> (String, String) {
    let most = most_fees(stuck);
    let amount = TokenAmount::from_raw(most.max).format(18);
    let value = if offered == most {
        format!("{amount} ETH, which is offered. {AT_MOST_FEES}")
    } else {
        format!("{amount} ETH per gas, ten times what the trade offered")
    };
    ("A replacement may offer".to_owned(), value)
}

fn facts(entry: &JournalEntry, operation: &UserOperation) -> Vec<(String, String)> {
    let (lane, sequence) = NonceKey::split(operation.nonce());
    let (gas, fees) = (operation.gas(), operation.fees());
    let paid = entry.state.gas_cost_wei().map(|wei| format!(": {} ETH", TokenAmount(wei).format(18)));
    let payer = match operation.sponsorship() {
        Some(sponsor) => format!("the sponsor {}{}", sponsor.paymaster, paid.unwrap_or_default()),
        // To the EntryPoint it cost nothing: the transaction did, and only the wallet knows how much.
        None => "the owner, by a transaction of their own; the wallet tells how much".to_owned(),
    };
    let fact = |label: &str, value: String| (label.to_owned(), value);
    vec![
        fact("Gas is paid by", payer),
        fact("Most gas", format!("{} to run, {} to be checked", gas.call, gas.verification)),
        fact("Most per gas", format!("{} ETH", TokenAmount::from_raw(fees.max).format(18))),
        fact("Nonce", format!("{sequence} in lane {:#x}", lane.key())),
    ]
}

fn row(entry: &JournalEntry, pool: &PoolFacts) -> JournalView {
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

pub(in crate::app::machine) fn title(purpose: &Purpose) -> String {
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

pub(in crate::app::machine) fn cause(purpose: &Purpose) -> String {
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
        Cause::StopLoss { .. } | Cause::TakeProfit { .. } | Cause::TrailingStop { .. } | Cause::Start => {
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
fn gas_paid<'a>(entries: impl Iterator<Item = &'a JournalEntry>) -> U256 {
    entries.filter_map(|entry| entry.state.gas_cost_wei()).fold(U256::ZERO, U256::saturating_add)
}
