//! Each protection at its edge.

use super::super::terms::samples::{PAIR, base, price, quote, terms};
use super::super::{Fill, Sizing};
use super::*;

fn fill(at: u64, side: Side, of_quote: &str) -> Fill {
    Fill { side, base: base("1"), quote: quote(of_quote), block: at, at: UnixSecs(at) }
}

fn track(fills: &[Fill]) -> Track {
    Track::replay(&[], fills, &PAIR)
}

fn sale(guards: Guards, height: Option<u128>, close: u128) -> Option<Cause> {
    let terms = Terms { guards, ..terms() };
    let candle = Candle::flat(UnixSecs(600), price(close));
    let held = track(&[fill(60, Side::Buy, "1000")]);
    let signal = terms.protective_sale(&held, height.map(price), &candle, &PAIR)?;
    assert_eq!((signal.side, signal.candle_open_at, signal.close), (Side::Sell, UnixSecs(600), price(close)));
    Some(signal.cause)
}

#[test]
fn a_position_is_left_at_the_edge_and_not_before() {
    let stop = Guards { stop_loss_bps: 500, ..Guards::default() };
    assert_eq!(sale(stop, None, 951), None);
    assert_eq!(sale(stop, None, 950), Some(Cause::StopLoss { cost: price(1_000) }));
    let profit = Guards { take_profit_bps: 1_000, ..Guards::default() };
    assert_eq!(sale(profit, None, 1_099), None);
    assert_eq!(sale(profit, None, 1_100), Some(Cause::TakeProfit { cost: price(1_000) }));
    let trail = Guards { trailing_stop_bps: 500, ..Guards::default() };
    assert_eq!(sale(trail, Some(1_200), 1_141), None);
    assert_eq!(sale(trail, Some(1_200), 1_140), Some(Cause::TrailingStop { height: price(1_200) }));
    assert_eq!(sale(trail, None, 1), None, "no height was seen");
}

#[test]
fn what_is_off_never_sells() {
    for close in [1, 999, 1_000, 1_000_000] {
        assert_eq!(sale(Guards::default(), Some(5_000), close), None);
    }
}

#[test]
fn a_loss_is_told_before_a_profit() {
    let all = Guards { stop_loss_bps: 500, take_profit_bps: 1, trailing_stop_bps: 500, ..Guards::default() };
    assert!(matches!(sale(all, Some(1_200), 900), Some(Cause::StopLoss { .. })));
    assert!(matches!(sale(all, Some(1_200), 1_100), Some(Cause::TrailingStop { .. })));
    assert!(matches!(sale(all, Some(1_100), 1_100), Some(Cause::TakeProfit { .. })));
}

#[test]
fn nothing_held_is_nothing_to_protect() {
    let terms = Terms { guards: Guards { stop_loss_bps: 1, ..Guards::default() }, ..terms() };
    let candle = Candle::flat(UnixSecs(600), price(1));
    let over = track(&[fill(1, Side::Buy, "1000"), fill(2, Side::Sell, "900")]);
    for track in [Track::default(), over] {
        assert_eq!(terms.protective_sale(&track, Some(price(9_999)), &candle, &PAIR), None);
    }
}

/// Bought for 1000 and sold for `back` at second 1000, with 1000 - `back` lost of an account then worth `left`.
fn against(guards: Guards, back: &str, left: &str, now: u64) -> Option<String> {
    let track = track(&[fill(500, Side::Buy, "1000"), fill(1_000, Side::Sell, back)]);
    let reason =
        guards.against_buying(&track, (price(1_000), quote(left)), &PAIR, Interval(60), UnixSecs(now))?;
    Some(reason.to_string())
}

#[test]
fn each_guard_keeps_from_buying_until_it_is_over() {
    let check = |guards: Guards, back: &str, now: u64, why: Option<&str>| {
        assert_eq!(against(guards, back, "900", now).as_deref(), why, "{guards:?} at {now}");
    };
    let cooldown = Guards { cooldown_candles: 3, ..Guards::default() };
    check(cooldown, "900", 1_179, Some("the last sale was at a loss; buying goes on in 1 s"));
    check(cooldown, "900", 1_180, None);
    check(cooldown, "1000", 1_001, None);
    let day = Guards { daily_loss_bps: 1_000, ..Guards::default() };
    check(day, "900", 1_001, Some("the sales of the last 24 hours lost 10 % of the account"));
    check(day, "900", 87_399, Some("the sales of the last 24 hours lost 10 % of the account"));
    check(day, "900", 87_400, None);
    check(day, "900.1", 1_001, None);
    check(day, "1100", 1_001, None);
    let drawdown = Guards { drawdown_bps: 1_000, ..Guards::default() };
    check(drawdown, "900", 999_999, Some("the result has fallen by 10 % from its best"));
    check(drawdown, "900.1", 999_999, None);
    let busy = Guards { trades_per_hour: 2, ..Guards::default() };
    check(busy, "1000", 4_099, Some("2 trades were made within the last hour"));
    check(busy, "1000", 4_100, None);
    check(Guards { trades_per_hour: 3, ..busy }, "1000", 1_001, None);
    check(Guards::default(), "1", 1_001, None);
}

#[test]
fn a_drawdown_is_measured_from_the_best_and_sees_what_is_held() {
    let fills = [fill(1, Side::Buy, "1000"), fill(2, Side::Sell, "1200"), fill(3, Side::Buy, "1000")];
    let guards = Guards { drawdown_bps: 1_000, ..Guards::default() };
    let against = |now: u128, worth: &str| {
        guards.against_buying(&track(&fills), (price(now), quote(worth)), &PAIR, Interval(60), UnixSecs(9))
    };
    assert_eq!(against(1_001, "2000"), None);
    let reason = against(800, "1800").expect("200 and the fee of selling are lost since the best");
    assert_eq!(reason, GuardReason::Drawdown { bps: 1_001 });
}

#[test]
fn the_first_reason_is_told() {
    let all = Guards {
        cooldown_candles: 3,
        drawdown_bps: 1,
        daily_loss_bps: 1,
        trades_per_hour: 1,
        ..Guards::default()
    };
    let why = against(all, "900", "900", 1_001).expect("shut");
    assert!(why.contains("at a loss"), "{why}");
    assert_eq!(Sizing::default(), Sizing::Lots);
}
