//! Terms as two permissions: rules on the very arguments that the trade calls have.

use alloy_primitives::{Address, B256, U256};

use super::{AMOUNT_IN_WORD, UniswapV3, VenueError, leg_of};
use crate::contracts::abi::IERC20::approveCall;
use crate::session::{
    ActionRules, Condition, Leg, ParamRule, PermissionId, PermissionSpec, SpecError, grind_pair_salt,
    pair_rules,
};
use crate::trading::{Side, Terms};
use crate::units::UnixSecs;
use alloy_sol_types::SolCall;

/// What makes the permissions of one grant its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantKeys {
    /// The key that will trade.
    pub session_key: Address,
    /// Random, and new for every grant.
    pub buy_salt: B256,
    /// Random too; for a grant that may renounce it is where the search for a fitting one begins, and the fitting one
    /// is found at once when it is given again.
    pub sell_salt: B256,
}

/// Why terms cannot become permissions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PermissionsError {
    /// The amounts do not work out.
    #[error("{0}")]
    Venue(#[from] VenueError),
    /// The session module cannot say it.
    #[error("{0}")]
    Spec(#[from] SpecError),
}

impl UniswapV3 {
    /// The permissions to buy and to sell for `account` until `valid_until`: swap exactly one lot at the sealed
    /// worst price or better, up to the budget; approve the router at most what one trade spends, never
    /// cumulative (a failed first trade would otherwise brick it); renounce, when the terms say so.
    ///
    /// # Errors
    /// [`PermissionsError`].
    pub fn permissions(
        &self,
        terms: &Terms,
        account: Address,
        keys: GrantKeys,
        valid_until: UnixSecs,
    ) -> Result<(PermissionSpec, PermissionSpec), PermissionsError> {
        let spec = |side: Side, salt: B256| -> Result<PermissionSpec, PermissionsError> {
            let session_key = keys.session_key;
            let actions = self.actions(terms, side, account)?;
            Ok(PermissionSpec { session_key, salt, valid_until, uses: terms.uses.into(), actions })
        };
        let mut buy = spec(Side::Buy, keys.buy_salt)?;
        let mut sell = spec(Side::Sell, keys.sell_salt)?;
        if terms.may_renounce {
            let buy_id = PermissionId::of(&buy.to_session()?);
            sell.salt = grind_pair_salt(keys.session_key, buy_id, keys.sell_salt);
            // An id covers key and salt, not the actions.
            let pair = pair_rules(buy_id, PermissionId::of(&sell.to_session()?));
            buy.actions.push(pair.clone());
            sell.actions.push(pair);
        }
        Ok((buy, sell))
    }

    fn actions(&self, terms: &Terms, side: Side, account: Address) -> Result<Vec<ActionRules>, VenueError> {
        let lot = terms.lot(side);
        let lots = match leg_of(side) {
            Leg::Buy => terms.buy_lots,
            Leg::Sell => terms.sell_lots,
        };
        let budget = lot.checked_mul(lots.into()).ok_or(VenueError::TooLarge)?;
        let per_trade = lot.checked_mul(terms.lots_per_trade.into()).ok_or(VenueError::TooLarge)?;
        let floor = self.floor(terms, side)?;
        let (token_in, token_out) = (self.token_in(side).address, self.token_out(side).address);
        let (router, swap_selector) = self.swap_action();
        let swap = ActionRules {
            target: router,
            selector: swap_selector,
            rules: vec![
                equal(0, token_in.into_word()),
                equal(1, token_out.into_word()),
                equal(2, U256::from(self.facts().fee).into()),
                equal(3, account.into_word()),
                ParamRule { budget: Some(budget.0), ..equal(AMOUNT_IN_WORD, lot.0.into()) },
                ParamRule { condition: Condition::GreaterThanOrEqual, ..equal(5, floor.0.into()) },
            ],
        };
        let approve = ActionRules {
            target: token_in,
            selector: approveCall::SELECTOR.into(),
            rules: vec![
                equal(0, router.into_word()),
                ParamRule { condition: Condition::LessThanOrEqual, ..equal(1, per_trade.0.into()) },
            ],
        };
        Ok(vec![swap, approve])
    }
}

const fn equal(word: u32, reference: B256) -> ParamRule {
    ParamRule { word, condition: Condition::Equal, reference, budget: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Spent;
    use crate::units::TokenAmount;
    use crate::venue::samples;
    use alloy_primitives::b256;

    const VENUE: UniswapV3 = UniswapV3::new(samples::FACTS);

    #[test]
    fn the_grants_are_byte_for_byte_those_of_the_production_run() {
        // A digest covers every byte of every rule.
        let plain = samples::grant();
        let digest = |leg| plain.leg(leg).digest();
        assert_eq!(digest(Leg::Buy), samples::PLAIN_DIGESTS[0]);
        assert_eq!(digest(Leg::Sell), samples::PLAIN_DIGESTS[1]);
        let pair = samples::grant_with_pair();
        let digest = |leg| pair.leg(leg).digest();
        assert_eq!(
            digest(Leg::Buy),
            b256!("3730ec585e79274d702d831d126686c4ed0eae06f2f03e90dc7cdc978292534e")
        );
        assert_eq!(
            digest(Leg::Sell),
            b256!("65cf0f0fbe8e71339d65c52b4c359b81a7ac627bc2e46bb14e0acb4b9e263443")
        );
        let id = b256!("3d49f5e428fde44710d4d572230697057614649c037275d1d207cd5528262034");
        assert_eq!(pair.leg(Leg::Sell).id(), PermissionId(id), "a salt that fits is kept");
    }

    #[test]
    fn what_is_granted_permits_exactly_what_is_traded() {
        let (account, now) = (samples::ACCOUNT, UnixSecs(1));
        let terms = Terms { lots_per_trade: 3, ..samples::terms() };
        let keys = samples::KEYS;
        let (buy, sell) = VENUE.permissions(&terms, account, keys, UnixSecs(9)).expect("permissions");
        for (side, spec, other) in [(Side::Buy, &buy, &sell), (Side::Sell, &sell, &buy)] {
            for lots in 1..=3 {
                let order = samples::approved(side, lots);
                let calls = VENUE.trade_calls(&order, &terms, account, TokenAmount::ZERO).expect("calls");
                assert!(spec.permits(account, &calls, &Spent::default(), now).is_ok(), "{side:?} {lots}");
                assert!(other.permits(account, &calls, &Spent::default(), now).is_err(), "the other side");
                let stranger = Address::repeat_byte(9);
                let stolen = VENUE.trade_calls(&order, &terms, stranger, TokenAmount::ZERO).expect("calls");
                assert!(spec.permits(account, &stolen, &Spent::default(), now).is_err(), "to a stranger");
            }
            let harmless = [VENUE.harmless_call(side)];
            assert!(spec.permits(account, &harmless, &Spent::default(), now).is_ok());
        }
    }

    #[test]
    fn impossible_terms_are_refused() {
        let check = |terms: Terms, expected: VenueError| {
            let refused = VENUE.permissions(&terms, samples::ACCOUNT, samples::KEYS, UnixSecs(9));
            assert_eq!(refused, Err(PermissionsError::Venue(expected)));
        };
        let terms = samples::terms();
        check(Terms { buy_lot: TokenAmount::ZERO, ..terms }, VenueError::NoFloor);
        check(Terms { sell_lot: TokenAmount::from_raw(1), ..terms }, VenueError::NoFloor);
        check(Terms { buy_lot: TokenAmount(U256::MAX), ..terms }, VenueError::TooLarge);
    }
}
