//! Sales that a protection asks for, and purchases that one forbids.

use super::*;
use crate::trading::{Cause, Fill, Guards, Inclusion, JournalEntry, Signal};

/// Four base tokens came in at 2560, the price of now, and the averages fall.
fn world(guards: Guards) -> World {
    let mut grant = stored_grant();
    grant.terms.guards = guards;
    let mut world = World::granted(grant);
    world.look(&[]);
    assert_eq!(world.machine.position().base(), tokens(4, 18), "they are a position");
    world
}

/// What is planned when candles close at `prices`: the last of them only forms, until the next price comes.
fn planned(world: &mut World, prices: &[u128]) -> Option<Signal> {
    let plan = prepared_plan(world.look(prices))?;
    let Purpose::Trade(order) = plan.purpose else { panic!("no trade: {:?}", plan.purpose) };
    Some(order.signal)
}

#[test]
fn a_stop_loss_sells_at_its_close_without_a_cross() {
    let mut world = world(Guards { stop_loss_bps: 100, ..Guards::default() });
    assert_eq!(planned(&mut world, &[2_550, 2_540, 2_535, 2_534]), None);
    let signal = planned(&mut world, &[2_560]).expect("2534 closed");
    let cost = price(2_560);
    assert_eq!((signal.side, signal.close), (Side::Sell, price(2_534)));
    assert_eq!(signal.cause, Cause::StopLoss { cost });
}

#[test]
fn without_protections_the_same_fall_sells_nothing() {
    let mut world = world(Guards::default());
    assert_eq!(planned(&mut world, &[2_550, 2_540, 2_535, 2_534]), None);
    assert_eq!(planned(&mut world, &[2_400, 2_400]), None);
}

#[test]
fn a_protection_speaks_before_the_averages() {
    let first = |guards: Guards| {
        let mut world = world(guards);
        (2_565..2_700).step_by(5).find_map(|whole| planned(&mut world, &[whole]))
    };
    let cross = first(Guards::default()).expect("they cross upwards, and a purchase is planned");
    assert_eq!(cross.side, Side::Buy);
    // At the very same close a profit is taken instead.
    let gain = (cross.close.to_f64() / 2_560.0 - 1.0) * 10_000.0;
    let take_profit_bps = (1_u32..).find(|bps| f64::from(*bps) + 1.0 > gain).expect("small");
    let sale = first(Guards { take_profit_bps, ..Guards::default() }).expect("a sale");
    assert_eq!((sale.side, sale.candle_open_at), (Side::Sell, cross.candle_open_at));
    assert_eq!(sale.cause, Cause::TakeProfit { cost: price(2_560) });
}

#[test]
fn a_trailing_stop_follows_the_height_since_the_position_was_opened() {
    let mut world = world(Guards { trailing_stop_bps: 100, ..Guards::default() });
    // The price was 2600 before the position: that is no height of it.
    assert_eq!(planned(&mut world, &[2_562, 2_545, 2_537, 2_536]), None);
    let signal = planned(&mut world, &[2_560]).expect("2536 closed");
    assert_eq!(signal.cause, Cause::TrailingStop { height: price(2_562) });
}

#[test]
fn behind_a_gap_a_height_from_before_the_position_is_still_none_of_it() {
    let mut world = world(Guards { trailing_stop_bps: 100, ..Guards::default() });
    assert_eq!(planned(&mut world, &[2_562, 2_561]), None);
    assert!(prepared_plan(world.look_after_missing(50, &[2_560])).is_none());
    assert_eq!(planned(&mut world, &[2_560, 2_559, 2_558]), None, "it was 2600 before");
    assert_eq!(planned(&mut world, &[2_530]), None);
    let signal = planned(&mut world, &[2_530]).expect("2530 closed");
    assert_eq!(signal.cause, Cause::TrailingStop { height: price(2_562) });
}

#[test]
fn a_missed_close_is_not_acted_on_later() {
    let mut world = world(Guards { stop_loss_bps: 100, ..Guards::default() });
    assert_eq!(planned(&mut world, &[2_500, 2_559, 2_559]), None, "only the newest close counts");
}

#[test]
fn too_many_trades_within_an_hour_forbid_a_purchase_and_say_so() {
    let mut world = world(Guards { trades_per_hour: 1, ..Guards::default() });
    let fill =
        Fill { side: Side::Sell, base: tokens(1, 18), quote: tokens(2_560, 6), block: 41, at: world.at };
    let inclusion = Inclusion { success: true, block: 41, block_hash: B256::ZERO, transaction: B256::ZERO };
    world.machine.journal.push(JournalEntry {
        id: 1,
        chain_id: 31_337,
        account: ACCOUNT,
        // Under an earlier grant: the account's trades count, whoever allowed them.
        grant_id: B256::repeat_byte(9),
        purpose: Purpose::Withdraw,
        planned_at: world.at,
        planned_at_block: 41,
        signed: None,
        seal: None,
        state: OrderState::Settled {
            inclusion,
            fill: Some(fill),
            revert_reason: None,
            gas_cost_wei: U256::ZERO,
        },
        history: Vec::new(),
    });
    world.base = tokens(3, 18);
    world.machine.recount(ACCOUNT);
    for whole in (2_565..2_700).step_by(5) {
        assert_eq!(planned(&mut world, &[whole]), None);
    }
    let refusal = world.machine.last_refusal.as_deref();
    assert_eq!(refusal, Some("nothing is bought, because a trade was made within the last hour"));
}
