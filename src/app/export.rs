//! The journal as a file: every entry of the shown account, not only those that the page has room for.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::contracts::PoolFacts;
use crate::trading::{JournalEntry, Side};

/// In which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExportFormat {
    /// A table for spreadsheets (RFC 4180).
    Csv,
    /// For programs, with every state that an entry went through.
    Json,
}

/// A file to be saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportFile {
    /// What it is called.
    pub name: String,
    /// Its type.
    pub mime: String,
    /// What is in it.
    pub text: String,
}

/// What of an entry is told, in words where the page has words for it.
pub(super) struct ExportRow<'a> {
    pub(super) entry: &'a JournalEntry,
    pub(super) title: String,
    pub(super) cause: String,
    pub(super) outcome: String,
}

const COLUMNS: [&str; 13] = [
    "id",
    "planned_at_unix_s",
    "what",
    "state",
    "cause",
    "outcome",
    "operation",
    "transaction",
    "block",
    "side",
    "base",
    "quote",
    "gas_wei",
];

impl ExportFile {
    /// The journal of `rows`, oldest first.
    pub(super) fn journal(rows: &[ExportRow<'_>], pool: &PoolFacts, format: ExportFormat) -> Self {
        match format {
            ExportFormat::Csv => Self {
                name: "leash-journal.csv".to_owned(),
                mime: "text/csv;charset=utf-8".to_owned(),
                text: csv(rows, pool),
            },
            ExportFormat::Json => Self {
                name: "leash-journal.json".to_owned(),
                mime: "application/json".to_owned(),
                text: json(rows, pool),
            },
        }
    }
}

impl ExportRow<'_> {
    /// As texts, in the order of [`COLUMNS`].
    fn cells(&self, pool: &PoolFacts) -> [String; 13] {
        let Self { entry, title, cause, outcome } = self;
        let inclusion = entry.state.inclusion();
        let fill = entry.state.fill();
        let or_empty = |text: Option<String>| text.unwrap_or_default();
        let side = |side: Side| if side == Side::Buy { "buy" } else { "sell" };
        [
            entry.id.to_string(),
            entry.planned_at.0.to_string(),
            title.clone(),
            entry.state.name().to_owned(),
            cause.clone(),
            outcome.clone(),
            or_empty(entry.operation_hash().map(|hash| hash.to_string())),
            or_empty(inclusion.map(|it| it.transaction.to_string())),
            or_empty(inclusion.map(|it| it.block.to_string())),
            or_empty(fill.map(|fill| side(fill.side).to_owned())),
            or_empty(fill.map(|fill| fill.base.format(pool.base.decimals))),
            or_empty(fill.map(|fill| fill.quote.format(pool.quote.decimals))),
            or_empty(entry.state.gas_cost_wei().map(|wei| wei.to_string())),
        ]
    }
}

fn csv(rows: &[ExportRow<'_>], pool: &PoolFacts) -> String {
    let mut table = COLUMNS.join(",");
    table.push_str("\r\n");
    for row in rows {
        for (index, text) in row.cells(pool).iter().enumerate() {
            if index > 0 {
                table.push(',');
            }
            table.push_str(&cell(text));
        }
        table.push_str("\r\n");
    }
    table
}

/// A cell that a spreadsheet shows and never works out: what would begin a formula is marked as text
/// (<https://owasp.org/www-community/attacks/CSV_Injection>).
fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let mut safe = String::new();
    let mark = if is_formula { "'" } else { "" };
    // Writing to a text does not fail.
    let _infallible = write!(safe, "{mark}{text}");
    if safe.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", safe.replace('"', "\"\"")) } else { safe }
}

fn json(rows: &[ExportRow<'_>], pool: &PoolFacts) -> String {
    let object = |row: &ExportRow<'_>| {
        let cells = row.cells(pool).into_iter().zip(COLUMNS);
        let mut object: serde_json::Map<_, _> = cells
            .filter(|(text, _)| !text.is_empty())
            .map(|(text, name)| (name.to_owned(), json!(text)))
            .collect();
        let history =
            row.entry.history.iter().map(|change| json!({ "left": change.name, "at_unix_s": change.at.0 }));
        object.insert("history".to_owned(), history.collect());
        object
    };
    let all: Vec<_> = rows.iter().map(object).collect();
    serde_json::to_string_pretty(&all).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{Address, B256, U256};

    use super::*;
    use crate::trading::{Fill, Inclusion, OrderState, Purpose, SignedBytes};
    use crate::units::{TokenAmount, UnixSecs};

    fn pool() -> PoolFacts {
        crate::contracts::network_by_id("local").and_then(|network| network.pool).expect("a pool")
    }

    fn entry() -> JournalEntry {
        let fill = Fill {
            side: Side::Sell,
            base: TokenAmount::from_raw(1_500_000_000_000_000_000),
            quote: TokenAmount::from_raw(3_000_250_000),
            block: 7,
            at: UnixSecs(11),
        };
        let inclusion = Inclusion {
            success: true,
            block: 7,
            block_hash: B256::repeat_byte(1),
            transaction: B256::repeat_byte(2),
        };
        let mut entry = JournalEntry {
            id: 5,
            chain_id: 31_337,
            account: Address::ZERO,
            grant_id: B256::ZERO,
            purpose: Purpose::Withdraw,
            planned_at: UnixSecs(9),
            planned_at_block: 6,
            signed: Some(SignedBytes {
                operation: Vec::new(),
                operation_hash: B256::repeat_byte(3),
                nonce: U256::ZERO,
                valid_until: UnixSecs(99),
            }),
            state: OrderState::Planned,
            history: Vec::new(),
        };
        let gas_cost_wei = U256::from(42);
        let settled = OrderState::Settled { inclusion, fill: Some(fill), revert_reason: None, gas_cost_wei };
        entry.advance(settled, UnixSecs(11));
        entry
    }

    fn file(title: &str, format: ExportFormat) -> ExportFile {
        let entry = entry();
        let row = ExportRow {
            entry: &entry,
            title: title.to_owned(),
            cause: "a, \"b\"".to_owned(),
            outcome: String::new(),
        };
        ExportFile::journal(&[row], &pool(), format)
    }

    #[test]
    fn a_row_has_every_column_and_no_cell_is_a_formula() {
        let hash = |byte: u8| B256::repeat_byte(byte).to_string();
        for (title, told) in [
            ("Sell 2 lots", "Sell 2 lots"),
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("=\"x\",y", "\"'=\"\"x\"\",y\""),
        ] {
            let file = file(title, ExportFormat::Csv);
            let expected =
                format!("5,9,{told},filled,\"a, \"\"b\"\"\",,{},{},7,sell,1.5,3000.25,42", hash(3), hash(2));
            let lines: Vec<&str> = file.text.split("\r\n").collect();
            assert_eq!(lines, [COLUMNS.join(",").as_str(), &expected, ""]);
        }
    }

    #[test]
    fn the_same_for_programs_has_the_history_too() {
        let file = file("=1+1", ExportFormat::Json);
        let told: serde_json::Value = serde_json::from_str(&file.text).expect("JSON");
        assert_eq!(told[0]["what"], "=1+1", "no spreadsheet reads it");
        assert_eq!((&told[0]["base"], &told[0]["outcome"]), (&json!("1.5"), &serde_json::Value::Null));
        assert_eq!(told[0]["history"], json!([{ "left": "planned", "at_unix_s": 11 }]));
    }
}
