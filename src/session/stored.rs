//! A signed grant as bytes. What is stored is what was signed; everything else is read from it again, and the
//! owner's signature is proven again, so altered storage cannot widen a grant.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolValue;
use serde::{Deserialize, Serialize};

use super::{Grant, GrantError, Leg, SignedGrant};
use crate::contracts::abi::ISmartSession::Session;

/// First byte of a stored grant.
const VERSION: u8 = 1;

#[derive(Serialize, Deserialize)]
struct Stored {
    account: Address,
    chain_id: u64,
    owner: Address,
    owner_signature: Bytes,
    /// `abi.encode(Session)` and enable nonce, in signed order.
    legs: [(Bytes, U256); 2],
}

impl SignedGrant {
    /// The grant for a store: a version byte, then postcard.
    ///
    /// # Errors
    /// [`GrantError::StoredDamaged`], which memory alone could cause.
    pub fn to_bytes(&self) -> Result<Vec<u8>, GrantError> {
        let grant = self.grant();
        let leg = |leg: Leg| (Bytes::from(grant.leg(leg).session().abi_encode()), grant.leg(leg).nonce());
        let stored = Stored {
            account: grant.account(),
            chain_id: grant.chain_id(),
            owner: self.owner(),
            owner_signature: Bytes::copy_from_slice(self.owner_signature()),
            legs: Leg::BOTH.map(leg),
        };
        postcard::to_extend(&stored, vec![VERSION]).map_err(|_| GrantError::StoredDamaged)
    }

    /// Reads what [`SignedGrant::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`GrantError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, GrantError> {
        let (version, rest) = bytes.split_first().ok_or(GrantError::StoredDamaged)?;
        if *version != VERSION {
            return Err(GrantError::StoredVersion(*version));
        }
        let stored: Stored = match postcard::take_from_bytes(rest) {
            Ok((stored, [])) => stored,
            _ => return Err(GrantError::StoredDamaged),
        };
        let read = |(session, nonce): (Bytes, U256)| {
            Session::abi_decode_validate(&session)
                .map(|session| (session, nonce))
                .map_err(|_| GrantError::StoredDamaged)
        };
        let [buy, sell] = stored.legs;
        let grant = Grant::read(stored.account, stored.chain_id, read(buy)?, read(sell)?)?;
        let signed = Self::new(grant, stored.owner, &stored.owner_signature)?;
        if signed.to_bytes()? == bytes { Ok(signed) } else { Err(GrantError::StoredDamaged) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::session::samples::{grant, pair_grant, signed};

    #[test]
    fn a_stored_grant_comes_back() {
        for grant in [grant(), pair_grant()] {
            let signed = signed(grant);
            assert_eq!(SignedGrant::from_bytes(&signed.to_bytes().expect("memory suffices")), Ok(signed));
        }
        let newer = [&[9], &signed(grant()).to_bytes().expect("memory suffices")[1..]].concat();
        assert_eq!(SignedGrant::from_bytes(&newer), Err(GrantError::StoredVersion(9)));
        assert_eq!(SignedGrant::from_bytes(&[]), Err(GrantError::StoredDamaged));
    }

    proptest! {
        #[test]
        fn an_altered_byte_is_noticed(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let stored = signed(grant()).to_bytes().expect("memory suffices");
            let mut altered = stored.clone();
            altered[at.index(stored.len())] ^= 1 << bit;
            prop_assert!(SignedGrant::from_bytes(&altered).is_err());
        }

        #[test]
        fn a_cut_grant_is_damaged(at in any::<prop::sample::Index>()) {
            let stored = signed(grant()).to_bytes().expect("memory suffices");
            prop_assert!(SignedGrant::from_bytes(&stored[..at.index(stored.len())]).is_err());
        }
    }
}
