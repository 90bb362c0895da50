use alloy_primitives::{Address, B256, Bytes, U256, eip191_hash_message};
use serde_json::{Value, json};

use super::*;
use crate::account::UserOperationHash;
use crate::app::export::{ExportFile, ExportFormat, ExportHead, ExportRow};
use crate::app::machine::samples::{ACCOUNT, START, key, price, stored_grant, tokens};
use crate::trading::{
    Cause, Inclusion, JournalEntry, Order, OrderState, Purpose, Seal, Side, Signal, SignedBytes, Statement,
};

/// A journal of three trades under one grant, the last of which reverted, and a withdrawal by the owner.
struct Desk {
    entries: Vec<JournalEntry>,
    found: Vec<Found>,
    /// Whose account it is.
    owners: Vec<Address>,
    pool: PoolFacts,
}

fn order() -> Order {
    let cause = Cause::Cross { fast_before: 1.0, slow_before: 2.0, fast: 3.0, slow: 2.0 };
    let signal = Signal { side: Side::Buy, candle_open_at: START, close: price(2_500), cause };
    Order { side: Side::Buy, lots: 2, signal }
}

impl Desk {
    fn new() -> Self {
        Self::numbered([1, 2, 3])
    }

    /// With statements of these numbers, each behind the one before it.
    fn numbered(numbers: [u64; 3]) -> Self {
        let pool = crate::contracts::network_by_id("local").and_then(|network| network.pool).expect("a pool");
        let grant = stored_grant();
        let mut desk = Self { entries: Vec::new(), found: Vec::new(), owners: vec![key(2).address()], pool };
        let mut after = grant.id();
        for (number, stated) in (1..=3).zip(numbers) {
            let lane = grant.signed.grant().trade_lane().key();
            let nonce = (U256::from(lane) << 64) | U256::from(number - 1);
            let hash = B256::repeat_byte(u8::try_from(number).expect("few"));
            let statement = Statement {
                grant_id: grant.id(),
                number: stated,
                entry: number,
                what: "Buy 2 lots".to_owned(),
                cause: "because".to_owned(),
                operation: hash,
                after,
            };
            let mut seal = Seal::unsigned(&statement);
            seal.signature = key(1).sign_hash(eip191_hash_message(&seal.statement)).to_vec();
            after = seal.head();
            desk.add(Purpose::Trade(order()), number, (hash, nonce), Some(seal), number < 3);
        }
        desk.add(Purpose::Withdraw, 4, (B256::repeat_byte(4), U256::ZERO), None, true);
        desk
    }

    fn add(
        &mut self,
        purpose: Purpose,
        id: u64,
        (hash, nonce): (B256, U256),
        seal: Option<Seal>,
        success: bool,
    ) {
        let (block, transaction, gas_cost_wei) = (100 + id, B256::repeat_byte(0xee), U256::from(7));
        let is_filled = success && matches!(purpose, Purpose::Trade(_));
        let fill = is_filled.then(|| Fill {
            side: Side::Buy,
            base: tokens(1, 18),
            quote: tokens(2_500, 6),
            block,
            at: START,
        });
        let inclusion = Inclusion { success, block, block_hash: B256::ZERO, transaction };
        let state = OrderState::Settled { inclusion, fill, revert_reason: None, gas_cost_wei };
        let signed = SignedBytes { operation: Vec::new(), operation_hash: hash, nonce, valid_until: START };
        self.entries.push(JournalEntry {
            id,
            chain_id: 31_337,
            account: ACCOUNT,
            grant_id: stored_grant().id(),
            purpose,
            planned_at: START,
            planned_at_block: 100 + id,
            signed: Some(signed),
            seal,
            state,
            history: Vec::new(),
        });
        let outcome = OperationOutcome {
            hash: UserOperationHash(hash),
            sender: ACCOUNT,
            paymaster: Address::ZERO,
            nonce,
            success,
            gas_cost_wei,
            gas_used: U256::from(5),
            block,
            block_hash: B256::ZERO,
            transaction,
        };
        self.found.push(Found { outcome, fill });
    }

    /// The file that the page would save of it.
    fn saved(&self) -> Value {
        let rows: Vec<_> = self
            .entries
            .iter()
            .map(|entry| ExportRow {
                entry,
                title: "another wording of today".to_owned(),
                cause: "as well".to_owned(),
                outcome: String::new(),
            })
            .collect();
        let grant = stored_grant();
        let signed = Bytes::from(grant.signed.to_bytes().expect("memory suffices"));
        let head = ExportHead { chain_id: 31_337, grants: vec![(grant.id(), signed)] };
        let file = ExportFile::journal(&head, &rows, &self.pool, ExportFormat::Json);
        serde_json::from_str(&file.text).expect("JSON")
    }

    /// The claims that do not hold of `file`.
    fn broken(&self, file: &Value) -> Vec<usize> {
        let saved = SavedJournal::read(file.to_string().as_bytes()).expect("a journal");
        let lines = lines(&saved, &self.owners, &self.found, &self.pool);
        assert_eq!(lines.len(), 6);
        lines.iter().enumerate().filter(|(_, line)| !line.holds).map(|(index, _)| index).collect()
    }

    fn broken_after(&self, spoil: impl FnOnce(&mut Value)) -> Vec<usize> {
        let mut file = self.saved();
        let before = file.clone();
        spoil(&mut file);
        assert_ne!(file, before, "something was changed");
        self.broken(&file)
    }
}

const GRANTS: usize = 0;
const SIGNATURES: usize = 1;
const ORDER: usize = 2;
const OUTCOMES: usize = 3;
const MOVEMENTS: usize = 4;
const COMPLETENESS: usize = 5;

#[test]
fn what_was_saved_and_not_touched_holds() {
    let desk = Desk::new();
    assert_eq!(desk.broken(&desk.saved()), [0_usize; 0]);
}

#[test]
fn every_change_of_a_file_breaks_the_line_that_speaks_of_it() {
    let desk = Desk::new();
    let set = |entry: usize, field: &'static str, value: Value| {
        desk.broken_after(|file| file["entries"][entry][field] = value)
    };
    assert_eq!(set(0, "cause", json!("a better reason")), [SIGNATURES]);
    assert_eq!(set(0, "what", json!("Sell 2 lots")), [SIGNATURES]);
    assert_eq!(set(0, "id", json!("77")), [SIGNATURES]);
    assert_eq!(set(0, "signature", json!(format!("0x{}", "11".repeat(65)))), [SIGNATURES]);
    assert_eq!(set(0, "signature", json!("0x")), [SIGNATURES]);
    assert_eq!(set(2, "statement", Value::Null), [SIGNATURES]);
    assert_eq!(set(1, "transaction", json!(B256::ZERO)), [OUTCOMES]);
    assert_eq!(set(1, "gas_wei", json!("8")), [OUTCOMES]);
    assert_eq!(set(1, "state", json!("reverted")), [OUTCOMES, MOVEMENTS]);
    assert_eq!(set(2, "state", json!("filled")), [OUTCOMES]);
    assert_eq!(set(2, "state", json!("abandoned")), [OUTCOMES]);
    assert_eq!(set(3, "state", json!("expired")), [OUTCOMES], "also of the owner’s");
    assert_eq!(set(1, "quote", json!("2000")), [MOVEMENTS]);
    assert_eq!(set(1, "side", json!("sell")), [MOVEMENTS]);
    assert_eq!(set(2, "base", json!("1")), [MOVEMENTS], "nothing moved in what reverted");
    assert_eq!(
        set(0, "operation", json!(B256::repeat_byte(9))),
        [SIGNATURES, OUTCOMES, MOVEMENTS, COMPLETENESS]
    );
}

#[test]
fn a_row_that_is_taken_out_is_missed() {
    let desk = Desk::new();
    let without = |entry: usize| {
        desk.broken_after(|file| {
            file["entries"].as_array_mut().expect("entries").remove(entry);
        })
    };
    assert_eq!(without(1), [ORDER, COMPLETENESS]);
    assert_eq!(without(2), [COMPLETENESS], "the last statement is missed by the chain alone");
    assert_eq!(without(3), [0_usize; 0], "what came after the last row is told, and is no fault");
    let skipping = Desk::numbered([1, 2, 4]);
    assert_eq!(skipping.broken(&skipping.saved()), [ORDER], "a number is left out");
    let swapped = desk.broken_after(|file| file["entries"].as_array_mut().expect("entries").swap(0, 2));
    assert_eq!(swapped, [0_usize; 0], "rows may be sorted otherwise: their statements have numbers");
}

#[test]
fn a_grant_that_is_another_or_of_another_chain_is_no_grant() {
    let desk = Desk::new();
    let id = B256::repeat_byte(5);
    assert_eq!(desk.broken_after(|file| file["grants"][0]["id"] = json!(id)), [GRANTS, SIGNATURES]);
    assert_eq!(desk.broken_after(|file| file["grants"] = json!([])), [SIGNATURES]);
    let of_another_account = desk.broken_after(|file| {
        let entries = file["entries"].as_array_mut().expect("entries");
        entries.iter_mut().for_each(|entry| entry["account"] = json!(Address::ZERO));
    });
    assert_eq!(of_another_account, [GRANTS]);
    // Anybody can sign a grant, and with its key whatever reasons they like: it must be the account's owner.
    let of_a_stranger = Desk { owners: vec![key(3).address()], ..Desk::new() };
    assert_eq!(of_a_stranger.broken(&of_a_stranger.saved()), [GRANTS]);
    let of_another_chain = desk.broken_after(|file| file["chain_id"] = json!(1));
    assert_eq!(of_another_chain, [GRANTS]);
}

#[test]
fn what_is_no_journal_is_refused_in_words() {
    let refused = |file: &str| SavedJournal::read(file.as_bytes()).expect_err("no journal").sentence;
    let no_journal = "This file is no journal that was saved here as JSON.";
    for file in ["", "{", "[]", "{\"format\":1}", "id,what\r\n", "\u{0}"] {
        assert_eq!(refused(file), no_journal, "{file}");
    }
    let mut file = Desk::new().saved();
    file["format"] = json!("leash-journal-9");
    assert_eq!(refused(&file.to_string()), no_journal);
    let mut file = Desk::new().saved();
    file["entries"] = json!([]);
    assert!(refused(&file.to_string()).contains("no entries"));
    let mut file = Desk::new().saved();
    file["entries"][0]["account"] = json!(Address::ZERO);
    assert!(refused(&file.to_string()).contains("several accounts"));
}

#[test]
fn many_faults_are_counted_and_few_are_named() {
    let faults: Vec<_> = (1..=5).map(|number| format!("Fault {number}.")).collect();
    let said = line("All is well", "5 looked at.".to_owned(), &faults);
    assert_eq!(said.evidence, "5 looked at. Fault 1. Fault 2. Fault 3. And 2 more.");
    assert!(!said.holds && line("All is well", String::new(), &[]).holds);
}
