//! The end of a session, told in time.

use super::*;

/// What is told when so many seconds are left, after what was told before.
fn told(world: &mut World, left: u64) -> Vec<String> {
    let end = world.grant.valid_until();
    world.block += 1;
    world.at = UnixSecs(end.0 - left);
    world.look_after_missing(0, &[]);
    let notices = std::mem::take(&mut world.machine.notices);
    let ends = notices.into_iter().filter(|notice| notice.sentence.starts_with("The session ends"));
    ends.map(|notice| notice.sentence).collect()
}

#[test]
fn the_end_is_told_once_an_hour_a_quarter_and_five_minutes_before() {
    let mut world = World::new();
    let says = |minutes: u64| {
        format!("The session ends in less than {minutes} minutes; then nothing is bought or sold any more.")
    };
    assert!(told(&mut world, 3_601).is_empty());
    assert_eq!(told(&mut world, 3_600), [says(60)]);
    assert!(told(&mut world, 901).is_empty(), "once");
    assert_eq!(told(&mut world, 900), [says(15)]);
    assert_eq!(told(&mut world, 299), [says(5)]);
    assert!(told(&mut world, 1).is_empty());
}

#[test]
fn a_session_that_was_never_so_long_does_not_tell_of_it() {
    let mut grant = stored_grant();
    grant.terms.lifetime_secs = 600;
    let mut world = World::granted(grant);
    assert!(told(&mut world, 590).is_empty());
    assert_eq!(told(&mut world, 300).len(), 1);
}
