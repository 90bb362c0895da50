//! One trader per profile and account.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use async_trait::async_trait;
use thiserror::Error;

/// The right to trade, held by at most one tab (a Web Lock in the browser). The chain's nonce is the last
/// fence behind it.
#[async_trait(?Send)]
pub trait TradingLock {
    /// Takes the lock `name` if it is free; `Ok(false)` when another tab holds it. It is held until the tab
    /// closes or [`TradingLock::release`].
    ///
    /// # Errors
    /// [`LockError`].
    async fn try_acquire(&self, name: &str) -> Result<bool, LockError>;

    /// Takes the lock `name` from whoever holds it: for a holder that gives no sign of life. It learns of it by
    /// [`TradingLock::is_held`] as soon as it lives again.
    ///
    /// # Errors
    /// [`LockError`].
    async fn steal(&self, name: &str) -> Result<bool, LockError>;

    /// Whether this tab still holds it.
    fn is_held(&self) -> bool;

    /// Gives it back.
    fn release(&self);
}

/// Why the browser cannot say who trades.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the browser offers no locks between tabs: {0}")]
pub struct LockError(pub String);

/// The twin for tests: tabs of one process share who holds what.
#[derive(Debug, Default)]
pub struct MemoryTradingLock {
    holders: Rc<RefCell<BTreeMap<String, u64>>>,
    /// How many other tabs there are.
    others: Rc<Cell<u64>>,
    tab: u64,
    own: RefCell<Option<String>>,
}

impl MemoryTradingLock {
    /// Another tab of the same profile.
    pub fn other_tab(&self) -> Self {
        let (holders, others) = (Rc::clone(&self.holders), Rc::clone(&self.others));
        others.set(others.get() + 1);
        Self { holders, tab: others.get(), others, own: RefCell::default() }
    }

    fn take(&self, name: &str) {
        self.release();
        self.holders.borrow_mut().insert(name.to_owned(), self.tab);
        *self.own.borrow_mut() = Some(name.to_owned());
    }
}

#[async_trait(?Send)]
impl TradingLock for MemoryTradingLock {
    async fn try_acquire(&self, name: &str) -> Result<bool, LockError> {
        let holder = self.holders.borrow().get(name).copied();
        let is_own = holder == Some(self.tab) && self.is_held();
        if holder.is_none() {
            self.take(name);
        }
        Ok(is_own || holder.is_none())
    }

    async fn steal(&self, name: &str) -> Result<bool, LockError> {
        self.take(name);
        Ok(true)
    }

    fn is_held(&self) -> bool {
        let own = self.own.borrow();
        own.as_ref().is_some_and(|name| self.holders.borrow().get(name) == Some(&self.tab))
    }

    fn release(&self) {
        let is_held = self.is_held();
        if let Some(name) = self.own.borrow_mut().take().filter(|_| is_held) {
            self.holders.borrow_mut().remove(&name);
        }
    }
}

impl Drop for MemoryTradingLock {
    fn drop(&mut self) {
        self.release();
    }
}
