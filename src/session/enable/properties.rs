//! The envelope that enables a permission: the contract reads out what was put in, and of anything else nothing.

use std::sync::LazyLock;

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolValue;
use proptest::prelude::*;

use crate::account::recover;
use crate::contracts::abi::ISmartSession::EnableSession;
use crate::session::samples::any::{any_signature, any_signed_grant};
use crate::session::samples::{key, pair_grant, signed};
use crate::session::{Leg, SignedGrant, flz_decompress, multi_chain_digest, session_digest};

/// More than any payload here has.
const LIMIT: usize = 128 * 1024;

/// Mode 1, then FastLZ of both parts.
fn open(envelope: &[u8]) -> Option<(EnableSession, Bytes)> {
    let (1, packed) = envelope.split_first()? else { return None };
    let payload = flz_decompress(packed, LIMIT).ok()?;
    <(EnableSession, Bytes)>::abi_decode_params_validate(&payload).ok()
}

/// What the contract lets through: the digest at the index is that of the session, the owner signed the list
/// with the default validator, and the session's key signed the operation.
fn is_accepted(envelope: &[u8], grant: &SignedGrant, operation_hash: B256) -> bool {
    let Some((enabled, session_signature)) = open(envelope) else { return false };
    let listed = &enabled.hashesAndChainIds;
    let Some(chosen) = listed.get(usize::from(enabled.chainDigestIndex)) else { return false };
    let session = &enabled.sessionToEnable;
    let nonces = Leg::BOTH.map(|leg| grant.grant().leg(leg).nonce());
    let digests = nonces.map(|nonce: U256| session_digest(grant.grant().account(), session, nonce));
    let pairs: Vec<(u64, B256)> =
        listed.iter().map(|digest| (digest.chainId, digest.sessionDigest)).collect();
    let Some((validator, owner_signature)) = enabled.permissionEnableSig.split_at_checked(20) else {
        return false;
    };
    digests.contains(&chosen.sessionDigest)
        && chosen.chainId == grant.grant().chain_id()
        && validator == Address::ZERO
        && recover(multi_chain_digest(&pairs), owner_signature) == Ok(grant.owner())
        && recover(operation_hash, &session_signature) == Ok(grant.grant().session_key())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_is_enabled_comes_out_as_it_went_in(
        grant in any_signed_grant(), leg in prop::sample::select(Leg::BOTH.to_vec()),
        session_signature in any_signature(),
    ) {
        let envelope = grant.enable_signature(leg, &session_signature);
        let (enabled, signature) = open(&envelope).expect("an envelope");
        prop_assert_eq!(&signature[..], &session_signature[..]);
        prop_assert!(enabled == grant.enable_session(leg));
        let permission = grant.grant().leg(leg);
        prop_assert!(&enabled.sessionToEnable == permission.session());
        let chosen = &enabled.hashesAndChainIds[usize::from(enabled.chainDigestIndex)];
        prop_assert_eq!((chosen.chainId, chosen.sessionDigest), (grant.grant().chain_id(), permission.digest()));
        prop_assert_eq!(&enabled.permissionEnableSig[20..], grant.owner_signature());
    }
}

/// One envelope, with whose it is, what is read out of it and the hash of the operation it is under.
struct Sample {
    grant: SignedGrant,
    envelope: Bytes,
    opened: (EnableSession, Bytes),
    hash: B256,
}

static SAMPLE: LazyLock<Sample> = LazyLock::new(|| {
    let (grant, hash) = (signed(pair_grant()), B256::repeat_byte(0x42));
    let envelope = grant.enable_signature(Leg::Sell, &key().sign_hash(hash));
    let opened = open(&envelope).expect("an envelope");
    Sample { grant, envelope, opened, hash }
});

#[test]
fn an_envelope_that_is_cut_short_is_none() {
    let Sample { grant, envelope, opened, hash } = &*SAMPLE;
    assert!(is_accepted(envelope, grant, *hash));
    for length in 0..envelope.len() {
        let cut = open(&envelope[..length]);
        // The last 31 bytes of the payload fill up a word; Solidity does not read them either.
        let is_padding = length + 31 > envelope.len() && cut.as_ref() == Some(opened);
        assert!(cut.is_none() || is_padding, "{length} of {} bytes", envelope.len());
    }
}

proptest! {
    /// A changed byte may unpack to the same payload, or change what nobody reads; never to another grant.
    #[test]
    fn an_envelope_that_was_altered_enables_nothing_else(
        place in any::<prop::sample::Index>(), byte in any::<u8>()
    ) {
        let Sample { grant, envelope, opened, hash } = &*SAMPLE;
        let mut altered = envelope.to_vec();
        altered[place.index(envelope.len())] = byte;
        if is_accepted(&altered, grant, *hash) {
            prop_assert!(open(&altered).as_ref() == Some(opened));
        }
    }

    #[test]
    fn bytes_from_anywhere_enable_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let enabling = [&[1], bytes.as_slice()].concat();
        prop_assert_eq!(open(&enabling), None);
    }
}
