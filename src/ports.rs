//! Every way the app touches the world, as a trait with its memory twin beside it.
//!
//! A port speaks the world's own words (an EIP-1193 request, a stored record, the hour) and refuses to know
//! what they are for. One contract suite per port ([`contract`]) runs on each implementation: memory here,
//! browser in `web`, HTTP in the host tests.

mod clock;
pub mod contract;
mod entropy;
pub mod envelope;
mod key_vault;
mod price_line;
mod store;
mod tabs;
mod trading_lock;
mod transport;

pub use clock::{Clock, ManualClock};
pub use entropy::{Entropy, SeededEntropy};
pub use key_vault::{KeyVault, MemoryKeyVault, VaultError};
pub use price_line::{LineError, MemoryPriceLine, PriceLine};
pub use store::{Collection, MemoryStore, Store, StoreError};
pub use tabs::{MemoryTabs, Tabs};
pub use trading_lock::{LockError, MemoryTradingLock, TradingLock};
pub use transport::{ScriptedTransport, Transport, TransportError};
