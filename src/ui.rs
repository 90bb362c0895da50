//! Leptos components: read a [`Snapshot`](crate::app::Snapshot), send an [`Intent`](crate::app::Intent).
//!
//! This room refuses to know where snapshots come from, how wallets are reached and what a browser object
//! is. All sentences come from the trader; here they get a place, an age and a countdown. Each component is
//! a function from [`Page`] to a view.
//!
//! Views are built with [`html`], never with Leptos' `view!`: the macro turns every fully static subtree
//! into `template.innerHTML`, which Trusted Types forbid, and gives every element a type of its own, which
//! triples the program. `html` has one type for all elements and only ever sets text.

mod account_panel;
mod app;
mod approval_sheet;
mod chart_pane;
mod deposit;
mod draft;
mod ending_panel;
mod endpoints;
mod footer;
mod format;
mod grant_panel;
mod guide;
mod header;
mod html;
mod journal_check;
mod journal_table;
mod lab_panel;
mod lab_result;
mod leash_bar;
pub mod leptos;
mod market_header;
mod notices;
mod page;
mod paper_panel;
mod parts;
mod pnl_panel;
mod prompt_panel;
mod replay;
mod review;
mod sandbox_controls;
mod sandbox_panel;
mod terms_fields;
mod terms_form;
mod wallet_picker;
mod withdraw_panel;

pub use app::app;
pub use page::{CanvasElement, Edge, LabSignals, Page, SandboxSignals, Signals, WalletOffer};
