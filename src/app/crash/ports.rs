//! Every port of a tab, each wait a place to crash.

use std::rc::Rc;

use async_trait::async_trait;
use serde_json::Value;
use zeroize::Zeroizing;

use super::faults::Fault;
use super::flaws::Flaw;
use super::node::View;
use super::services;
use super::world::{Tab, Way, World};
use crate::app::records;
use crate::ports::{
    Clock, Collection, KeyVault, LockError, Store, StoreError, TradingLock, Transport, TransportError,
    VaultError,
};
use crate::trading::JournalEntry;
use crate::units::UnixMillis;

/// Milliseconds of a request and of its answer, at most, on a good day.
const WIRE_MILLIS: u64 = 160;
/// What a wallet's and a node's own limit of patience is in the browser.
const PATIENCE_MILLIS: u64 = 10_000;
/// What hands an operation over.
const SEND: &str = "eth_sendUserOperation";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    Node,
    Bundler,
    Paymaster,
}

impl Service {
    pub(super) fn of(url: &str) -> Self {
        match url.rsplit(':').next() {
            Some("8545") => Self::Node,
            Some("8546") => Self::Bundler,
            Some("8547") => Self::Paymaster,
            _ => unreachable!("nobody stands at {url}"),
        }
    }
}

/// A service at the end of a bad line.
pub(super) struct Peer(pub(super) Rc<World>, pub(super) Service, pub(super) Tab);

impl Peer {
    async fn ask(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        let Self(world, service, tab) = self;
        let (fate, dice) = (&world.fate, &world.fate.dice);
        if fate.strikes(Fault::Asleep) {
            world.time.leap(60_000 + dice.below(1_800_000));
        }
        if fate.strikes(Fault::Jumped) {
            world.set_clock();
        }
        let slow = if fate.strikes(Fault::Slow) { dice.below(8_000) } else { 0 };
        let millis = [dice.below(WIRE_MILLIS) + slow, dice.below(WIRE_MILLIS)];
        if fate.strikes(Fault::Lost) {
            world.time.sleep(millis[0]).await;
            return Err(TransportError::Unreachable("connection refused".to_owned()));
        }
        if fate.strikes(Fault::Limited) {
            world.time.sleep(millis[0]).await;
            let retry_after_secs = dice.happens(500).then_some(1);
            return Err(TransportError::Http { status: 429, retry_after_secs, body: String::new() });
        }
        let act = || {
            world.advance();
            let head = world.chain.borrow().head().number;
            match service {
                Service::Node => {
                    let lag = |fault: Fault| if fate.strikes(fault) { dice.below(4) } else { 0 };
                    let latest = head - lag(Fault::Stale);
                    let known = world.known(latest);
                    let view = View { latest, known, logged: known - lag(Fault::Logless) };
                    world.chain.borrow().answer(method, &params, &view)
                }
                Service::Bundler => world.bundler(method, &params, world.known(head)),
                Service::Paymaster => world.paymaster(method),
            }
        };
        let way = match service {
            Service::Node => Way::Elsewhere,
            Service::Bundler if method == SEND => Way::Sending,
            Service::Bundler | Service::Paymaster => Way::Near,
        };
        let answer = world.around((*tab, way), millis, act).await;
        if *tab == Tab::Companion || *service != Service::Node {
            world.tell(|| format!("{tab:?} {method}: {answer:?}"));
        }
        if fate.strikes(Fault::Unheard) {
            world.time.sleep(PATIENCE_MILLIS).await;
            return Err(TransportError::Timeout { after_millis: PATIENCE_MILLIS });
        }
        if fate.strikes(Fault::Garbled) {
            return Err(match dice.below(2) {
                0 => TransportError::Malformed("<html>".to_owned()),
                _ => TransportError::Http { status: 502, retry_after_secs: None, body: String::new() },
            });
        }
        answer
    }
}

#[async_trait(?Send)]
impl Transport for Peer {
    async fn request(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        let sent = (method == SEND).then(|| services::read(&params[0]));
        let Self(world, _, tab) = self;
        if let Some(operation) = &sent {
            world.note_sending(*tab, operation);
        }
        let answer = self.ask(method, params).await;
        if let Some(operation) = &sent {
            world.keep_unsent(operation.hash);
        }
        answer
    }
}

/// Everything in the browser that a tab waits for.
pub(super) struct Port(pub(super) Rc<World>, pub(super) Tab);

impl Port {
    async fn record<T>(&self, act: impl FnOnce() -> T) -> T {
        let Self(world, tab) = self;
        let slow = if world.fate.strikes(Fault::SlowDisk) { 1_000 } else { 0 };
        // One transaction after the other, in the order in which they were asked for.
        let done_at = world.disk_free_at.get().max(world.time.now()) + world.fate.dice.below(5) + slow;
        world.disk_free_at.set(done_at);
        world.around((*tab, Way::Near), [done_at - world.time.now(), world.fate.dice.below(5)], act).await
    }

    fn keep(&self, collection: Collection, key: &str, record: &[u8]) {
        let Self(world, tab) = self;
        if collection == Collection::Journal {
            world.note_trade(record);
        }
        if world.is_swallowed(*tab, (collection, key), record) {
            return;
        }
        let before = world.records.borrow_mut().insert((collection, key.to_owned()), record.to_vec());
        if collection == Collection::Journal {
            *world.last_put.borrow_mut() = Some((key.to_owned(), before));
        }
    }

    fn has_room(&self) -> Result<(), StoreError> {
        if self.0.fate.strikes(Fault::Full) { Err(StoreError::Full) } else { Ok(()) }
    }
}

#[async_trait(?Send)]
impl Store for Port {
    async fn put(&self, collection: Collection, key: &str, record: &[u8]) -> Result<(), StoreError> {
        self.has_room()?;
        let put = || {
            self.0.tell(|| match records::read::<JournalEntry>(record) {
                Ok(entry) if collection == Collection::Journal => {
                    format!(
                        "{:?} keeps {} {} {:?}",
                        self.1,
                        entry.id,
                        entry.state.name(),
                        entry.operation_hash()
                    )
                }
                Ok(_) | Err(_) => format!("{:?} keeps {key}", self.1),
            });
            if collection == Collection::Grants
                && self.0.is_pressed.get()
                && self.0.revoked_at.get().is_none()
            {
                self.0.advance();
                self.0.revoked_at.set(Some(self.0.chain.borrow().head().at));
            }
            self.keep(collection, key, record);
        };
        self.record(put).await;
        Ok(())
    }

    async fn get(&self, collection: Collection, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let get = || self.0.records.borrow().get(&(collection, key.to_owned())).cloned();
        Ok(self.record(get).await)
    }

    async fn all(&self, collection: Collection) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let all = || {
            self.0.tell(|| format!("{:?} reads {collection:?}", self.1));
            let records = self.0.records.borrow();
            let drawer = records.iter().filter(|((drawer, _), _)| *drawer == collection);
            drawer.map(|((_, key), record)| (key.clone(), record.clone())).collect()
        };
        Ok(self.record(all).await)
    }

    async fn delete(&self, collection: Collection, key: &str) -> Result<(), StoreError> {
        let _old = self.record(|| self.0.records.borrow_mut().remove(&(collection, key.to_owned()))).await;
        Ok(())
    }
}

#[async_trait(?Send)]
impl KeyVault for Port {
    async fn put(&self, name: &str, secret: &[u8; 32]) -> Result<(), VaultError> {
        self.0.vault.put(name, secret).await
    }

    async fn open(&self, name: &str) -> Result<Option<Zeroizing<[u8; 32]>>, VaultError> {
        self.record(|| ()).await;
        self.0.vault.open(name).await
    }

    async fn wipe(&self, name: &str) -> Result<(), VaultError> {
        self.0.vault.wipe(name).await
    }
}

#[async_trait(?Send)]
impl Clock for Port {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.0.time.now().saturating_add_signed(self.0.clock_error.get()))
    }

    async fn sleep_millis(&self, millis: u64) {
        self.0.around((self.1, Way::Elsewhere), [millis, 0], || ()).await;
    }
}

/// The lock of the profile: the first that asks has it until it dies.
#[async_trait(?Send)]
impl TradingLock for Port {
    async fn try_acquire(&self, _: &str) -> Result<bool, LockError> {
        let Self(world, tab) = self;
        let take = || {
            let is_free =
                world.lock.get().is_none_or(|holder| holder == *tab) || world.has_flaw(Flaw::LockForAll);
            if is_free {
                world.lock.set(Some(*tab));
                world.tell(|| format!("{tab:?} has the lock"));
            }
            is_free
        };
        Ok(self.record(take).await)
    }

    async fn steal(&self, _: &str) -> Result<bool, LockError> {
        let Self(world, tab) = self;
        let take = || {
            world.lock.set(Some(*tab));
            world.taken.set(world.taken.get() + 1);
            world.tell(|| format!("{tab:?} takes the lock from whoever has it"));
            true
        };
        Ok(self.record(take).await)
    }

    fn is_held(&self) -> bool {
        self.0.lock.get() == Some(self.1) || self.0.has_flaw(Flaw::LockForAll)
    }

    fn release(&self) {
        if self.is_held() {
            self.0.lock.set(None);
        }
    }
}
