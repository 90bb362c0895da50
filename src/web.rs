//! The browser edge: the only room that names JS.
//!
//! Each file here is one adapter: a port's browser implementation, the link between page and worker, the
//! wallets, the canvas. It turns whatever the browser throws into the ports' own errors, holds every listener
//! and timer as a guard that undoes itself, and refuses to decide anything about trading.

#![expect(clippy::disallowed_methods, reason = "this is where the ports meet the browser")]

mod browser_ports;
mod clock;
mod database;
mod emitter;
mod entropy;
mod events;
mod fault;
mod fetch;
mod home;
mod key_vault;
mod lab_tab;
mod listener;
mod notify;
mod offline;
mod page;
mod page_audience;
mod page_link;
mod price_line;
mod sandbox_tab;
mod sandbox_wallet;
mod scaled_clock;
mod store;
mod tabs;
mod trader_link;
mod trading_lock;
mod wallets;
mod worker_link;
mod worker_port;

#[cfg(feature = "page")]
mod canvas;

pub use browser_ports::BrowserPorts;
#[cfg(feature = "page")]
pub use canvas::{CanvasWatch, paint_on, palette_of};
pub use clock::BrowserClock;
pub use database::{Database, delete_database};
pub use entropy::{BrowserEntropy, EntropyError};
pub use events::{file_of, is_unfolded, read_file};
pub use fetch::{HttpTransport, fetch_file};
pub use home::{go_to_network, home_network, reload, remember_network};
pub use key_vault::WebCryptoKeyVault;
pub use lab_tab::LabTab;
pub use notify::{Telling, ask_to_notify, notify, telling, use_sound};
pub use offline::Offline;
pub use page::{
    Seconds, copy_text, first_paint, forget_wallet, is_visible, remember_wallet, remembered_wallet,
    replace_shell, save_file, set_title,
};
pub use page_audience::PageAudience;
pub use page_link::{PageLink, WalletTransport};
pub use price_line::SocketLine;
pub use sandbox_tab::SandboxTab;
pub use sandbox_wallet::{SANDBOX_WALLET_NAME, SandboxWallet};
pub use scaled_clock::ScaledClock;
pub use store::IndexedDbStore;
pub use tabs::TabChannel;
pub use trader_link::{FromTrader, TraderLink};
pub use trading_lock::WebLock;
pub use wallets::{INJECTED_WALLET, Provider, ProviderWatch, WALLET_TIMEOUT_MILLIS, WalletList, WalletOffer};
pub use worker_link::WorkerLink;
pub use worker_port::{Inquiry, PortHost, PortLine, PortTransport};
