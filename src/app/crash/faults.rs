//! What goes wrong in one run, and how often it did.

use std::cell::Cell;

use super::dice::Dice;

macro_rules! faults {
    ($($(#[doc = $doc:literal])+ $fault:ident = $name:literal, $most:literal;)+) => {
        /// Everything that may go wrong by itself.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Fault { $($(#[doc = $doc])+ $fault),+ }

        impl Fault {
            pub(super) const ALL: [Self; [$($name),+].len()] = [$(Self::$fault),+];

            /// In the table of strikes.
            pub(super) const fn name(self) -> &'static str {
                match self { $(Self::$fault => $name),+ }
            }

            /// Times of a thousand that it happens where it may, at most.
            const fn most(self) -> u64 {
                match self { $(Self::$fault => $most),+ }
            }
        }
    };
}

faults! {
    /// A request that never arrives.
    Lost = "request lost", 100;
    /// An answer that never arrives: what was asked for has happened.
    Unheard = "answer lost", 100;
    /// An answer that is an error page or half a JSON.
    Garbled = "answer garbled", 100;
    /// A service that takes no more requests for now: nothing was done.
    Limited = "rate limit (429)", 100;
    /// A request that takes seconds.
    Slow = "request slow", 100;
    /// A node that answers from some blocks ago.
    Stale = "node behind", 200;
    /// A node that does not have the newest events yet.
    Logless = "events not indexed", 200;
    /// A spell in which node and bundler know nothing of the newest operations, though the node has their blocks.
    Blind = "operation not found", 60;
    /// A few blocks that are taken back, per block.
    Reorg = "blocks taken back", 60;
    /// Up to as many as the journal is compared with, per block.
    DeepReorg = "blocks taken back, over 3", 20;
    /// A spell in which everything costs ten times as much, per block.
    Dear = "fees times ten", 60;
    /// An operation that waited in the bundler until its session was over.
    Late = "session over on the way", 1_000;
    /// An operation that the bundler takes and forgets.
    Dropped = "operation dropped", 500;
    /// One that it takes and holds for up to a minute.
    Held = "operation held", 700;
    /// One that it refuses.
    Refused = "operation refused", 300;
    /// One that it refuses and sends all the same.
    TwoFaced = "refused, then mined", 200;
    /// One that it answers with another hash.
    Misnamed = "wrong hash answered", 200;
    /// A sponsor that refuses.
    Unsponsored = "sponsor refused", 300;
    /// A sponsor's word that holds for half a minute only.
    Brief = "sponsor brief", 1_000;
    /// An operation that is undone when it is mined.
    Undone = "operation undone", 400;
    /// A record that finds no room.
    Full = "storage full", 30;
    /// A record that takes a second to become durable.
    SlowDisk = "disk slow", 200;
    /// A device that falls asleep, per request.
    Asleep = "device asleep", 3;
    /// A tab that stands still for minutes while everything else goes on, per wait.
    Frozen = "tab frozen", 2;
    /// A clock that is wrong by up to a day, per tab that opens.
    Skewed = "clock wrong", 1_000;
    /// One that is put right, or wrong, while the tab is open, per request.
    Jumped = "clock jumped", 5;
    /// A journal that is gone after a crash.
    Forgotten = "journal gone", 300;
    /// A record that is cut or has a bit flipped after a crash.
    Torn = "record torn", 500;
    /// The last record before a crash, which the disk said it had.
    Unflushed = "last record undone", 500;
}

/// How often each of [`Fault::ALL`] struck.
pub(super) type Strikes = [u64; Fault::ALL.len()];

/// Rates per thousand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Faults([u64; Fault::ALL.len()]);

impl Faults {
    pub(super) const NONE: Self = Self([0; Fault::ALL.len()]);

    /// Each fault with a chance of its own to be there at all.
    pub(super) fn roll(dice: &Dice) -> Self {
        let rate = |fault: Fault| if dice.happens(300) { dice.below(fault.most()) + 1 } else { 0 };
        Self(Fault::ALL.map(rate))
    }

    /// Nothing but these, as bad as they may be.
    pub(super) fn only(faults: &[Fault]) -> Self {
        let mut rates = Self::NONE;
        for fault in faults {
            rates.0[*fault as usize] = fault.most();
        }
        rates
    }

    pub(super) const fn rate(&self, fault: Fault) -> u64 {
        self.0[fault as usize]
    }
}

/// Chance, what may go wrong, and what did.
#[derive(Debug)]
pub(super) struct Fate {
    pub(super) dice: Dice,
    faults: Cell<Faults>,
    struck: [Cell<u64>; Fault::ALL.len()],
}

impl Fate {
    pub(super) fn new(seed: u64) -> Self {
        let struck = std::array::from_fn(|_| Cell::new(0));
        Self { dice: Dice::new(seed), faults: Cell::new(Faults::NONE), struck }
    }

    pub(super) fn set(&self, faults: Faults) {
        self.faults.set(faults);
    }

    /// Whether it may strike at all.
    pub(super) fn has(&self, fault: Fault) -> bool {
        self.faults.get().rate(fault) > 0
    }

    /// Whether it strikes here and now, which is counted.
    pub(super) fn strikes(&self, fault: Fault) -> bool {
        let is_now = self.dice.happens(self.faults.get().rate(fault));
        if is_now {
            self.count(fault);
        }
        is_now
    }

    /// One that struck by its own rules.
    pub(super) fn count(&self, fault: Fault) {
        let struck = &self.struck[fault as usize];
        struck.set(struck.get() + 1);
    }

    pub(super) fn struck(&self) -> Strikes {
        std::array::from_fn(|at| self.struck[at].get())
    }
}

/// Every fault with how often it struck.
pub(super) fn table(struck: &Strikes) -> String {
    let row = |fault: &Fault| format!("  {:<28}{:>12}\n", fault.name(), struck[*fault as usize]);
    Fault::ALL.iter().map(row).collect()
}
