//! The use cases and the machine that orders them.
//!
//! The page sends [`Intent`]s and shows [`Snapshot`]s; everything between happens here, against ports.

mod api_key;
mod audit;
mod batch;
mod chart_update;
#[cfg(test)]
mod crash;
mod environment;
mod event;
mod export;
mod failure;
mod grants;
mod intent;
mod journal_view;
mod lab;
mod machine;
mod news;
mod observation;
mod operation;
mod perform;
mod preview;
mod records;
mod runtime;
mod sandbox_wire;
mod sealed_rules;
mod services;
mod snapshot;
mod tabs;
mod terms_text;
mod wire;

pub use api_key::ApiKey;
pub use audit::AuditView;
pub use chart_update::{ChartPoint, ChartUpdate, MarkerView, NoteView};
pub use environment::{Dial, Environment};
pub use event::{Command, Event};
pub use export::{ExportFile, ExportFormat};
pub use failure::{Failure, Wait};
pub use intent::{EndpointsText, Intent, JournalFilter, JournalQuery, SizeBy, TermsText};
pub use journal_view::{EntryDetails, Headline, JOURNAL_ROWS, JournalPage, JournalView};
pub use lab::{
    CurveView, FromLab, Lab, LabCell, LabGrid, LabHistory, LabNeeds, LabRecorded, LabReport, LabSetup,
    LabSweep, ToLab,
};
pub use machine::Machine;
pub use news::news;
pub use perform::perform;
pub use runtime::{Audience, run};
pub use sandbox_wire::{
    Drill, FromSandbox, Lever, MarketControls, SandboxView, SharedWallet, Sheet, SheetSection, ToSandbox,
};
pub use services::Services;
pub use snapshot::{
    AccountView, DecisionsView, EndingView, FieldRefusal, Flavour, GrantView, MarketView, NetworkOption,
    NetworkView, Notice, NoticeLevel, PaperTradeView, PaperView, PermissionView, PnlView, Preview, Prompt,
    ProofLine, ReferenceView, ServiceOption, SessionState, Snapshot, TraderStatus, WalletView,
};
pub use tabs::TabWord;
pub use wire::{PageEvent, ToPage, ToTrader, WalletError, WireError, decode, encode};
