//! The market's course, its wishes and its swaps: the same for the local stack and for the chain in the tab.

mod mover;
mod path;
pub mod square_root;
mod swap;
mod wish;

pub use mover::{Market, TRADER, price};
pub use path::{Mood, Path};
pub use swap::Swap;
pub use wish::{ExactSwap, Wish};

/// The walk that every market starts with.
pub const SEED: u64 = 0x1ea5_4001;
