//! Stop pressed in a tab that looks on, while another one trades.

use crate::evidence;
use crate::person::{Person, rows};
use crate::stack::Trend;
use crate::tab::Tab;

#[test]
fn stop_in_the_tab_that_looks_on_stops_the_one_that_trades() {
    let person = Person::new();
    let account = person.grant();
    let trading = &person.tab;
    let onlooking = person.second_tab();
    onlooking.until_says("trader-word", "Other tab");

    onlooking.press("pause");
    trading.until_says("trader-word", "Paused");
    onlooking.press("resume");
    trading.until_says("trader-word", "Waiting");

    person.until_averages(Trend::Down);
    person.trade(Trend::Up);
    onlooking.press("revoke");
    for tab in [trading, &onlooking] {
        tab.until_says("ending-state", "proven");
        tab.until_says("state-word", "Revoked");
    }
    evidence::session_is_dead(account);
    let ended = |tab: &Tab| rows(tab, "End the session", "filled");
    trading.until("its own ending", |tab| (ended(tab) == 1).then_some(()));
    assert_eq!(person.tab.prompts(), ["eth_signTypedData_v4"], "no wallet was asked");
}
