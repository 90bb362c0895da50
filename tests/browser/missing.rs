//! Browsers that lack what a page relies on: what is said, what still works, and that nothing is signed.

use crate::chromium::{Chromium, Windows};
use crate::person::{Person, WalletPlan};
use crate::stack::Trend;

impl Person {
    /// In a browser in which `script` ran first, in the page as in its workers.
    fn without(script: &str) -> Self {
        let browser = Chromium::start(Windows::Headless);
        browser.alter_workers(script);
        let person = Self::at(browser, &[WalletPlan::usual()]);
        person.tab.ask("Page.addScriptToEvaluateOnNewDocument", &serde_json::json!({ "source": script }));
        person.tab.reload();
        person
    }

    /// The market goes on, whatever else does not.
    fn sees_the_market(&self) {
        self.tab.until("a price", |tab| tab.text("price").filter(|price| price != "—"));
        self.candle(Trend::Up);
    }

    fn is_told(&self, part: &str) {
        self.tab.until(part, |tab| tab.texts("notice-sentence").into_iter().find(|text| text.contains(part)));
    }
}

#[test]
fn without_storage_nothing_is_signed_and_the_market_is_shown_all_the_same() {
    let person = Person::without("Object.defineProperty(self, 'indexedDB', { value: undefined });");
    person.sees_the_market();
    person.is_told("does not let the page keep records");
    person.connect();
    person.fund();
    // The sentence stands there already, and goes on to.
    person.tab.press("grant-sign");
    person.candle(Trend::Up);
    person.candle(Trend::Up);
    person.is_told("does not let the page keep records");
    assert!(person.tab.prompts().is_empty(), "the wallet was not asked");
    assert!(!person.tab.has("leash-bar"), "nothing was granted");
}

#[test]
fn without_web_crypto_no_key_is_made_and_the_wallet_is_not_asked() {
    let person = Person::without("Object.defineProperty(crypto, 'subtle', { value: undefined });");
    person.sees_the_market();
    person.connect();
    person.fund();
    person.tab.press("grant-sign");
    person.is_told("This browser cannot keep a session key safely, so none was made.");
    assert!(person.tab.prompts().is_empty(), "the wallet was not asked");
    assert!(!person.tab.has("leash-bar"), "nothing was granted");
}
