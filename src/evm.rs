//! A machine for contracts: accounts and their storage, and messages that run on them by Prague's rules.
//!
//! This room refuses to know blocks, transactions and JSON; it is told the block a message runs in, keeps what
//! a block changed so that it can be taken back, and runs the same on a computer and in a tab.

mod execute;
mod message;
mod precompiles;
mod undo;
mod view;
mod world;

pub use execute::{call, check, execute};
pub use message::{AccessListItem, BlockContext, Execution, Fees, Halt, Message, Outcome, Rejection};
pub use view::{AccountOverride, StateOverrides};
pub use world::{AccountHead, MAX_UNDO_DEPTH, World};
