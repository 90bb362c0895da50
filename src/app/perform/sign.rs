//! The one place that signs with the session key: after the operation was checked against the grant, and with
//! the journal written before anything can be sent.

use alloy_primitives::{Address, B256, Bytes, eip191_hash_message};
use zeroize::Zeroizing;

use crate::account::{SessionKey, normalize_signature, personal_message_hash, recover};
use crate::app::event::Saved;
use crate::app::operation::{Authority, PreparedOperation, Route, SignedOperation};
use crate::app::perform::{storage, wallet};
use crate::app::{Environment, Failure};
use crate::session::{Leg, SignedGrant, Spent, use_signature};
use crate::trading::{JournalEntry, OrderState, SignedBytes};
use crate::units::UnixSecs;

/// Under what name the vault keeps the key of `address`.
pub(super) fn key_name(address: Address) -> String {
    format!("session-{address}")
}

/// The signature of an operation under one leg, in the layout of its mode.
pub(super) fn grant_signature(
    grant: &SignedGrant,
    leg: Leg,
    enables: bool,
    session_signature: &[u8; 65],
) -> Bytes {
    if enables {
        grant.enable_signature(leg, session_signature)
    } else {
        use_signature(grant.grant().leg(leg).id(), session_signature)
    }
}

pub(super) async fn sign(
    environment: &Environment,
    mut entry: JournalEntry,
    prepared: PreparedOperation,
    now: UnixSecs,
) -> Result<SignedOperation, Failure> {
    let PreparedOperation { plan, draft, hash, valid_until } = prepared;
    if entry.purpose.must_be_journalled() && !environment.lock.is_held() {
        return Err(fenced());
    }
    let (signature, route) = match &plan.authority {
        Authority::Session { grant, leg, enables } => {
            check_against_grant(grant, *leg, &draft.call_data, &plan.spent, now)?;
            let key = open_key(environment, grant).await?;
            let session_signature = key.sign_hash(hash.0);
            if let Some(seal) = entry.seal.as_mut() {
                seal.signature = key.sign_hash(eip191_hash_message(&seal.statement)).to_vec();
            }
            (grant_signature(grant, *leg, *enables, &session_signature), Route::Bundler)
        }
        Authority::Owner { wallet } => {
            (owner_signature(environment, wallet, plan.owner, hash.0).await?, Route::Bundler)
        }
        Authority::OwnerTransaction { wallet } => {
            let signature = owner_signature(environment, wallet, plan.owner, hash.0).await?;
            (signature, Route::OwnerTransaction { wallet: wallet.clone(), owner: plan.owner })
        }
    };
    let operation = draft.sign_with(signature);
    let bytes = operation.to_bytes().map_err(|error| Failure::new(error.to_string()))?;
    entry.signed =
        Some(SignedBytes { operation: bytes, operation_hash: hash.0, nonce: operation.nonce(), valid_until });
    entry.advance(OrderState::Signed, now);
    // The key took its time: a tab that was frozen meanwhile would write over what another one does now.
    if entry.purpose.must_be_journalled() && !environment.lock.is_held() {
        return Err(fenced());
    }
    let kept = storage::save(environment, Saved::Entry(Box::new(entry.clone()))).await;
    if entry.purpose.must_be_journalled() {
        kept?;
    }
    Ok(SignedOperation { entry, services: plan.services, route, operation, hash: hash.0, valid_until })
}

/// A tab that was frozen may wake with a trade in its hands that another one has made meanwhile.
pub(super) fn fenced() -> Failure {
    Failure::new("Another tab of this page trades now, so this one has stopped.")
}

/// Every call is one that the grant allows; a bug in deciding what to do ends here.
fn check_against_grant(
    grant: &SignedGrant,
    leg: Leg,
    call_data: &[u8],
    spent: &Spent,
    now: UnixSecs,
) -> Result<(), Failure> {
    grant.grant().permits(leg, call_data, spent, now).map(|_| ()).map_err(|error| {
        Failure::new("The operation does not fit the grant, so it was not signed.")
            .with_details(&error.to_string())
    })
}

async fn open_key(environment: &Environment, grant: &SignedGrant) -> Result<SessionKey, Failure> {
    let address = grant.grant().session_key();
    let lost = |details: &str| {
        Failure::new("The session key is not usable in this browser any more.")
            .with_advice("Revoke the session as the owner, then grant again.")
            .with_details(details)
    };
    let secret =
        environment.vault.open(&key_name(address)).await.map_err(|error| lost(&error.to_string()))?;
    let secret: Zeroizing<[u8; 32]> = secret.ok_or_else(|| lost("no key is stored"))?;
    SessionKey::from_bytes(&secret)
        .filter(|key| key.address() == address)
        .ok_or_else(|| lost("another key is stored"))
}

/// The owner's `personal_sign` of the 32 hash bytes, checked to be the owner's.
async fn owner_signature(
    environment: &Environment,
    wallet_id: &str,
    owner: Address,
    hash: B256,
) -> Result<Bytes, Failure> {
    let signature = wallet::of(environment, wallet_id).personal_sign(owner, hash).await?;
    checked(owner, personal_message_hash(hash), &signature)
        .map(|signature| Bytes::copy_from_slice(&signature))
}

/// `signature` with v 27/28, when it is `owner`'s over `hash`.
fn checked(owner: Address, hash: B256, signature: &[u8]) -> Result<[u8; 65], Failure> {
    let normal = normalize_signature(signature).map_err(|error| foreign(&error.to_string()))?;
    match recover(hash, &normal) {
        Ok(signer) if signer == owner => Ok(normal),
        Ok(signer) => Err(foreign(&format!("it is a signature of {signer}"))),
        Err(error) => Err(foreign(&error.to_string())),
    }
}

pub(super) fn foreign(details: &str) -> Failure {
    Failure::new("The wallet's signature does not match your account, so nothing was stored or sent.")
        .with_advice("Choose the right account in the wallet and try again.")
        .with_details(details)
}

#[cfg(test)]
mod fencing;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
