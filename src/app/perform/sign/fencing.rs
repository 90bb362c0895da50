//! A tab that lost the lock writes nothing more.

use std::rc::Rc;

use alloy_primitives::U256;
use async_trait::async_trait;
use futures_util::FutureExt as _;

use super::samples::to_sign;
use super::*;
use crate::app::machine::samples::{KEY, START, key_name, stored_grant};
use crate::contracts::network_by_id;
use crate::ports::{Collection, KeyVault, MemoryKeyVault, MemoryTradingLock, TradingLock as _, VaultError};
use crate::trading::{Purpose, Side};
use crate::venue::UniswapV3;

const LOCK: &str = "trader";

/// A vault that takes so long that another tab takes the lock meanwhile, where there is one.
struct Slow(MemoryKeyVault, Option<MemoryTradingLock>);

#[async_trait(?Send)]
impl KeyVault for Slow {
    async fn put(&self, name: &str, secret: &[u8; 32]) -> Result<(), VaultError> {
        self.0.put(name, secret).await
    }

    async fn open(&self, name: &str) -> Result<Option<Zeroizing<[u8; 32]>>, VaultError> {
        if let Some(other) = &self.1 {
            other.steal(LOCK).await.expect("it can be taken");
        }
        self.0.open(name).await
    }

    async fn wipe(&self, name: &str) -> Result<(), VaultError> {
        self.0.wipe(name).await
    }
}

/// A harmless call that is to be signed under the sample grant.
fn harmless() -> (JournalEntry, PreparedOperation) {
    let pool = network_by_id("local").and_then(|network| network.pool).expect("a pool");
    let calls = vec![UniswapV3::new(pool).harmless_call(Side::Buy)];
    to_sign(Purpose::Replacement, calls, stored_grant().signed.grant().trade_lane())
}

/// What comes of signing, and how many records there are then.
fn signed_while(is_overtaken: bool) -> (Result<U256, Failure>, usize) {
    let lock = MemoryTradingLock::default();
    let vault = MemoryKeyVault::default();
    vault.put(&key_name(), &KEY).now_or_never().expect("memory").expect("well");
    let other = is_overtaken.then(|| lock.other_tab());
    assert_eq!(lock.try_acquire(LOCK).now_or_never(), Some(Ok(true)));
    let nobody = Rc::new(|url: &str| panic!("{url} is not to be asked"));
    let environment = Environment {
        lock: Rc::new(lock),
        vault: Rc::new(Slow(vault, other)),
        ..Environment::in_memory(nobody)
    };
    let (entry, prepared) = harmless();
    let signed = sign(&environment, entry, prepared, START).now_or_never().expect("memory");
    let kept = environment.store.all(Collection::Journal).now_or_never().expect("memory");
    (signed.map(|signed| signed.operation.nonce()), kept.expect("it is read").len())
}

#[test]
fn a_tab_that_lost_the_lock_while_the_key_was_opened_writes_nothing() {
    let (signed, kept) = signed_while(false);
    assert_eq!((signed.is_ok(), kept), (true, 1), "{signed:?}");
    assert_eq!(signed_while(true), (Err(fenced()), 0));
}
