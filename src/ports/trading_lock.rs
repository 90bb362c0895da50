//! One trader per profile and account.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
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

    /// Whether this tab still holds it.
    fn is_held(&self) -> bool;

    /// Gives it back.
    fn release(&self);
}

/// Why the browser cannot say who trades.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the browser offers no locks between tabs: {0}")]
pub struct LockError(pub String);

/// The twin for tests: tabs of one process share the set of held names.
#[derive(Debug, Default)]
pub struct MemoryTradingLock {
    held_names: Rc<RefCell<BTreeSet<String>>>,
    own: RefCell<Option<String>>,
    is_held: Cell<bool>,
}

impl MemoryTradingLock {
    /// A second tab of the same profile.
    pub fn other_tab(&self) -> Self {
        Self { held_names: Rc::clone(&self.held_names), own: RefCell::default(), is_held: Cell::new(false) }
    }
}

#[async_trait(?Send)]
impl TradingLock for MemoryTradingLock {
    async fn try_acquire(&self, name: &str) -> Result<bool, LockError> {
        if self.own.borrow().as_deref() == Some(name) {
            return Ok(true);
        }
        let taken = self.held_names.borrow_mut().insert(name.to_owned());
        if taken {
            self.release();
            *self.own.borrow_mut() = Some(name.to_owned());
            self.is_held.set(true);
        }
        Ok(taken)
    }

    fn is_held(&self) -> bool {
        self.is_held.get()
    }

    fn release(&self) {
        if let Some(name) = self.own.borrow_mut().take() {
            self.held_names.borrow_mut().remove(&name);
        }
        self.is_held.set(false);
    }
}

impl Drop for MemoryTradingLock {
    fn drop(&mut self) {
        self.release();
    }
}
