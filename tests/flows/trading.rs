//! Granting and trading.

use leash::app::{Intent, SessionState, Snapshot};

use crate::flow;
use crate::market::Trend;
use crate::support::person::Person;
use crate::support::stack::Stack;

/// Rows of the journal in this state with a title that starts so.
pub(crate) fn rows(seen: &Snapshot, title: &str, state: &str) -> usize {
    seen.journal.iter().filter(|row| row.title.starts_with(title) && row.state == state).count()
}

pub(crate) async fn granted_person(stack: &Stack) -> Person {
    let person = Person::new(stack).await;
    person.hold_market().await;
    person.connect().await;
    person.fund().await;
    let terms = person.suggested_terms().await;
    person.grant(terms).await;
    person
}

#[test]
fn one_signature_then_trades_in_both_directions_then_revoked_without_a_pop_up() {
    flow(async {
        let stack = Stack::new();
        let person = granted_person(&stack).await;
        assert_eq!(person.wallet.prompts(), ["eth_signTypedData_v4"], "one signature grants");
        person.trend(Trend::Up, "rising averages", |seen| seen.market.averages.as_ref().is_some_and(|(fast, slow)| fast > slow)).await;
        let sold = person.trend(Trend::Down, "a sale", |seen| rows(seen, "Sell", "filled") > 0).await;
        assert_eq!(sold.grant.expect("granted").state, SessionState::Live);
        person.trend(Trend::Up, "a purchase", |seen| rows(seen, "Buy", "filled") > 0).await;
        person.press(Intent::Revoke);
        let seen = person.until("the proof", |seen| seen.ending.as_ref().is_some_and(|ending| ending.is_proven)).await;
        assert_eq!(seen.grant.expect("granted").state, SessionState::Revoked);
        assert_eq!(person.wallet.prompts(), ["eth_signTypedData_v4"], "nothing else was asked of the wallet");
    });
}
