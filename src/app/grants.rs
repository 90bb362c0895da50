//! A grant as it is kept, and what the chain says of it.

use std::rc::Rc;

use alloy_primitives::{Address, B256};
use serde::{Deserialize, Serialize};

use super::event::GrantFacts;
use super::event::PermissionFacts;
use crate::session::{Leg, SignedGrant};
use crate::trading::{Side, Terms};
use crate::units::UnixSecs;

/// Where a kept grant stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GrantLife {
    /// It may trade.
    Active,
    /// Signed to follow a grant that is being ended first.
    Successor,
    /// The person ended it; its key lives until the proof.
    Ending,
    /// Proven dead on chain; its key is gone.
    Revoked,
    /// Its time is over; its key is gone.
    Expired,
}

impl GrantLife {
    /// The one that is further on: nothing leads back.
    #[must_use]
    pub fn later(self, other: Self) -> Self {
        let stage = |life: Self| match life {
            Self::Successor => 0,
            Self::Active => 1,
            Self::Ending => 2,
            Self::Revoked | Self::Expired => 3,
        };
        if stage(other) > stage(self) { other } else { self }
    }
}

/// A signed grant with what is needed to act on it after a restart.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredGrant {
    /// The signed bytes.
    pub signed: Rc<SignedGrant>,
    /// The terms they came from.
    pub terms: Terms,
    /// When they were signed, in block time.
    pub signed_at: UnixSecs,
    /// Where it stands.
    pub life: GrantLife,
}

/// [`StoredGrant`] as it lies in the store.
#[derive(Serialize, Deserialize)]
pub(super) struct GrantRecord {
    pub(super) signed: Vec<u8>,
    pub(super) terms: Terms,
    pub(super) signed_at: UnixSecs,
    pub(super) life: GrantLife,
}

impl StoredGrant {
    /// keccak256 of both permission ids: names the grant.
    pub fn id(&self) -> B256 {
        self.signed.grant().id()
    }

    /// The session key's address.
    pub fn session_key(&self) -> Address {
        self.signed.grant().session_key()
    }

    /// When it ends by itself.
    pub fn valid_until(&self) -> UnixSecs {
        self.signed.grant().leg(Leg::Buy).spec().valid_until
    }

    /// Whether its key may still be needed.
    pub const fn is_alive(&self) -> bool {
        matches!(self.life, GrantLife::Active | GrantLife::Ending | GrantLife::Successor)
    }

    /// As it lies in the store.
    pub(super) fn to_record(&self) -> Result<GrantRecord, crate::session::GrantError> {
        let Self { signed, terms, signed_at, life } = self.clone();
        Ok(GrantRecord { signed: signed.to_bytes()?, terms, signed_at, life })
    }
}

impl GrantRecord {
    /// The kept grant, or why its bytes are not readable.
    pub(super) fn into_grant(self) -> Result<StoredGrant, crate::session::GrantError> {
        let signed = Rc::new(SignedGrant::from_bytes(&self.signed)?);
        Ok(StoredGrant { signed, terms: self.terms, signed_at: self.signed_at, life: self.life })
    }
}

/// The side that this leg trades.
pub(super) const fn side_of(leg: Leg) -> Side {
    match leg {
        Leg::Buy => Side::Buy,
        Leg::Sell => Side::Sell,
    }
}

impl GrantFacts {
    /// What the chain says of one leg.
    pub const fn leg(&self, leg: Leg) -> &PermissionFacts {
        match leg {
            Leg::Buy => &self.buy,
            Leg::Sell => &self.sell,
        }
    }

    /// Whether the leg's signature could still enable it: it is off, and its nonce has not moved.
    pub fn is_enableable(&self, signed: &SignedGrant, leg: Leg) -> bool {
        let facts = self.leg(leg);
        !facts.is_enabled && facts.signature_nonce == signed.grant().leg(leg).nonce()
    }
}
