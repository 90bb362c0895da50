//! The browser's database: opened once, migrated by a table, written with strict durability.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use idb::{Factory, ObjectStore, ObjectStoreParams, TransactionResult};
use js_sys::{Function, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DomException, IdbDatabase, IdbTransaction};

use super::clock::within;
use super::fault::describe;
use super::listener::Listener;
use crate::ports::StoreError;

/// The object stores that each version adds; the version is the length of this table.
const MIGRATIONS: &[&[&str]] = &[&["grants", "journal", "settings", "quarantine", "vault"]];

/// WebKit is known to open never and say nothing; nothing here takes longer on a healthy disk.
const TIMEOUT_MILLIS: u32 = 5_000;

/// What is done with an object store, and what is read from it. Boxed, so that every use of a store is carried
/// through by the same code.
type Work = Box<dyn FnOnce(ObjectStore) -> LocalBoxFuture<'static, Result<Vec<JsValue>, idb::Error>>>;

/// One database of this origin. Opens at the first use, and again when the browser closed it.
#[derive(Debug)]
pub struct Database {
    name: String,
    connection: RefCell<Option<Rc<Connection>>>,
}

#[derive(Debug)]
struct Connection {
    database: IdbDatabase,
    /// Makes room for a newer version of the page in another tab.
    _version_change: Listener,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.database.close();
    }
}

impl Database {
    /// The database `name`, not opened yet.
    pub fn new(name: impl Into<String>) -> Rc<Self> {
        Rc::new(Self { name: name.into(), connection: RefCell::default() })
    }

    /// Does `work` on the object store `name` in one transaction.
    pub(super) async fn read<F>(
        &self,
        name: &str,
        work: impl FnOnce(ObjectStore) -> F + 'static,
    ) -> Result<Vec<JsValue>, StoreError>
    where
        F: Future<Output = Result<Vec<JsValue>, idb::Error>> + 'static,
    {
        self.run(name, "readonly", Box::new(|store| Box::pin(work(store)))).await
    }

    /// The same for writing; returns when the bytes are on the disk.
    pub(super) async fn write<F>(
        &self,
        name: &str,
        work: impl FnOnce(ObjectStore) -> F + 'static,
    ) -> Result<(), StoreError>
    where
        F: Future<Output = Result<(), idb::Error>> + 'static,
    {
        let work: Work = Box::new(|store| Box::pin(async { work(store).await.map(|()| Vec::new()) }));
        self.run(name, "readwrite", work).await.map(drop)
    }

    async fn run(&self, name: &str, mode: &str, work: Work) -> Result<Vec<JsValue>, StoreError> {
        let silent = || StoreError::Unavailable("it does not answer".to_owned());
        let transaction = within(TIMEOUT_MILLIS, self.begin(name, mode)).await.ok_or_else(silent)??;
        within(TIMEOUT_MILLIS, perform(transaction, name, work)).await.ok_or_else(silent)?
    }

    async fn begin(&self, name: &str, mode: &str) -> Result<IdbTransaction, StoreError> {
        match begin(&self.connection().await?.database, name, mode) {
            Err(thrown) if has_name(&thrown, "InvalidStateError") => {
                // The browser closed the connection: the data was cleared, or a newer page asked for room.
                *self.connection.borrow_mut() = None;
                begin(&self.connection().await?.database, name, mode)
            }
            begun => begun,
        }
        .map_err(|thrown| from_thrown(&thrown))
    }

    async fn connection(&self) -> Result<Rc<Connection>, StoreError> {
        if let Some(connection) = self.connection.borrow().as_ref() {
            return Ok(Rc::clone(connection));
        }
        let connection = Rc::new(open(&self.name).await?);
        *self.connection.borrow_mut() = Some(Rc::clone(&connection));
        Ok(connection)
    }
}

/// Throws the database `name` away with everything in it; one that is not there is fine.
///
/// # Errors
/// [`StoreError`]; also when another tab holds on to it.
pub async fn delete_database(name: &str) -> Result<(), StoreError> {
    let missing = |error: idb::Error| StoreError::Unavailable(error.to_string());
    let request = Factory::new().map_err(missing)?.delete(name).map_err(missing)?;
    let deleted = within(TIMEOUT_MILLIS, async { request.await }).await;
    let silent = || StoreError::Unavailable("another tab still uses it".to_owned());
    deleted.ok_or_else(silent)?.map_err(|error| from_idb(&error))
}

async fn open(name: &str) -> Result<Connection, StoreError> {
    let missing = |error: idb::Error| StoreError::Unavailable(error.to_string());
    let version = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    let mut request = Factory::new().map_err(missing)?.open(name, Some(version)).map_err(missing)?;
    request.on_upgrade_needed(|event| {
        // A failure in here aborts the upgrade, which the request below reports.
        let _upgraded = migrate(&event);
    });
    let (blocked, is_blocked) = futures_channel::oneshot::channel();
    request.on_blocked(move |_| {
        let _told = blocked.send(());
    });
    let opening = std::pin::pin!(async { request.await });
    let blocked = std::pin::pin!(async {
        if is_blocked.await.is_err() {
            std::future::pending::<()>().await;
        }
    });
    let opened = match futures_util::future::select(opening, blocked).await {
        futures_util::future::Either::Left((opened, _)) => opened,
        futures_util::future::Either::Right(((), _)) => {
            let reason = "another tab runs an older version of this page; close it";
            return Err(StoreError::Unavailable(reason.to_owned()));
        }
    };
    let database: IdbDatabase = JsValue::from(opened.map_err(|error| from_idb(&error))?).unchecked_into();
    let closing = database.clone();
    let version_change = Listener::new(&database, "versionchange", move |_| closing.close());
    Ok(Connection { database, _version_change: version_change })
}

fn migrate(event: &idb::event::VersionChangeEvent) -> Result<(), idb::Error> {
    use idb::DatabaseEvent as _;
    let database = event.database()?;
    let existing = database.store_names();
    for name in MIGRATIONS.iter().copied().flatten() {
        if !existing.iter().any(|store| store == name) {
            database.create_object_store(name, ObjectStoreParams::new())?;
        }
    }
    Ok(())
}

/// A transaction over one object store. `strict`: "complete" comes after the disk's own word, not before, as
/// is the default since Chrome 121. Called by name, because the binding keeps that option among the unstable.
fn begin(database: &IdbDatabase, name: &str, mode: &str) -> Result<IdbTransaction, JsValue> {
    let options = Object::new();
    Reflect::set(&options, &JsValue::from_str("durability"), &JsValue::from_str("strict"))?;
    let transaction: Function = Reflect::get(database, &JsValue::from_str("transaction"))?.dyn_into()?;
    let begun = transaction.call3(database, &JsValue::from_str(name), &JsValue::from_str(mode), &options)?;
    begun.dyn_into()
}

async fn perform(transaction: IdbTransaction, name: &str, work: Work) -> Result<Vec<JsValue>, StoreError> {
    let running = idb::Transaction::from(transaction.clone());
    let store = running.object_store(name).map_err(|error| from_idb(&error))?;
    let outcome = work(store).await;
    let ended = running.await;
    // What ended the transaction says more than the request that was cut short by it.
    if let Some(reason) = transaction.error() {
        return Err(from_thrown(&reason));
    }
    let value = outcome.map_err(|error| from_idb(&error))?;
    match ended.map_err(|error| from_idb(&error))? {
        TransactionResult::Committed => Ok(value),
        TransactionResult::Aborted => Err(StoreError::Failed("the browser took the write back".to_owned())),
    }
}

fn has_name(thrown: &JsValue, name: &str) -> bool {
    thrown.dyn_ref::<DomException>().is_some_and(|exception| exception.name() == name)
}

fn from_thrown(thrown: &JsValue) -> StoreError {
    if has_name(thrown, "QuotaExceededError") {
        StoreError::Full
    } else if has_name(thrown, "VersionError") {
        StoreError::NewerVersion
    } else if has_name(thrown, "SecurityError") {
        StoreError::Unavailable(describe(thrown))
    } else {
        StoreError::Failed(describe(thrown))
    }
}

fn from_idb(error: &idb::Error) -> StoreError {
    if let idb::Error::DomException(exception) = error {
        return from_thrown(exception);
    }
    if let idb::Error::UpdateFailed(thrown) | idb::Error::DeleteFailed(thrown) = error {
        return from_thrown(thrown);
    }
    StoreError::Failed(error.to_string())
}
