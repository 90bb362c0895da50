//! The world, as the use cases see it: one port each.

use std::rc::Rc;

use crate::ports::{Clock, Entropy, KeyVault, PriceLine, Store, Tabs, TradingLock, Transport};

/// Makes a transport for an address: an endpoint's URL, or a wallet's id.
pub type Dial = Rc<dyn Fn(&str) -> Rc<dyn Transport>>;

/// Every port. The browser, the host tests and the sandbox each fill one in.
#[derive(Clone)]
pub struct Environment {
    /// A JSON-RPC service by URL.
    pub service: Dial,
    /// A wallet by the id of [`super::Intent::Connect`].
    pub wallet: Dial,
    /// Durable records.
    pub store: Rc<dyn Store>,
    /// Session keys, sealed.
    pub vault: Rc<dyn KeyVault>,
    /// The local clock.
    pub clock: Rc<dyn Clock>,
    /// Randomness.
    pub entropy: Rc<dyn Entropy>,
    /// One trader per profile.
    pub lock: Rc<dyn TradingLock>,
    /// The profile's other tabs.
    pub tabs: Rc<dyn Tabs>,
    /// A public line on which an exchange tells prices.
    pub price_line: Rc<dyn PriceLine>,
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Environment")
    }
}

#[cfg(test)]
impl Environment {
    /// Memory twins behind `service`, for tests of single use cases.
    pub(super) fn in_memory(service: Dial) -> Self {
        use crate::ports::{
            ManualClock, MemoryKeyVault, MemoryPriceLine, MemoryStore, MemoryTabs, MemoryTradingLock,
            SeededEntropy,
        };
        Self {
            wallet: Rc::clone(&service),
            service,
            store: Rc::new(MemoryStore::default()),
            vault: Rc::new(MemoryKeyVault::default()),
            clock: ManualClock::starting_at(crate::units::UnixMillis(0)),
            entropy: Rc::new(SeededEntropy::new(1)),
            lock: Rc::new(MemoryTradingLock::default()),
            tabs: Rc::new(MemoryTabs::default()),
            price_line: Rc::new(MemoryPriceLine::default()),
        }
    }
}
