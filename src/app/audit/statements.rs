//! What was signed: by the owner the grants, by the session keys what they did, one statement behind the other.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256, eip191_hash_message, keccak256};

use super::{Entry, Found, SavedJournal, line};
use crate::account::{NonceKey, normalize_signature, recover};
use crate::app::ProofLine;
use crate::trading::Statement;

pub(super) fn lines(saved: &SavedJournal, owners: &[Address], found: &[Found]) -> [ProofLine; 3] {
    let stated: Vec<_> =
        saved.entries.iter().filter_map(|entry| Some((entry, entry.statement.as_deref()?))).collect();
    [grants(saved, owners), signatures(saved, &stated, found), order(saved, &stated)]
}

/// A grant that somebody else signed would lend its session key to whatever is stated under it.
fn grants(saved: &SavedJournal, owners: &[Address]) -> ProofLine {
    let mut faults = Vec::new();
    for (id, grant) in &saved.grants {
        match grant {
            Err(why) => faults.push(format!("The grant {id} cannot be read: {why}.")),
            Ok(signed) if signed.grant().chain_id() != saved.chain_id => {
                faults.push(format!("The grant {id} is one for another chain."));
            }
            Ok(signed) if signed.grant().account() != saved.account() => {
                faults.push(format!("The grant {id} is one for another account."));
            }
            Ok(signed) if !owners.contains(&signed.owner()) => {
                faults.push(format!(
                    "The grant {id} is signed by {}, whose account it is not.",
                    signed.owner()
                ));
            }
            Ok(_) => {}
        }
    }
    line("Every grant is signed by the account’s owner", format!("Grants: {}.", saved.grants.len()), &faults)
}

/// Each statement is the session key's, and says what the entry says. Operations of a session key have one, except
/// under grants that are older than statements.
fn signatures(saved: &SavedJournal, stated: &[(&Entry, &str)], found: &[Found]) -> ProofLine {
    let mut faults: Vec<_> = stated
        .iter()
        .filter_map(|(entry, text)| Some(format!("{}: {}.", entry.name(), fault_of(saved, entry, text)?)))
        .collect();
    let with_statements: Vec<B256> =
        stated.iter().filter_map(|(_, text)| Some(Statement::read(text)?.grant_id)).collect();
    for entry in saved.entries.iter().filter(|entry| entry.statement.is_none()) {
        let mined = found.iter().find(|found| entry.operation == Some(found.outcome.hash.0));
        let grant = mined.and_then(|found| grant_of_lane(saved, found));
        if grant.is_some_and(|grant| with_statements.contains(&grant)) && entry.what != "Found on chain" {
            faults.push(format!("{}: its statement was taken out.", entry.name()));
        }
    }
    let told = format!(
        "{} of {} entries; the others are the owner’s, or from before there were statements.",
        stated.len(),
        saved.entries.len()
    );
    line("What the session key did, and why, is signed by it", told, &faults)
}

fn fault_of(saved: &SavedJournal, entry: &Entry, text: &str) -> Option<&'static str> {
    let Some(statement) = Statement::read(text) else { return Some("its statement cannot be read") };
    if statement.entry.to_string() != entry.id
        || statement.what != entry.what
        || statement.cause != entry.cause
    {
        return Some("it is not what was signed");
    }
    if entry.operation != Some(statement.operation) {
        return Some("it names another operation than was signed");
    }
    let Some(grant) = saved.grant(statement.grant_id) else { return Some("the file has no grant for it") };
    let signer = normalize_signature(&entry.signature)
        .ok()
        .and_then(|signature| recover(eip191_hash_message(text), &signature).ok());
    (signer != Some(grant.grant().session_key())).then_some("its signature is not the session key’s")
}

/// The grant whose session key made an operation: its nonce's lane tells.
fn grant_of_lane(saved: &SavedJournal, found: &Found) -> Option<B256> {
    let (lane, _) = NonceKey::split(found.outcome.nonce);
    let grants = saved.grants.iter().filter_map(|(_, grant)| grant.as_ref().ok());
    let is_its = |grant: &crate::session::Grant| grant.trade_lane() == lane || grant.end_lane() == lane;
    grants.map(|signed| signed.grant()).find(|grant| is_its(grant)).map(|grant| grant.id())
}

/// Every statement names one before it that is in the file, or is the first under its grant. Two may name the same
/// one: a trade and the end of its session may be signed at the same time.
fn order(saved: &SavedJournal, stated: &[(&Entry, &str)]) -> ProofLine {
    let read: Vec<_> = stated
        .iter()
        .filter_map(|(entry, text)| Some((entry, Statement::read(text)?, keccak256(text.as_bytes()))))
        .collect();
    let mut places: BTreeMap<B256, (B256, u64)> =
        read.iter().map(|(_, statement, head)| (*head, (statement.grant_id, statement.number))).collect();
    let begun = read.iter().map(|(_, statement, _)| statement.grant_id).collect::<BTreeSet<_>>();
    places.extend(begun.iter().map(|grant_id| (*grant_id, (*grant_id, 0))));
    let follows = |statement: &Statement| {
        let before = places.get(&statement.after);
        before.is_some_and(|(grant_id, number)| {
            *grant_id == statement.grant_id && number.checked_add(1) == Some(statement.number)
        })
    };
    let faults: Vec<_> = read
        .iter()
        .filter(|(_, statement, _)| !follows(statement))
        .map(|(entry, ..)| format!("Something is missing or changed before {}.", entry.name()))
        .collect();
    let told =
        format!("Statements: {}, under {} of {} grants.", stated.len(), begun.len(), saved.grants.len());
    line("No statement is missing, added or out of place", told, &faults)
}
