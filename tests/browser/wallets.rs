//! Wallets that refuse, switch, babble, come late, or pretend to be another.

use crate::chromium::Windows;
use crate::person::{Person, RDNS, WalletPlan};
use crate::secret;
use crate::stack::Trend;

/// A second wallet that calls itself like the usual one.
fn impostor() -> WalletPlan {
    let (rdns, uuid) = ("org.example.impostor", "a4d0bd6f-3c55-4a5e-9d2f-0d5a9e1b7c11");
    WalletPlan { rdns, uuid, ..WalletPlan::usual() }
}

impl Person {
    /// Pulls a lever of the usual wallet.
    fn lever(&self, script: &str) {
        self.tab.run(&format!("void (({{ wallet, answers }}) => {{ {script} }})(testWallets[{RDNS:?}])"));
    }

    /// Asserts that nothing was granted and that the page still works.
    fn is_unharmed(&self) {
        assert!(!self.tab.has("leash-bar"), "nothing was granted");
        self.candle(Trend::Up);
    }
}

#[test]
fn an_answer_that_is_no_signature_of_the_owner_grants_nothing() {
    let person = Person::new();
    person.connect();
    person.fund();
    let check = |script: &str, sentence: &str| {
        person.lever(script);
        person.tab.press("grant-sign");
        person.tab.until(sentence, |tab| {
            tab.texts("notice-sentence").into_iter().find(|text| text.contains(sentence))
        });
        person.is_unharmed();
    };
    let foreign = format!("0x{}1b", "11".repeat(64));
    let answer = |text: &str| format!("answers.eth_signTypedData_v4 = {text:?};");
    check("wallet.setRejectSignature(true);", "You declined. Nothing changed.");
    check(&answer("0x1234zz"), "The wallet gave an answer that makes no sense.");
    check(&answer(&foreign), "signature does not match your account");
    // A wallet that never answers: the page shows what it waits for, and goes on with everything else.
    person.lever("answers.eth_signTypedData_v4 = new Promise(() => {});");
    person.tab.press("grant-sign");
    person.tab.until_says("prompt-title", "");
    person.is_unharmed();
    person.tab.reload();
    person.account();
    person.sign();
}

#[test]
fn what_is_switched_while_the_wallet_asks_is_noticed_and_a_late_answer_counts() {
    let person = Person::new();
    let account = person.connect();
    person.fund();
    let asks = || {
        person.lever("window.gate = new Promise((open) => { window.open_gate = open; });");
        person.tab.run(&format!("void (testWallets[{RDNS:?}].gates.eth_signTypedData_v4 = window.gate)"));
        person.tab.press("grant-sign");
        person.tab.until_says("prompt-title", "");
    };
    let answers = || drop(person.tab.run("void window.open_gate()"));
    // Another account is chosen while the window is open: what it signs is not the owner's.
    asks();
    person.lever(&format!("wallet.setSigningAccount(\"{}\");", secret::fresh()));
    person.tab.until("the other account", |tab| {
        let shown = tab.attributes("account-address", "data-full");
        shown.first().is_some_and(|shown| *shown != account.to_string()).then_some(())
    });
    answers();
    person.tab.until("the end of the question", |tab| (!tab.has("prompt-title")).then_some(()));
    person.is_unharmed();
    // Another network is chosen, candles go by, and then the answer comes.
    person.tab.reload();
    person.account();
    person.fund();
    asks();
    person.lever("wallet.setChain(1);");
    person.tab.until_says("switch-chain", "Switch network");
    person.candle(Trend::Up);
    person.candle(Trend::Up);
    assert!(!person.tab.has("leash-bar"), "nothing counts before the answer");
    answers();
    person.tab.until_says("state-word", "Signed");
}

#[test]
fn a_wallet_on_another_network_is_asked_to_switch_before_anything_is_signed() {
    let person = Person::new();
    person.connect();
    person.fund();
    person.lever("wallet.setChain(1);");
    person.tab.until_says("grant-sign-reason", "Switch the wallet to");
    assert!(person.tab.prompts().is_empty(), "nothing can be signed there");
    person.tab.press("switch-chain");
    person.tab.until_says("wallet-state", "Walletless");
    person.sign();
    // Another network under a live grant disturbs neither trading nor the grant.
    person.lever("wallet.setChain(1);");
    person.tab.until_says("switch-chain", "Switch network");
    person.until_averages(Trend::Up);
    person.trade(Trend::Down);
}

#[test]
fn another_account_of_the_wallet_is_another_smart_account() {
    let person = Person::new();
    let first = person.connect();
    let other = secret::fresh();
    person.lever(&format!("wallet.setSigningAccount(\"{other}\");"));
    person.tab.until("the other owner", |tab| {
        (tab.attributes("owner", "data-full") == [secret::address_of(other).to_string()]).then_some(())
    });
    person.tab.until("the other account", |tab| {
        let shown = tab.attributes("account-address", "data-full");
        shown.first().is_some_and(|shown| *shown != first.to_string()).then_some(())
    });
}

#[test]
fn of_two_wallets_with_one_name_the_chosen_one_is_asked() {
    let (usual, impostor) = (WalletPlan::usual(), impostor());
    let person = Person::with(Windows::Headless, &[usual, impostor.clone()]);
    person.tab.press("connect-wallet");
    person.tab.until_says("twin-warning", "Two wallets announce the same name");
    assert_eq!(person.tab.texts("wallet-twin").len(), 2, "both are marked");
    person.tab.press(&format!("wallet-offer-{}", impostor.rdns));
    person.account();
    let owner = secret::address_of(impostor.key).to_string();
    assert_eq!(person.tab.attributes("owner", "data-full"), [owner]);
    assert!(
        person.tab.asked_of_wallet().iter().all(|(rdns, _)| rdns == impostor.rdns),
        "the other was not asked"
    );
}

#[test]
fn a_wallet_that_announces_itself_late_appears_by_itself() {
    let late = WalletPlan { is_late: true, ..WalletPlan::usual() };
    let person = Person::with(Windows::Headless, &[late]);
    person.tab.press("connect-wallet");
    person.tab.until_says("no-wallets", "No wallet found");
    person.tab.run(&format!("testWallets[{RDNS:?}].announce()"));
    person.tab.press(&format!("wallet-offer-{RDNS}"));
    person.account();
}

#[test]
fn without_a_wallet_the_market_is_shown_and_the_picker_says_what_is_missing() {
    let person = Person::with(Windows::Headless, &[]);
    person.tab.until("a price", |tab| tab.text("price").filter(|price| price != "—"));
    person.until_warm();
    person.candle(Trend::Up);
    person.tab.press("guide-connect");
    person.tab.until_says("no-wallets", "Install a wallet extension");
}
