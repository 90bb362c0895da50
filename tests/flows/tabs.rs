//! Two tabs of one profile: one trades, in the other one Stop is pressed.

use leash::app::{Intent, SessionState, Snapshot, TraderStatus};

use crate::evidence::rows;
use crate::flow;
use crate::market::Trend;
use crate::support::person::Person;
use crate::support::stack::Stack;
use crate::trading::granted_person;

const GRANT: &str = "eth_signTypedData_v4";

/// A person whose first tab trades, and her second tab, which looks on.
async fn two_tabs() -> (Person, Person) {
    let trading = granted_person(&Stack::new(), |_| ()).await;
    let onlooking = trading.second_tab();
    onlooking.until("the other tab", |seen| seen.trader == TraderStatus::OtherTab).await;
    (trading, onlooking)
}

fn is(state: SessionState) -> impl Fn(&Snapshot) -> bool {
    move |seen| seen.grant.as_ref().is_some_and(|grant| grant.state == state)
}

#[test]
fn a_pause_in_the_tab_that_looks_on_stops_the_one_that_trades() {
    flow(async {
        let (trading, onlooking) = two_tabs().await;
        onlooking.press(Intent::Pause);
        trading.until("a pause", |seen| seen.trader == TraderStatus::Paused).await;
        trading.travel(Trend::Up, 9).await;
        for _ in 0..5 {
            trading.travel(Trend::Down, 1).await;
        }
        assert!(trading.sees().journal.is_empty(), "a paused session does not trade");
        onlooking.press(Intent::Resume);
        trading.until("work", |seen| matches!(seen.trader, TraderStatus::Waiting { .. })).await;
        trading.sells(2).await;
        assert_eq!(trading.wallet.prompts(), [GRANT]);
    });
}

#[test]
fn a_revoke_in_the_tab_that_looks_on_ends_what_the_other_one_trades() {
    flow(async {
        let (trading, onlooking) = two_tabs().await;
        trading.sells(2).await;
        onlooking.press(Intent::Revoke);
        trading.until("the end of trading", |seen| !is(SessionState::Live)(seen)).await;
        trading.is_proven().await;
        onlooking.is_proven().await;
        assert!(is(SessionState::Revoked)(&trading.sees()) && is(SessionState::Revoked)(&onlooking.sees()));
        trading.until("rest", |seen| rows(seen, "End the session", "filled") == 1).await;
        trading.page_tells_the_truth().await;
        assert_eq!(trading.wallet.prompts(), [GRANT], "no wallet was asked");
    });
}

#[test]
fn a_revoke_in_the_tab_that_looks_on_waits_for_the_first_trade_of_the_other_one() {
    flow(async {
        let (trading, onlooking) = two_tabs().await;
        trading.cross(Trend::Down, "a sale on its way", |seen| !seen.journal.is_empty()).await;
        onlooking.press(Intent::Revoke);
        trading.is_proven().await;
        onlooking.is_proven().await;
        trading.page_tells_the_truth().await;
        assert_eq!(trading.wallet.prompts(), [GRANT], "no wallet was asked");
    });
}

#[test]
fn a_revoke_does_not_wait_for_a_tab_that_is_frozen() {
    flow(async {
        let (trading, onlooking) = two_tabs().await;
        trading.freeze();
        onlooking.press(Intent::Revoke);
        onlooking.is_proven().await;
        assert!(is(SessionState::Revoked)(&onlooking.sees()));
        assert_eq!(rows(&onlooking.sees(), "End the session", "filled"), 1, "it did so itself");
        assert_eq!(onlooking.wallet.prompts(), [GRANT], "no wallet was asked");
    });
}
