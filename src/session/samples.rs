//! A grant for the tests of this room.

pub(super) mod any;

use std::sync::LazyLock;

use alloy_primitives::{Address, B256, FixedBytes, U256, address, fixed_bytes};

use super::{
    ActionRules, Condition, Grant, Leg, ParamRule, PermissionSpec, SignedGrant, grind_pair_salt, pair_rules,
};
use crate::account::{Call, SessionKey};
use crate::units::UnixSecs;

pub(super) const ACCOUNT: Address = address!("c98eb58c3436f9512788a1cf45f5aa7d06240f06");
pub(super) const ROUTER: Address = address!("4ed7c70f96b99c776995fb64377f0d4ab3b0e1c1");
pub(super) const USD: Address = address!("68b1d87f95878fe05b998f19b66f4baba5de1aed");
pub(super) const ETH: Address = address!("9a9f2ccfde556a7e9ff0848998aa4a0cfd8863ae");
pub(super) const SWAP: FixedBytes<4> = fixed_bytes!("04e45aaf");
pub(super) const APPROVE: FixedBytes<4> = fixed_bytes!("095ea7b3");
pub(super) const NOW: UnixSecs = UnixSecs(1_795_000_000);
pub(super) const END: UnixSecs = UnixSecs(1_795_386_400);
/// 100 USD, 0.03 ETH, at most ten times.
pub(super) const LOT: u64 = 100_000_000;
pub(super) const FLOOR: u64 = 30_000_000_000_000_000;
pub(super) const BUDGET: u64 = 10 * LOT;

pub(super) fn key() -> SessionKey {
    SessionKey::from_bytes(&[0x51; 32]).expect("a key")
}

pub(super) fn owner() -> SessionKey {
    SessionKey::from_bytes(&[0x77; 32]).expect("a key")
}

pub(super) fn rule(word: u32, condition: Condition, reference: B256) -> ParamRule {
    ParamRule { word, condition, reference, budget: None }
}

pub(super) fn number(number: u64) -> B256 {
    B256::new(U256::from(number).to_be_bytes())
}

pub(super) fn swap_rules(paid: Address, bought: Address) -> ActionRules {
    let amount = ParamRule { budget: Some(U256::from(BUDGET)), ..rule(4, Condition::Equal, number(LOT)) };
    let rules = vec![
        rule(0, Condition::Equal, paid.into_word()),
        rule(1, Condition::Equal, bought.into_word()),
        rule(2, Condition::Equal, number(500)),
        rule(3, Condition::Equal, ACCOUNT.into_word()),
        amount,
        rule(5, Condition::GreaterThanOrEqual, number(FLOOR)),
    ];
    ActionRules { target: ROUTER, selector: SWAP, rules }
}

pub(super) fn approve_rules(token: Address) -> ActionRules {
    let rules = vec![
        rule(0, Condition::Equal, ROUTER.into_word()),
        rule(1, Condition::LessThanOrEqual, number(3 * LOT)),
    ];
    ActionRules { target: token, selector: APPROVE, rules }
}

pub(super) fn spec(leg: Leg) -> PermissionSpec {
    let (paid, bought) = match leg {
        Leg::Buy => (USD, ETH),
        Leg::Sell => (ETH, USD),
    };
    PermissionSpec {
        session_key: key().address(),
        salt: B256::with_last_byte(0xb0 + leg.index()),
        valid_until: END,
        uses: 20,
        actions: vec![swap_rules(paid, bought), approve_rules(paid)],
    }
}

/// Built once: reading it for every case of a property would take most of a test's time.
pub(super) fn grant() -> Grant {
    static GRANT: LazyLock<Grant> = LazyLock::new(|| {
        let [buy, sell] = Leg::BOTH.map(spec);
        Grant::new(ACCOUNT, 31_337, (&buy, U256::ZERO), (&sell, U256::ZERO)).expect("a grant")
    });
    GRANT.clone()
}

pub(super) fn pair_grant() -> Grant {
    let [mut buy, mut sell] = Leg::BOTH.map(spec);
    sell.salt = grind_pair_salt(sell.session_key, buy.id(), sell.salt);
    let right = pair_rules(buy.id(), sell.id());
    buy.actions.push(right.clone());
    sell.actions.push(right);
    Grant::new(ACCOUNT, 31_337, (&buy, U256::ZERO), (&sell, U256::ZERO)).expect("a grant")
}

pub(super) fn signed(grant: Grant) -> SignedGrant {
    let signature = owner().sign_hash(grant.digest());
    SignedGrant::new(grant, owner().address(), &signature).expect("signed by the owner")
}

/// A call of `selector` with `words`.
pub(super) fn call(target: Address, selector: FixedBytes<4>, words: &[B256]) -> Call {
    let data = selector.iter().chain(words.iter().flatten()).copied().collect::<Vec<_>>();
    Call::new(target, data.into())
}

/// One lot of the buy leg.
pub(super) fn buy_swap() -> Call {
    let words = [
        USD.into_word(),
        ETH.into_word(),
        number(500),
        ACCOUNT.into_word(),
        number(LOT),
        number(FLOOR),
        B256::ZERO,
    ];
    call(ROUTER, SWAP, &words)
}

pub(super) fn buy_approve(amount: u64) -> Call {
    call(USD, APPROVE, &[ROUTER.into_word(), number(amount)])
}
