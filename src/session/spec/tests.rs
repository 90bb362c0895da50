//! What is written reads the same, and what is no leash is refused.

use proptest::prelude::*;

use super::*;
use crate::contracts::abi::ISmartSession::ERC7739Context;
use crate::session::Leg;
use crate::session::samples::{END, spec};

fn any_rule() -> impl Strategy<Value = ParamRule> {
    (any::<u32>(), 0_u8..7, any::<[u8; 32]>(), proptest::option::of(any::<[u8; 32]>())).prop_map(
        |(word, condition, reference, budget)| ParamRule {
            word,
            condition: Condition::from_number(condition).expect("seven conditions"),
            reference: B256::new(reference),
            budget: budget.map(U256::from_be_bytes),
        },
    )
}

fn any_spec() -> impl Strategy<Value = PermissionSpec> {
    let action = (any::<[u8; 20]>(), any::<[u8; 4]>(), proptest::collection::vec(any_rule(), 1..17))
        .prop_map(|(target, selector, rules)| ActionRules {
            target: Address::from(target),
            selector: FixedBytes(selector),
            rules,
        });
    let actions = proptest::collection::vec(action, 1..4);
    (any::<[u8; 20]>(), any::<[u8; 32]>(), 1..=LATEST, 1..=u128::MAX, actions).prop_map(
        |(session_key, salt, valid_until, uses, actions)| PermissionSpec {
            session_key: Address::from(session_key),
            salt: B256::new(salt),
            valid_until: UnixSecs(valid_until),
            uses,
            actions,
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_reads_the_same(spec in any_spec()) {
        if let Ok(session) = spec.to_session() {
            prop_assert_eq!(PermissionSpec::read(&session), Ok(spec));
        }
    }

    #[test]
    fn no_bit_of_the_rules_is_overlooked(at in 0_usize..ACTION_CONFIG_BYTES, bit in 0_u8..8) {
        let mut session = spec(Leg::Buy).to_session().expect("valid");
        let data = &mut session.actions[0].actionPolicies[0].initData;
        let mut bytes = data.to_vec();
        bytes[at] ^= 1 << bit;
        *data = bytes.into();
        prop_assert_ne!(PermissionSpec::read(&session).ok(), Some(spec(Leg::Buy)));
    }
}

#[test]
fn a_spec_that_is_no_leash_is_refused() {
    let check = |alter: fn(&mut PermissionSpec), error: fn(&SpecError) -> bool| {
        let mut altered = spec(Leg::Buy);
        alter(&mut altered);
        let refusal = altered.to_session().expect_err("refused");
        assert!(error(&refusal), "{refusal}");
    };
    check(|spec| spec.session_key = Address::ZERO, |error| matches!(error, SpecError::NoSessionKey));
    check(|spec| spec.valid_until = UnixSecs(0), |error| matches!(error, SpecError::ValidUntil(0)));
    check(|spec| spec.valid_until = UnixSecs(END.0 << 20), |error| matches!(error, SpecError::ValidUntil(_)));
    check(|spec| spec.uses = 0, |error| matches!(error, SpecError::NoUses));
    check(|spec| spec.actions.clear(), |error| matches!(error, SpecError::NoActions));
    check(
        |spec| spec.actions[0].rules.clear(),
        |error| matches!(error, SpecError::RuleCount { count: 0, .. }),
    );
    check(
        |spec| spec.actions[0].rules = vec![spec.actions[0].rules[0]; 17],
        |error| matches!(error, SpecError::RuleCount { count: 17, .. }),
    );
    check(
        |spec| spec.actions.push(spec.actions[0].clone()),
        |error| matches!(error, SpecError::DuplicateAction { .. }),
    );
    check(
        |spec| spec.actions[0].target = SMART_SESSION,
        |error| matches!(error, SpecError::ForbiddenAction { .. }),
    );
    check(
        |spec| spec.actions[0].target = RENOUNCE_TARGET,
        |error| matches!(error, SpecError::ForbiddenAction { .. }),
    );
    check(
        |spec| spec.actions[0].rules[4].budget = Some(U256::ZERO),
        |error| matches!(error, SpecError::Budget { word: 4, .. }),
    );
    check(
        |spec| spec.actions[0].rules[4].budget = Some(U256::ONE),
        |error| matches!(error, SpecError::Budget { word: 4, .. }),
    );
}

#[test]
fn a_session_with_more_than_a_spec_says_is_refused() {
    let check = |case: &str, alter: fn(&mut Session)| {
        let mut session = spec(Leg::Buy).to_session().expect("valid");
        alter(&mut session);
        assert!(PermissionSpec::read(&session).is_err(), "{case}");
    };
    check("another validator", |session| session.sessionValidator = Address::ZERO);
    check("a longer key", |session| session.sessionValidatorInitData = vec![1; 21].into());
    check("no policies", |session| session.userOpPolicies.clear());
    check("policies swapped", |session| session.userOpPolicies.swap(0, 1));
    check("a third policy", |session| session.userOpPolicies.push(session.userOpPolicies[0].clone()));
    check("a start in the future", |session| {
        session.userOpPolicies[0].initData = [[0, 0, 0, 0, 0, 9], [0, 0, 0, 0, 0, 1]].concat().into();
    });
    check("no sponsor", |session| session.permitERC4337Paymaster = false);
    check("an action without policy", |session| session.actions[0].actionPolicies.clear());
    check("an action with two policies", |session| {
        let policy = session.actions[0].actionPolicies[0].clone();
        session.actions[0].actionPolicies.push(policy);
    });
    check("another policy on an action", |session| {
        session.actions[0].actionPolicies[0].policy = Address::ZERO;
    });
    check("signing of messages", |session| {
        let context = ERC7739Context { appDomainSeparator: B256::ZERO, contentNames: Vec::new() };
        session.erc7739Policies.allowedERC7739Content.push(context);
    });
    check("rules cut short", |session| {
        let data = &mut session.actions[0].actionPolicies[0].initData;
        *data = data.slice(..ACTION_CONFIG_BYTES - 32);
    });
}

#[test]
fn conditions_compare_unsigned() {
    let word = |number: u64| B256::new(U256::from(number).to_be_bytes());
    let negative = B256::repeat_byte(0xff);
    let check = |condition: Condition, argument: B256, holds: bool| {
        assert_eq!(condition.holds(argument, word(5)), holds, "{argument} {condition:?} 5");
    };
    check(Condition::Equal, word(5), true);
    check(Condition::Equal, word(6), false);
    check(Condition::GreaterThan, word(5), false);
    check(Condition::GreaterThan, negative, true);
    check(Condition::LessThan, word(4), true);
    check(Condition::LessThan, negative, false);
    check(Condition::GreaterThanOrEqual, word(5), true);
    check(Condition::GreaterThanOrEqual, word(4), false);
    check(Condition::LessThanOrEqual, word(5), true);
    check(Condition::LessThanOrEqual, word(6), false);
    check(Condition::NotEqual, word(5), false);
    check(Condition::NotEqual, word(4), true);
    let range = B256::from((U256::from(3) << 128) | U256::from(7));
    for (argument, holds) in [(2, false), (3, true), (7, true), (8, false)] {
        assert_eq!(Condition::InRange.holds(word(argument), range), holds, "{argument}");
    }
    assert!(!Condition::InRange.holds(negative, range));
}
