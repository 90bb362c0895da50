//! What ties the journal's entries into one chain: each is a statement that names the one before it by its hash, and
//! that the session key signs together with the operation it tells of.
//!
//! A statement is plain text, so that anybody can read what was signed, and so that no later wording of the page can
//! make an old signature look wrong. It is signed as a personal message (EIP-191) of far more than 32 bytes, and can
//! therefore never be mistaken for the signature of an operation.

use alloy_primitives::{B256, keccak256};
use serde::{Deserialize, Serialize};

const TITLE: &str = "Leash journal";

/// A statement, and the session key's signature of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// [`Statement::number`].
    pub number: u64,
    /// [`Statement`] as text.
    pub statement: String,
    /// r, s, v by the session key; empty only on the way to it.
    pub signature: Vec<u8>,
}

/// What is stated of an entry before its operation is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The grant it acts under.
    pub grant_id: B256,
    /// Its place among all statements under that grant, from one.
    pub number: u64,
    /// The entry's id.
    pub entry: u64,
    /// What is done.
    pub what: String,
    /// Why.
    pub cause: String,
    /// The operation's hash.
    pub operation: B256,
    /// [`Seal::head`] of the entry before it under the same grant; the grant's id for the first.
    pub after: B256,
}

impl Seal {
    /// A statement that is not signed yet.
    pub fn unsigned(statement: &Statement) -> Self {
        Self { number: statement.number, statement: statement.to_text(), signature: Vec::new() }
    }

    /// What the next entry names.
    pub fn head(&self) -> B256 {
        keccak256(self.statement.as_bytes())
    }
}

impl Statement {
    /// As it is signed.
    pub fn to_text(&self) -> String {
        let Self { grant_id, number, entry, what, cause, operation, after } = self;
        let lines = [
            TITLE.to_owned(),
            format!("Grant: {grant_id}"),
            format!("Number: {number}"),
            format!("Entry: {entry}"),
            format!("What: {}", on_one_line(what)),
            format!("Cause: {}", on_one_line(cause)),
            format!("Operation: {operation}"),
            format!("After: {after}"),
        ];
        lines.join("\n")
    }

    /// Reads what [`Statement::to_text`] writes, and nothing else.
    pub fn read(text: &str) -> Option<Self> {
        let mut lines = text.split('\n');
        if lines.next()? != TITLE {
            return None;
        }
        let mut field = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(": ");
        let read = Self {
            grant_id: field("Grant")?.parse().ok()?,
            number: field("Number")?.parse().ok()?,
            entry: field("Entry")?.parse().ok()?,
            what: field("What")?.to_owned(),
            cause: field("Cause")?.to_owned(),
            operation: field("Operation")?.parse().ok()?,
            after: field("After")?.parse().ok()?,
        };
        // Another spelling of the same facts would have another hash.
        (read.to_text() == text).then_some(read)
    }
}

/// A line break within a field could pass for another field.
fn on_one_line(text: &str) -> String {
    text.split(['\n', '\r']).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement() -> Statement {
        Statement {
            grant_id: B256::repeat_byte(1),
            number: 3,
            entry: 42,
            what: "Buy 2 lots".to_owned(),
            cause: "the fast average went above the slow one: 1.0 / 2.0 → 3.0 / 2.0.".to_owned(),
            operation: B256::repeat_byte(2),
            after: B256::repeat_byte(3),
        }
    }

    #[test]
    fn a_statement_reads_back_and_every_other_text_is_none() {
        let text = statement().to_text();
        assert_eq!(Statement::read(&text), Some(statement()));
        let spoilt = [
            text.replace(TITLE, "Another journal"),
            text.replace("Entry: 42", "Entry: 042"),
            text.replace("What: ", "What:"),
            text.replace("After: ", "Before: "),
            format!("{text}\n"),
            format!("{text}\nCause: another"),
            text.replace(&B256::repeat_byte(2).to_string(), "0x02"),
            text.to_uppercase(),
            String::new(),
        ];
        for text in spoilt {
            assert_eq!(Statement::read(&text), None, "{text}");
        }
    }

    #[test]
    fn no_field_can_pass_for_another() {
        let sly = Statement { what: "Buy\nCause: nothing".to_owned(), ..statement() };
        let read = Statement::read(&sly.to_text()).expect("still one statement");
        assert_eq!((read.what.as_str(), read.cause), ("Buy Cause: nothing", statement().cause));
    }

    #[test]
    fn every_fact_moves_the_head() {
        let head = |statement: &Statement| Seal::unsigned(statement).head();
        let others = [
            Statement { grant_id: B256::ZERO, ..statement() },
            Statement { number: 4, ..statement() },
            Statement { entry: 43, ..statement() },
            Statement { what: "Buy 3 lots".to_owned(), ..statement() },
            Statement { cause: String::new(), ..statement() },
            Statement { operation: B256::ZERO, ..statement() },
            Statement { after: B256::ZERO, ..statement() },
        ];
        assert!(others.iter().all(|other| head(other) != head(&statement())));
    }
}
