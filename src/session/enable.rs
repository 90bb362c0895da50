//! `userOp.signature` as SmartSession reads it, by mode.

use alloy_primitives::Bytes;
use alloy_sol_types::SolValue;

use super::{Leg, PermissionId, SignedGrant, flz_compress};
use crate::contracts::abi::ISmartSession::EnableSession;

/// First byte: an enabled session.
const USE: u8 = 0;
/// First byte: enables the session, then uses it.
const ENABLE: u8 = 1;
/// Before the owner's signature: the account's default validator checks it.
const DEFAULT_VALIDATOR: [u8; 20] = [0; 20];

/// The signature of an operation under a permission that is enabled: mode ‖ id ‖ the session key's signature.
pub fn use_signature(id: PermissionId, session_signature: &[u8; 65]) -> Bytes {
    [&[USE], id.0.as_slice(), session_signature].concat().into()
}

impl SignedGrant {
    /// What the operation brings along that enables `leg`: the permission, the whole signed list and the owner's
    /// signature.
    pub fn enable_session(&self, leg: Leg) -> EnableSession {
        EnableSession {
            chainDigestIndex: leg.index(),
            hashesAndChainIds: self.grant().chain_digests().to_vec(),
            sessionToEnable: self.grant().leg(leg).session().clone(),
            permissionEnableSig: [DEFAULT_VALIDATOR.as_slice(), self.owner_signature()].concat().into(),
        }
    }

    /// The signature of an operation that enables `leg` and acts under it: mode ‖ FastLZ(abi.encode(what is enabled,
    /// the session key's signature)).
    pub fn enable_signature(&self, leg: Leg, session_signature: &[u8; 65]) -> Bytes {
        let payload = (self.enable_session(leg), Bytes::copy_from_slice(session_signature));
        let packed = flz_compress(&payload.abi_encode_params());
        [&[ENABLE], packed.as_slice()].concat().into()
    }
}

#[cfg(test)]
mod properties;
