//! What goes wrong in one run.

use super::dice::Dice;

/// Rates per thousand, unless told otherwise.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Faults {
    /// A request that never arrives.
    pub(super) lost: u64,
    /// An answer that never arrives: what was asked for has happened.
    pub(super) unheard: u64,
    /// An answer that is an error page, a rate limit or half a JSON.
    pub(super) garbled: u64,
    /// A request that takes seconds.
    pub(super) slow: u64,
    /// A node that answers from some blocks ago.
    pub(super) stale: u64,
    /// A node that does not have the newest events yet.
    pub(super) logless: u64,
    /// Blocks that are taken back, per block.
    pub(super) reorg: u64,
    /// An operation that the bundler takes and forgets.
    pub(super) dropped: u64,
    /// One that it takes and holds for up to a minute.
    pub(super) held: u64,
    /// One that it refuses.
    pub(super) refused: u64,
    /// One that it refuses and sends all the same.
    pub(super) two_faced: u64,
    /// One that it answers with another hash.
    pub(super) misnamed: u64,
    /// A sponsor that refuses.
    pub(super) unsponsored: u64,
    /// A sponsor whose word holds for half a minute only.
    pub(super) is_brief: bool,
    /// An operation that is undone when it is mined.
    pub(super) undone: u64,
    /// A record that finds no room.
    pub(super) full: u64,
    /// A record that takes a second to become durable.
    pub(super) slow_disk: u64,
    /// A device that falls asleep, per request.
    pub(super) asleep: u64,
    /// A journal that is gone after a crash.
    pub(super) forgotten: u64,
}

impl Faults {
    /// Each fault with a chance of its own to be there at all.
    pub(super) fn roll(dice: &Dice) -> Self {
        let some = |most: u64| if dice.happens(300) { dice.below(most) + 1 } else { 0 };
        Self {
            lost: some(100),
            unheard: some(100),
            garbled: some(100),
            slow: some(100),
            stale: some(200),
            logless: some(200),
            reorg: some(60),
            dropped: some(500),
            held: some(700),
            refused: some(300),
            two_faced: some(200),
            misnamed: some(200),
            unsponsored: some(300),
            is_brief: dice.happens(200),
            undone: some(400),
            full: some(30),
            slow_disk: some(200),
            asleep: some(3),
            forgotten: if dice.happens(100) { 500 } else { 0 },
        }
    }
}
