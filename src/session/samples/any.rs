//! Grants of every shape, for the properties of whatever writes them.

use alloy_primitives::{B256, FixedBytes, U256};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

use crate::account::SessionKey;
use crate::account::samples::{any_address, any_number};
use crate::contracts::{RENOUNCE_TARGET, SMART_SESSION};
use crate::session::{
    ActionRules, Condition, Grant, ParamRule, PermissionSpec, SignedGrant, grind_pair_salt, pair_rules,
};
use crate::units::UnixSecs;

const CONDITIONS: [Condition; 7] = [
    Condition::Equal,
    Condition::GreaterThan,
    Condition::LessThan,
    Condition::GreaterThanOrEqual,
    Condition::LessThanOrEqual,
    Condition::NotEqual,
    Condition::InRange,
];

/// At most one rule per argument, so that none has two budgets; a budget is as large as its argument may get.
fn any_rules() -> impl Strategy<Value = Vec<ParamRule>> {
    let rule = (prop::sample::select(CONDITIONS.to_vec()), any::<[u8; 32]>(), option::of(any_number()));
    btree_map(any::<u32>(), rule, 1..5).prop_map(|rules| {
        let rule = |(word, (condition, reference, budget)): (u32, (Condition, [u8; 32], Option<U256>))| {
            let least = U256::from_be_bytes(reference).max(U256::ONE);
            ParamRule {
                word,
                condition,
                reference: B256::from(reference),
                budget: budget.map(|budget| budget.max(least)),
            }
        };
        rules.into_iter().map(rule).collect()
    })
}

fn any_actions() -> impl Strategy<Value = Vec<ActionRules>> {
    let place = (any_address(), any::<[u8; 4]>())
        .prop_filter("no contract that is special", |(target, _)| {
            !target.is_zero() && ![SMART_SESSION, RENOUNCE_TARGET].contains(target)
        });
    btree_map(place, any_rules(), 1..4).prop_map(|actions| {
        let action =
            |((target, selector), rules)| ActionRules { target, selector: FixedBytes(selector), rules };
        actions.into_iter().map(action).collect()
    })
}

fn any_key() -> impl Strategy<Value = SessionKey> {
    any::<[u8; 32]>().prop_filter_map("a secret within the curve", |secret| SessionKey::from_bytes(&secret))
}

fn any_spec() -> impl Strategy<Value = PermissionSpec> {
    let scalars = (any::<[u8; 32]>(), 1_u64..1 << 48, 1_u128..);
    (any_key(), scalars, any_actions()).prop_map(|(key, (salt, until, uses), actions)| PermissionSpec {
        session_key: key.address(),
        salt: B256::from(salt),
        valid_until: UnixSecs(until),
        uses,
        actions,
    })
}

prop_compose! {
    /// With the right to end itself, or without it.
    pub(in crate::session) fn any_grant()(
        account in any_address(), chain_id in any::<u64>(), mut buy in any_spec(), mut sell in any_spec(),
        nonces in [any_number(), any_number()], may_renounce in any::<bool>(),
    ) -> Grant {
        sell.session_key = buy.session_key;
        if may_renounce {
            sell.salt = grind_pair_salt(sell.session_key, buy.id(), sell.salt);
            let right = pair_rules(buy.id(), sell.id());
            buy.actions.push(right.clone());
            sell.actions.push(right);
        }
        Grant::new(account, chain_id, (&buy, nonces[0]), (&sell, nonces[1])).expect("a grant")
    }
}

prop_compose! {
    /// Signed by an owner of its own.
    pub(in crate::session) fn any_signed_grant()(grant in any_grant(), owner in any_key()) -> SignedGrant {
        let signature = owner.sign_hash(grant.digest());
        SignedGrant::new(grant, owner.address(), &signature).expect("signed by the owner")
    }
}

/// What a session key puts under an operation.
pub(in crate::session) fn any_signature() -> impl Strategy<Value = [u8; 65]> {
    vec(any::<u8>(), 65).prop_map(|bytes| bytes.try_into().expect("65 bytes"))
}
