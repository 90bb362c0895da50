//! Session keys at rest: sealed by a WebCrypto key that the browser never gives out.

use std::rc::Rc;

use async_trait::async_trait;
use idb::ObjectStore;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AesGcmParams, AesKeyGenParams, CryptoKey, SubtleCrypto};
use zeroize::Zeroizing;

use super::database::Database;
use super::entropy::BrowserEntropy;
use super::fault::{describe, property, scope};
use crate::ports::{Entropy, KeyVault, StoreError, VaultError};

const OBJECT_STORE: &str = "vault";
const CIPHER: &str = "AES-GCM";

/// The nonce's length that NIST SP 800-38D recommends for GCM.
const IV_BYTES: usize = 12;

/// Seals each secret under an AES-GCM-256 key of its own that is not extractable; both rest in IndexedDB as
/// `[CryptoKey, iv ‖ ciphertext]`. The name is authenticated with the secret, so records cannot be swapped.
/// The secret crosses to JS only as bytes, and those are overwritten.
#[derive(Debug)]
pub struct WebCryptoKeyVault {
    database: Rc<Database>,
    entropy: BrowserEntropy,
}

impl WebCryptoKeyVault {
    /// The vault in `database`.
    pub const fn new(database: Rc<Database>, entropy: BrowserEntropy) -> Self {
        Self { database, entropy }
    }

    async fn seal(&self, name: &str, secret: &[u8; 32]) -> Result<JsValue, VaultError> {
        let subtle = subtle()?;
        let failed = |thrown: JsValue| VaultError::Sealed(describe(&thrown));
        let usages = Array::of2(&JsValue::from_str("encrypt"), &JsValue::from_str("decrypt"));
        let key = subtle.generate_key_with_object(&AesKeyGenParams::new(CIPHER, 256), false, &usages);
        let key: CryptoKey = JsFuture::from(key.map_err(failed)?).await.map_err(failed)?.unchecked_into();
        let mut iv = [0; IV_BYTES];
        self.entropy.fill(&mut iv);
        let sealing = subtle.encrypt_with_object_and_u8_array(&cipher(&iv, name), &key, secret);
        let sealed = JsFuture::from(sealing.map_err(failed)?).await.map_err(failed)?;
        let mut record = iv.to_vec();
        record.extend_from_slice(&Uint8Array::new(&sealed).to_vec());
        Ok(Array::of2(&key, &Uint8Array::from(record.as_slice())).into())
    }
}

fn subtle() -> Result<SubtleCrypto, VaultError> {
    let crypto = scope().crypto().map_err(|_| VaultError::InsecureContext)?;
    // Outside a secure context the property is not there, whatever the binding promises.
    property(&crypto, "subtle").map(JsCast::unchecked_into).ok_or(VaultError::InsecureContext)
}

fn cipher(iv: &[u8], name: &str) -> AesGcmParams {
    let params = AesGcmParams::new_with_u8_array(CIPHER, &Uint8Array::from(iv));
    params.set_additional_data_u8_array(&Uint8Array::from(name.as_bytes()));
    params
}

async fn unseal(name: &str, record: &JsValue) -> Result<Zeroizing<[u8; 32]>, VaultError> {
    let strange = || VaultError::Sealed("the record is not one of this page".to_owned());
    let record: &Array = record.dyn_ref().ok_or_else(strange)?;
    let key: CryptoKey = record.get(0).dyn_into().map_err(|_| strange())?;
    let sealed = record.get(1).dyn_into::<Uint8Array>().map_err(|_| strange())?.to_vec();
    let (iv, sealed) = sealed.split_at_checked(IV_BYTES).ok_or_else(strange)?;
    let failed = |thrown: JsValue| VaultError::Sealed(describe(&thrown));
    let opening = subtle()?.decrypt_with_object_and_u8_array(&cipher(iv, name), &key, sealed);
    let opened = Uint8Array::new(&JsFuture::from(opening.map_err(failed)?).await.map_err(failed)?);
    let mut secret = Zeroizing::new([0; 32]);
    let has_length = opened.length() == 32;
    if has_length {
        opened.copy_to(&mut *secret);
    }
    opened.fill(0, 0, opened.length());
    has_length.then_some(secret).ok_or_else(strange)
}

fn storage(error: &StoreError) -> VaultError {
    VaultError::Storage(error.to_string())
}

#[async_trait(?Send)]
impl KeyVault for WebCryptoKeyVault {
    async fn put(&self, name: &str, secret: &[u8; 32]) -> Result<(), VaultError> {
        let record = self.seal(name, secret).await?;
        let key = JsValue::from_str(name);
        let write = self
            .database
            .write(OBJECT_STORE, |store| async move { store.put(&record, Some(&key))?.await.map(drop) });
        write.await.map_err(|error| storage(&error))?;
        // Some browsers store a key that does not come back: only what was read again is kept.
        let read_back = self.open(name).await;
        if matches!(&read_back, Ok(Some(kept)) if **kept == *secret) {
            return Ok(());
        }
        self.wipe(name).await?;
        Err(read_back.err().unwrap_or_else(|| VaultError::Sealed("the key did not come back".to_owned())))
    }

    async fn open(&self, name: &str) -> Result<Option<Zeroizing<[u8; 32]>>, VaultError> {
        let key = JsValue::from_str(name);
        let read = |store: ObjectStore| async move { Ok(Vec::from_iter(store.get(key)?.await?)) };
        let found = self.database.read(OBJECT_STORE, read).await.map_err(|error| storage(&error))?;
        match found.first() {
            Some(record) => unseal(name, record).await.map(Some),
            None => Ok(None),
        }
    }

    async fn wipe(&self, name: &str) -> Result<(), VaultError> {
        let key = JsValue::from_str(name);
        let write = self.database.write(OBJECT_STORE, |store| async move { store.delete(key)?.await });
        write.await.map_err(|error| storage(&error))
    }
}
