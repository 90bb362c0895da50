//! Tokens of every number of decimals, all the way: from a form to the grant, to what the person reads, to the
//! calls of a trade, to what moved.

use std::sync::LazyLock;

use alloy_primitives::Log;
use alloy_sol_types::SolEvent;
use proptest::prelude::*;

use super::*;
use crate::account::{decode_execute, execute_call_data};
use crate::contracts::Token;
use crate::contracts::abi::IERC20::Transfer;
use crate::contracts::abi::ISwapRouter02::exactInputSingleCall;
use crate::session::Spent;
use crate::trading::{Allowance, RiskContext, Side, Signal, assess};
use crate::venue::leg_of;
use alloy_sol_types::SolCall;

const DECIMALS: [u8; 4] = [0, 6, 18, 36];
const NOW: UnixSecs = UnixSecs(1_795_000_000);
const ACCOUNT: Address = Address::repeat_byte(0xac);

fn pool(base: u8, quote: u8) -> PoolFacts {
    let token = |symbol, decimals, byte| Token { symbol, decimals, address: Address::repeat_byte(byte) };
    PoolFacts {
        pool: Address::repeat_byte(0x70),
        fee: 500,
        router: Address::repeat_byte(0x71),
        quoter: Address::repeat_byte(0x72),
        base: token("BASE", base, 0x01),
        quote: token("QUOTE", quote, 0x02),
    }
}

fn whole(amount: u64, decimals: u8) -> TokenAmount {
    TokenAmount(U256::from(amount) * U256::from(10).pow(U256::from(decimals)))
}

/// The salts of the pair do not depend on tokens, and finding one takes a second.
fn key() -> GrantKey {
    static SALT: LazyLock<B256> =
        LazyLock::new(|| pair_salt(Address::repeat_byte(0x11), B256::repeat_byte(1), B256::ZERO));
    let keys = GrantKeys {
        session_key: Address::repeat_byte(0x11),
        buy_salt: B256::repeat_byte(1),
        sell_salt: *SALT,
    };
    GrantKey { account: ACCOUNT, keys, valid_until: NOW.plus_secs(86_400) }
}

/// One trade of each side under sensible terms of an account with that many whole tokens.
fn goes_all_the_way(facts: PoolFacts, price: Price, base: u64, quote: u64) {
    let venue = UniswapV3::new(facts);
    let context = TermsContext {
        base_balance: whole(base, facts.base.decimals),
        quote_balance: whole(quote, facts.quote.decimals),
        price,
        pair: venue.pair(),
        is_local: true,
    };
    let terms = Terms::sensible(&context);
    assert_eq!(terms.check(&context), [], "{terms:?}");
    assert_eq!(terms_text::parse(&terms_text::format(&terms, &facts), &facts), Ok(terms), "as a form");
    let grant = build(&venue, 31_337, &terms, &key()).expect("a grant");
    let said = sentences_of(&grant, &venue).expect("sentences");
    for side in [Side::Buy, Side::Sell] {
        let (paid, got) = (venue.token_in(side), venue.token_out(side));
        let (lot, floor) = (terms.lot(side), venue.floor(&terms, side).expect("a floor"));
        let lots = if side == Side::Buy { terms.buy_lots } else { terms.sell_lots };
        let budget = lot.checked_mul(lots.into()).expect("a budget");
        let amount =
            |amount: TokenAmount, token: Token| format!("{} {}", amount.format(token.decimals), token.symbol);
        for sentence in [
            format!(
                "Each swap pays exactly {}; all swaps together at most {}.",
                amount(lot, paid),
                amount(budget, paid)
            ),
            format!("Each swap must bring at least {}, or it does not happen.", amount(floor, got)),
        ] {
            assert!(said.contains(&sentence), "{sentence} is not in {said:#?}");
        }
        trades_at_the_floor(&venue, &terms, &grant, side, price);
    }
}

fn trades_at_the_floor(venue: &UniswapV3, terms: &Terms, grant: &Grant, side: Side, price: Price) {
    let (lot, floor) = (terms.lot(side), venue.floor(terms, side).expect("a floor"));
    let signal = Signal::supposed(side, NOW, price);
    let plenty = Allowance { lots_left: 100, uses_left: 100 };
    let context = RiskContext {
        terms: *terms,
        pair: venue.pair(),
        quote_balance: lot,
        base_balance: lot,
        position: if side == Side::Sell { lot } else { TokenAmount::ZERO },
        bought: TokenAmount::ZERO,
        buy: plenty,
        sell: plenty,
        price,
        price_age_secs: 0,
        price_age_limit_secs: 60,
        reference: None,
        left_secs: 86_400,
        least_left_secs: 60,
        least_buying_secs: 0,
        is_paused: false,
        is_other_tab: false,
        is_in_flight: false,
        breaker: None,
        alarm: None,
        guard: None,
        swing: None,
        is_sell_proven: true,
    };
    let order = assess(signal, &context).expect("no gate blocks");
    assert_eq!(order.item().lots, 1);
    let calls = venue.trade_calls(&order, terms, ACCOUNT, floor).expect("calls");
    let leg = leg_of(side);
    let permitted = |calls: &[crate::account::Call]| {
        grant.permits(leg, &execute_call_data(calls), &Spent::default(), NOW).is_ok()
    };
    assert!(permitted(&calls), "what the terms mean is allowed");
    assert_eq!(decode_execute(&execute_call_data(&calls)), Ok(calls.clone()));
    // One unit more paid, or one less brought, however small a unit is.
    let altered = |change: fn(&mut exactInputSingleCall)| {
        let mut calls = calls.clone();
        let swap = calls.last_mut().expect("a swap");
        let mut call = exactInputSingleCall::abi_decode(&swap.data).expect("a swap");
        change(&mut call);
        swap.data = call.abi_encode().into();
        calls
    };
    assert!(!permitted(&altered(|swap| swap.params.amountIn += U256::ONE)), "a unit more is not");
    assert!(!permitted(&altered(|swap| swap.params.amountOutMinimum -= U256::ONE)), "a unit less is not");

    let facts = venue.facts();
    let transfer = |token: Token, from: Address, to: Address, value: TokenAmount| Log {
        address: token.address,
        data: Transfer { from, to, value: value.0 }.encode_log_data(),
    };
    let logs = [
        transfer(venue.token_in(side), ACCOUNT, facts.pool, lot),
        transfer(venue.token_out(side), facts.pool, ACCOUNT, floor),
    ];
    let fill = venue.fill_from_logs(&logs, ACCOUNT, 7, NOW).expect("a fill");
    let (base, quote) = if side == Side::Buy { (floor, lot) } else { (lot, floor) };
    assert_eq!((fill.side, fill.base, fill.quote), (side, base, quote));
    // Floors are rounded down to whole units: the worst price is met by the floor and not a unit more.
    let more = |amount: TokenAmount, is_more: bool| TokenAmount(amount.0 + U256::from(is_more));
    let (base, quote) = (more(base, side == Side::Buy), more(quote, side == Side::Sell));
    let worst = Price::from_amounts(quote, facts.quote.decimals, base, facts.base.decimals).expect("a price");
    match side {
        Side::Buy => assert!(worst <= terms.highest_buy, "{worst:?} is above {:?}", terms.highest_buy),
        Side::Sell => assert!(worst >= terms.lowest_sell, "{worst:?} is below {:?}", terms.lowest_sell),
    }
}

#[test]
fn sixteen_pairs_go_all_the_way() {
    let price = Price::from_scaled(2_500 * Price::SCALE).expect("not zero");
    for base in DECIMALS {
        for quote in DECIMALS {
            goes_all_the_way(pool(base, quote), price, 400, 1_000_000);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_pair_at_any_price_goes_all_the_way(
        base_decimals in 0_u8..=36,
        quote_decimals in 0_u8..=36,
        price in 1_u64..1_000_000,
        lots in 100_u64..1_000_000,
    ) {
        let scaled = u128::from(price) * Price::SCALE;
        // Enough of both that a twentieth makes whole units of a token that has no smaller ones.
        let quote = price.saturating_mul(lots).saturating_mul(20);
        let price = Price::from_scaled(scaled).expect("not zero");
        goes_all_the_way(pool(base_decimals, quote_decimals), price, lots, quote);
    }
}
