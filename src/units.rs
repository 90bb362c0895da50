//! Quantities with their unit in the type: token amounts, prices, moments.
//!
//! This room refuses to know what a quantity is for, and never rounds silently: arithmetic is checked, and
//! floating point is entered only through [`Price::to_f64`].

mod amount;
mod price;
mod signed;
mod time;

pub use amount::{AmountError, TokenAmount};
pub use price::{Price, PriceError};
pub use signed::SignedAmount;
pub use time::{TimeScale, UnixMillis, UnixSecs};
