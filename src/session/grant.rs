//! Two permissions under one signature.

use alloy_primitives::{Address, B256, U256};
use thiserror::Error;

use super::{PermissionId, PermissionSpec};
use crate::account::SignatureError;
use crate::contracts::abi::ISmartSession::Session;

/// Which of the two permissions of a grant; their order is signed and kept for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Leg {
    /// The first.
    Buy,
    /// The second.
    Sell,
}

/// One permission as it is signed for one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    session: Session,
    spec: PermissionSpec,
    id: PermissionId,
    nonce: U256,
    digest: B256,
}

/// What the owner signs: both permissions of one account on one chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    account: Address,
    chain_id: u64,
    buy: Permission,
    sell: Permission,
}

/// A grant with the owner's signature, proven to be theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedGrant {
    grant: Grant,
    owner: Address,
    owner_signature: [u8; 65],
}

/// Why a grant is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum GrantError {
    /// The signature is no signature.
    #[error("{0}")]
    Signature(#[from] SignatureError),
}

impl Permission {
    /// As the contract sees it.
    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// What it allows, read from [`Permission::session`].
    pub const fn spec(&self) -> &PermissionSpec {
        &self.spec
    }

    /// Its name.
    pub const fn id(&self) -> PermissionId {
        self.id
    }

    /// The account's enable nonce that it is signed with.
    pub const fn nonce(&self) -> U256 {
        self.nonce
    }

    /// EIP-712 hash of the signed session, without domain: `getSessionDigest` of the contract.
    pub const fn digest(&self) -> B256 {
        self.digest
    }
}

impl Grant {
    /// The account it is for.
    pub const fn account(&self) -> Address {
        self.account
    }

    /// The chain it is for.
    pub const fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// The permission of `leg`.
    pub const fn leg(&self, leg: Leg) -> &Permission {
        match leg {
            Leg::Buy => &self.buy,
            Leg::Sell => &self.sell,
        }
    }
}
