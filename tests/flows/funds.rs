//! What comes into the account, what must not, and how the owner leaves with everything.

use leash::app::{Intent, Snapshot, TermsText, TraderStatus};
use leash::contracts::ENTRY_POINT;
use serde_json::json;

use crate::evidence::rows;
use crate::flow;
use crate::support::ground::pool;
use crate::support::person::Person;
use crate::support::stack::Stack;
use crate::support::wallet::Mood;
use crate::trading::granted_person;

/// One coin, in wei.
const ETHER: &str = "0xde0b6b3a7640000";

#[test]
fn a_deposit_comes_from_the_wallet_and_never_more_than_it_holds() {
    flow(async {
        let person = Person::new(&Stack::new()).await;
        person.hold_market().await;
        person.connect().await;
        let owner = person.wallet.address();
        person.stack.mint(owner, 300).await;
        let held =
            |seen: &Snapshot| seen.account.as_ref().is_some_and(|account| account.owner_quote == "300");
        person.until("the owner's tokens", held).await;
        for (amount, words) in
            [("301", "The wallet holds only 300 USDC"), ("0", "above nothing"), ("much", "much")]
        {
            person.press(Intent::Deposit { is_base: false, amount: amount.into() });
            person.is_told(words).await;
        }
        assert!(person.wallet.prompts().is_empty(), "the wallet was never asked");
        *person.wallet.mood.borrow_mut() = Mood::Rejecting;
        person.press(Intent::Deposit { is_base: false, amount: "200".into() });
        person.is_told("You declined").await;
        *person.wallet.mood.borrow_mut() = Mood::Willing;
        person.press(Intent::Deposit { is_base: false, amount: "200".into() });
        let seen = person.is_told("The deposit has arrived").await;
        assert!(seen.prompt.is_none());
        let arrived = |seen: &Snapshot| seen.account.as_ref().is_some_and(|account| account.quote == "200");
        person.until("the deposit", arrived).await;
    });
}

impl Person {
    /// A grant of `terms` is refused because of a coin that a thief could burn; the owner takes it, and may grant.
    async fn is_refused_and_gets_the_coin_back(&self, terms: TermsText) {
        let refused =
            |seen: &Snapshot| seen.account.as_ref().is_some_and(|account| account.refusal.is_some());
        self.until("the refusal", refused).await;
        self.press(Intent::Grant(terms));
        self.is_told("could burn as gas").await;
        assert!(self.wallet.prompts().is_empty(), "nothing was asked of the wallet");
        self.press(Intent::Withdraw { sells_first: false, by_transaction: false });
        self.until("the withdrawal", |seen| rows(seen, "Withdraw", "filled") == 1).await;
        assert_eq!(self.ether_of(self.wallet.address()).await, "0x98a7d9b8314c0000", "11 of them");
        self.until("no refusal", |seen| !refused(seen)).await;
    }
}

#[test]
fn native_coin_in_the_account_is_refused_and_goes_back_to_the_owner() {
    flow(async {
        let stack = Stack::new();
        let person = Person::new(&stack).await;
        person.hold_market().await;
        let account = person.connect().await;
        person.fund().await;
        let terms = person.suggested_terms().await;
        stack.node("anvil_setBalance", json!([account, ETHER])).await;
        person.is_refused_and_gets_the_coin_back(terms).await;
        assert_eq!(person.ether_of(account).await, "0x0");
    });
}

#[test]
fn a_deposit_in_the_entry_point_counts_as_native_coin_and_goes_back_too() {
    flow(async {
        let stack = Stack::new();
        let person = Person::new(&stack).await;
        person.hold_market().await;
        let account = person.connect().await;
        person.fund().await;
        let terms = person.suggested_terms().await;
        // Anybody may put coin there for anybody: `depositTo(address)`.
        let stranger = json!("0x00000000000000000000000000000000000abcde");
        stack.node("anvil_impersonateAccount", json!([stranger])).await;
        stack.node("anvil_setBalance", json!([stranger, "0x8ac7230489e80000"])).await;
        let data = [&[0xb7, 0x60, 0xfa, 0xf9][..], account.into_word().as_slice()].concat();
        let data = alloy_primitives::Bytes::from(data);
        let deposit =
            json!({ "from": stranger, "to": ENTRY_POINT, "data": data, "value": ETHER, "gas": "0x30d40" });
        stack.node("eth_sendTransaction", json!([deposit])).await;
        person.is_refused_and_gets_the_coin_back(terms).await;
    });
}

#[test]
fn an_owner_with_code_is_refused_with_a_sentence() {
    flow(async {
        let stack = Stack::new();
        let person = Person::new(&stack).await;
        person.hold_market().await;
        person.connect().await;
        person.fund().await;
        let terms = person.suggested_terms().await;
        // What EIP-7702 leaves at an owner's address: a pointer to code elsewhere.
        let pointer = format!("0xef0100{}", "42".repeat(20));
        stack.node("anvil_setCode", json!([person.wallet.address(), pointer])).await;
        let refused =
            |seen: &Snapshot| seen.account.as_ref().is_some_and(|account| account.refusal.is_some());
        person.until("the refusal", refused).await;
        person.press(Intent::Grant(terms));
        person.is_told("Leash does not work with such owners yet").await;
        assert!(person.wallet.prompts().is_empty(), "nothing was asked of the wallet");
    });
}

#[test]
fn leaving_in_the_middle_of_a_session_stops_it_first() {
    flow(async {
        let person = granted_person(&Stack::new(), |_| ()).await;
        person.sells(2).await;
        person.leaves(true).await;
        let seen = person.until("the withdrawal", |seen| rows(seen, "Withdraw", "filled") == 1).await;
        assert_eq!(seen.trader, TraderStatus::Paused, "trading was stopped first");
        assert_eq!(
            person.wallet.prompts(),
            ["eth_signTypedData_v4", "personal_sign", "eth_sendTransaction"],
            "one signature and one transaction"
        );
        let is_empty = |seen: &Snapshot| {
            seen.account.as_ref().is_some_and(|account| account.base == "0" && account.quote == "0")
        };
        let seen = person.until("an empty account", is_empty).await;
        let account = seen.account.expect("known");
        assert_eq!(account.owner_base, "0", "all {} was sold", pool().base.symbol);
        person.revokes().await;
    });
}
