//! What is granted, exactly: SmartSession's data, its digest, its signature layouts, and what a call is allowed.
//!
//! A [`PermissionSpec`] is what one side may do; two of them make a [`Grant`], which the owner signs once. What
//! is shown, checked and stored is always read back from the bytes that are signed ([`PermissionSpec::read`]).
//! This room refuses to know orders and strategies, and asks neither clock nor chain.

mod digest;
mod enable;
mod gas;
mod grant;
mod ids;
mod pair;
mod permits;
mod rules;
#[cfg(test)]
mod samples;
mod sentences;
mod spec;
mod state;
mod stored;
mod typed_data;

pub use digest::{multi_chain_digest, session_digest};
pub use enable::use_signature;
pub use gas::{Verification, expected_verification_gas};
pub use grant::{Grant, GrantError, Leg, Permission, SignedGrant};
pub use ids::action_id;
pub use leash_kernels::{FlzError, flz_compress, flz_decompress};
pub use pair::{grind_pair_salt, pair_rules};
pub use permits::{Spent, SpentAmount, Violation};
pub use rules::{ActionRules, Condition, ParamRule, PermissionId, PermissionSpec};
pub use sentences::{Names, SentenceError, sentences};
pub use spec::SpecError;
pub use state::{StateError, decode_action_config, decode_time_frame, decode_uses};
