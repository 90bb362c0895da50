//! Where session keys rest, sealed.

use std::cell::RefCell;
use std::collections::BTreeMap;

use async_trait::async_trait;
use thiserror::Error;
use zeroize::Zeroizing;

/// Keeps 32-byte secrets under a name, sealed at rest and never listed with their content.
#[async_trait(?Send)]
pub trait KeyVault {
    /// Seals `secret` under `name`, durably, and proves by reading it back.
    ///
    /// # Errors
    /// [`VaultError`]; then nothing is kept.
    async fn put(&self, name: &str, secret: &[u8; 32]) -> Result<(), VaultError>;

    /// Unseals the secret of `name` for one use; it is zeroised on drop. `None` when there is none.
    ///
    /// # Errors
    /// [`VaultError`].
    async fn open(&self, name: &str) -> Result<Option<Zeroizing<[u8; 32]>>, VaultError>;

    /// Destroys the secret of `name`; doing it twice is fine.
    ///
    /// # Errors
    /// [`VaultError`].
    async fn wipe(&self, name: &str) -> Result<(), VaultError>;
}

/// Why a secret is not to be had.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum VaultError {
    /// No WebCrypto: the page is no secure context.
    #[error("this page is not a secure context, so the browser offers no key storage")]
    InsecureContext,
    /// The sealed bytes do not open: another profile's, or altered.
    #[error("the sealed key does not open: {0}")]
    Sealed(String),
    /// The storage beneath failed.
    #[error("key storage failed: {0}")]
    Storage(String),
}

/// The twin for tests and for `cargo xtask`: nothing is sealed, all is gone with the process.
#[derive(Default)]
pub struct MemoryKeyVault(RefCell<BTreeMap<String, Zeroizing<[u8; 32]>>>);

impl std::fmt::Debug for MemoryKeyVault {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "MemoryKeyVault({} secrets)", self.0.borrow().len())
    }
}

#[async_trait(?Send)]
impl KeyVault for MemoryKeyVault {
    async fn put(&self, name: &str, secret: &[u8; 32]) -> Result<(), VaultError> {
        self.0.borrow_mut().insert(name.to_owned(), Zeroizing::new(*secret));
        Ok(())
    }

    async fn open(&self, name: &str) -> Result<Option<Zeroizing<[u8; 32]>>, VaultError> {
        Ok(self.0.borrow().get(name).cloned())
    }

    async fn wipe(&self, name: &str) -> Result<(), VaultError> {
        self.0.borrow_mut().remove(name);
        Ok(())
    }
}
