use alloy_primitives::{Bytes, bytes};

use super::*;
use crate::contracts::ENTRY_POINT;
use crate::evm::{Fees, MAX_UNDO_DEPTH, StateOverrides};
use crate::sandbox::DEV_ACCOUNTS;
use crate::sandbox::Genesis;

const ALICE: Address = DEV_ACCOUNTS[0];
const BOB: Address = DEV_ACCOUNTS[1];
/// Logs what it is called with as a topic, and two words of data.
const LOGGER: Address = Address::repeat_byte(0x10);
const LOGGER_CODE: Bytes = bytes!("5f3560405fa100");
const START: u64 = 1_767_225_600;

fn chain() -> Chain {
    let mut world = Genesis::development().world();
    world.set_code(LOGGER, LOGGER_CODE);
    world.set_code(ENTRY_POINT, LOGGER_CODE);
    Chain::new(31_337, 7, world, Clock::new(UnixSecs(START), 1_000))
}

fn send(from: Address, to: Address, tip: u128) -> Message {
    let fees = Fees::Dynamic { max: 10_000_000_000, max_priority: tip };
    Message { fees, value: U256::from(1), ..Message::view(from, to, Bytes::new(), 100_000) }
}

fn log(to: Address, topic: u64) -> Message {
    let data = U256::from(topic).to_be_bytes::<32>().into();
    Message { value: U256::ZERO, data, ..send(ALICE, to, 1) }
}

fn mined(chain: &Chain, hash: B256) -> Option<u64> {
    chain.receipt(hash).map(|receipt| receipt.block)
}

#[test]
fn a_transaction_makes_a_block_at_once_or_waits_for_one() {
    let mut chain = chain();
    let first = chain.submit(send(ALICE, BOB, 1)).expect("taken");
    assert_eq!(mined(&chain, first), Some(1));
    chain.set_automine(false);
    let waiting = [(ALICE, 1), (BOB, 3), (ALICE, 2)]
        .map(|(from, tip)| chain.submit(send(from, LOGGER, tip)).expect("taken"));
    assert_eq!((chain.head().number, chain.waiting()), (1, (3, 0)));
    assert_eq!((chain.pending_nonce(ALICE), chain.world().nonce(ALICE)), (3, 1));
    chain.mine();
    let receipts = waiting.map(|hash| chain.receipt(hash).expect("mined"));
    // The better tip first, but nobody overtakes himself.
    assert_eq!(receipts.each_ref().map(|receipt| receipt.transaction_index), [1, 0, 2]);
    assert_eq!(receipts[2].cumulative_gas, chain.head().gas_used);
    assert_eq!(chain.waiting(), (0, 0));
}

#[test]
fn a_gap_in_the_nonces_waits_to_be_filled() {
    let mut chain = chain();
    let later = chain.submit(Message { nonce: Some(1), ..send(ALICE, BOB, 1) }).expect("taken");
    assert_eq!((mined(&chain, later), chain.waiting()), (None, (0, 1)));
    let first = chain.submit(Message { nonce: Some(0), ..send(ALICE, BOB, 1) }).expect("taken");
    assert_eq!((mined(&chain, first), mined(&chain, later)), (Some(1), Some(1)));
    let again = chain.submit(Message { nonce: Some(0), ..send(ALICE, BOB, 2) });
    assert_eq!(again, Err(Rejection::NonceTooLow { next: 2, given: 0 }.into()));
}

#[test]
fn a_replacement_pays_a_tenth_more() {
    let mut chain = chain();
    chain.set_automine(false);
    let with_max =
        |max| Message { nonce: Some(0), fees: Fees::Dynamic { max, max_priority: 1 }, ..send(ALICE, BOB, 1) };
    let first = chain.submit(with_max(1_000_000_000)).expect("taken");
    assert_eq!(chain.submit(with_max(1_000_000_000)), Err(ChainError::Known));
    assert_eq!(chain.submit(with_max(1_099_999_999)), Err(ChainError::Underpriced));
    let second = chain.submit(with_max(1_100_000_000)).expect("taken");
    chain.mine();
    assert_eq!((mined(&chain, first), mined(&chain, second)), (None, Some(1)));
}

#[test]
fn the_pool_has_an_end() {
    let mut chain = chain();
    chain.set_automine(false);
    let taken = (0..10_000).map_while(|_| chain.submit(send(ALICE, BOB, 1)).ok()).count();
    assert_eq!(taken, mempool::MOST_WAITING);
    assert_eq!(chain.submit(send(BOB, ALICE, 1)), Err(ChainError::PoolFull));
    chain.mine();
    assert_eq!(chain.waiting().0, 0, "300 million gas are enough for 2,000 transfers");
}

#[test]
fn what_cannot_be_mined_makes_no_block() {
    let mut chain = chain();
    chain.set_code(LOGGER, bytes!("5f5f5f5f5f60055af100"));
    let refused = chain.submit(log(LOGGER, 1));
    assert!(matches!(refused, Err(ChainError::Rejected(Rejection::Unsupported(_)))), "{refused:?}");
    assert_eq!((chain.head().number, chain.waiting(), chain.world().nonce(ALICE)), (0, (0, 0), 0));
    let poor = Message { value: U256::MAX, ..send(ALICE, BOB, 1) };
    assert!(chain.submit(poor).is_err());
    assert_eq!(chain.waiting(), (0, 0));
}

#[test]
fn blocks_taken_back_are_as_if_they_had_never_been() {
    let mut chain = chain();
    let kept = chain.submit(log(LOGGER, 1)).expect("taken");
    let before = (chain.head().clone(), chain.world().balance(ALICE));
    let lost = [2, 3].map(|topic| chain.submit(log(LOGGER, topic)).expect("taken"));
    let after = chain.head().clone();
    assert_eq!(chain.reorganise(2, true), 2);
    assert_eq!((chain.head().clone(), chain.world().balance(ALICE)), before);
    assert_eq!((mined(&chain, kept), mined(&chain, lost[0])), (Some(1), None));
    assert_eq!((chain.header(BlockId::Hash(after.hash)), chain.waiting()), (None, (2, 0)));
    assert_eq!(chain.logs(0, 10, &LogFilter::default(), 100).len(), 1);
    chain.mine();
    assert_eq!(lost.map(|hash| mined(&chain, hash)), [Some(2); 2]);
    chain.mine();
    assert_ne!(chain.head().hash, after.hash, "another block of the same height has another hash");
    assert_eq!(chain.reorganise(usize::MAX, false), 3);
    assert_eq!((chain.head().number, chain.waiting(), chain.world().nonce(ALICE)), (0, (0, 0), 0));
}

#[test]
fn time_goes_on_and_never_back() {
    let mut chain = chain();
    assert_eq!(chain.mine_at(START + 10).map(|head| head.timestamp), Ok(START + 10));
    assert_eq!(chain.now(), UnixSecs(START + 10));
    let back = ChainError::TimeBackwards { asked: START, newest: START + 10 };
    assert_eq!(chain.mine_at(START).cloned(), Err(back.clone()));
    assert_eq!(chain.set_time(UnixSecs(START)), Err(back));
    assert_eq!(chain.set_time(UnixSecs(u64::MAX)), Err(ChainError::TimeTooFar { asked: u64::MAX }));
    chain.clock_mut().set(UnixSecs(5).to_millis());
    assert_eq!(chain.mine().timestamp, START + 10, "a clock that was set back does not make blocks younger");
    assert_eq!(chain.set_time(UnixSecs(START + 500)), Ok(()));
    assert_eq!(chain.mine().timestamp, START + 500);
}

#[test]
fn blocks_are_found_by_every_name() {
    let mut chain = chain();
    for _ in 0..300 {
        chain.mine();
    }
    let height = |id| chain.height(id);
    assert_eq!(height(BlockId::Latest), Ok(300));
    assert_eq!((height(BlockId::Safe), height(BlockId::Finalized)), (Ok(268), Ok(236)));
    assert_eq!(height(BlockId::Number(301)), Err(ChainError::OutOfRange { height: 300, asked: 301 }));
    assert_eq!(height(BlockId::Hash(B256::ZERO)), Err(ChainError::UnknownBlock));
    let hash = chain.header(BlockId::Number(9)).expect("a block").hash;
    assert_eq!(height(BlockId::Hash(hash)), Ok(9));
    assert_eq!(chain.depth(BlockId::Number(44)), Ok(MAX_UNDO_DEPTH));
    assert_eq!(chain.depth(BlockId::Number(43)), Err(ChainError::StateForgotten { asked: 43, oldest: 44 }));
    let parents = (1..=300).all(|number| {
        let header = |number| chain.header(BlockId::Number(number)).expect("a block");
        header(number).parent_hash == header(number - 1).hash
    });
    assert!(parents);
}

#[test]
fn old_blocks_go_and_those_with_operations_stay() {
    let mut chain = chain();
    let operation = chain.submit(log(ENTRY_POINT, 1)).expect("taken");
    let trade = chain.submit(log(LOGGER, 2)).expect("taken");
    let mut sizes = Vec::new();
    for hour in 1..=18_u64 {
        for step in 0..400 {
            chain.set_next_timestamp(START + hour * 3_600 + step * 9).expect("time goes on");
            chain.submit(log(LOGGER, step)).expect("taken");
        }
        sizes.push(postcard::to_allocvec(&chain).expect("plain data").len());
    }
    assert_eq!(mined(&chain, operation), Some(1));
    assert!(chain.transaction(operation).is_some());
    assert_eq!((mined(&chain, trade), chain.header(BlockId::Number(2))), (None, None));
    let topics = vec![vec![B256::with_last_byte(2)]];
    let logs = chain.logs(0, u64::MAX, &LogFilter { addresses: vec![], topics }, 10_000);
    assert!(
        !logs.is_empty() && logs.iter().all(|log| log.timestamp >= START + 5 * 3_600),
        "the oldest are gone"
    );
    let (full, last) = (sizes[14], sizes[17]);
    assert!(last < full + full / 50, "{sizes:?} grows on and on");
}

#[test]
fn a_leap_of_the_clock_takes_no_block_from_who_has_not_read_it() {
    let mut chain = chain();
    let unread = chain.submit(log(LOGGER, 1)).expect("taken");
    chain.set_time(UnixSecs(START + 86_400)).expect("time goes on");
    for step in 0..500 {
        chain.submit(log(LOGGER, step)).expect("taken");
    }
    assert_eq!(mined(&chain, unread), Some(1));
}

#[test]
fn an_estimate_is_enough_and_one_less_is_not() {
    let mut chain = chain();
    // Calls itself with all gas but a 64th, eight levels deep, and fails when any of them does.
    let deep = bytes!("60085f541060095700" "5b5f546001015f55" "5f5f5f5f5f305af1" "15601e57005b5f5ffd");
    chain.set_code(LOGGER, deep);
    for message in [log(LOGGER, 0), log(ENTRY_POINT, 5), send(ALICE, BOB, 1)] {
        let message = Message { gas_limit: u64::MAX, ..message };
        let gas = chain.estimate_gas(&message, BlockId::Latest, &StateOverrides::new()).expect("an estimate");
        let with = |gas_limit| chain.call(&Message { gas_limit, ..message.clone() }, BlockId::Latest);
        assert!(with(gas).expect("it runs").is_success());
        assert!(!with(gas - 1).is_ok_and(|done| done.is_success()), "{gas} is not the least");
    }
    chain.set_code(LOGGER, bytes!("5f5ffd"));
    let failed = chain.estimate_gas(&log(LOGGER, 0), BlockId::Latest, &StateOverrides::new());
    assert!(matches!(failed, Err(ChainError::Failed(_))), "{failed:?}");
    let half = chain.world().balance(ALICE) / U256::from(2);
    let rich = Message { value: half, gas_limit: u64::MAX, ..send(ALICE, BOB, 1) };
    assert_eq!(chain.estimate_gas(&rich, BlockId::Latest, &StateOverrides::new()), Ok(21_000));
}
