//! What must be fast: signatures, FastLZ, and with them the code that k256 leaves to whoever uses it.
//!
//! A crate of its own because the optimisation level is told by package: this one is compiled for speed, the
//! programs around it for size. Hence plain functions only: generic ones would be compiled where they are called.
//! It refuses to know accounts, grants and networks.

mod flz;
mod signature;

pub use flz::{FlzError, flz_compress, flz_decompress};
pub use signature::{SessionKey, SignatureError, normalize_signature, personal_message_hash, recover};
