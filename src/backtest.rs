//! What a strategy would have done: the trader's own strategy, risk and position, over candles of the past.
//!
//! This room reads what others exported and works out figures; it refuses to know of grants, operations and chains.

mod candles;
mod needs;
mod recorded;
mod report;
mod run;
mod sweep;
mod table;
#[cfg(test)]
mod tests;
mod trader;
pub mod words;

pub use candles::{History, ReadError};
pub use needs::Needs;
pub use recorded::{DecisionHash, Recorded, Told};
pub use report::Report;
pub use run::{Backtest, Run, Setup, run};
pub use sweep::{Cell, Sweep, Sweeping};
pub use table::table;
pub use trader::{Decision, PaperTrader, Trade};
