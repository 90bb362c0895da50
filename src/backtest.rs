//! What a strategy would have done: the trader's own strategy, risk and position, over candles of the past.
//!
//! This room reads what others exported and works out figures; it refuses to know of grants, operations and chains.

mod candles;
mod needs;
mod report;
mod run;
mod sweep;
#[cfg(test)]
mod tests;

pub use candles::{History, ReadError};
pub use needs::Needs;
pub use report::Report;
pub use run::{Run, Setup, Trade, run};
pub use sweep::{Cell, Sweep};
