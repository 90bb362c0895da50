//! The journal as a file: every entry of the shown account, not only those that the page has room for.

use std::fmt::Write as _;

use alloy_primitives::{B256, Bytes, hex};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::contracts::PoolFacts;
use crate::trading::{JournalEntry, Side, Statement};

/// What the file for programs begins with, so that it is known again.
pub(super) const FORMAT: &str = "leash-journal-1";

/// In which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExportFormat {
    /// A table for spreadsheets (RFC 4180).
    Csv,
    /// For programs, with every state that an entry went through and what the session key signed of it: this one can
    /// be checked against the chain again.
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

/// Whose journal it is.
pub(super) struct ExportHead {
    pub(super) chain_id: u64,
    /// Id and bytes of every grant that its entries may be under.
    pub(super) grants: Vec<(B256, Bytes)>,
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
    pub(super) fn journal(
        head: &ExportHead,
        rows: &[ExportRow<'_>],
        pool: &PoolFacts,
        format: ExportFormat,
    ) -> Self {
        match format {
            ExportFormat::Csv => Self {
                name: "leash-journal.csv".to_owned(),
                mime: "text/csv;charset=utf-8".to_owned(),
                text: csv(rows, pool),
            },
            ExportFormat::Json => Self {
                name: "leash-journal.json".to_owned(),
                mime: "application/json".to_owned(),
                text: json(head, rows, pool),
            },
        }
    }
}

impl ExportRow<'_> {
    /// As texts, in the order of [`COLUMNS`].
    fn cells(&self, pool: &PoolFacts) -> [String; 13] {
        let Self { entry, title, cause, outcome } = self;
        // What was signed is told as it was signed, whatever words are used for it now.
        let stated = entry.seal.as_ref().and_then(|seal| Statement::read(&seal.statement));
        let (title, cause) =
            stated.map_or_else(|| (title.clone(), cause.clone()), |stated| (stated.what, stated.cause));
        let inclusion = entry.state.inclusion();
        let fill = entry.state.fill();
        let or_empty = |text: Option<String>| text.unwrap_or_default();
        let side = |side: Side| if side == Side::Buy { "buy" } else { "sell" };
        [
            entry.id.to_string(),
            entry.planned_at.0.to_string(),
            title,
            entry.state.name().to_owned(),
            cause,
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

fn json(head: &ExportHead, rows: &[ExportRow<'_>], pool: &PoolFacts) -> String {
    let entry = |row: &ExportRow<'_>| {
        let cells = row.cells(pool).into_iter().zip(COLUMNS);
        let mut object: serde_json::Map<_, _> = cells
            .filter(|(text, _)| !text.is_empty())
            .map(|(text, name)| (name.to_owned(), json!(text)))
            .collect();
        let history =
            row.entry.history.iter().map(|change| json!({ "left": change.name, "at_unix_s": change.at.0 }));
        object.insert("history".to_owned(), history.collect());
        object.insert("account".to_owned(), json!(row.entry.account));
        object.insert("planned_at_block".to_owned(), json!(row.entry.planned_at_block));
        if let Some(seal) = row.entry.seal.as_ref() {
            object.insert("statement".to_owned(), json!(seal.statement));
            object.insert("signature".to_owned(), json!(hex::encode_prefixed(&seal.signature)));
        }
        Value::Object(object)
    };
    let grants = head.grants.iter().map(|(id, signed)| json!({ "id": id, "signed": signed }));
    let file = json!({
        "format": FORMAT,
        "chain_id": head.chain_id,
        "grants": grants.collect::<Vec<_>>(),
        "entries": rows.iter().map(entry).collect::<Vec<_>>(),
    });
    serde_json::to_string_pretty(&file).unwrap_or_default()
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
            seal: None,
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
        let head = ExportHead { chain_id: 31_337, grants: vec![(B256::ZERO, Bytes::from_static(&[1, 2]))] };
        ExportFile::journal(&head, &[row], &pool(), format)
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
        let told: Value = serde_json::from_str(&file.text).expect("JSON");
        let entry = &told["entries"][0];
        assert_eq!(entry["what"], "=1+1", "no spreadsheet reads it");
        assert_eq!((&entry["base"], &entry["outcome"]), (&json!("1.5"), &Value::Null));
        assert_eq!(entry["history"], json!([{ "left": "planned", "at_unix_s": 11 }]));
        assert_eq!(told["grants"], json!([{ "id": B256::ZERO, "signed": "0x0102" }]));
    }
}
