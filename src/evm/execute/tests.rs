use alloy_primitives::{Address, B256, Bytes, address, b256, bytes, keccak256};
use k256::ecdsa::SigningKey;

use super::*;
use crate::evm::{AccessListItem, AccountHead, AccountOverride};

const ALICE: Address = Address::repeat_byte(0xa1);
const CONTRACT: Address = Address::repeat_byte(0xc0);
/// Adds one to slot 0, logs the sum as a topic, and returns it.
const COUNTER: Bytes = bytes!("5f546001018080805f555f5fa15f5260205ff3");
const GWEI: u128 = 1_000_000_000;

fn world() -> World {
    let mut world = World::default();
    world.set_balance(ALICE, U256::from(10).pow(U256::from(18)));
    world.set_code(CONTRACT, COUNTER);
    world.begin_block();
    world
}

fn block() -> BlockContext {
    BlockContext {
        chain_id: 1,
        number: 1,
        timestamp: 1,
        base_fee: 7,
        gas_limit: 300_000_000,
        ..Default::default()
    }
}

fn message(to: Option<Address>, data: impl Into<Bytes>) -> Message {
    Message { to, ..Message::view(ALICE, Address::ZERO, data.into(), 1_000_000) }
}

fn paid(to: Option<Address>, data: impl Into<Bytes>) -> Message {
    Message { fees: Fees::Flat(GWEI), ..message(to, data) }
}

fn view(world: &World, message: &Message) -> Result<Execution, Rejection> {
    call(world, 0, &block(), message, &StateOverrides::new())
}

fn answer(world: &World, message: &Message) -> Execution {
    view(world, message).expect("it runs")
}

fn word(number: u64) -> Bytes {
    U256::from(number).to_be_bytes::<32>().into()
}

#[test]
fn a_message_changes_the_world_and_a_call_does_not() {
    let mut world = world();
    let count = paid(Some(CONTRACT), []);
    assert_eq!(answer(&world, &count).output, word(1));
    assert_eq!(world.slot(CONTRACT, U256::ZERO), U256::ZERO);
    let done = execute(&mut world, &block(), &count).expect("it runs");
    assert_eq!((done.outcome, &done.output), (Outcome::Success, &word(1)));
    assert_eq!(done.logs[0].topics(), [B256::with_last_byte(1)]);
    assert_eq!(world.slot(CONTRACT, U256::ZERO), U256::from(1));
    let price = U256::from(GWEI) * U256::from(done.gas_used);
    assert_eq!(world.balance(ALICE), U256::from(10).pow(U256::from(18)) - price);
    assert_eq!(
        (world.nonce(ALICE), world.balance(Address::ZERO)),
        (1, price - U256::from(7 * done.gas_used))
    );
}

#[test]
fn the_past_answers_as_it_did() {
    let mut world = world();
    for _ in 0..3 {
        execute(&mut world, &block(), &paid(Some(CONTRACT), [])).expect("it runs");
        world.begin_block();
    }
    let at = |depth| call(&world, depth, &block(), &message(Some(CONTRACT), []), &StateOverrides::new());
    let counts = [0, 1, 2, 3].map(|depth| at(depth).expect("it runs").output);
    assert_eq!(counts, [word(4), word(4), word(3), word(2)]);
}

#[test]
fn a_wish_can_differ_from_the_world() {
    let world = world();
    let with = |wish: AccountOverride, message: &Message| {
        call(&world, 0, &block(), message, &vec![(CONTRACT, wish)]).expect("it runs").output
    };
    let count = message(Some(CONTRACT), []);
    let slots = vec![(U256::ZERO, U256::from(41))];
    assert_eq!(with(AccountOverride { slots: slots.clone(), ..Default::default() }, &count), word(42));
    assert_eq!(with(AccountOverride { storage: Some(slots), ..Default::default() }, &count), word(42));
    // Answers its balance and its nonce's count of created contracts, which the address of a new one tells.
    let balance = AccountOverride {
        balance: Some(U256::from(9)),
        code: Some(bytes!("475f5260205ff3")),
        ..Default::default()
    };
    assert_eq!(with(balance, &count), word(9));
    let creator =
        AccountOverride { nonce: Some(5), code: Some(bytes!("5f5f5ff05f5260205ff3")), ..Default::default() };
    assert_eq!(with(creator, &count), Bytes::from(CONTRACT.create(5).into_word().0));
    let nothing = AccountOverride { code: Some(Bytes::new()), ..Default::default() };
    assert_eq!(with(nothing, &count), Bytes::new());
    assert_eq!(world.slot(CONTRACT, U256::ZERO), U256::ZERO);
}

#[test]
fn reverts_and_halts_are_told_apart() {
    let mut world = world();
    let mut ends = |code: Bytes| {
        world.set_code(CONTRACT, code);
        let done = execute(&mut world, &block(), &paid(Some(CONTRACT), [])).expect("it runs");
        assert!(done.logs.is_empty());
        (done.outcome, done.output, done.gas_used == 1_000_000)
    };
    let halted = |halt| (Outcome::Halted(halt), Bytes::new(), true);
    assert_eq!(ends(bytes!("63deadbeef5f526004601cfd")), (Outcome::Reverted, bytes!("deadbeef"), false));
    assert_eq!(ends(bytes!("fe")), halted(Halt::InvalidOpcode));
    assert_eq!(ends(bytes!("0c")), halted(Halt::InvalidOpcode));
    assert_eq!(ends(bytes!("5f56")), halted(Halt::InvalidJump));
    assert_eq!(ends(bytes!("50")), halted(Halt::Stack));
    assert_eq!(ends(bytes!("5b5f56")), halted(Halt::OutOfGas));
    assert_eq!(ends(bytes!("5f5fa05b6003565b")), halted(Halt::OutOfGas), "its log is gone with it");
}

#[test]
fn contracts_are_created_within_their_limits() {
    let mut world = world();
    // Returns so many zeros as code.
    let returning = |length: u16| Bytes::from([&[0x61], &length.to_be_bytes()[..], &[0x5f, 0xf3]].concat());
    let mut create = |code: Bytes, gas_limit| {
        let message = Message { gas_limit, ..paid(None, code) };
        execute(&mut world, &block(), &message)
    };
    let done = create(returning(24_576), 10_000_000).expect("it runs");
    assert_eq!((done.outcome, done.created), (Outcome::Success, Some(ALICE.create(0))));
    let too_long = create(returning(24_577), 10_000_000).expect("it runs");
    assert_eq!((too_long.outcome, too_long.created), (Outcome::Halted(Halt::Creation), None));
    assert_eq!(create(vec![0; 49_153].into(), 10_000_000), Err(Rejection::InitCodeTooLong));
    let reserved = create(bytes!("60ef5f5360015ff3"), 100_000).expect("it runs");
    assert_eq!(reserved.outcome, Outcome::Halted(Halt::Creation), "EIP-3541");
    assert_eq!(world.code_at(ALICE.create(0), 0).len(), 24_576);
    assert_eq!(world.nonce(ALICE), 3);
}

#[test]
fn what_cannot_run_changes_nothing() {
    let mut world = world();
    let refuse = |world: &mut World, change: &dyn Fn(&mut Message)| {
        let mut message = paid(Some(CONTRACT), []);
        change(&mut message);
        let checked = check(world, &block(), &message).expect_err("refused");
        assert_eq!(execute(world, &block(), &message), Err(checked.clone()));
        assert_eq!((world.nonce(ALICE), world.slot(CONTRACT, U256::ZERO)), (3, U256::ZERO));
        checked
    };
    world.set_nonce(ALICE, 3);
    let world = &mut world;
    assert_eq!(refuse(world, &|m| m.nonce = Some(2)), Rejection::NonceTooLow { next: 3, given: 2 });
    assert_eq!(refuse(world, &|m| m.nonce = Some(4)), Rejection::NonceTooHigh { next: 3, given: 4 });
    assert_eq!(refuse(world, &|m| m.fees = Fees::Flat(6)), Rejection::FeeBelowBase);
    let above = Fees::Dynamic { max: 8, max_priority: 9 };
    assert_eq!(refuse(world, &|m| m.fees = above), Rejection::TipAboveFee);
    assert_eq!(refuse(world, &|m| m.gas_limit = 300_000_001), Rejection::GasAboveBlock);
    assert_eq!(refuse(world, &|m| m.gas_limit = u64::MAX), Rejection::GasAboveBlock);
    let too_little = |limit| Rejection::GasBelowIntrinsic { needed: 21_000, limit };
    assert_eq!(refuse(world, &|m| m.gas_limit = 20_999), too_little(20_999));
    assert_eq!(refuse(world, &|m| m.gas_limit = 0), too_little(0));
    let floor = refuse(world, &|m| (m.data, m.gas_limit) = (vec![1; 1_000].into(), 40_000));
    assert_eq!(floor, Rejection::GasBelowIntrinsic { needed: 61_000, limit: 40_000 }, "EIP-7623");
    let poor = refuse(world, &|m| m.value = U256::MAX);
    assert!(matches!(poor, Rejection::InsufficientFunds { .. }), "{poor}");
    let poor = refuse(world, &|m| m.fees = Fees::Flat(u128::MAX));
    assert!(matches!(poor, Rejection::InsufficientFunds { .. }), "{poor}");
    assert!(check(world, &block(), &paid(Some(CONTRACT), [])).is_ok());
}

#[test]
fn an_announced_slot_is_warm() {
    let world = world();
    let cold = answer(&world, &message(Some(CONTRACT), [])).gas_used;
    let list = vec![AccessListItem { address: CONTRACT, slots: vec![B256::ZERO] }];
    let warm = answer(&world, &Message { access_list: list, ..message(Some(CONTRACT), []) }).gas_used;
    // EIP-2930: 2,400 and 1,900 are paid beforehand, 2,000 (EIP-2929) saved: the target is warm anyhow.
    assert_eq!(warm, cold + 2_400 + 1_900 - 2_000);
}

#[test]
fn three_precompiled_contracts_answer() {
    let world = world();
    let at = |number: u8, data: &[u8]| {
        answer(&world, &message(Some(Address::with_last_byte(number)), data.to_vec()))
    };
    let (sha256, identity, nobody) = (at(2, b""), at(4, b""), at(1, b""));
    assert_eq!(sha256.output, bytes!("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    assert_eq!((identity.output.len(), nobody.output.len()), (0, 0));
    assert_eq!((sha256.gas_used, identity.gas_used, nobody.gas_used), (21_060, 21_015, 24_000));
    assert_eq!(at(4, b"leash").output, Bytes::from_static(b"leash"));

    let key = SigningKey::from_slice(&[0x46; 32]).expect("a key");
    let hash = keccak256("leash");
    let (signature, id) = key.sign_prehash_recoverable(hash.as_slice()).expect("signed");
    let recover = |v: u8, signature: &[u8]| {
        at(1, &[hash.as_slice(), B256::with_last_byte(v).as_slice(), signature].concat()).output
    };
    let signer = address!("9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F").into_word();
    let v = 27 + u8::from(id.is_y_odd());
    assert_eq!(recover(v, &signature.to_bytes()), Bytes::from(signer.0));
    // The contract takes the high half of s too.
    let order =
        U256::from_be_bytes(b256!("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141").0);
    let (r, s) = signature.split_bytes();
    let high = (order - U256::from_be_slice(&s)).to_be_bytes::<32>();
    assert_eq!(recover(55 - v, &[&r[..], &high].concat()), Bytes::from(signer.0));
    for nonsense in [recover(26, &signature.to_bytes()), recover(v, &[0; 64]), recover(v, &[0xff; 64])] {
        assert!(nonsense.is_empty(), "{nonsense}");
    }
}

#[test]
fn the_other_precompiled_contracts_are_refused_aloud() {
    let mut world = world();
    for number in [3, 5, 6, 7, 8, 9, 10, 11, 17] {
        let refused = view(&world, &message(Some(Address::with_last_byte(number)), [])).expect_err("refused");
        assert!(refused.to_string().contains(&format!("contract {number} ")), "{refused}");
    }
    assert!(answer(&world, &message(Some(Address::with_last_byte(18)), [])).is_success(), "an empty account");
    // Calls it and would go on whatever comes.
    world.set_code(CONTRACT, bytes!("5f5f5f5f5f60055af100"));
    let deep = execute(&mut world, &block(), &paid(Some(CONTRACT), []));
    assert!(matches!(deep, Err(Rejection::Unsupported(_))), "{deep:?}");
    assert_eq!(world.nonce(ALICE), 0);
}

#[test]
fn code_that_ends_itself_is_gone_only_where_it_was_just_created() {
    let mut world = world();
    // EIP-6780: the contract stays, its ether goes.
    world.set_code(CONTRACT, bytes!("33ff"));
    world.set_balance(CONTRACT, U256::from(5));
    execute(&mut world, &block(), &paid(Some(CONTRACT), [])).expect("it runs");
    assert_eq!((world.code_at(CONTRACT, 0).len(), world.balance(CONTRACT)), (2, U256::ZERO));
    // Stores, logs, and ends within its creation.
    let done = execute(&mut world, &block(), &paid(None, bytes!("60015f5533ff"))).expect("it runs");
    assert!(done.is_success());
    let at = ALICE.create(1);
    assert_eq!((world.head_at(at, 0), world.slot(at, U256::ZERO)), (AccountHead::default(), U256::ZERO));
}
