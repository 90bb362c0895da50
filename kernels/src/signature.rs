//! secp256k1 signatures: recovering a signer, and the session key.

use alloy_primitives::{Address, B256, keccak256};
use k256::ecdsa::hazmat::SignPrimitive;
use k256::ecdsa::{Signature, SigningKey, VerifyingKey};
use k256::elliptic_curve::ops::{Invert, LinearCombination, Reduce};
use k256::elliptic_curve::point::DecompressPoint;
use k256::elliptic_curve::subtle::{Choice, CtOption};
use k256::elliptic_curve::{Curve, FieldBytesEncoding, PrimeField};
use k256::sha2::Sha256;
use k256::{AffinePoint, FieldBytes, ProjectivePoint, Scalar, Secp256k1, U256};
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
    let key = signer_of(hash, &parsed, normal[64] == 28).ok_or(SignatureError::Unrecoverable)?;
    Ok(address_of(&key))
}

/// The key that signed: Q = (s·R − hash·G) / r, where R is the point that r is the x of (SEC 1, 4.1.6). Verifying with it
/// afterwards, as k256 does, solves the same equation for R: it tells nothing new and takes as long again.
fn signer_of(hash: B256, signature: &Signature, is_odd: bool) -> Option<VerifyingKey> {
    let (r, s) = signature.split_scalars();
    let point: Option<AffinePoint> =
        AffinePoint::decompress(&r.to_repr(), Choice::from(u8::from(is_odd))).into();
    let number = <Scalar as Reduce<U256>>::reduce_bytes(&FieldBytes::from(hash.0));
    let inverse = r.invert();
    let (of_base, of_point) = (-(*inverse * number), *inverse * *s);
    let key = ProjectivePoint::lincomb(
        &ProjectivePoint::GENERATOR,
        &of_base,
        &ProjectivePoint::from(point?),
        &of_point,
    );
    VerifyingKey::from_affine(key.to_affine()).ok()
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
        let (secret, hash) = (self.key.as_nonzero_scalar(), FieldBytes::from(hash.0));
        let (signature, recovery_id) = secret
            .try_sign_prehashed(Nonce::of(secret, &hash), &hash)
            .expect("no hash is known for which r or s is zero");
        let recovery_id = recovery_id.expect("k256 tells it");
        join(&signature, u8::from(recovery_id.is_y_odd()))
    }
}

impl std::fmt::Debug for SessionKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "SessionKey({}, secret)", self.address)
    }
}

/// The secret number of one signature.
struct Nonce(Scalar);

impl Nonce {
    /// The one of RFC 6979 (<https://www.rfc-editor.org/rfc/rfc6979>), with SHA-256 as k256 has it.
    fn of(secret: &Scalar, hash: &FieldBytes) -> Self {
        let order = Secp256k1::ORDER.encode_field_bytes();
        let nonce = rfc6979::generate_k::<Sha256, _>(&secret.to_repr(), &order, hash, &[]);
        Self(Option::from(Scalar::from_repr(nonce)).expect("it is drawn below the order"))
    }
}

impl AsRef<Scalar> for Nonce {
    fn as_ref(&self) -> &Scalar {
        &self.0
    }
}

/// By the constant-time gcd of crypto-bigint, on which k256 stands: in WebAssembly it takes half the time of k256's
/// own inversion, a power of some 290 multiplications, and a signature four fifths.
impl Invert for Nonce {
    type Output = CtOption<Scalar>;

    fn invert(&self) -> CtOption<Scalar> {
        let (inverse, is_some) = U256::from(self.0).inv_odd_mod(&Secp256k1::ORDER);
        CtOption::new(Scalar::reduce(inverse), is_some.into())
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

#[cfg(test)]
mod tests {
    use alloy_primitives::{U256, hex};
    use k256::elliptic_curve::sec1::ToEncodedPoint as _;

    use super::*;

    fn key() -> SessionKey {
        SessionKey::from_bytes(&[0x51; 32]).expect("a key")
    }

    /// The same signature with s on the other side of the curve's order.
    fn with_high_s(signature: [u8; 65]) -> [u8; 65] {
        let order =
            U256::from_be_bytes(hex!("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"));
        let low = U256::from_be_slice(&signature[32..64]);
        let mut high = signature;
        high[32..64].copy_from_slice(&(order - low).to_be_bytes::<32>());
        high[64] = if signature[64] == 27 { 28 } else { 27 };
        high
    }

    #[test]
    fn every_usual_form_recovers_the_signer_and_becomes_the_one_form() {
        let hash = B256::repeat_byte(7);
        let signature = key().sign_hash(hash);
        let check = |form: [u8; 65]| {
            assert_eq!(recover(hash, &form), Ok(key().address()));
            assert_eq!(normalize_signature(&form), Ok(signature));
        };
        let mut bare = signature;
        bare[64] -= 27;
        check(signature);
        check(bare);
        check(with_high_s(signature));
        let other = recover(B256::repeat_byte(8), &signature);
        assert_ne!(other, Ok(key().address()), "another hash has another signer");
    }

    #[cfg(not(target_arch = "wasm32"))]
    proptest::proptest! {
        /// Also for hashes above the order, which are not reduced before they are mixed in.
        #[test]
        fn a_signature_is_the_one_that_k256_makes_by_itself(secret: [u8; 32], hash: [u8; 32], is_high: bool) {
            let key = SessionKey::from_bytes(&secret).expect("nobody meets the few that are no key");
            let mut hash = B256::new(hash);
            if is_high {
                hash[..16].fill(0xff);
            }
            let (right, recovery_id) = key.key.sign_prehash_recoverable(hash.as_slice()).expect("32 bytes");
            proptest::prop_assert_eq!(key.sign_hash(hash), join(&right, u8::from(recovery_id.is_y_odd())));
        }
    }

    #[cfg(not(target_arch = "wasm32"))]
    proptest::proptest! {
        /// Also where nobody's key fits, and for hashes above the order.
        #[test]
        fn a_signer_is_the_one_that_k256_recovers(
            r: [u8; 32], s: [u8; 32], hash: [u8; 32], is_odd: bool, is_high: bool
        ) {
            let mut hash = B256::new(hash);
            if is_high {
                hash[..16].fill(0xff);
            }
            let Ok(drawn) = Signature::from_scalars(r, s) else { return Ok(()) };
            let signature = drawn.normalize_s().unwrap_or(drawn);
            let recovery_id = k256::ecdsa::RecoveryId::new(is_odd, false);
            let right = VerifyingKey::recover_from_prehash(hash.as_slice(), &signature, recovery_id);
            proptest::prop_assert_eq!(signer_of(hash, &signature, is_odd), right.ok());
        }
    }

    #[test]
    fn where_the_key_would_be_no_point_there_is_none() {
        // With the generator for R, s·R is hash·G when s is the hash: the key would be nothing.
        let generator = AffinePoint::GENERATOR.to_encoded_point(true);
        let x = generator.x().expect("not the identity");
        let one = FieldBytes::from(B256::with_last_byte(1).0);
        let signature = Signature::from_scalars(*x, one).expect("numbers in range");
        let is_odd = generator.as_bytes()[0] == 3;
        assert_eq!(signer_of(B256::with_last_byte(1), &signature, is_odd), None);
        assert!(signer_of(B256::with_last_byte(2), &signature, is_odd).is_some());
    }

    #[test]
    fn an_inverse_is_the_one_that_k256_finds_by_itself() {
        for number in [Scalar::ONE, -Scalar::ONE, Scalar::from(2_u64), Scalar::from(u64::MAX)] {
            assert_eq!(
                Nonce(number).invert().unwrap_or(Scalar::ZERO),
                number.invert().unwrap_or(Scalar::ZERO)
            );
        }
        assert!(bool::from(Nonce(Scalar::ZERO).invert().is_none()));
    }

    #[test]
    fn other_bytes_are_no_signature() {
        let good = key().sign_hash(B256::ZERO);
        let check = |bytes: &[u8], error: SignatureError| {
            assert_eq!(recover(B256::ZERO, bytes), Err(error.clone()));
            assert_eq!(normalize_signature(bytes), Err(error));
        };
        check(&[], SignatureError::Length(0));
        check(&good[..64], SignatureError::Length(64));
        check(&[1; 10_000], SignatureError::Length(10_000));
        check(&[0; 65], SignatureError::OutOfRange);
        check(&[0xff; 65], SignatureError::RecoveryId(255));
        let altered = |at: usize, byte: u8| {
            let mut bytes = good;
            bytes[at] = byte;
            bytes
        };
        check(&altered(64, 35), SignatureError::RecoveryId(35));
        check(&altered(64, 2), SignatureError::RecoveryId(2));
        let mut huge = good;
        huge[..32].fill(0xff);
        check(&huge, SignatureError::OutOfRange);
    }

    #[test]
    fn the_key_keeps_its_secret() {
        const fn is_zeroised<T: zeroize::ZeroizeOnDrop>(_: &T) {}
        is_zeroised(&key().key);
        assert_eq!(format!("{:?}", key()), "SessionKey(0xfA17c5B66A985F44Bc249C8E8faBD64767f414B1, secret)");
        assert!(SessionKey::from_bytes(&[0; 32]).is_none());
        assert!(SessionKey::from_bytes(&[0xff; 32]).is_none());
    }
}
