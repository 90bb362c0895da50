//! The policies' own judgement, made here before anything is signed.
//!
//! The same order and the same arithmetic as on chain: an operation that passes here passes there, given the same
//! counters; one that is refused here never leaves the tab.

use alloy_primitives::{Address, B256, FixedBytes, U256};
use thiserror::Error;

use super::{ActionRules, Condition, Grant, Leg, Permission, PermissionSpec};
use crate::account::{Call, ExecuteError, decode_execute};
use crate::contracts::{RENOUNCE_SELECTOR, RENOUNCE_TARGET, SMART_SESSION};
use crate::units::UnixSecs;

/// The selector of a call with less than four bytes.
const NO_SELECTOR: FixedBytes<4> = FixedBytes([0xff; 4]);

/// What a permission has used up, as the chain counts it: at validation, so failed operations count too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Operations.
    pub uses: u128,
    /// Per budgeted argument; what is not listed is untouched.
    pub amounts: Vec<SpentAmount>,
}

/// What one budget has used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpentAmount {
    /// Whose function.
    pub target: Address,
    /// Which function.
    pub selector: FixedBytes<4>,
    /// Which of its arguments.
    pub word: u32,
    /// How much, in the token's smallest unit.
    pub used: U256,
}

/// Why an operation is not within a permission.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Violation {
    /// Not a plain batch of calls.
    #[error(transparent)]
    Execute(#[from] ExecuteError),
    /// Its time is over.
    #[error("the session ended at {}", .valid_until.0)]
    Expired {
        /// When.
        valid_until: UnixSecs,
    },
    /// Its uses are over.
    #[error("all {0} uses of the session are used up")]
    NoUsesLeft(u128),
    /// The account would call itself, or the placeholder of the session module.
    #[error("the session may never call {0}")]
    ForbiddenTarget(Address),
    /// Not among the allowed functions.
    #[error("the session does not allow {selector} of {target}")]
    NotAllowed {
        /// Whom.
        target: Address,
        /// What.
        selector: FixedBytes<4>,
    },
    /// Ether is sent along.
    #[error("the call sends {0} wei, and the session allows none")]
    SendsEther(U256),
    /// The arguments end before one that has a rule.
    #[error("the call has no argument {word}")]
    CutShort {
        /// Which.
        word: u32,
    },
    /// An argument breaks its rule.
    #[error("argument {word} is {argument}, which is not {condition:?} {reference}")]
    Argument {
        /// Which.
        word: u32,
        /// What it is.
        argument: B256,
        /// What it should be …
        condition: Condition,
        /// … compared with this.
        reference: B256,
    },
    /// A budget does not hold this.
    #[error("argument {word} adds up to {total}, more than the budget of {budget}")]
    OverBudget {
        /// Which argument.
        word: u32,
        /// With this call; held at 2^256 - 1.
        total: U256,
        /// What was granted.
        budget: U256,
    },
}

impl Grant {
    /// Whether the account may be called with `call_data` under `leg`, at chain time `now` and with `spent` used
    /// before; then what is used up afterwards.
    ///
    /// # Errors
    /// The first [`Violation`].
    pub fn permits(
        &self,
        leg: Leg,
        call_data: &[u8],
        spent: &Spent,
        now: UnixSecs,
    ) -> Result<Spent, Violation> {
        self.leg(leg).permits(self.account(), call_data, spent, now)
    }
}

impl Permission {
    fn permits(
        &self,
        account: Address,
        call_data: &[u8],
        spent: &Spent,
        now: UnixSecs,
    ) -> Result<Spent, Violation> {
        self.spec().permits(account, &decode_execute(call_data)?, spent, now)
    }
}

impl PermissionSpec {
    /// Whether `account` may do `calls` in one operation at chain time `now`, with `spent` used before; then what is
    /// used up afterwards.
    ///
    /// # Errors
    /// The first [`Violation`].
    pub fn permits(
        &self,
        account: Address,
        calls: &[Call],
        spent: &Spent,
        now: UnixSecs,
    ) -> Result<Spent, Violation> {
        if calls.is_empty() {
            return Err(ExecuteError::Empty.into());
        }
        if now > self.valid_until {
            return Err(Violation::Expired { valid_until: self.valid_until });
        }
        if spent.uses >= self.uses {
            return Err(Violation::NoUsesLeft(self.uses));
        }
        let mut spent = Spent { uses: spent.uses + 1, amounts: spent.amounts.clone() };
        for call in calls {
            self.action_for(account, call)?.permits(call, &mut spent)?;
        }
        Ok(spent)
    }

    /// The rules that judge `call`.
    fn action_for(&self, account: Address, call: &Call) -> Result<&ActionRules, Violation> {
        if call.target == account || call.target == RENOUNCE_TARGET {
            return Err(Violation::ForbiddenTarget(call.target));
        }
        let called = call.data.first_chunk().map_or(NO_SELECTOR, |selector| FixedBytes(*selector));
        let (target, selector) = if call.target == SMART_SESSION {
            (RENOUNCE_TARGET, RENOUNCE_SELECTOR)
        } else {
            (call.target, called)
        };
        self.actions
            .iter()
            .find(|action| (action.target, action.selector) == (target, selector))
            .ok_or(Violation::NotAllowed { target: call.target, selector: called })
    }

    /// What is left of the one budget this permission has, in the units of the token it spends; nothing when
    /// it has none.
    pub fn remaining_swap_budget(&self, spent: &Spent) -> U256 {
        let budgets = self.actions.iter().flat_map(|action| {
            action.rules.iter().filter_map(|rule| {
                let used = spent.used(action.target, action.selector, rule.word);
                rule.budget.map(|budget| budget.saturating_sub(used))
            })
        });
        budgets.min().unwrap_or_default()
    }

    /// What is left of the budget on argument `word` of a function; `None` when it has none.
    pub fn remaining_budget(
        &self,
        target: Address,
        selector: FixedBytes<4>,
        word: u32,
        spent: &Spent,
    ) -> Option<U256> {
        let action =
            self.actions.iter().find(|action| (action.target, action.selector) == (target, selector))?;
        let budget = action.rules.iter().find(|rule| rule.word == word)?.budget?;
        Some(budget.saturating_sub(spent.used(target, selector, word)))
    }

    /// Operations left.
    pub const fn remaining_uses(&self, spent: &Spent) -> u128 {
        self.uses.saturating_sub(spent.uses)
    }
}

impl ActionRules {
    fn permits(&self, call: &Call, spent: &mut Spent) -> Result<(), Violation> {
        if !call.value.is_zero() {
            return Err(Violation::SendsEther(call.value));
        }
        for rule in &self.rules {
            let word = rule.word;
            let argument = argument(&call.data, word).ok_or(Violation::CutShort { word })?;
            if !rule.condition.holds(argument, rule.reference) {
                let (condition, reference) = (rule.condition, rule.reference);
                return Err(Violation::Argument { word, argument, condition, reference });
            }
            if let Some(budget) = rule.budget {
                let used = spent.used_mut(self.target, self.selector, word);
                let total = used.saturating_add(U256::from_be_bytes(argument.0));
                if total > budget {
                    return Err(Violation::OverBudget { word, total, budget });
                }
                *used = total;
            }
        }
        Ok(())
    }
}

impl Spent {
    /// What the budget on argument `word` of a function has used.
    pub fn used(&self, target: Address, selector: FixedBytes<4>, word: u32) -> U256 {
        self.amounts
            .iter()
            .find(|amount| (amount.target, amount.selector, amount.word) == (target, selector, word))
            .map_or(U256::ZERO, |amount| amount.used)
    }

    fn used_mut(&mut self, target: Address, selector: FixedBytes<4>, word: u32) -> &mut U256 {
        let is_it =
            |amount: &SpentAmount| (amount.target, amount.selector, amount.word) == (target, selector, word);
        let position = self.amounts.iter().position(is_it).unwrap_or_else(|| {
            self.amounts.push(SpentAmount { target, selector, word, used: U256::ZERO });
            self.amounts.len() - 1
        });
        &mut self.amounts[position].used
    }
}

/// The 32-byte argument number `word` behind the selector.
fn argument(data: &[u8], word: u32) -> Option<B256> {
    let start = usize::try_from(word).ok()?.checked_mul(32)?.checked_add(4)?;
    data.get(start..)?.first_chunk::<32>().map(|word| B256::new(*word))
}
