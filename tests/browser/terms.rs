//! The form: what it refuses, where it says so, and the way back to terms that pass; and filling the account.

use serde_json::json;

use crate::person::Person;
use crate::stack;

#[test]
fn terms_that_cannot_be_granted_are_refused_beside_their_field() {
    let person = Person::new();
    person.connect();
    person.fund();
    let tab = &person.tab;
    let check = |field: &str, text: &str, refused: &str| {
        tab.press("suggested-terms");
        tab.until_says("grant-sign-reason", "One signature.");
        tab.write(&format!("field-{field}"), text);
        tab.until_says(&format!("field-{refused}-refusal"), "");
        tab.until_says("grant-sign-reason", "refused");
    };
    check("buy-lot", "0", "buy-lot");
    check("buy-lot", "1e3", "buy-lot");
    check("buy-lot", "1000000", "buy-lot");
    check("sell-lot", "-1", "sell-lot");
    check("hours", "25", "hours");
    check("slippage-percent", "101", "slippage-percent");
    check("lowest-sell", "abc", "lowest-sell");
    check("slow", "5", "slow");
    check("interval-secs", "0", "interval-secs");
    check("fast", "0", "fast");
    assert!(tab.prompts().is_empty(), "the wallet was asked for nothing");
    tab.press("suggested-terms");
    tab.until_says("grant-sign-reason", "One signature.");
    tab.write("field-hours", "25");
    tab.press("nearest-terms");
    person.sign();
}

#[test]
fn a_deposit_from_the_wallet_arrives_in_the_account() {
    let person = Person::new();
    person.connect();
    stack::control("leash_faucet", &json!(person.owner));
    person.tab.until_says("owner-quote", "10000");
    person.tab.write("deposit-amount", "12.5");
    person.tab.press("deposit-send");
    person.tab.until_says("balance-quote", "12.5");
    assert_eq!(person.tab.prompts(), ["eth_sendTransaction"]);
}
