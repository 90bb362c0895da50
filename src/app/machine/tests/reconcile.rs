//! The journal beside the chain, which is right.

use alloy_primitives::Address;

use super::*;
use crate::account::UserOperationHash;
use crate::app::event::{Outcome, SettlePlan, Settlement};
use crate::app::machine::reconcile::WATCHED_BLOCKS;
use crate::trading::{Fill, Inclusion, RiskRefused};

impl World {
    /// A trade that is signed and handed over; the bundler answers with `sent`.
    pub(super) fn hand_over(&mut self, sent: Result<(), SendFailure>) -> u64 {
        let id = self.sign_trade().entry.id;
        self.tell(Event::Sent(id, sent));
        id
    }

    /// The chain has the operation in its newest block, and tells so from now on.
    pub(super) fn mine(&mut self, hash: B256, fork: u8) {
        let nonce = self.grant.signed.grant().trade_lane().nonce(self.sequence);
        self.sequence += 1;
        self.operations.push(OperationOutcome {
            hash: UserOperationHash(hash),
            sender: ACCOUNT,
            paymaster: Address::ZERO,
            nonce,
            success: true,
            gas_cost_wei: U256::ONE,
            gas_used: U256::ONE,
            block: self.block,
            block_hash: B256::repeat_byte(fork),
            transaction: B256::repeat_byte(1),
        });
    }

    /// The last operation on chain as the node tells it when it is asked for.
    pub(super) fn outcome(&self, bought: u128) -> Settlement {
        let found = self.operations.last().expect("mined");
        let OperationOutcome { success, block, block_hash, transaction, .. } = *found;
        let fill =
            Fill { side: Side::Buy, base: tokens(bought, 18), quote: tokens(2_000, 6), block, at: self.at };
        Settlement::Included(Outcome {
            inclusion: Inclusion { success, block, block_hash, transaction },
            block_at: self.at,
            gas_cost_wei: U256::ONE,
            fill: Some(fill),
            revert_reason: None,
        })
    }

    fn settle(&mut self, id: u64, bought: u128) {
        self.base = self.base.checked_add(tokens(bought, 18)).expect("few");
        let outcome = self.outcome(bought);
        self.tell(Event::Settled(id, Ok(outcome)));
    }

    pub(super) fn state(&self, id: u64) -> &'static str {
        self.machine.journal.iter().find(|entry| entry.id == id).expect("its row").state.name()
    }

    fn hash(&self, id: u64) -> B256 {
        let entry = self.machine.journal.iter().find(|entry| entry.id == id).expect("its row");
        entry.operation_hash().expect("signed")
    }
}

fn looked_for(commands: &[Command]) -> Vec<&SettlePlan> {
    commands
        .iter()
        .filter_map(|command| if let Command::Settle(plan) = command { Some(&**plan) } else { None })
        .collect()
}

fn refused() -> Result<(), SendFailure> {
    Err(SendFailure { failure: failure(), is_definite: true })
}

#[test]
fn of_two_rows_with_one_operation_the_last_has_its_outcome() {
    let mut world = World::new();
    // Nothing to sell when the price falls again.
    world.base = TokenAmount::ZERO;
    [2_560, 2_560, 2_560].iter().for_each(|whole| drop(world.look(&[*whole])));
    let first = world.hand_over(refused());
    (2_500..2_600).rev().step_by(5).for_each(|whole| drop(world.look(&[whole])));
    let second = world.hand_over(Ok(()));
    let hash = world.hash(second);
    assert_eq!(world.hash(first), hash, "the same to the last byte");
    world.mine(hash, 1);
    world.settle(second, 1);
    for _ in 0..4 {
        let commands = world.look(&[2_700]);
        assert!(looked_for(&commands).is_empty(), "nothing differs");
    }
    assert_eq!((world.state(first), world.state(second)), ("abandoned", "filled"));
    assert!(world.machine.is_accounted());
    assert_eq!(world.machine.position().base(), tokens(1, 18), "it counts once");
}

#[test]
fn a_refused_trade_that_was_mined_all_the_same_is_adopted_before_anything_else_trades() {
    let mut world = World::new();
    let id = world.hand_over(refused());
    assert_eq!(world.state(id), "abandoned");
    world.mine(world.hash(id), 1);
    // The nonce gives it away; the events are asked for with the next round.
    assert_eq!(world.plan.watch, None);
    world.look(&[2_600]);
    assert_eq!(world.plan.watch, Some(Watch::Moment(START)));
    assert!(
        matches!(world.machine.gate(Side::Sell), Some(Err(RiskRefused::OperationInFlight))),
        "nothing trades"
    );
    let commands = world.look(&[2_600]);
    assert_eq!(looked_for(&commands).iter().map(|plan| plan.id).collect::<Vec<_>>(), [id]);
    world.settle(id, 1);
    assert_eq!(world.state(id), "filled", "a late success has the last word");
    world.look(&[2_600]);
    world.look(&[2_600]);
    assert_eq!(world.machine.position().base(), tokens(5, 18), "bought, not deposited");
    assert!(
        !matches!(world.machine.gate(Side::Sell), Some(Err(RiskRefused::OperationInFlight))),
        "and goes on"
    );
}

#[test]
fn an_operation_nobody_remembers_is_recorded_with_what_it_moved() {
    let mut world = World::new();
    world.mine(B256::repeat_byte(7), 1);
    world.look(&[2_500]);
    let commands = world.look(&[2_500]);
    assert!(commands.contains(&Command::Restore), "another tab may have written it: {commands:?}");
    assert!(world.machine.journal.is_empty());
    let commands = world.look(&[2_500]);
    let entry = world.machine.journal.last().cloned().expect("a row");
    assert_eq!((entry.purpose, entry.state.name()), (Purpose::Recovered, "unknown"));
    let [plan] = *looked_for(&commands) else { panic!("it is looked for once: {commands:?}") };
    assert_eq!((plan.operation_hash, plan.may_trade), (B256::repeat_byte(7), true));
    world.settle(entry.id, 1);
    assert_eq!(world.state(entry.id), "filled");
    world.look(&[2_500]);
    world.look(&[2_500]);
    assert_eq!(world.machine.position().base(), tokens(5, 18));
    assert_eq!(world.machine.journal.len(), 1, "once");
}

#[test]
fn a_trade_whose_block_is_taken_back_is_on_its_way_again() {
    let mut world = World::new();
    let id = world.hand_over(Ok(()));
    world.mine(world.hash(id), 1);
    world.settle(id, 1);
    world.look(&[2_600]);
    assert_eq!(world.machine.position().base(), tokens(5, 18));
    assert!(matches!(world.plan.watch, Some(Watch::Block(_))), "a fresh block is watched");
    world.operations.clear();
    world.sequence = 0;
    world.base = tokens(4, 18);
    let commands = world.look(&[2_600]);
    assert_eq!(looked_for(&commands).len(), 1);
    assert_eq!(world.state(id), "sent");
    assert_eq!(world.machine.position().base(), tokens(4, 18), "nothing was bought");
    // It comes again, in another block and at another price.
    world.mine(world.hash(id), 2);
    world.settle(id, 2);
    world.look(&[2_600]);
    assert_eq!(world.state(id), "filled");
    assert_eq!(world.machine.position().base(), tokens(6, 18));
}

#[test]
fn a_trade_in_another_block_of_the_same_number_is_read_anew() {
    let mut world = World::new();
    let id = world.hand_over(Ok(()));
    world.mine(world.hash(id), 1);
    world.settle(id, 1);
    world.look(&[2_600]);
    world.operations[0].block_hash = B256::repeat_byte(2);
    let commands = world.look(&[2_600]);
    assert_eq!(looked_for(&commands).iter().map(|plan| plan.id).collect::<Vec<_>>(), [id]);
}

#[test]
fn an_event_that_only_lags_is_missed_three_times_before_it_counts() {
    let mut world = World::new();
    let id = world.hand_over(Ok(()));
    world.mine(world.hash(id), 1);
    world.settle(id, 1);
    world.look(&[2_600]);
    let mined = std::mem::take(&mut world.operations);
    for _ in 0..2 {
        assert!(looked_for(&world.look(&[2_600])).is_empty(), "its nonce is used, so it is there");
    }
    world.operations = mined;
    assert!(looked_for(&world.look(&[2_600])).is_empty());
    world.operations.clear();
    for _ in 0..2 {
        assert!(looked_for(&world.look(&[2_600])).is_empty(), "counted from the beginning");
    }
    assert_eq!(looked_for(&world.look(&[2_600])).len(), 1);
    assert_eq!(world.state(id), "sent");
}

#[test]
fn tokens_that_came_count_when_three_rounds_say_so() {
    let mut world = World::new();
    world.look(&[2_500]);
    assert_eq!(world.machine.position().base(), tokens(4, 18));
    world.base = tokens(6, 18);
    world.look(&[2_500]);
    assert_eq!(world.machine.position().base(), tokens(4, 18));
    world.base = tokens(5, 18);
    world.look(&[2_500]);
    assert_eq!(world.machine.position().base(), tokens(4, 18), "it was another number");
    world.look(&[2_500]);
    assert_eq!(world.machine.position().base(), tokens(4, 18), "a node may lag for so long");
    let commands = world.look(&[2_500]);
    assert_eq!(world.machine.position().base(), tokens(5, 18));
    assert!(commands.iter().any(|command| matches!(command, Command::Save(Saved::Arrivals(..)))));
    world.base = tokens(1, 18);
    (0..3).for_each(|_| drop(world.look(&[2_500])));
    assert_eq!(world.machine.position().base(), tokens(1, 18), "withdrawn");
}

#[test]
fn what_was_new_before_a_pause_is_compared_after_it_however_many_blocks_later() {
    let mut world = World::new();
    let id = world.hand_over(Ok(()));
    world.mine(world.hash(id), 1);
    world.settle(id, 1);
    world.look(&[2_600]);
    let block = world.operations.last().expect("mined").block;
    assert_eq!(world.plan.watch, Some(Watch::Block(block)));
    // Rounds that read the price alone compare nothing.
    world.block += 2 * WATCHED_BLOCKS;
    let price_only = super::nodes::sees_block_of(world.block, world.at);
    world.tell(Event::Observed(HERE, Ok(Box::new(price_only))));
    let watch = |world: &World| world.machine.watch();
    assert_eq!(watch(&world), Some(Watch::Block(block)), "nobody has looked since");
    world.plan.watch = watch(&world);
    world.look(&[2_600]);
    assert_eq!(watch(&world), None, "compared once at that depth, it stays where it is");
}
