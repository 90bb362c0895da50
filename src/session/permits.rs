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

#[cfg(test)]
mod tests {
    use alloy_primitives::Bytes;
    use proptest::prelude::*;

    use super::*;
    use crate::account::execute_call_data;
    use crate::session::samples::{
        ACCOUNT, APPROVE, BUDGET, END, ETH, LOT, NOW, ROUTER, SWAP, USD, buy_approve, buy_swap, call, grant,
        number, pair_grant,
    };

    fn judge(calls: &[Call], spent: &Spent) -> Result<Spent, Violation> {
        grant().permits(Leg::Buy, &execute_call_data(calls), spent, NOW)
    }

    fn with_word(mut call: Call, word: usize, value: B256) -> Call {
        let mut data = call.data.to_vec();
        data[4 + 32 * word..36 + 32 * word].copy_from_slice(value.as_slice());
        call.data = data.into();
        call
    }

    #[test]
    fn an_allowed_batch_is_counted() {
        let spent = judge(&[buy_approve(3 * LOT), buy_swap(), buy_swap(), buy_swap()], &Spent::default());
        let spent = spent.expect("allowed");
        assert_eq!((spent.uses, spent.used(ROUTER, SWAP, 4)), (1, U256::from(3 * LOT)));
        let spec = grant().leg(Leg::Buy).spec().clone();
        assert_eq!(spec.remaining_uses(&spent), 19);
        assert_eq!(spec.remaining_budget(ROUTER, SWAP, 4, &spent), Some(U256::from(BUDGET - 3 * LOT)));
        assert_eq!(spec.remaining_budget(USD, APPROVE, 1, &spent), None);
    }

    #[test]
    fn one_wrong_word_is_refused() {
        let check = |case: &str, call: Call| {
            assert!(judge(std::slice::from_ref(&call), &Spent::default()).is_err(), "{case}");
            assert!(judge(&[buy_swap(), call], &Spent::default()).is_err(), "{case} behind a good call");
        };
        check("wrong token in", with_word(buy_swap(), 0, ETH.into_word()));
        check("wrong token out", with_word(buy_swap(), 1, USD.into_word()));
        check("wrong fee", with_word(buy_swap(), 2, number(3_000)));
        check("wrong recipient", with_word(buy_swap(), 3, ROUTER.into_word()));
        check("the router's own flag as recipient", with_word(buy_swap(), 3, number(1)));
        check("more than a lot", with_word(buy_swap(), 4, number(LOT + 1)));
        check("less than a lot", with_word(buy_swap(), 4, number(LOT - 1)));
        check("below the floor", with_word(buy_swap(), 5, B256::ZERO));
        check("another spender", with_word(buy_approve(LOT), 0, ETH.into_word()));
        check("a larger allowance", buy_approve(3 * LOT + 1));
        check("a boundless allowance", with_word(buy_approve(0), 1, B256::repeat_byte(0xff)));
        check("the other direction's token", call(ETH, APPROVE, &[ROUTER.into_word(), number(1)]));
        check("another function", call(ROUTER, FixedBytes([0xb8, 0x58, 0x18, 0x3f]), &[B256::ZERO; 8]));
        check("three bytes", Call::new(ROUTER, Bytes::from_static(&[4, 0xe4, 0x5a])));
        check("no data", Call::new(ROUTER, Bytes::new()));
        check("arguments cut short", Call::new(ROUTER, buy_swap().data.slice(..190)));
        check("one wei", Call { value: U256::ONE, ..buy_swap() });
        check("the account itself", Call { target: ACCOUNT, ..buy_swap() });
        check("the placeholder", Call { target: RENOUNCE_TARGET, ..buy_swap() });
        check("the session module", Call { target: SMART_SESSION, ..buy_swap() });
        let limit_price = with_word(buy_swap(), 6, number(1));
        assert!(judge(&[limit_price], &Spent::default()).is_ok(), "a price limit is harmless");
    }

    #[test]
    fn counters_and_time_end_it() {
        let used = |uses: u128, lots: u64| Spent {
            uses,
            amounts: vec![SpentAmount {
                target: ROUTER,
                selector: SWAP,
                word: 4,
                used: U256::from(lots * LOT),
            }],
        };
        assert!(judge(&[buy_swap()], &used(19, 9)).is_ok(), "the last use, the last lot");
        assert_eq!(judge(&[buy_swap()], &used(20, 0)), Err(Violation::NoUsesLeft(20)));
        let over = |lots: u64| {
            let (total, budget) = (U256::from((lots + 1) * LOT), U256::from(BUDGET));
            Err(Violation::OverBudget { word: 4, total, budget })
        };
        assert_eq!(judge(&[buy_swap()], &used(0, 10)), over(10));
        assert_eq!(judge(&[buy_swap(), buy_swap()], &used(0, 9)), over(10), "within one batch");
        let at = |now: UnixSecs| {
            grant().permits(Leg::Buy, &execute_call_data(&[buy_swap()]), &Spent::default(), now)
        };
        assert!(at(END).is_ok(), "the last second");
        assert_eq!(at(END.plus_secs(1)), Err(Violation::Expired { valid_until: END }));
    }

    #[test]
    fn the_pair_rule_allows_ending_only() {
        let grant = pair_grant();
        let judge =
            |calls: &[Call]| grant.permits(Leg::Sell, &execute_call_data(calls), &Spent::default(), NOW);
        assert!(judge(&grant.renounce_calls()).is_ok());
        assert!(judge(&grant.ending_calls()).is_err(), "without the word of ones");
        let foreign = with_word(grant.renounce_calls()[0].clone(), 0, B256::repeat_byte(0xee));
        assert!(judge(&[foreign]).is_err(), "another session");
    }

    proptest! {
        /// Whatever the strategy asks for, what passes never exceeds what was granted.
        #[test]
        fn no_sequence_outspends_the_grant(batches in proptest::collection::vec(1_usize..4, 0..40)) {
            let mut spent = Spent::default();
            for lots in batches {
                if let Ok(after) = judge(&vec![buy_swap(); lots], &spent) {
                    prop_assert_eq!(after.used(ROUTER, SWAP, 4), spent.used(ROUTER, SWAP, 4) + U256::from(LOT) * U256::from(lots));
                    spent = after;
                }
            }
            prop_assert!(spent.uses <= 20 && spent.used(ROUTER, SWAP, 4) <= U256::from(BUDGET));
        }

        #[test]
        fn any_changed_bit_of_a_pinned_word_is_refused(word in 0_usize..5, bit in 0_usize..256) {
            let mut data = buy_swap().data.to_vec();
            data[4 + 32 * word + bit / 8] ^= 1 << (bit % 8);
            prop_assert!(judge(&[Call::new(ROUTER, data.into())], &Spent::default()).is_err());
        }

        #[test]
        fn hostile_call_data_never_passes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(grant().permits(Leg::Buy, &bytes, &Spent::default(), NOW).is_err());
        }
    }
}
