//! The pair rule: the session key may end both permissions of its grant by itself, and do nothing else there.
//!
//! SmartSession lets a session call it only under one action (target 0x…01, selector 0x00000002), whatever the
//! function. Three rules make that safe: the first argument lies between the two permission ids, which share their
//! 16 top bits, so that a foreign id fits by chance once in 65,536 at most; the second is all ones, which no
//! function with more arguments survives. What is left is `removeSession` and `revokeEnableSignature`.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::SolCall;

use super::ids::id_preimage;
use super::{ActionRules, Condition, Grant, GrantError, Leg, ParamRule, PermissionId};
use crate::account::Call;
use crate::contracts::abi::ISmartSession::{removeSessionCall, revokeEnableSignatureCall};
use crate::contracts::{RENOUNCE_SELECTOR, RENOUNCE_TARGET, SMART_SESSION};

/// The action that both permissions need for renouncing.
pub fn pair_rules(one: PermissionId, other: PermissionId) -> ActionRules {
    let rule = |word: u32, condition: Condition, reference: B256| ParamRule {
        word,
        condition,
        reference,
        budget: None,
    };
    ActionRules {
        target: RENOUNCE_TARGET,
        selector: RENOUNCE_SELECTOR,
        rules: vec![
            rule(0, Condition::GreaterThanOrEqual, one.min(other).0),
            rule(0, Condition::LessThanOrEqual, one.max(other).0),
            rule(1, Condition::Equal, B256::repeat_byte(0xff)),
        ],
    }
}

/// The first salt from `seed` on under which the permission of `session_key` has an id with the 16 top bits of
/// `other`. About 65,000 hashes. `seed` is random, so that the id is new.
pub fn grind_pair_salt(session_key: Address, other: PermissionId, seed: B256) -> B256 {
    let mut words = id_preimage(session_key, seed);
    let mut salt = U256::from_be_bytes(seed.0);
    loop {
        words[2] = salt.to_be_bytes();
        let id = keccak256(words.as_flattened());
        if shares_top(PermissionId(id), other) && id != other.0 {
            return B256::new(words[2]);
        }
        salt = salt.wrapping_add(U256::ONE);
    }
}

fn shares_top(one: PermissionId, other: PermissionId) -> bool {
    one.0[..2] == other.0[..2]
}

/// Refuses every right to call SmartSession but the exact pair rule, in both permissions or in neither.
pub(super) fn check_renounce(grant: &Grant) -> Result<(), GrantError> {
    let ids = Leg::BOTH.map(|leg| grant.leg(leg).id());
    let rights = Leg::BOTH.map(|leg| renounce_right(grant, leg));
    let expected = pair_rules(ids[0], ids[1]);
    match rights {
        [None, None] => Ok(()),
        [Some(buy), Some(sell)] if *buy == expected && *sell == expected && shares_top(ids[0], ids[1]) => {
            Ok(())
        }
        _ => Err(GrantError::Renounce),
    }
}

fn renounce_right(grant: &Grant, leg: Leg) -> Option<&ActionRules> {
    grant.leg(leg).spec().actions.iter().find(|action| action.target == RENOUNCE_TARGET)
}

impl Grant {
    /// Whether the session key may end this grant by itself.
    pub fn may_renounce(&self) -> bool {
        renounce_right(self, Leg::Buy).is_some()
    }

    /// The calls by which the session key ends both permissions and burns both enable signatures.
    pub fn renounce_calls(&self) -> Vec<Call> {
        let with_ones = |mut data: Vec<u8>| {
            data.extend_from_slice(&[0xff; 32]);
            Call::new(SMART_SESSION, Bytes::from(data))
        };
        self.ending_calls().into_iter().map(|call| with_ones(call.data.to_vec())).collect()
    }

    /// The same as the owner makes them: `removeSession` and `revokeEnableSignature` for both. Removing alone is not
    /// enough: an enable signature that was never used survives it.
    pub fn ending_calls(&self) -> Vec<Call> {
        let ids = Leg::BOTH.map(|leg| self.leg(leg).id().0);
        let remove = ids.map(|id| removeSessionCall { permissionId: id }.abi_encode());
        let burn = ids.map(|id| revokeEnableSignatureCall { permissionId: id }.abi_encode());
        [remove, burn].concat().into_iter().map(|data| Call::new(SMART_SESSION, data.into())).collect()
    }
}
