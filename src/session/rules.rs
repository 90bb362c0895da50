//! The words a permission is written in: conditions on arguments, actions, one permission.

use alloy_primitives::{Address, B256, FixedBytes, U256};
use serde::{Deserialize, Serialize};

use crate::units::UnixSecs;

/// Names a permission of SmartSession: keccak256 over validator, session key and salt. Neither account nor rules
/// are in it, so two grants need two salts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PermissionId(pub B256);

/// How `UniActionPolicy` compares a 32-byte argument with its reference: unsigned, as one big-endian number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Condition {
    /// The same.
    Equal = 0,
    /// More than the reference.
    GreaterThan = 1,
    /// Less than the reference.
    LessThan = 2,
    /// The reference or more.
    GreaterThanOrEqual = 3,
    /// The reference or less.
    LessThanOrEqual = 4,
    /// Anything else.
    NotEqual = 5,
    /// Between the reference's upper and lower 16 bytes, both included.
    InRange = 6,
}

/// One rule on one argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ParamRule {
    /// Which 32-byte argument, counted from 0.
    pub word: u32,
    /// How it is compared.
    pub condition: Condition,
    /// With what: numbers and addresses right-aligned.
    pub reference: B256,
    /// The most that all calls together may add up to in this argument; a failed call counts too.
    pub budget: Option<U256>,
}

/// What one function of one contract may be called with. Every rule must hold; no ether may be sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ActionRules {
    /// The contract.
    pub target: Address,
    /// Its function.
    pub selector: FixedBytes<4>,
    /// 1 to 16 rules.
    pub rules: Vec<ParamRule>,
}

/// One permission: who may do what, how often, until when.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PermissionSpec {
    /// Address of the key that signs under it.
    pub session_key: Address,
    /// Makes the [`PermissionId`] unique.
    pub salt: B256,
    /// The last second it holds; never zero, which would mean for ever.
    pub valid_until: UnixSecs,
    /// UserOperations it may sign, failed ones included.
    pub uses: u128,
    /// What may be called.
    pub actions: Vec<ActionRules>,
}
