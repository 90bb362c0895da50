//! What a strategy would have done: the trader's own strategy, risk and position, over candles of the past; and what it
//! would do, beside the one that trades ([`PaperTrader::decide_told`]).
//!
//! This room reads what others exported and works out figures; it refuses to know of grants, operations and chains.

mod candles;
mod decided;
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
pub use decided::{DecisionHash, Told};
pub use needs::Needs;
pub use recorded::{Compared, Recorded, RecordedError, Step};
pub use report::Report;
pub use run::{Backtest, Rules, Run, Setup, run};
pub use sweep::{Cell, Sweep, Sweeping};
pub use table::{summary, table};
pub use trader::{Decision, PaperTrader, Trade};
