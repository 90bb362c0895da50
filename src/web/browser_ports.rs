//! All ports of this browser together.

use std::rc::Rc;

use super::clock::BrowserClock;
use super::database::Database;
use super::entropy::{BrowserEntropy, EntropyError};
use super::key_vault::WebCryptoKeyVault;
use super::price_line::SocketLine;
use super::store::IndexedDbStore;
use super::tabs::TabChannel;
use super::trading_lock::WebLock;

/// The world as this browser offers it, for a window or a worker. Transports are made per endpoint
/// ([`super::HttpTransport`]) and per wallet ([`super::WalletTransport`]).
#[derive(Clone, Debug)]
pub struct BrowserPorts {
    /// `Date.now` and timers.
    pub clock: Rc<BrowserClock>,
    /// `crypto.getRandomValues`.
    pub entropy: Rc<BrowserEntropy>,
    /// Records in IndexedDB.
    pub store: Rc<IndexedDbStore>,
    /// Session keys, sealed, in the same database.
    pub key_vault: Rc<WebCryptoKeyVault>,
    /// The right to trade, as a Web Lock.
    pub trading_lock: Rc<WebLock>,
    /// The other tabs, by a BroadcastChannel.
    pub tabs: Rc<TabChannel>,
    /// A public line of prices, as a WebSocket.
    pub price_line: Rc<SocketLine>,
}

impl BrowserPorts {
    /// The ports over the database and the channel `name`. Nothing is opened yet: a browser without storage says so at the
    /// first read, and watching the market needs none.
    ///
    /// # Errors
    /// [`EntropyError`]: without randomness there is nothing to begin with.
    pub fn new(name: &str) -> Result<Self, EntropyError> {
        let database = Database::new(name);
        let entropy = BrowserEntropy::new()?;
        Ok(Self {
            clock: Rc::new(BrowserClock),
            store: Rc::new(IndexedDbStore::new(Rc::clone(&database))),
            key_vault: Rc::new(WebCryptoKeyVault::new(database, entropy.clone())),
            entropy: Rc::new(entropy),
            trading_lock: Rc::default(),
            price_line: Rc::default(),
            tabs: Rc::new(TabChannel::new(name)),
        })
    }
}
