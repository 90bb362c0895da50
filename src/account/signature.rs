//! secp256k1 signatures: recovering a signer, and the session key.

use alloy_primitives::{Address, B256, keccak256};
use k256::ecdsa::{RecoveryId, Signature, SigningKey, VerifyingKey};
use thiserror::Error;

/// Why bytes are not a signature of the hash.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// Not 65 bytes; the 64-byte form (EIP-2098) is refused because the account misreads it.
    #[error("the signature has {0} bytes instead of 65")]
    Length(usize),
    /// The last byte is none of 0, 1, 27, 28.
    #[error("the signature ends in {0}, which is no recovery id")]
    RecoveryId(u8),
    /// r or s is zero or too large.
    #[error("the signature's numbers are out of range")]
    OutOfRange,
    /// No public key fits.
    #[error("no key could have made this signature")]
    Unrecoverable,
}

/// `signature` in the one form the contracts take: r, low s, v 27 or 28. Wallets that end in 0 or 1, or sign
/// with a high s, are put right.
///
/// # Errors
/// [`SignatureError`].
pub fn normalize_signature(signature: &[u8]) -> Result<[u8; 65], SignatureError> {
    let bytes: [u8; 65] = signature.try_into().map_err(|_| SignatureError::Length(signature.len()))?;
    let parity = match bytes[64] {
        0 | 27 => 0,
        1 | 28 => 1,
        other => return Err(SignatureError::RecoveryId(other)),
    };
    let parsed = Signature::from_slice(&bytes[..64]).map_err(|_| SignatureError::OutOfRange)?;
    Ok(parsed.normalize_s().map_or_else(|| join(&parsed, parity), |low| join(&low, parity ^ 1)))
}

/// The address whose key signed `hash`.
///
/// # Errors
/// [`SignatureError`]. That somebody signed proves nothing: compare the address.
pub fn recover(hash: B256, signature: &[u8]) -> Result<Address, SignatureError> {
    let normal = normalize_signature(signature)?;
    let parsed = Signature::from_slice(&normal[..64]).map_err(|_| SignatureError::OutOfRange)?;
    let recovery_id = RecoveryId::new(normal[64] == 28, false);
    VerifyingKey::recover_from_prehash(hash.as_slice(), &parsed, recovery_id)
        .map(|key| address_of(&key))
        .map_err(|_| SignatureError::Unrecoverable)
}

/// What `personal_sign` signs for the 32 bytes of `hash` (EIP-191, version `E`).
pub fn personal_message_hash(hash: B256) -> B256 {
    let mut message = *b"\x19Ethereum Signed Message:\n32................................";
    message[28..].copy_from_slice(hash.as_slice());
    keccak256(message)
}

/// The key born in this tab. It never shows itself, is never copied, and is zeroised when it goes.
pub struct SessionKey {
    key: SigningKey,
    address: Address,
}

impl SessionKey {
    /// The key of 32 secret bytes, which the caller zeroises. `None` for the few values that are no key (zero, or
    /// the curve's order and above): draw again.
    pub fn from_bytes(secret: &[u8; 32]) -> Option<Self> {
        let key = SigningKey::from_slice(secret).ok()?;
        let address = address_of(key.verifying_key());
        Some(Self { key, address })
    }

    /// Its address.
    pub const fn address(&self) -> Address {
        self.address
    }

    /// Signs `hash` as it is (RFC 6979, low s, v 27 or 28).
    pub fn sign_hash(&self, hash: B256) -> [u8; 65] {
        let (signature, recovery_id) = self
            .key
            .sign_prehash_recoverable(hash.as_slice())
            .expect("32 bytes are long enough for a prehash");
        join(&signature, u8::from(recovery_id.is_y_odd()))
    }
}

impl std::fmt::Debug for SessionKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "SessionKey({}, secret)", self.address)
    }
}

fn join(signature: &Signature, parity: u8) -> [u8; 65] {
    let mut bytes = [0; 65];
    bytes[..64].copy_from_slice(&signature.to_bytes());
    bytes[64] = 27 + parity;
    bytes
}

fn address_of(key: &VerifyingKey) -> Address {
    let point = key.to_encoded_point(false);
    Address::from_raw_public_key(&point.as_bytes()[1..])
}
