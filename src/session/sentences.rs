//! A permission in plain sentences, one per rule, from the decoded bytes that are signed.
//!
//! Only shapes whose meaning is known become words: a swap with every argument that matters pinned, an approval
//! of one spender up to an amount, the right to end the grant. Anything else is an error, and an error refuses
//! the grant: what cannot be said is not signed.

use alloy_primitives::{Address, B256, FixedBytes, U256};
use alloy_sol_types::SolCall;
use thiserror::Error;

use super::{ActionRules, Condition, Grant, Leg, ParamRule};
use crate::contracts::RENOUNCE_TARGET;
use crate::contracts::abi::IERC20::approveCall;
use crate::contracts::abi::ISwapRouter02::exactInputSingleCall;
use crate::units::{TokenAmount, UnixSecs};

/// Names for what stands at an address; from the table of networks, never from the chain.
pub trait Names {
    /// Symbol and decimals of the token at `address`.
    fn token(&self, address: Address) -> Option<(&str, u8)>;

    /// What the contract at `address` is called.
    fn contract(&self, address: Address) -> Option<&str>;
}

/// Why a permission cannot be put into words.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SentenceError {
    /// Nothing is known of what stands there.
    #[error("{0} is neither a known token nor a known contract")]
    Nameless(Address),
    /// A function whose meaning is not known.
    #[error("the meaning of {selector} of {target} is not known")]
    UnknownAction {
        /// Whose.
        target: Address,
        /// Which.
        selector: FixedBytes<4>,
    },
    /// The rules on a known function are not the ones that have words.
    #[error("the rules on {selector} of {target} are not the ones that keep it safe (argument {word})")]
    UnknownRules {
        /// Whose.
        target: Address,
        /// Which.
        selector: FixedBytes<4>,
        /// The first argument at which they differ.
        word: u32,
    },
}

/// What `leg` of `grant` allows, one sentence per rule.
///
/// # Errors
/// [`SentenceError`].
pub fn sentences(grant: &Grant, leg: Leg, names: &dyn Names) -> Result<Vec<String>, SentenceError> {
    let spec = grant.leg(leg).spec();
    let mut said = vec![format!(
        "The key {}, which lives in this browser, may do the following for your account {}, and nothing else.",
        spec.session_key,
        grant.account()
    )];
    for action in &spec.actions {
        let speaker = Speaker { account: grant.account(), action, names };
        said.extend(speaker.sentences()?);
    }
    said.push("No call may send ether along.".to_owned());
    said.push("A sponsor may pay the gas.".to_owned());
    said.push(format!("It may act {} times in all; a failed attempt counts.", spec.uses));
    said.push(format!("It ends by itself after {}.", utc(spec.valid_until)));
    Ok(said)
}

/// Puts one action into words.
struct Speaker<'a> {
    account: Address,
    action: &'a ActionRules,
    names: &'a dyn Names,
}

impl Speaker<'_> {
    fn sentences(&self) -> Result<Vec<String>, SentenceError> {
        let (target, selector) = (self.action.target, self.action.selector);
        match selector.0 {
            // The grant was refused unless this is exactly the pair rule.
            _ if target == RENOUNCE_TARGET => Ok(renounce_sentences()),
            exactInputSingleCall::SELECTOR => self.swap(),
            approveCall::SELECTOR => self.approval(),
            _ => Err(SentenceError::UnknownAction { target, selector }),
        }
    }

    /// `exactInputSingle((tokenIn, tokenOut, fee, recipient, amountIn, amountOutMinimum, sqrtPriceLimitX96))`.
    fn swap(&self) -> Result<Vec<String>, SentenceError> {
        let [token_in, token_out, fee, recipient, amount, minimum] = self.action.rules.as_slice() else {
            return Err(self.unknown(0));
        };
        let router = self.contract(self.action.target)?;
        let (paid, paid_decimals) = self.token(self.equal_address(token_in, 0)?)?;
        let (bought, bought_decimals) = self.token(self.equal_address(token_out, 1)?)?;
        let fee = u128::try_from(self.equal(fee, 2)?).map_err(|_| self.unknown(2))?;
        if self.equal_address(recipient, 3)? != self.account {
            return Err(self.unknown(3));
        }
        let lot = self.equal(without_budget(amount), 4)?;
        let budget = amount.budget.ok_or_else(|| self.unknown(4))?;
        let is_floor = *minimum
            == (ParamRule { word: 5, condition: Condition::GreaterThanOrEqual, budget: None, ..*minimum });
        if !is_floor {
            return Err(self.unknown(5));
        }
        let floor = TokenAmount(number(minimum.reference));
        let (lot, budget) = (TokenAmount(lot), TokenAmount(budget));
        Ok(vec![
            format!("It may swap tokens at {router} ({}).", self.action.target),
            format!("A swap pays with {paid} only."),
            format!("A swap buys {bought} only."),
            // The fee is in hundredths of a basis point: four digits make a percentage.
            format!("A swap uses the pool with a fee of {} % only.", TokenAmount::from_raw(fee).format(4)),
            "What a swap buys goes to your account only.".to_owned(),
            format!(
                "Each swap pays exactly {} {paid}; all swaps together at most {} {paid}.",
                lot.format(paid_decimals),
                budget.format(paid_decimals)
            ),
            format!(
                "Each swap must bring at least {} {bought}, or it does not happen.",
                floor.format(bought_decimals)
            ),
        ])
    }

    /// `approve(spender, amount)`.
    fn approval(&self) -> Result<Vec<String>, SentenceError> {
        let [spender, amount] = self.action.rules.as_slice() else {
            return Err(self.unknown(0));
        };
        let (symbol, decimals) = self.token(self.action.target)?;
        let spender = self.contract(self.equal_address(spender, 0)?)?;
        let is_cap = *amount
            == (ParamRule { word: 1, condition: Condition::LessThanOrEqual, budget: None, ..*amount });
        if !is_cap {
            return Err(self.unknown(1));
        }
        let most = TokenAmount(number(amount.reference)).format(decimals);
        Ok(vec![
            format!("It may let {spender}, and nobody else, take {symbol} from your account."),
            format!("At any moment that allowance is at most {most} {symbol}."),
        ])
    }

    /// The reference of a rule that says: argument `word` is exactly this.
    fn equal(&self, rule: impl std::borrow::Borrow<ParamRule>, word: u32) -> Result<U256, SentenceError> {
        let rule = rule.borrow();
        let expected = ParamRule { word, condition: Condition::Equal, budget: None, ..*rule };
        if *rule == expected { Ok(number(rule.reference)) } else { Err(self.unknown(word)) }
    }

    fn equal_address(&self, rule: &ParamRule, word: u32) -> Result<Address, SentenceError> {
        let padded = B256::new(self.equal(rule, word)?.to_be_bytes());
        let address = Address::from_word(padded);
        if address.into_word() == padded { Ok(address) } else { Err(self.unknown(word)) }
    }

    fn token(&self, address: Address) -> Result<(&str, u8), SentenceError> {
        self.names.token(address).ok_or(SentenceError::Nameless(address))
    }

    fn contract(&self, address: Address) -> Result<&str, SentenceError> {
        self.names.contract(address).ok_or(SentenceError::Nameless(address))
    }

    const fn unknown(&self, word: u32) -> SentenceError {
        SentenceError::UnknownRules { target: self.action.target, selector: self.action.selector, word }
    }
}

fn renounce_sentences() -> Vec<String> {
    vec![
        "It may end this session and its twin at any time, without your wallet. Your wallet shows this right as \
         permitAdminAccess."
            .to_owned(),
        "It can do nothing else to the session module.".to_owned(),
    ]
}

const fn without_budget(rule: &ParamRule) -> ParamRule {
    ParamRule { budget: None, ..*rule }
}

const fn number(word: B256) -> U256 {
    U256::from_be_bytes(word.0)
}

/// `2026-11-24 07:05:43 UTC`. The calendar repeats every 400 years of 146,097 days, counted here from 1 March 0000.
fn utc(at: UnixSecs) -> String {
    let (days, second) = (at.0 / 86_400 + 719_468, at.0 % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::PermissionSpec;
    use crate::session::samples::{ACCOUNT, ETH, ROUTER, USD, grant, pair_grant, spec};

    struct Table;

    impl Names for Table {
        fn token(&self, address: Address) -> Option<(&str, u8)> {
            [(USD, ("USD", 6)), (ETH, ("ETH", 18))]
                .into_iter()
                .find(|(at, _)| *at == address)
                .map(|(_, token)| token)
        }

        fn contract(&self, address: Address) -> Option<&str> {
            (address == ROUTER).then_some("Uniswap")
        }
    }

    /// What is said when the rules of the buy leg are altered.
    fn altered(alter: impl FnOnce(&mut PermissionSpec)) -> Result<Vec<String>, SentenceError> {
        let [mut buy, sell] = Leg::BOTH.map(spec);
        alter(&mut buy);
        let grant = Grant::new(ACCOUNT, 31_337, (&buy, U256::ZERO), (&sell, U256::ZERO)).expect("a grant");
        sentences(&grant, Leg::Buy, &Table)
    }

    #[test]
    fn every_rule_is_said() {
        let said = sentences(&grant(), Leg::Buy, &Table).expect("sayable");
        let rules: usize = spec(Leg::Buy).actions.iter().map(|action| action.rules.len()).sum();
        assert!(said.len() > rules, "{said:#?}");
        let has = |part: &str| said.iter().any(|sentence| sentence.contains(part));
        assert!(has("pays exactly 100 USD; all swaps together at most 1000 USD."));
        assert!(has("bring at least 0.03 ETH"));
        assert!(has("allowance is at most 300 USD"));
        assert!(!has("permitAdminAccess"), "there is no such right");
        let paired = sentences(&pair_grant(), Leg::Sell, &Table).expect("sayable");
        assert!(paired.iter().any(|sentence| sentence.contains("permitAdminAccess")));
    }

    #[test]
    fn what_cannot_be_said_is_refused() {
        let check = |case: &str, alter: fn(&mut PermissionSpec)| {
            assert!(altered(alter).is_err(), "{case}");
        };
        assert!(altered(|_| {}).is_ok());
        for (action, count) in [(0, 6), (1, 2)] {
            for rule in 0..count {
                let without = altered(|spec| {
                    spec.actions[action].rules.remove(rule);
                });
                assert!(without.is_err(), "rule {rule} of action {action} is missing");
                let other = altered(|spec| {
                    spec.actions[action].rules[rule].condition = Condition::NotEqual;
                });
                assert!(other.is_err(), "rule {rule} of action {action} says something else");
            }
        }
        check("another recipient", |spec| spec.actions[0].rules[3].reference = USD.into_word());
        check("no budget", |spec| spec.actions[0].rules[4].budget = None);
        check("an unknown token", |spec| spec.actions[0].rules[1].reference = ACCOUNT.into_word());
        check("an unknown router", |spec| spec.actions[0].target = USD);
        check("an unknown spender", |spec| spec.actions[1].rules[0].reference = ETH.into_word());
        check("dirty upper bytes", |spec| spec.actions[0].rules[0].reference.0[0] = 1);
        check("an allowance that adds up", |spec| spec.actions[1].rules[1].budget = Some(U256::ONE));
        check("another function", |spec| spec.actions[0].selector = FixedBytes([1, 2, 3, 4]));
        check("a seventh rule", |spec| {
            let rule = spec.actions[0].rules[0];
            spec.actions[0].rules.push(ParamRule { word: 6, ..rule });
        });
    }

    #[test]
    fn moments_are_written_by_the_calendar() {
        let check = |secs: u64, text: &str| assert_eq!(utc(UnixSecs(secs)), text);
        check(0, "1970-01-01 00:00:00 UTC");
        check(951_782_400, "2000-02-29 00:00:00 UTC");
        check(1_735_689_599, "2024-12-31 23:59:59 UTC");
        check(4_107_542_400, "2100-03-01 00:00:00 UTC");
        check(1_795_466_647, "2026-11-23 20:44:07 UTC");
    }
}
