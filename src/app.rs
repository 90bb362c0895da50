//! The use cases and the machine that orders them.
//!
//! The page sends [`Intent`]s and shows [`Snapshot`]s; everything between happens here, against ports.

mod failure;
mod intent;
mod snapshot;
mod wire;

pub use failure::Failure;
pub use intent::{Intent, TermsText};
pub use snapshot::{
    AccountView, ChartPoint, ChartUpdate, EndingView, FieldRefusal, Flavour, GrantView, JournalView,
    MarkerView, MarketView, NetworkOption, NetworkView, Notice, NoticeLevel, PermissionView, PnlView,
    Preview, Prompt, ProofLine, SessionState, Snapshot, TraderStatus, WalletView,
};
pub use wire::{PageEvent, ToPage, ToTrader, WalletError, WireError, decode, encode};
