//! Reading a saved journal: whatever else a file holds is refused with a sentence.

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, Bytes, U256};
use serde::Deserialize;

use crate::account::NonceKey;
use crate::app::Failure;
use crate::app::export::FORMAT;
use crate::session::SignedGrant;

/// A file that nobody could have saved in a lifetime of sessions.
const MAX_BYTES: usize = 64 << 20;

/// A journal as it was saved.
#[derive(Clone, Debug)]
pub(in crate::app) struct SavedJournal {
    pub(in crate::app) chain_id: u64,
    /// Each with its id, or why its bytes are none.
    pub(in crate::app) grants: Vec<(B256, Result<SignedGrant, String>)>,
    pub(in crate::app) entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct File {
    format: String,
    chain_id: u64,
    grants: Vec<SavedGrant>,
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct SavedGrant {
    id: B256,
    signed: Bytes,
}

/// An entry as it was saved: what is not there was empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(in crate::app) struct Entry {
    pub(in crate::app) id: String,
    pub(in crate::app) what: String,
    pub(in crate::app) state: String,
    pub(in crate::app) cause: String,
    pub(in crate::app) account: Address,
    pub(in crate::app) planned_at_block: u64,
    pub(in crate::app) operation: Option<B256>,
    pub(in crate::app) transaction: Option<B256>,
    pub(in crate::app) block: String,
    pub(in crate::app) side: String,
    pub(in crate::app) base: String,
    pub(in crate::app) quote: String,
    pub(in crate::app) gas_wei: String,
    pub(in crate::app) statement: Option<String>,
    pub(in crate::app) signature: Bytes,
}

impl Entry {
    /// How a fault names it.
    pub(super) fn name(&self) -> String {
        format!("“{}” (entry {})", self.what, self.id)
    }

    /// Whether the file says that it was mined, and then whether its calls ran through.
    pub(super) fn mined(&self) -> Option<bool> {
        match self.state.as_str() {
            "included" | "filled" => Some(true),
            "included, reverted" | "reverted" => Some(false),
            _ => None,
        }
    }

    /// Whether the file says that it never was and never will be.
    pub(super) fn is_given_up(&self) -> bool {
        matches!(self.state.as_str(), "planned" | "expired" | "replaced" | "abandoned")
    }
}

impl SavedJournal {
    /// Reads a saved journal.
    pub(in crate::app) fn read(bytes: &[u8]) -> Result<Self, Failure> {
        let refuse = |sentence: &str, details: &str| Failure::new(sentence).with_details(details);
        if bytes.len() > MAX_BYTES {
            return Err(refuse("This file is too large to be a journal.", &format!("{} bytes", bytes.len())));
        }
        let no_journal = "This file is no journal that was saved here as JSON.";
        let file: File =
            serde_json::from_slice(bytes).map_err(|error| refuse(no_journal, &error.to_string()))?;
        if file.format != FORMAT {
            return Err(refuse(no_journal, &format!("its format is {:?}", file.format)));
        }
        if file.entries.is_empty() {
            return Err(refuse("This journal has no entries, so there is nothing to check.", ""));
        }
        let account = file.entries[0].account;
        if file.entries.iter().any(|entry| entry.account != account) {
            let sentence =
                "This journal tells of several accounts. Connect a wallet and save that account’s journal.";
            return Err(refuse(sentence, ""));
        }
        let signed = |grant: &SavedGrant| {
            let read = SignedGrant::from_bytes(&grant.signed).map_err(|error| error.to_string())?;
            let is_named = read.grant().id() == grant.id;
            if is_named { Ok(read) } else { Err("its bytes are those of another grant".to_owned()) }
        };
        let grants = file.grants.iter().map(|grant| (grant.id, signed(grant))).collect();
        Ok(Self { chain_id: file.chain_id, grants, entries: file.entries })
    }

    /// Whose it is.
    pub(in crate::app) fn account(&self) -> Address {
        self.entries.first().map(|entry| entry.account).unwrap_or_default()
    }

    /// Everybody who signed a grant in it.
    pub(in crate::app) fn owners(&self) -> BTreeSet<Address> {
        self.grants.iter().filter_map(|(_, grant)| Some(grant.as_ref().ok()?.owner())).collect()
    }

    /// The earliest block that its operations may be in.
    pub(in crate::app) fn first_block(&self) -> u64 {
        self.entries.iter().map(|entry| entry.planned_at_block).min().unwrap_or_default()
    }

    /// Whether a session key of its grants trades with this nonce: the lane tells.
    pub(in crate::app) fn is_trade(&self, nonce: U256) -> bool {
        let (lane, _) = NonceKey::split(nonce);
        let mut grants = self.grants.iter().filter_map(|(_, grant)| grant.as_ref().ok());
        grants.any(|signed| signed.grant().trade_lane() == lane)
    }

    /// The grant of this id, where its bytes are good.
    pub(super) fn grant(&self, id: B256) -> Option<&SignedGrant> {
        let (_, grant) = self.grants.iter().find(|(named, _)| *named == id)?;
        grant.as_ref().ok()
    }
}
