//! A permission as SmartSession's `Session`, and back.
//!
//! Reading is strict: what has no place in a [`PermissionSpec`] is refused, and writing the result again must give
//! the same bytes. So a spec that was read says everything that its session allows.

use alloy_primitives::{Address, B256, Bytes, FixedBytes, U256};
use alloy_sol_types::SolValue;
use thiserror::Error;

use super::{ActionRules, Condition, ParamRule, PermissionSpec};
use crate::contracts::abi::ISmartSession::{ActionData, ERC7739Data, PolicyData, Session};
use crate::contracts::abi::IUniActionPolicy::ActionConfig;
use crate::contracts::{
    K1_VALIDATOR, RENOUNCE_SELECTOR, RENOUNCE_TARGET, SMART_SESSION, TIME_FRAME_POLICY, UNI_ACTION_POLICY,
    USAGE_LIMIT_POLICY,
};
use crate::units::UnixSecs;

/// Rules that `UniActionPolicy` has room for.
const MOST_RULES: usize = 16;
/// Its initData: two words, then six for each of the sixteen rules.
const ACTION_CONFIG_BYTES: usize = (2 + 6 * MOST_RULES) * 32;
/// `validUntil` is a uint48.
const LATEST: u64 = (1 << 48) - 1;

/// Why a permission is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SpecError {
    /// The key is the zero address.
    #[error("the session key is missing")]
    NoSessionKey,
    /// Zero would mean for ever, and beyond 48 bits there is no time.
    #[error("the session cannot end at {0}")]
    ValidUntil(u64),
    /// No operation could ever be signed.
    #[error("the session has no uses")]
    NoUses,
    /// Nothing could ever be called.
    #[error("the session allows no call")]
    NoActions,
    /// No contract, or the session module itself other than by the renounce action.
    #[error("the session may not be allowed to call {selector} of {target}")]
    ForbiddenAction {
        /// Whom.
        target: Address,
        /// What.
        selector: FixedBytes<4>,
    },
    /// The same function twice.
    #[error("the session lists {selector} of {target} twice")]
    DuplicateAction {
        /// Whom.
        target: Address,
        /// What.
        selector: FixedBytes<4>,
    },
    /// None, or more than the policy has room for.
    #[error("{selector} of {target} has {count} rules; 1 to 16 are possible")]
    RuleCount {
        /// Whom.
        target: Address,
        /// What.
        selector: FixedBytes<4>,
        /// How many.
        count: usize,
    },
    /// The budget does not hold the one amount that is allowed.
    #[error("the budget of argument {word} is {budget}, less than one call needs")]
    Budget {
        /// Which argument.
        word: u32,
        /// Its budget.
        budget: U256,
    },
    /// Something in the session has no meaning here.
    #[error("the session cannot be read: {0}")]
    Unreadable(&'static str),
}

impl PermissionSpec {
    /// The session that allows exactly this: signatures by K1 over the raw hash, an end, a number of uses, rules per
    /// action, a sponsor may pay, no signing of messages.
    ///
    /// # Errors
    /// [`SpecError`].
    pub fn to_session(&self) -> Result<Session, SpecError> {
        self.check()?;
        let [_, _, until @ ..] = self.valid_until.0.to_be_bytes();
        let mut time_frame = [0; 12];
        time_frame[..6].copy_from_slice(&until);
        let policy = |policy: Address, init_data: Bytes| PolicyData { policy, initData: init_data };
        let action = |action: &ActionRules| ActionData {
            actionTargetSelector: action.selector,
            actionTarget: action.target,
            actionPolicies: vec![policy(UNI_ACTION_POLICY, write_rules(&action.rules))],
        };
        Ok(Session {
            sessionValidator: K1_VALIDATOR,
            sessionValidatorInitData: Bytes::copy_from_slice(self.session_key.as_slice()),
            salt: self.salt,
            userOpPolicies: vec![
                policy(TIME_FRAME_POLICY, Bytes::copy_from_slice(&time_frame)),
                policy(USAGE_LIMIT_POLICY, Bytes::copy_from_slice(&self.uses.to_be_bytes())),
            ],
            erc7739Policies: ERC7739Data { allowedERC7739Content: Vec::new(), erc1271Policies: Vec::new() },
            actions: self.actions.iter().map(action).collect(),
            permitERC4337Paymaster: true,
        })
    }

    /// Reads what `session` allows.
    ///
    /// # Errors
    /// [`SpecError`], above all for anything that a spec cannot say.
    pub fn read(session: &Session) -> Result<Self, SpecError> {
        let unreadable = SpecError::Unreadable;
        if session.sessionValidator != K1_VALIDATOR {
            return Err(unreadable("its signatures are checked by an unknown contract"));
        }
        let session_key = <[u8; 20]>::try_from(session.sessionValidatorInitData.as_ref())
            .map_err(|_| unreadable("its key is not an address"))?;
        let [time, usage] = session.userOpPolicies.as_slice() else {
            return Err(unreadable("it has other policies than an end and a number of uses"));
        };
        if (time.policy, usage.policy) != (TIME_FRAME_POLICY, USAGE_LIMIT_POLICY) {
            return Err(unreadable("it has other policies than an end and a number of uses"));
        }
        let time_frame = <[u8; 12]>::try_from(time.initData.as_ref())
            .map_err(|_| unreadable("its time frame is malformed"))?;
        let uses = <[u8; 16]>::try_from(usage.initData.as_ref())
            .map_err(|_| unreadable("its number of uses is malformed"))?;
        let mut valid_until = [0; 8];
        valid_until[2..].copy_from_slice(&time_frame[..6]);
        let spec = Self {
            session_key: Address::from(session_key),
            salt: session.salt,
            valid_until: UnixSecs(u64::from_be_bytes(valid_until)),
            uses: u128::from_be_bytes(uses),
            actions: session.actions.iter().map(read_action).collect::<Result<_, _>>()?,
        };
        if spec.to_session()? == *session {
            Ok(spec)
        } else {
            Err(unreadable("it says more than can be shown"))
        }
    }

    fn check(&self) -> Result<(), SpecError> {
        if self.session_key.is_zero() {
            return Err(SpecError::NoSessionKey);
        }
        if self.valid_until.0 == 0 || self.valid_until.0 > LATEST {
            return Err(SpecError::ValidUntil(self.valid_until.0));
        }
        if self.uses == 0 {
            return Err(SpecError::NoUses);
        }
        if self.actions.is_empty() {
            return Err(SpecError::NoActions);
        }
        for (position, action) in self.actions.iter().enumerate() {
            let (target, selector) = (action.target, action.selector);
            let before = &self.actions[..position];
            if before.iter().any(|other| (other.target, other.selector) == (target, selector)) {
                return Err(SpecError::DuplicateAction { target, selector });
            }
            action.check()?;
        }
        Ok(())
    }
}

impl ActionRules {
    fn check(&self) -> Result<(), SpecError> {
        let (target, selector, count) = (self.target, self.selector, self.rules.len());
        let is_other_right = target == RENOUNCE_TARGET && selector != RENOUNCE_SELECTOR;
        if target.is_zero() || target == SMART_SESSION || is_other_right {
            return Err(SpecError::ForbiddenAction { target, selector });
        }
        if count == 0 || count > MOST_RULES {
            return Err(SpecError::RuleCount { target, selector, count });
        }
        for (position, rule) in self.rules.iter().enumerate() {
            let Some(budget) = rule.budget else { continue };
            let has_budget = |other: &ParamRule| other.word == rule.word && other.budget.is_some();
            if self.rules[..position].iter().any(has_budget) {
                return Err(SpecError::Unreadable("an argument has two budgets"));
            }
            let is_exact = rule.condition == Condition::Equal;
            let needed = if is_exact { U256::from_be_bytes(rule.reference.0) } else { U256::ONE };
            if budget.is_zero() || budget < needed {
                return Err(SpecError::Budget { word: rule.word, budget });
            }
        }
        Ok(())
    }
}

/// `abi.encode(ActionConfig)`, which is static: 98 words. No ether per call, then the rules, nothing used.
fn write_rules(rules: &[ParamRule]) -> Bytes {
    let mut bytes = vec![0; ACTION_CONFIG_BYTES];
    let (words, _) = bytes.as_chunks_mut::<32>();
    words[1] = U256::from(rules.len()).to_be_bytes();
    for (rule, words) in rules.iter().zip(words[2..].chunks_exact_mut(6)) {
        words[0][31] = rule.condition as u8;
        words[1] = U256::from(u64::from(rule.word) * 32).to_be_bytes();
        words[2][31] = u8::from(rule.budget.is_some());
        words[3] = rule.reference.0;
        words[4] = rule.budget.unwrap_or_default().to_be_bytes();
    }
    bytes.into()
}

fn read_action(action: &ActionData) -> Result<ActionRules, SpecError> {
    let [PolicyData { policy: UNI_ACTION_POLICY, initData }] = action.actionPolicies.as_slice() else {
        return Err(SpecError::Unreadable("an action has another policy than rules on its arguments"));
    };
    let rules = read_action_config(initData)?.into_iter().map(|(rule, _)| rule).collect();
    Ok(ActionRules { target: action.actionTarget, selector: action.actionTargetSelector, rules })
}

/// The rules of an `ActionConfig`, each with what its budget has used.
pub(super) fn read_action_config(bytes: &[u8]) -> Result<Vec<(ParamRule, U256)>, SpecError> {
    let unreadable = SpecError::Unreadable;
    if bytes.len() != ACTION_CONFIG_BYTES {
        return Err(unreadable("its rules are malformed"));
    }
    let config =
        ActionConfig::abi_decode_validate(bytes).map_err(|_| unreadable("its rules are malformed"))?;
    let count = usize::try_from(config.paramRules.length).unwrap_or(usize::MAX);
    let rules =
        config.paramRules.rules.get(..count).ok_or(unreadable("it has more rules than there is room"))?;
    let read = |rule: &crate::contracts::abi::IUniActionPolicy::ParamRule| {
        let word = u32::try_from(rule.offset / 32).ok().filter(|_| rule.offset.is_multiple_of(32));
        let param = ParamRule {
            word: word.ok_or(unreadable("a rule does not stand on an argument"))?,
            condition: Condition::from_number(rule.condition).ok_or(unreadable("a condition is unknown"))?,
            reference: rule.r#ref,
            budget: rule.isLimited.then_some(rule.usage.limit),
        };
        Ok((param, rule.usage.used))
    };
    rules.iter().map(read).collect()
}

impl Condition {
    const ALL: [Self; 7] = [
        Self::Equal,
        Self::GreaterThan,
        Self::LessThan,
        Self::GreaterThanOrEqual,
        Self::LessThanOrEqual,
        Self::NotEqual,
        Self::InRange,
    ];

    /// The condition with the contract's `number`.
    fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// Whether `argument` meets the condition on `reference`: unsigned, as the contract compares.
    pub fn holds(self, argument: B256, reference: B256) -> bool {
        match self {
            Self::Equal => argument == reference,
            Self::GreaterThan => argument > reference,
            Self::LessThan => argument < reference,
            Self::GreaterThanOrEqual => argument >= reference,
            Self::LessThanOrEqual => argument <= reference,
            Self::NotEqual => argument != reference,
            Self::InRange => {
                let (low, high) = reference.split_at(16);
                let fits = argument[..16] == [0; 16];
                fits && argument[16..] >= *low && argument[16..] <= *high
            }
        }
    }
}

#[cfg(test)]
mod tests;
