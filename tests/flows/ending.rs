//! Ending a session in every way there is, and taking funds out.

use leash::app::{Intent, SessionState, Snapshot};
use leash::ports::KeyVault;
use leash::rpc::BlockTag;
use serde_json::json;

use crate::evidence::rows;
use crate::flow;
use crate::market::Trend;
use crate::support::ground::pool;
use crate::support::person::Person;
use crate::support::stack::Stack;
use crate::trading::granted_person;

const GRANT: &str = "eth_signTypedData_v4";
const OPERATION: &str = "personal_sign";
const TRANSACTION: &str = "eth_sendTransaction";

/// The id of the notice that asks to try again.
fn must_retry(seen: &Snapshot) -> Option<u64> {
    seen.notices.iter().find(|notice| notice.sentence.contains("Try again")).map(|notice| notice.id)
}

/// A quote comes with one of the next readings.
const MOST_PRESSES: usize = 20;

impl Person {
    /// The session's key is gone, and what the averages do means nothing any more.
    async fn session_is_over(&self) {
        let seen = self.sees();
        let grant = seen.grant.expect("granted");
        assert_eq!(grant.state, SessionState::Revoked);
        let name = format!("session-{}", grant.session_key);
        let key = self.profile.vault.open(&name).await.expect("the vault opens");
        assert!(key.is_none(), "the key is gone");
        let trades = seen.journal.len();
        self.travel(Trend::Up, 8).await;
        self.travel(Trend::Down, 3).await;
        self.never(300, "a trade after the end", |seen| seen.journal.len() > trades).await;
    }

    /// Waits for the offer of the owner's way, and takes it.
    async fn takes_the_owners_way(&self) {
        let offered = |seen: &Snapshot| seen.ending.as_ref().is_some_and(|ending| ending.offers_owner);
        self.until("the owner's way", offered).await;
        self.press(Intent::RevokeByOwner);
        self.is_proven().await;
    }

    /// Presses “sell and withdraw” as often as the page, which waits for a quote, asks to try again.
    pub(crate) async fn leaves(&self, by_transaction: bool) {
        let is_leaving =
            |seen: &Snapshot| seen.ending.as_ref().is_some_and(|end| end.withdrawal == Some(true));
        for _ in 0..MOST_PRESSES {
            self.press(Intent::Withdraw { sells_first: true, by_transaction });
            let answer = |seen: &Snapshot| is_leaving(seen) || must_retry(seen).is_some();
            let seen = self.until("an answer to leaving", answer).await;
            if is_leaving(&seen) {
                return;
            }
            let (block, notice) = (seen.market.read_at_millis, must_retry(&seen));
            self.press(Intent::Dismiss(notice.expect("just seen")));
            let is_read = |seen: &Snapshot| seen.market.read_at_millis > block && must_retry(seen).is_none();
            self.until("the next reading", is_read).await;
        }
        panic!("the page never let her leave");
    }

    async fn withdraws(&self, sells_first: bool, by_transaction: bool) {
        self.press(Intent::Withdraw { sells_first, by_transaction });
        self.until("the withdrawal", |seen| rows(seen, "Withdraw", "filled") == 1).await;
    }
}

#[test]
fn a_session_that_used_both_sides_ends_itself() {
    flow(async {
        let person = granted_person(&Stack::new(), |_| ()).await;
        person.sells(2).await;
        person.buys(2).await;
        person.is_live().await;
        person.revokes().await;
        assert_eq!(person.wallet.prompts(), [GRANT]);
        person.session_is_over().await;
    });
}

#[test]
fn a_session_never_used_on_chain_ends_itself() {
    flow(async {
        let person = granted_person(&Stack::new(), |_| ()).await;
        person.revokes().await;
        assert_eq!(person.wallet.prompts(), [GRANT]);
        person.session_is_over().await;
        person.page_tells_the_truth().await;
    });
}

#[test]
fn revoke_pressed_while_the_first_trade_is_on_its_way_ends_the_session_after_it() {
    flow(async {
        let person = granted_person(&Stack::new(), |_| ()).await;
        person.cross(Trend::Down, "a sale on its way", |seen| !seen.journal.is_empty()).await;
        person.revokes().await;
        assert_eq!(person.wallet.prompts(), [GRANT]);
        person.session_is_over().await;
        person.page_tells_the_truth().await;
    });
}

#[test]
fn without_the_right_to_end_itself_the_owner_ends_it_with_one_more_prompt() {
    flow(async {
        let person = granted_person(&Stack::new(), |terms| terms.may_renounce = false).await;
        person.sells(2).await;
        person.press(Intent::Revoke);
        person.takes_the_owners_way().await;
        assert_eq!(person.wallet.prompts(), [GRANT, OPERATION]);
        person.session_is_over().await;
        person.page_tells_the_truth().await;
    });
}

#[test]
fn a_declined_revoke_keeps_trading_stopped_and_can_be_pressed_again() {
    flow(async {
        let person = granted_person(&Stack::new(), |terms| terms.may_renounce = false).await;
        *person.wallet.mood.borrow_mut() = crate::support::wallet::Mood::Rejecting;
        person.press(Intent::Revoke);
        person
            .until("the offer", |seen| seen.ending.as_ref().is_some_and(|ending| ending.offers_owner))
            .await;
        person.press(Intent::RevokeByOwner);
        let declined = |seen: &Snapshot| {
            let trouble = seen.ending.as_ref().and_then(|ending| ending.trouble.clone());
            trouble.is_some_and(|trouble| trouble.contains("You declined"))
        };
        person.until("the refusal", declined).await;
        assert_eq!(person.sees().grant.expect("granted").state, SessionState::Ending);
        *person.wallet.mood.borrow_mut() = crate::support::wallet::Mood::Willing;
        person.takes_the_owners_way().await;
        person.session_is_over().await;
    });
}

#[test]
fn with_bundler_and_sponsor_gone_the_owner_ends_it_by_a_transaction_and_takes_the_funds() {
    flow(async {
        let stack = Stack::new();
        let person = granted_person(&stack, |_| ()).await;
        person.sells(2).await;
        stack.control("leash_services", json!([{ "bundler": false, "paymaster": false }])).await;
        person.press(Intent::Revoke);
        let offered = |seen: &Snapshot| seen.ending.as_ref().is_some_and(|ending| ending.offers_transaction);
        person.until("the owner's transaction", offered).await;
        person.press(Intent::RevokeByTransaction);
        person.is_proven().await;
        assert_eq!(person.wallet.prompts(), [GRANT, OPERATION, TRANSACTION]);
        person.session_is_over().await;
        person.withdraws(false, true).await;
        person.owner_has_everything().await;
        stack.control("leash_services", json!([{ "bundler": true, "paymaster": true }])).await;
    });
}

#[test]
fn all_tokens_go_to_the_owner_in_one_sponsored_operation() {
    flow(async {
        let person = granted_person(&Stack::new(), |_| ()).await;
        let ether = person.ether_of(person.wallet.address()).await;
        person.sells(2).await;
        person.revokes().await;
        person.withdraws(false, false).await;
        person.owner_has_everything().await;
        assert_eq!(person.wallet.prompts(), [GRANT, OPERATION]);
        assert_eq!(person.ether_of(person.wallet.address()).await, ether);
        person.page_tells_the_truth().await;
    });
}

#[test]
fn leaving_sells_everything_first_and_needs_no_session() {
    flow(async {
        let person = Person::new(&Stack::new()).await;
        person.hold_market().await;
        person.connect().await;
        person.fund().await;
        person.travel(Trend::Up, 1).await;
        person.until("a quote", |seen| seen.market.averages.is_some()).await;
        person.leaves(false).await;
        person.until("the withdrawal", |seen| rows(seen, "Withdraw", "filled") == 1).await;
        person.owner_has_everything().await;
        let seen = person.until("the owner's tokens", |seen| {
            seen.account.as_ref().is_some_and(|account| account.owner_quote != "0")
        });
        assert_eq!(seen.await.account.expect("known").owner_base, "0", "all of it was sold");
    });
}

impl Person {
    /// The account is empty.
    pub(crate) async fn owner_has_everything(&self) {
        let node = self.stack.reader();
        let (account, owner) = (self.account(), self.wallet.address());
        let mut held = 0_u32;
        for token in [pool().base.address, pool().quote.address] {
            let of = |who| node.token_balance(token, who, BlockTag::Latest);
            assert!(of(account).await.expect("a balance").is_zero(), "the account is empty");
            held += u32::from(!of(owner).await.expect("a balance").is_zero());
        }
        assert!(held > 0, "the owner has it");
    }
}
