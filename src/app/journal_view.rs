//! The journal as plain data for the page: a page of rows, what an unfolded one holds, and headlines.

use serde::{Deserialize, Serialize};

use super::JournalQuery;

/// Rows on one page.
pub const JOURNAL_ROWS: u32 = 50;

/// Which part of the journal is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalPage {
    /// What was asked for; a page that does not exist is the last one.
    pub query: JournalQuery,
    /// How many entries the filter lets through.
    pub count: u32,
    /// How many there are at all.
    pub total: u32,
    /// What the unfolded rows hold besides.
    pub details: Vec<EntryDetails>,
}

/// A row of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalView {
    /// The entry's id.
    pub id: u64,
    /// When it was planned, block time in seconds.
    pub at_secs: u64,
    /// `Buy 2 lots`, `Renounce`, …
    pub title: String,
    /// `sent`, `filled`, `reverted`, …
    pub state: String,
    /// The cross that caused it, or why it was done.
    pub cause: String,
    /// What moved, or why nothing did.
    pub outcome: String,
    /// Transaction hash, when included.
    pub transaction: Option<String>,
    /// Operation hash, when signed.
    pub operation: Option<String>,
    /// States with times, oldest first.
    pub history: Vec<(String, u64)>,
}

/// What an entry's operation does, decoded from the bytes that were signed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryDetails {
    /// The entry's id.
    pub id: u64,
    /// One sentence per call.
    pub calls: Vec<String>,
    /// Label and value: nonce, gas, fees, who pays.
    pub facts: Vec<(String, String)>,
    /// What the session key signed of it.
    pub statement: Option<String>,
}

/// How an entry stands, for notifications.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Headline {
    /// The entry's id.
    pub id: u64,
    /// `sent`, `filled`, `reverted`, …
    pub state: String,
    /// `Buy 2 lots: filled. Paid 100 USDC …`
    pub text: String,
}
