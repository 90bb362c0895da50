//! What outlives the tab: the chain, and production code that was fetched.

use leash::ports::{Collection, Store as _, StoreError};
use leash::web::{Database, IndexedDbStore, delete_database};

/// The database of this worker.
const NAME: &str = "leash-sandbox-chain";
/// The trader's, whose records are about this chain and no other.
const TRADERS_NAME: &str = "leash-sandbox";
/// The only drawer in use.
const DRAWER: Collection = Collection::Settings;
const CHAIN: &str = "chain";
const PRODUCTION: &str = "production";
/// There when the stand-ins were chosen.
const STAND_INS: &str = "stand-ins";

#[derive(Debug)]
pub(crate) struct Keeping(IndexedDbStore);

impl Keeping {
    pub(crate) fn new() -> Self {
        Self(IndexedDbStore::new(Database::new(NAME)))
    }

    /// The chain as it was kept; none where storage is off.
    pub(crate) async fn chain(&self) -> Option<Vec<u8>> {
        self.0.get(DRAWER, CHAIN).await.ok()?
    }

    pub(crate) async fn keep_chain(&self, bytes: &[u8]) -> Result<(), StoreError> {
        self.0.put(DRAWER, CHAIN, bytes).await
    }

    /// Production code as it was kept, unchecked.
    pub(crate) async fn production(&self) -> Option<Vec<u8>> {
        self.0.get(DRAWER, PRODUCTION).await.ok()?
    }

    pub(crate) async fn keep_production(&self, bytes: &[u8]) -> Result<(), StoreError> {
        self.0.put(DRAWER, PRODUCTION, bytes).await?;
        self.0.delete(DRAWER, STAND_INS).await
    }

    pub(crate) async fn forget_production(&self) -> Result<(), StoreError> {
        self.0.delete(DRAWER, PRODUCTION).await
    }

    /// Chooses the stand-ins, also where a build's own genesis is on other code.
    pub(crate) async fn choose_stand_ins(&self) -> Result<(), StoreError> {
        self.0.put(DRAWER, STAND_INS, &[]).await?;
        self.forget_production().await
    }

    /// Whether the stand-ins were chosen.
    pub(crate) async fn are_stand_ins_chosen(&self) -> bool {
        matches!(self.0.get(DRAWER, STAND_INS).await, Ok(Some(_)))
    }

    /// Throws the chain away, and what the trader kept of it.
    pub(crate) async fn forget_chain(&self) -> Result<(), StoreError> {
        self.0.delete(DRAWER, CHAIN).await?;
        Self::forget_trader().await
    }

    /// Throws away what a trader kept of a chain that is no more.
    pub(crate) async fn forget_trader() -> Result<(), StoreError> {
        delete_database(TRADERS_NAME).await
    }
}
