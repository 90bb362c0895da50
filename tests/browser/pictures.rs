//! Pictures of the page in its states, large and small, dark and light; people look at them.

use crate::person::Person;
use crate::stack::Trend;
use crate::tab::Tab;

const SIZES: [(&str, u32, u32); 2] = [("1440x900", 1_440, 900), ("390x844", 390, 844)];

/// The state that is on the page now, four times; then the page is as before.
fn pictures(tab: &Tab, state: &str) {
    for (size, width, height) in SIZES {
        let metrics = serde_json::json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        });
        tab.ask("Emulation.setDeviceMetricsOverride", &metrics);
        for scheme in ["light", "dark"] {
            let feature =
                serde_json::json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
            tab.ask("Emulation.setEmulatedMedia", &feature);
            tab.run("scrollTo({ top: 0, behavior: 'instant' })");
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
    tab.ask("Emulation.clearDeviceMetricsOverride", &serde_json::json!({}));
}

#[test]
fn every_state_has_its_picture() {
    let person = Person::new();
    person.tab.until_says("ema-slow", ".");
    pictures(&person.tab, "1-no-wallet");
    person.connect();
    person.fund();
    person.tab.until_says("grant-sign-reason", "One signature.");
    pictures(&person.tab, "2-terms");
    person.sign();
    person.until_averages(Trend::Up);
    for trend in [Trend::Down, Trend::Up, Trend::Down] {
        person.trade(trend);
    }
    person.tab.until_says("trader-word", "Waiting");
    pictures(&person.tab, "3-trading");
    person.tab.press("revoke");
    person.tab.until_says("ending-state", "proven");
    pictures(&person.tab, "4-revoked");
}
