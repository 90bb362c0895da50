//! What must be fast: signatures, FastLZ, averages over long series, and with them the code that k256 leaves to
//! whoever uses it.
//!
//! A crate of its own because the optimisation level is told by package: this one is compiled for speed, the
//! programs around it for size. Hence plain functions only: generic ones would be compiled where they are called.
//! It refuses to know accounts, grants and networks.

mod cross;
mod flz;
#[cfg(test)]
mod market;
mod signature;
mod sweep;

pub use cross::{Crossings, ema_crossings};
pub use flz::{FlzError, flz_compress, flz_decompress};
pub use signature::{SessionKey, SignatureError, normalize_signature, personal_message_hash, recover};
pub use sweep::{Outcome, hold_above, sweep};
