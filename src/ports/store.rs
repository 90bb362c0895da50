//! Durable records.

use std::cell::RefCell;
use std::collections::BTreeMap;

use async_trait::async_trait;
use thiserror::Error;

/// The drawers of the store. A new drawer is a new version of the browser's database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Collection {
    /// Grants: terms, sessions, signature, state.
    Grants,
    /// The write-ahead journal of UserOperations.
    Journal,
    /// What the person chose: network, terms, strategy.
    Settings,
    /// Records that could not be read, kept for inspection.
    Quarantine,
}

/// A key-value store with strict durability: when `put` returns, the record survives a power cut.
#[async_trait(?Send)]
pub trait Store {
    /// Writes `record` under `key`, replacing.
    ///
    /// # Errors
    /// [`StoreError`]; then the old record stands.
    async fn put(&self, collection: Collection, key: &str, record: &[u8]) -> Result<(), StoreError>;

    /// Reads the record of `key`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn get(&self, collection: Collection, key: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// All records, ordered by key.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn all(&self, collection: Collection) -> Result<Vec<(String, Vec<u8>)>, StoreError>;

    /// Removes the record of `key`; doing it twice is fine.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn delete(&self, collection: Collection, key: &str) -> Result<(), StoreError>;
}

/// Why a record could not be kept or read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StoreError {
    /// No storage here, or it never opens (private mode, blocked by another tab).
    #[error("the browser's storage is not available: {0}")]
    Unavailable(String),
    /// No room left.
    #[error("the browser's storage is full")]
    Full,
    /// Written by a newer version of this page.
    #[error("the browser's storage was written by a newer version of this page")]
    NewerVersion,
    /// Anything else, in the browser's words.
    #[error("the browser's storage failed: {0}")]
    Failed(String),
}

/// The twin for tests. [`MemoryStore::fail_next_puts`] makes the disk full.
#[derive(Debug, Default)]
pub struct MemoryStore {
    records: RefCell<BTreeMap<(Collection, String), Vec<u8>>>,
    failing_puts: RefCell<u32>,
}

impl MemoryStore {
    /// Refuses the next `count` writes as [`StoreError::Full`].
    pub fn fail_next_puts(&self, count: u32) {
        *self.failing_puts.borrow_mut() = count;
    }
}

#[async_trait(?Send)]
impl Store for MemoryStore {
    async fn put(&self, collection: Collection, key: &str, record: &[u8]) -> Result<(), StoreError> {
        let failing = *self.failing_puts.borrow();
        if failing > 0 {
            *self.failing_puts.borrow_mut() = failing - 1;
            return Err(StoreError::Full);
        }
        self.records.borrow_mut().insert((collection, key.to_owned()), record.to_vec());
        Ok(())
    }

    async fn get(&self, collection: Collection, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.records.borrow().get(&(collection, key.to_owned())).cloned())
    }

    async fn all(&self, collection: Collection) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let records = self.records.borrow();
        let drawer = records.iter().filter(|((drawer, _), _)| *drawer == collection);
        Ok(drawer.map(|((_, key), record)| (key.clone(), record.clone())).collect())
    }

    async fn delete(&self, collection: Collection, key: &str) -> Result<(), StoreError> {
        self.records.borrow_mut().remove(&(collection, key.to_owned()));
        Ok(())
    }
}
