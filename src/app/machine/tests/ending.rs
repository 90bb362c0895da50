//! Ending a session when the first way is late, spent or closed: the owner's ways are offered, the key stays.

use super::*;
use crate::app::event::Proof;
use crate::app::operation::Authority;
use crate::app::{EndingView, ProofLine};
use crate::session::Leg;

const WALLET: &str = "the-owners-wallet";

impl World {
    /// The owner's wallet is connected, on the right chain.
    fn connected() -> Self {
        let mut world = Self::new();
        let connect = Intent::Connect { wallet: WALLET.into(), name: "Wallet".into(), may_prompt: true };
        world.intends(connect);
        let answer = Ok(Some((key(2).address(), 31_337)));
        world.tell(Event::Connected(WALLET.to_owned(), answer));
        world
    }

    fn intends(&mut self, intent: Intent) -> Vec<Command> {
        self.tell(Event::Intent(Box::new(intent)))
    }

    pub(super) fn ending(&mut self) -> EndingView {
        self.machine.snapshot().ending.expect("an ending")
    }

    /// What the chain says of both permissions from now on.
    fn reads(&mut self, is_enabled: bool, uses: [u128; 2]) {
        let facts = self.machine.facts.as_mut().expect("they were read");
        for (permission, uses) in [&mut facts.buy, &mut facts.sell].into_iter().zip(uses) {
            permission.is_enabled = is_enabled;
            permission.spent.uses = uses;
        }
    }

    /// Proof that does or does not hold.
    fn proves(&mut self, holds: bool) -> Vec<Command> {
        let line = ProofLine { claim: "It is off.".into(), holds, evidence: "0".into() };
        let proof = Proof { block: self.block, lines: vec![line] };
        self.tell(Event::Proven(self.grant.id(), Ok(proof)))
    }
}

fn wipes_key(commands: &[Command]) -> bool {
    commands.iter().any(|command| matches!(command, Command::WipeKey(_)))
}

/// Both ways of the owner are open, the session is not proven over, and its key was kept.
fn offers_owner(world: &mut World, commands: &[Command], why: &str) {
    let ending = world.ending();
    assert!(ending.offers_owner && ending.offers_transaction && !ending.is_proven, "{ending:?}");
    assert!(ending.trouble.as_ref().is_some_and(|trouble| trouble.contains(why)), "{ending:?}");
    assert!(!wipes_key(commands), "{commands:?}");
    assert_eq!(world.machine.grants[0].life, GrantLife::Ending);
}

#[test]
fn after_thirty_seconds_the_owners_ways_are_offered_and_the_key_is_kept_until_the_proof() {
    let mut world = World::new();
    let commands = world.intends(Intent::Revoke);
    let patience = Command::Wait { timer: Timer::EndingPatience(HERE), millis: 30_000 };
    assert!(commands.contains(&patience), "{commands:?}");
    let ending = world.ending();
    assert!(!ending.offers_owner && !ending.offers_transaction, "not yet: {ending:?}");
    let plan = prepared_plan(commands).expect("it ends itself");
    world.tell(prepared(plan));

    let commands = world.tell(Event::Woke(Timer::EndingPatience(HERE)));
    offers_owner(&mut world, &commands, "longer than it should");
    let commands = world.proves(false);
    offers_owner(&mut world, &commands, "longer than it should");
    let commands = world.proves(true);
    assert!(commands.contains(&Command::WipeKey(world.grant.session_key())), "{commands:?}");
    let ending = world.ending();
    assert!(ending.is_proven && !ending.offers_owner && !ending.offers_transaction, "{ending:?}");
}

#[test]
fn patience_that_ends_after_the_proof_offers_nothing() {
    let mut world = World::new();
    world.intends(Intent::Revoke);
    world.proves(true);
    assert_eq!(world.tell(Event::Woke(Timer::EndingPatience(HERE))), Vec::new());
    let ending = world.ending();
    assert!(ending.is_proven && !ending.offers_owner && ending.trouble.is_none(), "{ending:?}");
}

#[test]
fn with_all_uses_used_up_only_the_owner_can_end_it() {
    let uses = u128::from(stored_grant().terms.uses);
    let mut world = World::new();
    world.reads(true, [uses, uses]);
    let commands = world.intends(Intent::Revoke);
    assert_eq!(prepared_plan(commands.clone()), None, "the session key has nothing left to do it with");
    offers_owner(&mut world, &commands, "no use left");

    // One use on either side is enough for both.
    for (used, leg) in [([uses - 1, uses], Leg::Buy), ([uses, uses - 1], Leg::Sell)] {
        let mut world = World::new();
        world.reads(true, used);
        let plan = prepared_plan(world.intends(Intent::Revoke)).expect("it ends itself");
        assert_eq!(plan.purpose, Purpose::Renounce);
        let by = |authority: &Authority| matches!(authority, Authority::Session { leg: by, enables: false, .. } if *by == leg);
        assert!(by(&plan.authority), "{:?}", plan.authority);
    }
}

#[test]
fn once_its_time_is_over_only_the_owner_can_end_it() {
    let mut world = World::new();
    world.at = world.grant.valid_until();
    world.block += 1;
    world.look_after_missing(0, &[]);
    let commands = world.intends(Intent::Revoke);
    assert_eq!(prepared_plan(commands.clone()), None);
    offers_owner(&mut world, &commands, "time is over");
}

#[test]
fn a_lost_key_leaves_the_owners_ways() {
    let mut world = World::new();
    let plan = prepared_plan(world.intends(Intent::Revoke)).expect("it ends itself");
    let id = plan.id;
    let commands = world.tell(prepared(plan));
    assert!(commands.iter().any(|command| matches!(command, Command::Sign { .. })), "{commands:?}");
    let lost = Failure::new("The session key is not usable in this browser any more.");
    let commands = world.tell(Event::Signed(id, Err(lost)));
    offers_owner(&mut world, &commands, "not usable in this browser");
    assert!(world.ending().status.contains("not ended on chain yet"), "{:?}", world.ending());
    let row = world.machine.journal.entry(id).expect("its row");
    assert!(matches!(row.state, OrderState::Abandoned { .. }), "{:?}", row.state);
}

#[test]
fn what_the_owner_signs_is_shown_as_the_calls_it_stands_for() {
    for (intent, is_transaction) in [(Intent::RevokeByOwner, false), (Intent::RevokeByTransaction, true)] {
        let mut world = World::connected();
        world.intends(Intent::Revoke);
        world.tell(Event::Woke(Timer::EndingPatience(HERE)));
        let plan = prepared_plan(world.intends(intent)).expect("the owner ends it");
        assert_eq!(plan.purpose, Purpose::OwnerRevoke);
        let wallet = WALLET.to_owned();
        let expected = match is_transaction {
            true => Authority::OwnerTransaction { wallet },
            false => Authority::Owner { wallet },
        };
        assert_eq!(plan.authority, expected);
        assert_eq!(world.machine.snapshot().prompt, None, "nothing waits in the wallet yet");
        let ids = Leg::BOTH.map(|leg| world.grant.signed.grant().leg(leg).id().0.to_string());
        let event = prepared(plan);
        let Event::Prepared(id, Ok(operation)) = &event else { panic!("prepared") };
        let (id, hash) = (*id, operation.hash.0);
        world.tell(event);

        let prompt = world.machine.snapshot().prompt.expect("the wallet is asked");
        let lines = prompt.lines.join("\n");
        for permission in ids {
            let named: Vec<_> = prompt.lines.iter().filter(|line| line.contains(&permission[..10])).collect();
            assert_eq!(named.len(), 2, "ended, and its signature void: {lines}");
        }
        assert_eq!(lines.contains("asks once more, for the transaction"), is_transaction, "{lines}");
        assert_eq!(prompt.compare, [("Message".to_owned(), hash.to_string())]);
        let commands = world.tell(Event::Signed(id, Err(failure())));
        assert_eq!(world.machine.snapshot().prompt, None, "declined, it waits no more");
        offers_owner(&mut world, &commands, "No.");
    }
}
