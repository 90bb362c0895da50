use alloy_primitives::bytes;
use proptest::prelude::*;

use super::*;

const CONTRACT: Address = Address::repeat_byte(1);

/// What can happen to a world.
#[derive(Clone, Debug)]
enum Change {
    Balance(u8, u8),
    Nonce(u8, u8),
    Code(u8, u8),
    Slot(u8, u8, u8),
    Block,
    Undo,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (0_u8..4, 0_u8..3).prop_map(|(at, wei)| Change::Balance(at, wei)),
        (0_u8..4, 0_u8..3).prop_map(|(at, nonce)| Change::Nonce(at, nonce)),
        (0_u8..4, 0_u8..3).prop_map(|(at, code)| Change::Code(at, code)),
        (0_u8..4, 0_u8..3, 0_u8..3).prop_map(|(at, slot, value)| Change::Slot(at, slot, value)),
        Just(Change::Block),
        Just(Change::Undo),
    ]
}

fn apply(world: &mut World, change: &Change) {
    let at = |byte: u8| Address::repeat_byte(byte);
    match *change {
        Change::Balance(who, wei) => world.set_balance(at(who), U256::from(wei)),
        Change::Nonce(who, nonce) => world.set_nonce(at(who), u64::from(nonce)),
        Change::Code(who, code) => world.set_code(at(who), vec![code; usize::from(code)].into()),
        Change::Slot(who, slot, value) => world.set_slot(at(who), U256::from(slot), U256::from(value)),
        Change::Block | Change::Undo => {}
    }
}

/// Everything that can be read about the four accounts, `depth` blocks ago.
fn picture(world: &World, depth: usize) -> Vec<(AccountHead, Bytes, Vec<U256>)> {
    let account = |byte: u8| {
        let at = Address::repeat_byte(byte);
        let slots = (0_u8..3).map(|slot| world.slot_at(at, U256::from(slot), depth)).collect();
        (world.head_at(at, depth), world.code_at(at, depth), slots)
    };
    (0_u8..4).map(account).collect()
}

proptest! {
    #[test]
    fn the_past_can_be_read_and_returned_to(changes in proptest::collection::vec(change(), 0..120)) {
        let mut world = World::default();
        // The state at the end of each block, oldest first.
        let mut past = Vec::new();
        for change in &changes {
            match change {
                Change::Block => {
                    past.push(picture(&world, 0));
                    world.begin_block();
                    world.seal_block(u64::try_from(past.len()).expect("few"), B256::ZERO);
                }
                Change::Undo => {
                    prop_assert_eq!(world.undo_block(), !past.is_empty());
                    if let Some(before) = past.pop() {
                        prop_assert_eq!(picture(&world, 0), before);
                    }
                }
                Change::Balance(..) | Change::Nonce(..) | Change::Code(..) | Change::Slot(..) => {
                    apply(&mut world, change);
                }
            }
            for (depth, before) in past.iter().rev().enumerate() {
                prop_assert_eq!(&picture(&world, depth + 1), before, "{} blocks ago", depth + 1);
            }
        }
        prop_assert_eq!(world.undo_depth(), past.len());
        let stored = postcard::to_allocvec(&world).expect("plain data");
        let restored: World = postcard::from_bytes(&stored).expect("the same");
        prop_assert_eq!(picture(&restored, 0), picture(&world, 0));
        prop_assert_eq!(postcard::to_allocvec(&restored).expect("plain data"), stored);
    }
}

#[test]
fn no_more_than_256_blocks_are_kept() {
    let mut world = World::default();
    for number in 0..300_u64 {
        world.begin_block();
        world.set_slot(CONTRACT, U256::ZERO, U256::from(number + 1));
        world.seal_block(number, B256::with_last_byte(1));
    }
    assert_eq!(world.undo_depth(), MAX_UNDO_DEPTH);
    assert_eq!(world.slot_at(CONTRACT, U256::ZERO, MAX_UNDO_DEPTH), U256::from(44));
    assert_eq!((world.block_hash(43), world.block_hash(44)), (None, Some(B256::with_last_byte(1))));
}

#[test]
fn an_account_without_anything_is_none() {
    let mut world = World::default();
    world.set_balance(CONTRACT, U256::from(1));
    world.set_code(CONTRACT, bytes!("00"));
    world.set_balance(CONTRACT, U256::ZERO);
    world.set_code(CONTRACT, Bytes::new());
    assert!(world.head_at(CONTRACT, 0) == AccountHead::default() && world.addresses().is_empty());
}

#[test]
fn a_digest_tells_apart_what_a_block_did() {
    let digest = |value: u8| {
        let mut world = World::default();
        world.begin_block();
        world.set_slot(CONTRACT, U256::ZERO, U256::from(value));
        world.block_digest()
    };
    assert_eq!(digest(1), digest(1));
    assert_ne!(digest(1), digest(2));
}
