//! Taking funds out while a trade is on its way: trading stops at once, the trade is waited for, but not for ever.

use super::*;
use crate::app::event::Settlement;

impl World {
    /// With the owner's wallet, and a trade that is signed and sent.
    fn with_trade_and_wallet() -> (Self, u64) {
        let mut world = Self::new();
        let wallet = "io.example.wallet".to_owned();
        let connect = Intent::Connect { wallet: wallet.clone(), name: "Wallet".to_owned(), may_prompt: true };
        world.tell(Event::Intent(Box::new(connect)));
        world.tell(Event::Connected(wallet, Ok(Some((key(2).address(), 31_337)))));
        let signed = world.sign_trade();
        world.tell(Event::Sent(signed.entry.id, Ok(())));
        (world, signed.entry.id)
    }

    fn withdraw(&mut self, sells_first: bool, by_transaction: bool) -> Option<OperationPlan> {
        let intent = Intent::Withdraw { sells_first, by_transaction };
        prepared_plan(self.tell(Event::Intent(Box::new(intent))))
    }
}

#[test]
fn it_pauses_at_once_and_goes_on_by_itself_when_the_trade_has_ended() {
    for sells_first in [false, true] {
        let (mut world, id) = World::with_trade_and_wallet();
        assert_eq!(world.withdraw(sells_first, false), None, "nothing would be left behind");
        assert!(world.machine.settings.is_paused);
        assert!(world.ending().status.contains("as soon as the trade on its way has ended"));
        assert_eq!(prepared_plan(world.look(&[2_600])), None, "it has not");
        world.tell(Event::Settled(id, Ok(Settlement::Replaced { by: B256::ZERO })));
        let plan = prepared_plan(world.look(&[2_600])).expect("it goes on");
        assert_eq!(plan.purpose, Purpose::Withdraw);
        assert_eq!(plan.calls.len(), if sells_first { 3 } else { 2 }, "{:?}", plan.calls);
        assert_eq!(world.ending().withdrawal, Some(sells_first));
    }
}

#[test]
fn a_trade_that_does_not_end_may_be_left_behind_by_the_owners_own_transaction() {
    let (mut world, _) = World::with_trade_and_wallet();
    assert_eq!(world.withdraw(false, true), None, "it is waited for first");
    assert!(!world.ending().offers_transaction);
    world.tell(Event::Woke(Timer::EndingPatience(HERE)));
    let ending = world.ending();
    assert!(ending.offers_transaction && !ending.offers_owner, "{ending:?}");
    assert!(ending.trouble.is_some_and(|why| why.starts_with("The trade on its way does not end.")));
    assert_eq!(world.withdraw(false, false), None, "services that carry no trade carry nothing else");
    world.tell(Event::Woke(Timer::EndingPatience(HERE)));
    let plan = world.withdraw(false, true).expect("it is not waited for any more");
    assert_eq!(plan.purpose, Purpose::Withdraw);
}
