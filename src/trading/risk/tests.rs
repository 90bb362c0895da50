//! Each gate, and how large an order is that passes them all.

use super::super::Sizing;
use super::super::terms::samples;
use super::*;
use proptest::prelude::*;

fn flat(terms: &Terms) -> RiskContext {
    RiskContext {
        terms: *terms,
        pair: samples::PAIR,
        quote_balance: samples::quote("1000"),
        base_balance: TokenAmount::ZERO,
        position: TokenAmount::ZERO,
        bought: TokenAmount::ZERO,
        buy: Allowance { lots_left: 10, uses_left: 20 },
        sell: Allowance { lots_left: 12, uses_left: 20 },
        price: samples::price(1_800),
        price_age_secs: 1,
        price_age_limit_secs: 120,
        reference: None,
        left_secs: 3_600,
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
    }
}

fn long(terms: &Terms, held: &str) -> RiskContext {
    let held = samples::base(held);
    RiskContext { base_balance: held, position: held, bought: held, ..flat(terms) }
}

fn lots(side: Side, context: &RiskContext) -> Result<u32, RiskRefused> {
    assess(samples::signal(side), context).map(|order| order.item().lots)
}

#[test]
fn an_order_has_as_many_lots_as_everything_allows() {
    let terms = &samples::terms();
    let check = |side: Side, context: RiskContext, expected: u32| {
        assert_eq!(lots(side, &context), Ok(expected), "{context:?}");
    };
    check(Side::Buy, flat(terms), 3);
    check(Side::Buy, RiskContext { quote_balance: samples::quote("299.99"), ..flat(terms) }, 2);
    check(Side::Buy, RiskContext { quote_balance: samples::quote("100"), ..flat(terms) }, 1);
    check(Side::Buy, RiskContext { buy: Allowance { lots_left: 1, uses_left: 2 }, ..flat(terms) }, 1);
    check(Side::Buy, RiskContext { sell: Allowance { lots_left: 2, uses_left: 2 }, ..flat(terms) }, 2);
    check(Side::Buy, long(terms, "0.049"), 3);
    check(Side::Sell, long(terms, "0.05"), 1);
    check(Side::Sell, long(terms, "0.12"), 2);
    check(Side::Sell, long(terms, "9"), 3);
    check(Side::Sell, RiskContext { position: samples::base("0.05"), ..long(terms, "9") }, 1);
}

#[test]
fn each_gate_blocks_with_its_reason() {
    let terms = &samples::terms();
    let check = |side: Side, context: RiskContext, sentence: &str| {
        let refused = lots(side, &context).expect_err(sentence);
        assert_eq!(refused.to_string(), sentence);
    };
    check(Side::Buy, RiskContext { is_paused: true, ..flat(terms) }, "trading is paused");
    check(Side::Buy, RiskContext { is_other_tab: true, ..flat(terms) }, "another tab is trading");
    check(
        Side::Buy,
        RiskContext { is_in_flight: true, ..flat(terms) },
        "an earlier trade has no outcome yet",
    );
    check(
        Side::Sell,
        RiskContext { breaker: Some((BreakerReason::Reverts, 48)), ..long(terms, "1") },
        "three trades in a row were undone by the chain; trading goes on in 48 s",
    );
    check(
        Side::Sell,
        RiskContext { alarm: Some(Alarm::BlocksBehind { secs: 90 }), ..long(terms, "1") },
        "the newest block is 90 s old: the chain stands still, its node is behind, or this device’s clock is fast",
    );
    check(
        Side::Buy,
        RiskContext { least_buying_secs: 300, left_secs: 299, ..flat(terms) },
        "nothing is bought, because it could hardly be sold again before the session ends in 299 s",
    );
    let late = RiskContext { least_buying_secs: 300, left_secs: 299, ..long(terms, "0.05") };
    assert_eq!(lots(Side::Sell, &late), Ok(1), "what is held is sold all the same");
    check(Side::Buy, RiskContext { left_secs: 59, ..flat(terms) }, "the session ends in 59 s");
    let round_trip = 2 * (60 + u64::from(terms.strategy.interval.0));
    check(
        Side::Buy,
        RiskContext { left_secs: round_trip - 1, ..flat(terms) },
        &format!(
            "nothing is bought, because it could hardly be sold again before the session ends in {} s",
            round_trip - 1
        ),
    );
    assert_eq!(lots(Side::Buy, &RiskContext { left_secs: round_trip, ..flat(terms) }), Ok(3));
    assert_eq!(lots(Side::Sell, &RiskContext { left_secs: round_trip - 1, ..long(terms, "0.05") }), Ok(1));
    check(Side::Buy, RiskContext { price_age_secs: 120, ..flat(terms) }, "the last price is 120 s old");
    check(Side::Buy, long(terms, "0.05"), "the averages crossed upwards, but the position is already held");
    check(
        Side::Sell,
        long(terms, "0.049"),
        "the averages crossed downwards, but there is no position to sell",
    );
    check(
        Side::Buy,
        RiskContext { is_sell_proven: false, ..flat(terms) },
        "nothing is bought before the permission to sell is proven",
    );
    check(
        Side::Buy,
        RiskContext { price: samples::price(2_001), ..flat(terms) },
        "the price 2001 is outside the band that was signed (2000)",
    );
    check(
        Side::Sell,
        RiskContext { price: samples::price(1_499), ..long(terms, "1") },
        "the price 1499 is outside the band that was signed (1500)",
    );
    check(
        Side::Buy,
        RiskContext { buy: Allowance { lots_left: 5, uses_left: 1 }, ..flat(terms) },
        "the uses for this side are used up; the last one is kept for ending the session",
    );
    check(
        Side::Buy,
        RiskContext { buy: Allowance { lots_left: 0, uses_left: 9 }, ..flat(terms) },
        "the budget for this side is used up",
    );
    check(
        Side::Buy,
        RiskContext { sell: Allowance { lots_left: 0, uses_left: 9 }, ..flat(terms) },
        "nothing is bought, because the budget or the uses for selling are used up",
    );
    check(
        Side::Buy,
        RiskContext { sell: Allowance { lots_left: 9, uses_left: 1 }, ..flat(terms) },
        "nothing is bought, because the budget or the uses for selling are used up",
    );
    check(
        Side::Buy,
        RiskContext { quote_balance: samples::quote("99.99"), ..flat(terms) },
        "the account holds less than one lot",
    );
}

#[test]
fn a_protection_keeps_from_buying_and_never_from_selling() {
    let terms = &samples::terms();
    let guard = Some(GuardReason::TradesPerHour { trades: 4 });
    let refused = lots(Side::Buy, &RiskContext { guard, ..flat(terms) }).expect_err("guarded");
    assert_eq!(refused.to_string(), "nothing is bought, because 4 trades were made within the last hour");
    assert_eq!(lots(Side::Sell, &RiskContext { guard, ..long(terms, "9") }), Ok(3));
}

#[test]
fn a_purchase_is_as_large_as_was_chosen() {
    let check = |sizing: Sizing, swing: Option<u128>, expected: Result<u32, RiskRefused>| {
        let terms = &Terms { lots_per_trade: 20, sizing, ..samples::terms() };
        let swing = swing.map(samples::price);
        let context = RiskContext { swing, buy: Allowance { lots_left: 50, uses_left: 9 }, ..flat(terms) };
        assert_eq!(lots(Side::Buy, &context), expected, "{sizing:?}, {swing:?}");
        // A sale takes what there is.
        assert_eq!(lots(Side::Sell, &RiskContext { swing, ..long(terms, "0.2") }), Ok(4), "{sizing:?}");
    };
    check(Sizing::Lots, None, Ok(10));
    // A quarter of 1000 in lots of 100.
    check(Sizing::Share { bps: 2_500 }, None, Ok(2));
    check(Sizing::Share { bps: 999 }, None, Err(RiskRefused::SizeBelowLot));
    // A lot of 100 at 1800 moves by 1 when the price does by 18; 0.5 % of 1000 are 5.
    check(Sizing::Volatility { bps: 50 }, Some(18), Ok(5));
    check(Sizing::Volatility { bps: 50 }, Some(36), Ok(2));
    check(Sizing::Volatility { bps: 50 }, Some(91), Err(RiskRefused::SizeBelowLot));
    check(Sizing::Volatility { bps: 50 }, None, Err(RiskRefused::SwingUnknown));
}

#[test]
fn the_band_ends_at_its_edge_and_binds_one_side_only() {
    let terms = &samples::terms();
    assert!(lots(Side::Buy, &RiskContext { price: samples::price(2_000), ..flat(terms) }).is_ok());
    assert!(lots(Side::Buy, &RiskContext { price: samples::price(1), ..flat(terms) }).is_ok());
    assert!(lots(Side::Sell, &RiskContext { price: samples::price(9_999), ..long(terms, "1") }).is_ok());
}

#[test]
fn selling_needs_no_proof() {
    let terms = &samples::terms();
    assert_eq!(lots(Side::Sell, &RiskContext { is_sell_proven: false, ..long(terms, "1") }), Ok(3));
}

#[test]
fn the_first_gate_is_the_one_that_is_told() {
    let terms = &samples::terms();
    let everything = RiskContext {
        is_paused: true,
        is_other_tab: true,
        is_in_flight: true,
        left_secs: 0,
        price_age_secs: 999,
        is_sell_proven: false,
        price: samples::price(9_999),
        quote_balance: TokenAmount::ZERO,
        buy: Allowance::default(),
        sell: Allowance::default(),
        ..flat(terms)
    };
    let opened: [fn(&mut RiskContext); 11] = [
        |context| context.is_paused = false,
        |context| context.is_other_tab = false,
        |context| context.is_in_flight = false,
        |context| context.left_secs = 60,
        |context| context.price_age_secs = 0,
        |context| context.left_secs = 3_600,
        |context| context.is_sell_proven = true,
        |context| context.price = samples::price(1_800),
        |context| context.buy.uses_left = 5,
        |context| context.buy.lots_left = 5,
        |context| context.sell = Allowance { lots_left: 5, uses_left: 5 },
    ];
    let mut context = everything;
    let mut told = vec![lots(Side::Buy, &context).expect_err("shut")];
    for open in opened {
        open(&mut context);
        told.push(lots(Side::Buy, &context).expect_err("the next gate is still shut"));
    }
    assert!(matches!(
        told.as_slice(),
        [
            RiskRefused::Paused,
            RiskRefused::OtherTab,
            RiskRefused::OperationInFlight,
            RiskRefused::EndsSoon { .. },
            RiskRefused::StalePrice { .. },
            RiskRefused::NoTimeToSell { .. },
            RiskRefused::SellNotProven,
            RiskRefused::OutsideBand { .. },
            RiskRefused::UsesUsedUp,
            RiskRefused::BudgetUsedUp,
            RiskRefused::CouldNotSell,
            RiskRefused::BalanceBelowLot,
        ]
    ));
}

proptest! {
    #[test]
    fn no_order_passes_beyond_its_caps(
        is_buy in any::<bool>(),
        quote in 0_u128..5_000_000_000,
        base in 0_u128..3_000_000_000_000_000_000,
        position in 0_u128..3_000_000_000_000_000_000,
        lots_left in 0_u64..20,
        uses_left in 0_u64..5,
        price in 1_000_u128..2_500,
    ) {
        let terms = samples::terms();
        let allowance = Allowance { lots_left, uses_left };
        let context = RiskContext {
            quote_balance: TokenAmount::from_raw(quote),
            base_balance: TokenAmount::from_raw(base),
            position: TokenAmount::from_raw(position),
            bought: TokenAmount::from_raw(position),
            buy: allowance,
            sell: allowance,
            price: samples::price(price),
            ..flat(&terms)
        };
        let side = if is_buy { Side::Buy } else { Side::Sell };
        if let Ok(lots) = lots(side, &context) {
            let balance = if is_buy { context.quote_balance } else { context.base_balance };
            let spent = terms.lot(side).checked_mul(lots.into()).expect("small");
            prop_assert!(lots >= 1 && lots <= terms.lots_per_trade);
            prop_assert!(u64::from(lots) <= lots_left && uses_left >= 2);
            prop_assert!(spent <= balance);
            prop_assert!(is_buy || spent <= context.position);
            prop_assert!((is_buy && price <= 2_000) || (!is_buy && price >= 1_500));
        }
    }
}
