//! A trade whose sending has no clear answer: what is sent again, until when, and what comes instead.

use super::*;
use crate::app::event::Settlement;
use crate::app::operation::SignedOperation;

impl World {
    /// A trade that was signed, and whose sending nobody confirmed.
    fn unclear_trade(&mut self) -> SignedOperation {
        let signed = self.sign_trade();
        self.lose_answer(signed.entry.id);
        signed
    }

    fn lose_answer(&mut self, id: u64) {
        let lost = SendFailure { failure: failure(), is_definite: false };
        self.tell(Event::Sent(id, Err(lost)));
    }

    /// `secs` later its nonce is still free.
    fn still_pending(&mut self, id: u64, secs: u64) -> Vec<Command> {
        let now = self.at.plus_secs(secs);
        self.tell(Event::Settled(id, Ok(Settlement::Pending { now, is_confirmed: false })))
    }
}

impl World {
    /// Two sources find nothing in three blocks from `now` on, of which the first two are not enough.
    fn is_missed_three_times(&mut self, id: u64, now: UnixSecs) {
        for secs in [0, 0, 2, 2, 4] {
            assert!(self.machine.flight.holds(id), "not given up at the block before that of {secs} s");
            let missed = Settlement::Pending { now: now.plus_secs(secs), is_confirmed: true };
            let commands = self.tell(Event::Settled(id, Ok(missed)));
            assert_eq!(sent(&commands), None, "nothing is sent meanwhile");
            let looks_again =
                |command: &Command| matches!(command, Command::Wait { timer: Timer::Settle(_), .. });
            assert_eq!(commands.iter().any(looks_again), secs < 4, "looked for again after {secs} s");
        }
        assert!(!self.machine.flight.holds(id));
    }
}

fn sent(commands: &[Command]) -> Option<&SignedOperation> {
    commands
        .iter()
        .find_map(|command| if let Command::Send(signed) = command { Some(&**signed) } else { None })
}

#[test]
fn the_same_bytes_are_sent_again_for_two_candles_then_the_nonce_is_used_up() {
    let mut world = World::new();
    let signed = world.unclear_trade();
    let id = signed.entry.id;
    for secs in [1, 4, 10] {
        let again = world.still_pending(id, secs);
        assert_eq!(sent(&again).map(|again| &again.operation), Some(&signed.operation), "the same bytes");
        world.lose_answer(id);
    }
    let commands = world.still_pending(id, 11);
    assert_eq!(sent(&commands), None, "a late trade is not sent any more");
    let replacement = prepared_plan(commands).expect("a harmless call instead");
    assert_eq!(
        (replacement.purpose, replacement.nonce),
        (Purpose::Replacement, Some(signed.operation.nonce()))
    );

    // A replacement that fails is tried anew after its time; the trade stays behind.
    world.tell(Event::Prepared(replacement.id, Err(failure())));
    for secs in [12, 21] {
        let commands = world.still_pending(id, secs);
        assert_eq!((sent(&commands), prepared_plan(commands.clone())), (None, None), "after {secs} s");
    }
    let commands = world.still_pending(id, 22);
    assert_eq!(sent(&commands), None);
    assert_eq!(prepared_plan(commands).map(|plan| plan.purpose), Some(Purpose::Replacement));
}

#[test]
fn nothing_else_trades_until_the_unclear_one_is_dead() {
    let mut world = World::new();
    let signed = world.unclear_trade();
    for whole in [2_400, 2_200, 2_100, 2_300, 2_600, 2_900, 2_950] {
        assert_eq!(prepared_plan(world.look(&[whole])), None);
    }
    let after = signed.valid_until.plus_secs(1);
    let commands = world.still_pending(signed.entry.id, after.secs_since(world.at));
    let asks_both = |command: &Command| matches!(command, Command::Settle(plan) if plan.asks_second_source);
    assert!(matches!(commands.as_slice(), [only] if asks_both(only)), "one source is not enough");
    world.is_missed_three_times(signed.entry.id, after);
    let row = world.machine.journal.iter().find(|entry| entry.id == signed.entry.id).expect("its row");
    assert_eq!(row.state, OrderState::Expired, "the sponsor's word is over, so it can never be mined");
    assert!(!world.machine.flight.holds_trade_lane(), "the lane is free");
}

#[test]
fn paused_an_unclear_trade_is_not_sent_again_but_its_nonce_is_used_up() {
    let mut world = World::new();
    let signed = world.unclear_trade();
    let id = signed.entry.id;
    world.tell(Event::Intent(Box::new(Intent::Pause)));
    let commands = world.still_pending(id, 4);
    assert!(sent(&commands).is_none(), "nothing is sent");
    assert!(commands.iter().any(|command| matches!(command, Command::Wait { timer: Timer::Settle(_), .. })));
    let replacement = prepared_plan(world.still_pending(id, 12)).expect("a harmless call takes its place");
    assert_eq!(
        (replacement.purpose, replacement.nonce),
        (Purpose::Replacement, Some(signed.operation.nonce()))
    );
    world.tell(Event::Intent(Box::new(Intent::Resume)));
    assert!(sent(&world.still_pending(id, 4)).is_some(), "resumed while it is fresh, it goes on");
}

#[test]
fn a_refusal_after_silence_counts_when_three_blocks_had_nothing() {
    let mut world = World::new();
    let signed = world.unclear_trade();
    let id = signed.entry.id;
    assert_eq!(sent(&world.still_pending(id, 1)).map(|again| again.hash), Some(signed.hash));
    let refusal = SendFailure { failure: failure(), is_definite: true };
    world.tell(Event::Sent(id, Err(refusal)));
    let asks_both = |command: &Command| matches!(command, Command::Settle(plan) if plan.asks_second_source);
    assert!(world.still_pending(id, 2).iter().any(asks_both));
    world.is_missed_three_times(id, world.at.plus_secs(2));
    let row = world.machine.journal.iter().find(|entry| entry.id == id).expect("its row");
    assert_eq!(row.state, OrderState::Abandoned { why: failure().sentence });
}

/// What a trade that is stuck is replaced with where the network asks for `asked` by now, and what its row tells.
fn replacement(asked: Option<u128>) -> (Fees, String) {
    let mut world = World::new();
    let stuck = world.unclear_trade();
    let facts = world.machine.facts.as_mut().expect("they were read");
    facts.fees = asked.map(|max| Fees { max, max_priority: max / 10 });
    let plan = prepared_plan(world.still_pending(stuck.entry.id, 11)).expect("a harmless call");
    let (id, fees) = (plan.id, plan.fees.expect("they are told"));
    world.tell(prepared(plan.clone()));
    let signed = world.signed(plan);
    world.tell(Event::Signed(id, Ok(Box::new(signed))));
    world.tell(Event::Intent(Box::new(Intent::Inspect(id, true))));
    let details = world.machine.snapshot().journal_page.details;
    let (label, told) = details[0].facts.last().cloned().expect("facts");
    assert_eq!(label, "A replacement may offer");
    let notice =
        world.machine.snapshot().notices.into_iter().find(|notice| notice.sentence.contains("replaced"));
    let is_told_at_once = notice.expect("it is told").advice.contains("at most ten times");
    assert_eq!(is_told_at_once, told.contains("at most ten times"), "{told}");
    (fees, told)
}

#[test]
fn a_replacement_offers_more_than_the_trade_and_at_most_ten_times_as_much() {
    for asked in [None, Some(50), Some(100)] {
        let (fees, told) = replacement(asked);
        assert_eq!(fees, Fees { max: 126, max_priority: 13 }, "a quarter more than the trade");
        assert!(told.ends_with("ten times what the trade offered"), "{told}");
    }
    assert_eq!(replacement(Some(700)).0, Fees { max: 700, max_priority: 70 }, "what the network asks for");
    let (fees, told) = replacement(Some(1_001));
    assert_eq!(fees, Fees { max: 1_000, max_priority: 100 }, "not more than ten times");
    assert!(told.contains("both wait until fees fall or their time is over"), "{told}");
}
