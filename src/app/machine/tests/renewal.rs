//! When renewing is offered, and why.

use super::nodes::sees_block_of;
use super::*;
use crate::units::Price;

/// The offer when the price is `scaled`.
fn offered_at(world: &mut World, scaled: u128) -> Option<String> {
    world.block += 1;
    world.at = world.at.plus_secs(2);
    let price = Price::from_scaled(scaled).expect("not zero");
    let tick = PriceTick { at: world.at, block: world.block, price };
    let observation = Observation { ticks: vec![tick], ..sees_block_of(world.block, world.at) };
    world.tell(Event::Observed(HERE, Ok(Box::new(observation))));
    offer(world)
}

fn offer(world: &mut World) -> Option<String> {
    world.machine.snapshot().grant.expect("a grant").renewal
}

#[test]
fn it_is_offered_when_half_of_the_band_is_used_on_either_side_and_beyond_it() {
    let terms = stored_grant().terms;
    let (low, high) = (terms.lowest_sell.scaled(), terms.highest_buy.scaled());
    let quarter = (high - low) / 4;
    let mut world = World::new();
    let half = Some("used half of its band");
    for (scaled, expected) in [
        (low + (high - low) / 2, None),
        (low + quarter, None),
        (low + quarter - 1, half),
        (low, half),
        (low - 1, Some("cannot sell here")),
        (high - quarter, None),
        (high - quarter + 1, half),
        (high, half),
        (high + 1, Some("cannot buy here")),
    ] {
        let offer = offered_at(&mut world, scaled);
        let is_expected = match (&offer, expected) {
            (Some(why), Some(words)) => why.contains(words),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        assert!(is_expected, "{scaled} in {low} to {high}: {offer:?}, not {expected:?}");
    }
}

#[test]
fn it_is_offered_when_the_end_is_near() {
    let offered = |lifetime_secs: u64, left: u64| {
        let mut grant = stored_grant();
        grant.terms.lifetime_secs = lifetime_secs;
        let mut world = World::granted(grant);
        world.at = UnixSecs(world.grant.valid_until().0 - left);
        world.block += 1;
        world.look_after_missing(0, &[]);
        offer(&mut world)
    };
    let soon = Some("The session ends soon.".to_owned());
    // Half an hour before the end of a long session, the last quarter of a short one.
    assert_eq!(offered(86_400, 1_800), None);
    assert_eq!(offered(86_400, 1_799), soon);
    assert_eq!(offered(3_600, 900), None);
    assert_eq!(offered(3_600, 899), soon);
}

#[test]
fn a_session_that_is_being_ended_is_not_renewed() {
    let mut world = World::new();
    let low = stored_grant().terms.lowest_sell.scaled();
    assert!(offered_at(&mut world, low).is_some());
    world.tell(Event::Intent(Box::new(Intent::Revoke)));
    assert_eq!(offer(&mut world), None);
}
