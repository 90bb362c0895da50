//! An exchange beside the pool, over a real WebSocket: near it trades go on, far from it none is made.

use serde_json::json;

use crate::chain::stack_chain;
use crate::evidence;
use crate::person::{Person, rows};
use crate::pictures::pictures;
use crate::stack::{self, Trend};

/// The exchange tells the market's price again when the test is over, however it ends.
struct Unbent;

impl Drop for Unbent {
    fn drop(&mut self) {
        stack::control("leash_exchange", &json!({ "up_percent": 0, "silent": false }));
    }
}

#[test]
fn nothing_is_traded_while_the_pool_is_far_from_the_exchange() {
    let _unbent = Unbent;
    let person = Person::new();
    let account = person.grant();
    let tab = &person.tab;
    person.until_averages(Trend::Down);
    tab.until_says("reference-on", "Compare with The stack’s exchange");
    tab.press("reference-on");
    tab.until_says("reference-price", "0.00 % from the pool");

    stack::control("leash_exchange", &json!({ "up_percent": 5 }));
    tab.until_says("reference-price", "4.76 % from the pool");
    let before = evidence::operations_of(stack_chain(), account).len();
    person.until_averages(Trend::Up);
    tab.until_says("trader-why", "away from the exchange’s");
    pictures(tab, "15-reference", "body");
    assert_eq!(evidence::operations_of(stack_chain(), account).len(), before, "the cross was not traded");

    stack::control("leash_exchange", &json!({ "up_percent": 0 }));
    tab.until_says("reference-price", "0.00 % from the pool");
    person.trade(Trend::Down);

    tab.reload();
    tab.until_says("reference-price", "from the pool");
    tab.press("reference-off");
    tab.until_says("reference-on", "Compare with");
    person.trade(Trend::Up);
    assert!(rows(tab, "Buy", "filled") >= 1);
}
