//! Records in IndexedDB.

use std::rc::Rc;

use async_trait::async_trait;
use idb::ObjectStore;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};

use super::database::Database;
use crate::ports::{Collection, Store, StoreError};

/// The [`Store`] of this origin.
#[derive(Clone, Debug)]
pub struct IndexedDbStore(Rc<Database>);

impl IndexedDbStore {
    /// The records in `database`.
    pub const fn new(database: Rc<Database>) -> Self {
        Self(database)
    }
}

const fn object_store(collection: Collection) -> &'static str {
    match collection {
        Collection::Grants => "grants",
        Collection::Journal => "journal",
        Collection::Settings => "settings",
        Collection::Quarantine => "quarantine",
    }
}

fn to_record(value: &JsValue) -> Result<Vec<u8>, StoreError> {
    let bytes = value.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec);
    bytes.ok_or_else(|| StoreError::Failed("a record is not bytes".to_owned()))
}

#[async_trait(?Send)]
impl Store for IndexedDbStore {
    async fn put(&self, collection: Collection, key: &str, record: &[u8]) -> Result<(), StoreError> {
        let key = JsValue::from_str(key);
        let value = JsValue::from(Uint8Array::from(record));
        let write = self.0.write(object_store(collection), |store| async move {
            store.put(&value, Some(&key))?.await.map(drop)
        });
        write.await
    }

    async fn get(&self, collection: Collection, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let key = JsValue::from_str(key);
        let read = |store: ObjectStore| async move { Ok(Vec::from_iter(store.get(key)?.await?)) };
        let found = self.0.read(object_store(collection), read).await?;
        found.first().map(to_record).transpose()
    }

    async fn all(&self, collection: Collection) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let read = |store: ObjectStore| async move {
            let keys = store.get_all_keys(None, None)?;
            let values = store.get_all(None, None)?;
            let pairs = keys.await?.into_iter().zip(values.await?);
            Ok(pairs.flat_map(<[JsValue; 2]>::from).collect())
        };
        let found = self.0.read(object_store(collection), read).await?;
        let (pairs, _) = found.as_chunks();
        let to_pair = |[key, value]: &[JsValue; 2]| {
            let key = key.as_string().ok_or_else(|| StoreError::Failed("a key is not text".to_owned()))?;
            Ok((key, to_record(value)?))
        };
        pairs.iter().map(to_pair).collect()
    }

    async fn delete(&self, collection: Collection, key: &str) -> Result<(), StoreError> {
        let key = JsValue::from_str(key);
        let write = self.0.write(object_store(collection), |store| async move { store.delete(key)?.await });
        write.await
    }
}
