//! The life of an order, as written before each step.
//!
//! The operation itself is opaque here: bytes that `account` reads.

use alloy_primitives::{Address, B256, U256};
use serde::{Deserialize, Serialize};

use super::{Fill, Order, Seal};
use crate::units::UnixSecs;

/// What an operation is for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Purpose {
    /// A trade, with the cross that caused it.
    Trade(Order),
    /// The harmless call that takes the place of a stuck trade at the same nonce.
    Replacement,
    /// The session key ends both permissions.
    Renounce,
    /// The owner ends them.
    OwnerRevoke,
    /// The owner takes tokens out (and sells first, when asked to exit).
    Withdraw,
    /// Found on chain, in a lane of the session, without a record here.
    Recovered,
}

impl Purpose {
    /// Whether the owner's wallet signs it.
    pub const fn is_owners(&self) -> bool {
        matches!(self, Self::OwnerRevoke | Self::Withdraw)
    }

    /// Whether it ends a session or takes funds out.
    pub const fn is_ending(&self) -> bool {
        matches!(self, Self::Renounce | Self::OwnerRevoke | Self::Withdraw)
    }

    /// Whether it may only be sent once its record is durable. A trade without one could be made twice; ending a
    /// session and taking funds out are done once however often they are sent, and must work on a full disk.
    pub const fn must_be_journalled(&self) -> bool {
        matches!(self, Self::Trade(_) | Self::Replacement)
    }
}

/// One operation of one account, from plan to settlement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// Ordered by time of planning: unique in the journal.
    pub id: u64,
    /// EIP-155 id of its chain.
    pub chain_id: u64,
    /// The account that acts.
    pub account: Address,
    /// The grant it acts under (keccak256 of both permission ids); zero for owner operations.
    pub grant_id: B256,
    /// What for.
    pub purpose: Purpose,
    /// When it was planned, in block time.
    pub planned_at: UnixSecs,
    /// The latest block then: it cannot be mined earlier.
    pub planned_at_block: u64,
    /// What was signed, from then on for good: somebody may have it, whatever was answered.
    pub signed: Option<SignedBytes>,
    /// What the session key states of it, for what that key signs.
    pub seal: Option<Seal>,
    /// Where it stands.
    pub state: OrderState,
    /// Earlier states with their block time, oldest first.
    pub history: Vec<StateChange>,
}

/// An operation as it was signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedBytes {
    /// The whole operation, as `account` encodes it; empty for one that was found on chain.
    pub operation: Vec<u8>,
    /// Computed here, never taken from a server.
    pub operation_hash: B256,
    /// Key and sequence.
    pub nonce: U256,
    /// Block time after which it cannot be mined.
    pub valid_until: UnixSecs,
}

/// Where an operation is on chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inclusion {
    /// Whether its calls ran through.
    pub success: bool,
    /// Its block.
    pub block: u64,
    /// Which one of that number: another may take its place.
    pub block_hash: B256,
    /// Its transaction.
    pub transaction: B256,
}

/// A state that was left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateChange {
    /// Its name: `planned`, `signed`, …
    pub name: String,
    /// When it was entered.
    pub at: UnixSecs,
}

/// Where an operation stands. The final ones are told by [`OrderState::is_final`]; what the chain says later overrides
/// them all: an operation that was given up may be mined, and one that was mined may be taken back with its block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderState {
    /// Decided, nothing signed.
    Planned,
    /// Signed and durable; perhaps sent.
    Signed,
    /// Accepted by a bundler.
    Sent {
        /// When the bundler took it.
        sent_at: UnixSecs,
    },
    /// On chain, by the EntryPoint's event.
    Included(Inclusion),
    /// Included, and its effect is read back.
    Settled {
        /// Where it is.
        inclusion: Inclusion,
        /// What moved, for a successful trade.
        fill: Option<Fill>,
        /// Why its calls did not run through, decoded.
        revert_reason: Option<String>,
        /// What the sponsor paid, in wei.
        gas_cost_wei: U256,
    },
    /// Its time passed unmined: it can never trade.
    Expired,
    /// Another operation took its nonce.
    Replaced {
        /// The winner's hash.
        by: B256,
    },
    /// Given up: nothing was signed, or nobody took it.
    Abandoned {
        /// Why, as a sentence.
        why: String,
    },
    /// The sources disagree or are silent; it is asked again.
    Unknown {
        /// Why, as a sentence.
        why: String,
    },
}

impl OrderState {
    /// The state's name for journal and page.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Signed => "signed",
            Self::Sent { .. } => "sent",
            Self::Included(Inclusion { success: true, .. }) => "included",
            Self::Included(Inclusion { success: false, .. }) => "included, reverted",
            Self::Settled { inclusion: Inclusion { success: true, .. }, .. } => "filled",
            Self::Settled { inclusion: Inclusion { success: false, .. }, .. } => "reverted",
            Self::Expired => "expired",
            Self::Replaced { .. } => "replaced",
            Self::Abandoned { .. } => "abandoned",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// What moved, for a settled trade that succeeded.
    pub const fn fill(&self) -> Option<&Fill> {
        if let Self::Settled { fill: Some(fill), .. } = self { Some(fill) } else { None }
    }

    /// What the sponsor paid for a settled operation, in wei.
    pub const fn gas_cost_wei(&self) -> Option<U256> {
        if let Self::Settled { gas_cost_wei, .. } = self { Some(*gas_cost_wei) } else { None }
    }

    /// Where it is, for one that is on chain.
    pub const fn inclusion(&self) -> Option<&Inclusion> {
        if let Self::Included(inclusion) | Self::Settled { inclusion, .. } = self {
            Some(inclusion)
        } else {
            None
        }
    }

    /// Whether its calls ran through on chain.
    pub fn succeeded(&self) -> bool {
        self.inclusion().is_some_and(|inclusion| inclusion.success)
    }

    /// Whether nothing more is expected to happen.
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Settled { .. } | Self::Expired | Self::Replaced { .. } | Self::Abandoned { .. })
    }
}

impl JournalEntry {
    /// The operation's hash, once it is signed.
    pub fn operation_hash(&self) -> Option<B256> {
        self.signed.as_ref().map(|signed| signed.operation_hash)
    }

    /// Moves on to `state`, remembering the old one.
    pub fn advance(&mut self, state: OrderState, now: UnixSecs) {
        let left = StateChange { name: self.state.name().to_owned(), at: now };
        self.history.push(left);
        self.state = state;
    }
}
