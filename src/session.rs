//! What is granted, exactly: SmartSession's data, its digest, its signature layouts, and what a call is allowed.
//!
//! A [`PermissionSpec`] is what one side may do; two of them make a [`Grant`], which the owner signs once. What
//! is shown, checked and stored is always read back from the bytes that are signed ([`PermissionSpec::read`]).
//! This room refuses to know orders and strategies, and asks neither clock nor chain.

mod grant;
mod rules;

pub use grant::{Grant, GrantError, Leg, Permission, SignedGrant};
pub use rules::{ActionRules, Condition, ParamRule, PermissionId, PermissionSpec};
