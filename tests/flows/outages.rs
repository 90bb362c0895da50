//! Servers that are down, slow, broken or false: a plain sentence, nothing lost, nothing sent.

use std::time::Duration;

use leash::app::Intent;
use serde_json::json;

use crate::evidence::rows;
use crate::flow;
use crate::market::Trend;
use crate::support::faults::Fault;
use crate::support::ground::{BUNDLER_PORT, NODE_PORT, PAYMASTER_PORT};
use crate::support::person::Person;
use crate::support::stack::Stack;
use crate::trading::granted_person;

#[test]
fn a_node_that_fails_stops_the_feed_with_a_sentence_until_it_is_well() {
    flow(async {
        let person = granted_person(&Stack::new(), |_| ()).await;
        for (fault, words) in [
            (Fault::Down, "cannot be reached"),
            (Fault::Silence, "did not answer within"),
            (Fault::Http(500, "oops"), "is out of order (status 500)"),
            (Fault::Http(429, ""), "asks for fewer requests"),
            (Fault::Http(200, "<html><body>Please log in</body></html>"), "cannot be read"),
            (Fault::Http(200, "{\"jsonrpc\":\"2.0\",\"id\":1,\"resu"), "cannot be read"),
            (Fault::Answer(json!({ "number": "soon" })), "makes no sense"),
            (Fault::Oversized, "gave an answer that is too large"),
        ] {
            person.faults.all(NODE_PORT, fault);
            let says = |trouble: &Option<String>| trouble.as_ref().is_some_and(|text| text.contains(words));
            person.until(words, |seen| says(&seen.market.trouble)).await;
            person.faults.heal();
            person.until("a healthy feed", |seen| seen.market.trouble.is_none()).await;
        }
        person.sells(2).await;
        person.page_tells_the_truth().await;
    });
}

#[test]
fn a_node_on_another_chain_is_not_granted_on() {
    flow(async {
        let person = Person::new(&Stack::new()).await;
        person.hold_market().await;
        person.connect().await;
        person.fund().await;
        let terms = person.suggested_terms().await;
        person.faults.one(NODE_PORT, "eth_chainId", Fault::Answer(json!("0x1")));
        person.press(Intent::Grant(terms.clone()));
        person.is_told("The node is on another chain").await;
        assert!(person.wallet.prompts().is_empty());
        person.faults.heal();
        person.faults.one(NODE_PORT, "eth_getCode", Fault::Answer(json!("0x6001")));
        person.press(Intent::Grant(terms.clone()));
        person.is_told("is not the audited version").await;
        assert!(person.wallet.prompts().is_empty());
        person.faults.heal();
        person.grant(terms).await;
    });
}

#[test]
fn a_bundler_that_is_not_for_this_chain_and_entry_point_is_not_granted_on() {
    flow(async {
        let person = Person::new(&Stack::new()).await;
        person.hold_market().await;
        person.connect().await;
        person.fund().await;
        let terms = person.suggested_terms().await;
        let (chain, points) = ("eth_chainId", "eth_supportedEntryPoints");
        let unknown = || Fault::Refusal(-32_601, "no such method".to_owned());
        for (method, fault, words) in [
            (chain, Fault::Answer(json!("0x1")), "is on another chain than"),
            (points, Fault::Answer(json!([])), "does not take operations of this kind"),
            (points, unknown(), "does not say which operations it takes"),
            (points, Fault::Down, "cannot be reached"),
        ] {
            person.faults.one(BUNDLER_PORT, method, fault);
            person.press(Intent::Grant(terms.clone()));
            person.is_told(words).await;
            assert!(person.wallet.prompts().is_empty(), "{words}");
            person.faults.heal();
        }
        person.faults.one(BUNDLER_PORT, chain, unknown());
        person.grant(terms).await;
        assert_eq!(person.wallet.prompts(), ["eth_signTypedData_v4"]);
    });
}

/// Each fault gives a sale up before anything is sent; the journal says why.
async fn sales_are_given_up(faults: Vec<(u16, &'static str, Fault, &str)>) {
    let person = granted_person(&Stack::new(), |_| ()).await;
    for (given_up, (port, method, fault, words)) in (1..).zip(faults) {
        person.faults.one(port, method, fault);
        let seen = person.cross(Trend::Down, words, |seen| rows(seen, "Sell", "abandoned") == given_up).await;
        assert!(seen.journal[0].outcome.contains(words), "{words}: {:#?}", seen.journal[0]);
        assert_eq!(person.faults.count("eth_sendUserOperation"), 0, "nothing is sent");
        person.faults.heal();
    }
    person.sells(2).await;
    person.page_tells_the_truth().await;
}

#[test]
fn a_sponsor_that_refuses_or_cheats_costs_nothing() {
    let (stub, data) = ("pm_getPaymasterStubData", "pm_getPaymasterData");
    let other = json!("0x00000000000000000000000000000000000000aa");
    let long = json!(format!("0x{}", "11".repeat(2_000)));
    flow(sales_are_given_up(vec![
        (PAYMASTER_PORT, stub, Fault::Refusal(-32_000, "policy is used up".into()), "refused"),
        (PAYMASTER_PORT, data, Fault::Altered("paymaster", other), "not a sponsor known here"),
        (PAYMASTER_PORT, data, Fault::Altered("paymasterData", long), "its data has 2000 bytes"),
        (PAYMASTER_PORT, data, Fault::Http(429, ""), "asks for fewer requests"),
        (PAYMASTER_PORT, data, Fault::Http(500, "oops"), "is out of order (status 500)"),
        (PAYMASTER_PORT, stub, Fault::Http(200, "<html>log in</html>"), "cannot be read"),
        (PAYMASTER_PORT, stub, Fault::Down, "cannot be reached"),
        (PAYMASTER_PORT, stub, Fault::Oversized, "gave an answer that is too large"),
        (PAYMASTER_PORT, data, Fault::Oversized, "gave an answer that is too large"),
    ]));
}

#[test]
fn a_bundler_that_refuses_or_fails_costs_nothing() {
    let estimate = "eth_estimateUserOperationGas";
    let refusal = |text: &str| Fault::Refusal(-32_500, text.to_owned());
    flow(sales_are_given_up(vec![
        (
            BUNDLER_PORT,
            estimate,
            refusal("UserOperation reverted with reason: AA24 signature error"),
            "signature",
        ),
        (BUNDLER_PORT, estimate, refusal("UserOperation reverted with reason: AA33 reverted"), "sponsor"),
        (BUNDLER_PORT, estimate, Fault::Http(200, "<html>"), "cannot be read"),
        (BUNDLER_PORT, estimate, Fault::Down, "cannot be reached"),
        (BUNDLER_PORT, estimate, Fault::Oversized, "gave an answer that is too large"),
    ]));
}

#[test]
fn a_full_disk_stops_trading_but_not_ending() {
    flow(async {
        let person = granted_person(&Stack::new(), |_| ()).await;
        person.sells(2).await;
        person.is_live().await;
        person.profile.store.fail_next_puts(1_000);
        person.cross(Trend::Down, "a given up sale", |seen| rows(seen, "Sell", "abandoned") == 1).await;
        person.is_told("storage is full").await;
        person.revokes().await;
        assert_eq!(person.wallet.prompts(), ["eth_signTypedData_v4"]);
    });
}

#[test]
fn a_bundler_that_never_ends_its_answer_to_a_sending_is_an_unclear_one() {
    flow(async {
        let person = granted_person(&Stack::new(), |_| ()).await;
        let send = "eth_sendUserOperation";
        person.faults.one(BUNDLER_PORT, send, Fault::Oversized);
        person.cross(Trend::Down, "an unclear sale", |seen| rows(seen, "Sell", "signed") == 1).await;
        person.is_told("gave an answer that is too large").await;
        let operation = person.sees().journal[0].operation.clone();
        person.faults.heal();
        let seen = person.until("the fill", |seen| rows(seen, "Sell", "filled") == 1).await;
        assert_eq!(seen.journal[0].operation, operation, "sent again, byte for byte");
        person.page_tells_the_truth().await;
    });
}

#[test]
fn a_bundler_that_is_limited_then_broken_then_slow_gets_a_trade_once() {
    flow(async {
        let person = granted_person(&Stack::new(), |_| ()).await;
        let send = "eth_sendUserOperation";
        person.faults.one(BUNDLER_PORT, send, Fault::Limited("6"));
        person.cross(Trend::Down, "an unclear sale", |seen| rows(seen, "Sell", "signed") == 1).await;
        person.is_told("asks to wait 6 seconds").await;
        let operation = person.sees().journal[0].operation.clone();
        person.faults.heal();
        person.faults.one(BUNDLER_PORT, send, Fault::Http(500, "oops"));
        person.is_told("is out of order (status 500)").await;
        person.faults.heal();
        person.faults.one(BUNDLER_PORT, send, Fault::Slow(Duration::from_millis(300)));
        let seen = person.until("the fill", |seen| rows(seen, "Sell", "filled") == 1).await;
        assert_eq!(seen.journal[0].operation, operation, "sent again, byte for byte");
        let requests = person.faults.requests();
        let mut sent =
            requests.iter().filter(|request| request.method == send).map(|request| request.began.at);
        let (first, second) = (sent.next().expect("sent"), sent.next().expect("sent again"));
        // Pauses of the flows pass four times faster.
        assert!(second.duration_since(first) >= Duration::from_millis(1_500), "it was left alone");
        person.faults.heal();
        person.sells(2).await;
        assert_eq!(rows(&person.sees(), "Sell", "filled"), 2, "nothing twice");
        person.page_tells_the_truth().await;
    });
}
