//! What is kept for the page is what would be made anew.

use alloy_primitives::Address;

use super::*;
use crate::trading::{Fill, Inclusion};

impl World {
    /// Held after every event of all these tests.
    pub(super) fn sees_nothing_old(&mut self) {
        let kept = self.machine.snapshot();
        self.machine.shown = view::Shown::default();
        self.machine.suggested = None;
        assert_eq!(kept, self.machine.snapshot());
    }

    /// Markers, and whether there were other notes.
    fn drawn(&mut self) -> (usize, bool) {
        let update = self.machine.chart_update().expect("a change");
        (update.markers.len(), update.notes.is_some())
    }
}

#[test]
fn what_changes_nothing_is_not_told() {
    let mut world = World::new();
    world.look(&[2_600]);
    let seen = world.machine.snapshot();
    world.tell(Event::TabsTold);
    assert_eq!(world.machine.snapshot(), seen);
    world.look(&[2_601]);
    assert_ne!(world.machine.snapshot(), seen);
}

#[test]
fn markers_follow_the_journal_and_what_the_chart_reaches() {
    let mut world = World::new();
    let id = world.sign_trade().entry.id;
    assert_eq!(world.drawn(), (0, true));
    let (block, block_hash, transaction) = (world.block, B256::ZERO, B256::ZERO);
    let fill = Fill { side: Side::Buy, base: tokens(1, 18), quote: tokens(2_600, 6), block, at: world.at };
    let filled = OrderState::Settled {
        inclusion: Inclusion { success: true, block, block_hash, transaction },
        fill: Some(fill),
        revert_reason: None,
        gas_cost_wei: U256::ZERO,
    };
    let day_ago = UnixSecs(world.at.0 - 86_000);
    let mut becomes = |state: OrderState| {
        let entry = world.machine.journal.entry_mut(id).expect("its row");
        (entry.planned_at, entry.state) = (day_ago, state);
        world.drawn()
    };
    assert_eq!(becomes(filled.clone()), (1, true));
    assert_eq!(becomes(OrderState::Sent { sent_at: day_ago }), (0, true), "its block was taken back");
    assert_eq!(becomes(filled), (1, true));
    world.look(&[2_600; 4_600]);
    assert_eq!(world.drawn().0, 0, "the chart begins behind it");
}

#[test]
fn every_account_and_network_has_a_journal_of_its_own() {
    let mut world = World::new();
    let ours = world.sign_trade().entry;
    let others = JournalEntry { id: ours.id + 1, account: Address::repeat_byte(9), ..ours };
    world.machine.journal.push(others);
    let mut total = |change: fn(&mut Machine)| {
        change(&mut world.machine);
        world.sees_nothing_old();
        world.machine.snapshot().journal_page.total
    };
    assert_eq!(total(|_| {}), 1);
    let nobody = |machine: &mut Machine| {
        machine.grants.clear();
        machine.account = None;
    };
    assert_eq!(total(nobody), 2, "no account is known");
    let elsewhere = |machine: &mut Machine| {
        machine.services = Services::of("base", &Default::default()).expect("a network");
    };
    assert_eq!(total(elsewhere), 0);
}
