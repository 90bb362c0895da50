//! Stopping and going on: pauses, reloads, second tabs, stuck trades, the end of time.

use leash::app::{Intent, SessionState, Snapshot, TraderStatus};
use leash::ports::KeyVault;
use leash::rpc::BlockTag;
use serde_json::json;

use crate::evidence::rows;
use crate::flow;
use crate::market::Trend;
use crate::support::faults::Fault;
use crate::support::ground::{BUNDLER_PORT, PAYMASTER_PORT};
use crate::support::person::Person;
use crate::support::stack::Stack;
use crate::trading::granted_person;

const GRANT: &str = "eth_signTypedData_v4";

impl Person {
    /// The tab has taken up its work again.
    async fn goes_on(&self) {
        let goes_on = |seen: &Snapshot| {
            seen.grant.is_some()
                && matches!(seen.trader, TraderStatus::Waiting { .. })
                && seen.account.is_some()
        };
        self.until("work", goes_on).await;
    }

    /// Lets the averages cross and waits until the sale that follows is in `state`.
    async fn sale_is(&self, state: &str) {
        self.cross(Trend::Down, state, |seen| rows(seen, "Sell", state) == 1).await;
    }

    async fn mined(&self) -> usize {
        let node = self.stack.reader();
        let head = node.block(BlockTag::Latest).await.expect("a head").number;
        node.outcomes_of(self.account(), 0..=head).await.expect("events").len()
    }
}

#[test]
fn pausing_and_resuming_asks_nobody() {
    flow(async {
        let person = granted_person(&Stack::new(), |_| ()).await;
        person.press(Intent::Pause);
        person.until("a pause", |seen| seen.trader == TraderStatus::Paused).await;
        person.travel(Trend::Up, 9).await;
        for _ in 0..5 {
            person.travel(Trend::Down, 1).await;
        }
        assert!(person.sees().journal.is_empty(), "a paused session does not trade");
        let person = person.reload().await;
        person.until("the same pause", |seen| seen.trader == TraderStatus::Paused).await;
        person.press(Intent::Resume);
        person.goes_on().await;
        person.sells(2).await;
        assert_eq!(person.wallet.prompts(), [GRANT]);
    });
}

#[test]
fn a_reload_before_anything_is_signed_gives_the_trade_up() {
    flow(async {
        let person = granted_person(&Stack::new(), |_| ()).await;
        person.faults.all(PAYMASTER_PORT, Fault::Never);
        person.sale_is("planned").await;
        let person = person.reload().await;
        person.until("the given up sale", |seen| rows(seen, "Sell", "abandoned") == 1).await;
        person.sells(2).await;
        assert_eq!(person.mined().await, 1);
        assert_eq!(person.wallet.prompts(), [GRANT]);
    });
}

#[test]
fn a_reload_between_signing_and_sending_sends_the_same_bytes_once() {
    flow(async {
        let person = granted_person(&Stack::new(), |_| ()).await;
        person.faults.one(BUNDLER_PORT, "eth_sendUserOperation", Fault::Never);
        person.sale_is("signed").await;
        let operation = person.sees().journal[0].operation.clone();
        let person = person.reload().await;
        let seen = person.until("the fill", |seen| rows(seen, "Sell", "filled") == 1).await;
        assert_eq!(seen.journal[0].operation, operation, "the same bytes");
        person.goes_on().await;
        person.buys(2).await;
        person.page_tells_the_truth().await;
        assert_eq!(person.mined().await, 2);
        assert_eq!(person.wallet.prompts(), [GRANT]);
    });
}

#[test]
fn a_reload_after_sending_only_looks_for_the_outcome() {
    flow(async {
        let stack = Stack::new();
        let person = granted_person(&stack, |_| ()).await;
        bundling(&stack, "manual").await;
        person.sale_is("sent").await;
        let person = person.reload().await;
        person.until("the open sale", |seen| rows(seen, "Sell", "sent") == 1).await;
        bundling(&stack, "auto").await;
        person.until("the fill", |seen| rows(seen, "Sell", "filled") == 1).await;
        assert_eq!(person.faults.count("eth_sendUserOperation"), 0, "nothing was sent twice");
        person.goes_on().await;
        person.page_tells_the_truth().await;
    });
}

#[test]
fn an_answer_that_was_lost_is_found_on_chain() {
    flow(async {
        let person = granted_person(&Stack::new(), |_| ()).await;
        person.faults.one(BUNDLER_PORT, "eth_sendUserOperation", Fault::LostAnswer);
        person.sale_is("filled").await;
        assert_eq!(person.mined().await, 1);
        person.faults.heal();
        person.goes_on().await;
        person.page_tells_the_truth().await;
    });
}

#[test]
fn a_second_tab_waits_and_takes_over() {
    flow(async {
        let person = granted_person(&Stack::new(), |_| ()).await;
        let other = person.second_tab();
        other.until("the other tab", |seen| seen.trader == TraderStatus::OtherTab).await;
        person.sells(2).await;
        assert_eq!(person.mined().await, 1, "one of two tabs trades");
        person.close().await;
        other.goes_on().await;
        let seen = other.until("the journal", |seen| rows(seen, "Sell", "filled") == 1).await;
        assert!(seen.grant.is_some());
        other.buys(2).await;
        assert_eq!(other.mined().await, 2);
        other.page_tells_the_truth().await;
        assert_eq!(other.wallet.prompts(), [GRANT]);
    });
}

#[test]
fn a_trade_that_is_never_mined_is_replaced_by_one_that_changes_nothing() {
    flow(async {
        let stack = Stack::new();
        let person = granted_person(&stack, |_| ()).await;
        person.sells(2).await;
        bundling(&stack, "manual").await;
        person.cross(Trend::Down, "a sent sale", |seen| rows(seen, "Sell", "sent") == 1).await;
        person.travel(Trend::Up, 7).await;
        person.is_told("not mined in time").await;
        person.until("the replacement", |seen| rows(seen, "Replace", "sent") == 1).await;
        bundling(&stack, "auto").await;
        let decided = |seen: &Snapshot| {
            let (won, lost) = (rows(seen, "Replace", "filled"), rows(seen, "Sell", "replaced"));
            let late = (rows(seen, "Sell", "filled"), rows(seen, "Replace", "replaced"));
            (won, lost) == (1, 1) || late == (2, 1)
        };
        person.until("one of the two", decided).await;
        assert_eq!(person.mined().await, 2, "exactly one of the two was mined");
        person.goes_on().await;
        person.buys(2).await;
        person.page_tells_the_truth().await;
    });
}

#[test]
fn a_trade_whose_sending_stays_unclear_is_sent_again_for_two_candles_only() {
    flow(async {
        let stack = Stack::new();
        let person = granted_person(&stack, |_| ()).await;
        person.sells(2).await;
        let send = "eth_sendUserOperation";
        person.faults.one(BUNDLER_PORT, send, Fault::Down);
        let before = person.faults.count(send);
        person.cross(Trend::Down, "an unclear sale", |seen| rows(seen, "Sell", "signed") == 1).await;
        let retried = |_: &Snapshot| person.faults.count(send) > before + 1;
        person.until("a second sending", retried).await;
        person.travel(Trend::Up, 7).await;
        person.is_told("not mined in time").await;
        person.until("the signed replacement", |seen| rows(seen, "Replace", "signed") == 1).await;
        person.faults.heal();
        let decided =
            |seen: &Snapshot| (rows(seen, "Replace", "filled"), rows(seen, "Sell", "replaced")) == (1, 1);
        person.until("the replacement instead of the sale", decided).await;
        assert_eq!(person.mined().await, 2, "a late trade is never sent");
        person.goes_on().await;
        person.buys(2).await;
        person.page_tells_the_truth().await;
    });
}

#[test]
fn a_session_ends_when_its_time_is_over() {
    flow(async {
        let person = granted_person(&Stack::new(), |terms| terms.hours = "0.02".into()).await;
        let key = person.sees().grant.expect("granted").session_key;
        person.travel(Trend::Up, 20).await;
        person.travel(Trend::Down, 20).await;
        let seen = person.is_told("its time is over").await;
        assert_eq!(seen.grant.expect("granted").state, SessionState::Expired);
        let kept = person.profile.vault.open(&format!("session-{key}")).await.expect("the vault opens");
        assert!(kept.is_none(), "the key is gone");
        assert_eq!(person.wallet.prompts(), [GRANT]);
    });
}

#[test]
fn a_session_that_ends_while_a_trade_is_on_its_way_takes_the_trade_with_it() {
    flow(async {
        let stack = Stack::new();
        let person = granted_person(&stack, |terms| terms.hours = "0.05".into()).await;
        person.sells(2).await;
        bundling(&stack, "manual").await;
        person.cross(Trend::Down, "a sent sale", |seen| rows(seen, "Sell", "sent") == 1).await;
        let mined = person.mined().await;
        for _ in 0..6 {
            person.travel(Trend::Up, 15).await;
            person.travel(Trend::Down, 15).await;
        }
        let over = |seen: &Snapshot| rows(seen, "Sell", "expired") == 1;
        person.until("the end of the sale", over).await;
        // A bundler that forgets what came too late; it would else try it for ever.
        for is_up in [false, true] {
            stack.control("leash_services", json!([{ "bundler": is_up, "paymaster": true }])).await;
        }
        let seen = person.is_told("its time is over").await;
        assert_eq!(seen.grant.expect("granted").state, SessionState::Expired);
        person.travel(Trend::Up, 3).await;
        assert_eq!(person.mined().await, mined, "what was too late was never mined");
        person.page_tells_the_truth().await;
        assert_eq!(person.wallet.prompts(), [GRANT]);
    });
}

#[test]
fn funds_come_out_although_a_trade_is_on_its_way_and_the_services_are_gone() {
    flow(async {
        let stack = Stack::new();
        let person = granted_person(&stack, |_| ()).await;
        person.sells(2).await;
        bundling(&stack, "manual").await;
        person.cross(Trend::Down, "a sent sale", |seen| rows(seen, "Sell", "sent") == 1).await;
        stack.control("leash_services", json!([{ "bundler": false, "paymaster": false }])).await;
        person.press(Intent::Withdraw { sells_first: false, by_transaction: true });
        let waits = |seen: &Snapshot| {
            seen.ending.as_ref().is_some_and(|ending| ending.status.contains("trade on its way"))
        };
        person.until("that it waits", waits).await;
        let offered = |seen: &Snapshot| seen.ending.as_ref().is_some_and(|ending| ending.offers_transaction);
        person.until("the owner's transaction", offered).await;
        assert_eq!(person.wallet.prompts(), [GRANT], "nothing was asked before");
        person.press(Intent::Withdraw { sells_first: false, by_transaction: true });
        person.until("the withdrawal", |seen| rows(seen, "Withdraw", "filled") == 1).await;
        person.owner_has_everything().await;
        assert_eq!(person.wallet.prompts(), [GRANT, "personal_sign", "eth_sendTransaction"]);
        stack.control("leash_services", json!([{ "bundler": true, "paymaster": true }])).await;
    });
}

/// Whether the bundler bundles what it accepts.
async fn bundling(stack: &Stack, mode: &str) {
    stack.bundler("debug_bundler_setBundlingMode", json!([mode])).await;
}
