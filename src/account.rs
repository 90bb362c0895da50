//! The smart account's own language: calls, UserOperations, nonces, gas, how it is created.
//!
//! Pure encoding (ERC-4337 v0.7, ERC-7579). This room refuses to know sessions, prices and networks.

mod call;
mod signature;
mod user_operation;

pub use call::Call;
pub use signature::{SessionKey, SignatureError, normalize_signature, personal_message_hash, recover};
pub use user_operation::{
    Fees, GasLimits, Sponsorship, UserOperation, UserOperationDraft, UserOperationHash,
};
