//! Pictures of the page in its states, large and small, dark and light; people look at them.

use serde_json::json;

use crate::person::Person;
use crate::stack;
use crate::tab::Tab;

/// Candles of a wave, in which the averages cross twice.
const PERIOD: u32 = 44;

const SIZES: [(&str, u32, u32); 2] = [("1440x900", 1_440, 900), ("390x844", 390, 844)];

/// The price in the middle and at the end of a candle: a wave with some unrest, two swaps a candle.
fn wave(candle: u32) {
    for half in [2 * candle, 2 * candle + 1] {
        let turn = f64::from(half) / f64::from(PERIOD) * std::f64::consts::PI;
        let unrest = f64::from(half * 7_919 % 101) / 101.0 - 0.5;
        let price = 2_500.0 * (1.0 + 0.006 * turn.sin() + 0.004 * (0.37 * turn).sin() + 0.0016 * unrest);
        let order = json!({ "step_secs": 1, "target": format!("{price:.6}"), "steps": 1 });
        stack::control("leash_market", &order);
    }
}

/// The state that is on the page now, four times, from the element that `top` names on.
pub(crate) fn pictures(tab: &Tab, state: &str, top: &str) {
    for (size, width, height) in SIZES {
        let metrics = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        });
        tab.ask("Emulation.setDeviceMetricsOverride", &metrics);
        for scheme in ["light", "dark"] {
            let feature = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
            tab.ask("Emulation.setEmulatedMedia", &feature);
            tab.run(&format!("document.querySelector({top:?}).scrollIntoView({{ behavior: 'instant' }})"));
            // The chart is painted again in the next frames.
            tab.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))))");
            let wide = tab.run("document.documentElement.scrollWidth");
            assert_eq!(
                wide.as_u64(),
                Some(width.into()),
                "{state} fits into {size} without scrolling sideways"
            );
            tab.picture(&format!("{state}-{size}-{scheme}"));
        }
    }
    tab.ask("Emulation.clearDeviceMetricsOverride", &json!({}));
}

#[test]
fn every_state_has_its_picture() {
    stack::hold_market();
    (0..3 * PERIOD).for_each(wave);
    let person = Person::new();
    person.until_warm();
    pictures(&person.tab, "1-no-wallet", "body");
    person.connect();
    person.fund();
    person.tab.press("notice-dismiss");
    person.tab.until_says("grant-sign-reason", "One signature.");
    pictures(&person.tab, "2-terms", "#terms");
    person.sign();
    for candle in 3 * PERIOD..5 * PERIOD {
        wave(candle);
        person.sees_the_chain();
    }
    assert!(person.rows("Buy", "filled") + person.rows("Sell", "filled") >= 3, "the averages crossed");
    person.tab.until_says("trader-word", "Waiting");
    pictures(&person.tab, "3-trading", "body");
    person.tab.press("revoke");
    person.tab.until_says("ending-state", "proven");
    pictures(&person.tab, "4-revoked", "body");
}
