//! The smart account's own language: calls, UserOperations, nonces, gas, how it is created, how it refuses.
//!
//! Pure encoding (ERC-4337 v0.7, ERC-7579). This room refuses to know what was granted, prices and networks.

mod aa_code;
mod call;
mod execute;
mod factory;
mod gas;
mod nonce;
mod packed;
mod refusal;
mod revert;
#[cfg(test)]
pub(crate) mod samples;
mod user_operation;

pub use aa_code::AaCode;
pub use call::Call;
pub use execute::{ExecuteError, decode_execute, execute_call_data};
pub use factory::{account_address_call_data, account_init_data, create_account_call_data};
pub use gas::GasError;
pub use leash_kernels::{SessionKey, SignatureError, normalize_signature, personal_message_hash, recover};
pub use nonce::NonceKey;
pub use packed::{StoredOperationError, handle_ops_call_data};
pub use refusal::{Refusal, parse_bundler_message};
pub use revert::{PolicyKind, Revert};
pub use user_operation::{
    Fees, GasLimits, Sponsorship, UserOperation, UserOperationDraft, UserOperationHash,
};
