//! How deep an operation's block must lie before it counts, on a chain whose newest blocks may be replaced.

use super::*;
use crate::app::event::Settlement;
use crate::contracts::Network;
use crate::trading::JournalEntry;

const DEPTH: u64 = 3;

impl World {
    /// With a sale on its way on a chain that settles after [`DEPTH`] blocks; its id.
    fn on_restless_chain() -> (Self, u64) {
        let mut world = Self::new();
        let id = world.hand_over(Ok(()));
        let network = Network { settling_blocks: DEPTH, ..*world.machine.services.network };
        world.machine.services.network = Box::leak(Box::new(network));
        (world, id)
    }

    /// The chain has it in its newest block.
    fn mine_it(&mut self, id: u64) {
        let hash = self.machine.journal.entry(id).and_then(JournalEntry::operation_hash);
        self.mine(hash.expect("signed"), 1);
    }

    /// What the node answers when it is asked for the operation.
    fn is_answered(&mut self, id: u64) -> Vec<Command> {
        let outcome = self.outcome(1);
        self.tell(Event::Settled(id, Ok(outcome)))
    }

    fn fills(&self) -> usize {
        self.machine.journal.iter().filter(|entry| entry.state.fill().is_some()).count()
    }
}

/// Whether the operation is only looked for again.
fn only_looks(commands: &[Command], id: u64) -> bool {
    matches!(commands, [Command::Wait { timer, .. }] if *timer == Timer::Settle(id))
}

#[test]
fn what_is_mined_counts_once_its_block_is_deep_enough_and_nothing_trades_before() {
    let (mut world, id) = World::on_restless_chain();
    world.mine_it(id);
    for depth in 0..DEPTH {
        let commands = world.is_answered(id);
        assert!(only_looks(&commands, id), "{commands:?}");
        assert_eq!((world.state(id), world.fills()), ("sent", 0), "at depth {depth}");
        let TraderStatus::Busy { step } = world.machine.snapshot().trader else { panic!("it is busy") };
        assert!(step.ends_with("was mined, and waits until its block can hardly be replaced."), "{step}");
        assert_eq!(prepared_plan(world.look(&[2_700])), None);
    }
    world.is_answered(id);
    assert_eq!((world.state(id), world.fills()), ("filled", 1));
}

#[test]
fn a_block_that_is_replaced_before_puts_it_on_its_way_again() {
    let (mut world, id) = World::on_restless_chain();
    world.mine_it(id);
    world.is_answered(id);
    let pending = Settlement::Pending { now: world.at, is_confirmed: false };
    let commands = world.tell(Event::Settled(id, Ok(pending)));
    assert!(only_looks(&commands, id), "{commands:?}");
    let TraderStatus::Busy { step } = world.machine.snapshot().trader else { panic!("it is busy") };
    assert!(step.ends_with("is waiting to be mined."), "{step}");
    world.is_answered(id);
    let TraderStatus::Busy { step } = world.machine.snapshot().trader else { panic!("it is busy") };
    assert!(step.contains("was mined"), "in the block that took its place: {step}");
}
