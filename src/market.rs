//! What the pool's price did: ticks, candles by block time, moving averages.
//!
//! This room refuses to know who asks and why: no orders, no chain, no clock. Time comes with each tick.

mod atr;
mod ema;
mod series;
mod tick;

pub use atr::Atr;
pub use ema::{Ema, averages};
pub use series::CandleSeries;
pub use tick::{Candle, Interval, PriceTick};
