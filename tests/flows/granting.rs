//! Terms, refusals, the one signature, renewal.

use leash::app::{Intent, PageEvent, SessionState, Snapshot, TermsText, WalletView};
use leash::ports::KeyVault;

use crate::evidence::rows;
use crate::flow;
use crate::support::person::Person;
use crate::support::stack::Stack;
use crate::support::wallet::Mood;
use crate::trading::granted_person;

const GRANT: &str = "eth_signTypedData_v4";

impl Person {
    pub(crate) async fn funded(stack: &Stack) -> Self {
        let person = Self::new(stack).await;
        person.hold_market().await;
        person.connect().await;
        person.fund().await;
        person
    }

    async fn previews(&self, terms: TermsText) -> leash::app::Preview {
        self.press(Intent::Preview(terms.clone()));
        let is_shown = |seen: &Snapshot| seen.preview.as_ref().is_some_and(|preview| preview.terms == terms);
        self.until("the preview", is_shown).await.preview.expect("just seen")
    }

    /// No grant, no key, nothing on its way.
    pub(crate) async fn has_granted_nothing(&self) {
        self.never(100, "a grant", |seen| seen.grant.is_some()).await;
        assert_eq!(format!("{:?}", self.profile.vault), "MemoryKeyVault(0 secrets)");
    }
}

#[test]
fn terms_are_refused_with_sentences_and_the_nearest_ones_pass() {
    flow(async {
        let person = Person::funded(&Stack::new()).await;
        let good = person.suggested_terms().await;
        let preview = person.previews(good.clone()).await;
        assert!(preview.refusals.is_empty(), "{:?}", preview.refusals);
        assert!(preview.sentences.len() > 6, "{:?}", preview.sentences);
        assert!(preview.band.contains("cannot sell"), "{}", preview.band);
        assert!(!preview.stolen_key_loss.is_empty() && !preview.at_any_price.is_empty());
        type Change = fn(&mut TermsText);
        let bad: [(Change, &str); 9] = [
            (|terms| terms.buy_lot = "0".into(), "buy_lot"),
            (|terms| terms.buy_lot = "1000000".into(), "buy_lot"),
            (|terms| terms.sell_lot = "3".into(), "sell_lot"),
            (|terms| terms.sell_lots = "1".into(), "sell_lots"),
            (|terms| terms.uses = "2".into(), "uses"),
            (|terms| terms.lowest_sell = "2600".into(), "lowest_sell"),
            (|terms| terms.fast = "15".into(), "slow"),
            (|terms| terms.slippage_percent = "9".into(), "slippage_percent"),
            (|terms| terms.hours = "48".into(), "hours"),
        ];
        for (change, field) in bad {
            let mut terms = good.clone();
            change(&mut terms);
            let preview = person.previews(terms.clone()).await;
            assert!(preview.refusals.iter().any(|refusal| refusal.field == field), "{field}: {preview:#?}");
            let nearest = preview.nearest.unwrap_or_else(|| panic!("nearest terms for {field}"));
            let mended = person.previews(nearest).await;
            assert!(mended.refusals.is_empty(), "{field}: {:?}", mended.refusals);
            person.press(Intent::Grant(terms));
        }
        person.is_told("These terms cannot be granted").await;
        person.has_granted_nothing().await;
        assert!(person.wallet.prompts().is_empty(), "the wallet was never asked");
    });
}

#[test]
fn a_wallet_that_does_not_sign_changes_nothing() {
    flow(async {
        let person = Person::funded(&Stack::new()).await;
        let terms = person.suggested_terms().await;
        for (mood, words) in [
            (Mood::Rejecting, "You declined"),
            (Mood::Forging, "signature does not match your account"),
            (Mood::Babbling, "makes no sense"),
            (Mood::Silent, "gave no answer"),
        ] {
            *person.wallet.mood.borrow_mut() = mood;
            person.press(Intent::Grant(terms.clone()));
            person.is_told(words).await;
            person.has_granted_nothing().await;
        }
        assert_eq!(person.wallet.prompts().len(), 4);
        *person.wallet.mood.borrow_mut() = Mood::Willing;
        person.grant(terms).await;
        person.sells(2).await;
    });
}

#[test]
fn a_locked_wallet_is_told_from_one_that_shares_nothing_and_both_can_be_opened() {
    flow(async {
        let person = Person::new(&Stack::new()).await;
        person.hold_market().await;
        let mood = |mood: Mood| *person.wallet.mood.borrow_mut() = mood;
        let disconnected = |seen: &Snapshot| seen.wallet == WalletView::Disconnected;
        mood(Mood::Locked);
        // As after a reload: nobody pressed anything, so nobody is told anything.
        person.choose_wallet(false);
        person.never(200, "a complaint", |seen| !seen.notices.is_empty() || !disconnected(seen)).await;
        assert_eq!(*person.wallet.asked.borrow(), ["eth_accounts"], "no window was opened");
        for (closed, words) in [
            (Mood::Locked, "A request is already waiting in the wallet."),
            (Mood::Closed, "The wallet has not shared this account with the page."),
        ] {
            mood(closed);
            person.choose_wallet(true);
            person.is_told(words).await;
            person.until("no wallet", disconnected).await;
        }
        mood(Mood::Willing);
        person.connect().await;
        person.fund().await;
        let terms = person.suggested_terms().await;
        // It may also be locked, or close itself, between connecting and signing.
        for (closed, words) in [
            (Mood::Locked, "A request is already waiting in the wallet."),
            (Mood::Closed, "The wallet has not shared this account with the page."),
        ] {
            let told = |seen: &Snapshot| {
                seen.notices.iter().find(|notice| notice.sentence == words).map(|notice| notice.id)
            };
            if let Some(old) = told(&person.sees()) {
                person.press(Intent::Dismiss(old));
                person.until("no notice", |seen| told(seen).is_none()).await;
            }
            mood(closed);
            person.press(Intent::Grant(terms.clone()));
            person.is_told(words).await;
            person.has_granted_nothing().await;
        }
        mood(Mood::Willing);
        person.grant(terms).await;
        person.sells(2).await;
    });
}

#[test]
fn what_changes_before_the_wallet_is_asked_calls_the_grant_off() {
    flow(async {
        let person = Person::funded(&Stack::new()).await;
        let terms = person.suggested_terms().await;
        let (owner, account) = (person.wallet.address().to_string(), person.account().to_string());
        let stranger = "0x00000000000000000000000000000000000000aa".to_owned();
        person.press(Intent::Grant(terms.clone()));
        person.page(PageEvent::AccountsChanged(vec![stranger]));
        person.is_told("nothing was asked of it").await;
        person.has_granted_nothing().await;
        person.page(PageEvent::AccountsChanged(vec![owner]));
        let is_back = |seen: &Snapshot| seen.account.as_ref().is_some_and(|seen| seen.address == account);
        person.until("the owner's account", is_back).await;
        person.press(Intent::Grant(terms.clone()));
        person.page(PageEvent::ChainChanged("0x1".into()));
        person.is_told("The wallet is not on").await;
        person.has_granted_nothing().await;
        person.page(PageEvent::ChainChanged("0x7a69".into()));
        person.profile.store.fail_next_puts(1);
        person.press(Intent::Grant(terms.clone()));
        person.is_told("storage is full").await;
        person.has_granted_nothing().await;
        assert!(person.wallet.prompts().is_empty(), "the wallet was never asked");
        person.grant(terms).await;
    });
}

#[test]
fn a_renewal_says_what_changes_takes_one_signature_and_ends_the_old_session_first() {
    flow(async {
        let person = granted_person(&Stack::new(), |_| ()).await;
        person.sells(2).await;
        let old = person.is_live().await;
        let mut terms = old.terms.clone();
        terms.lots_per_trade = "1".into();
        let preview = person.previews(terms.clone()).await;
        assert!(
            preview.changes.iter().any(|change| change.starts_with("Lots per trade: 2 → 1")),
            "{preview:#?}"
        );
        person.press(Intent::Grant(terms));
        let is_renewed = |seen: &Snapshot| {
            let is_new = seen.grant.as_ref().is_some_and(|grant| {
                grant.session_key != old.session_key && grant.state == SessionState::Signed
            });
            is_new && rows(seen, "End the session", "filled") == 1
        };
        person.until("the new session, and the old one over", is_renewed).await;
        let key = person.profile.vault.open(&format!("session-{}", old.session_key)).await;
        assert!(key.expect("the vault opens").is_none(), "and its key is gone");
        assert_eq!(person.wallet.prompts(), [GRANT, GRANT]);
        person.sells(1).await;
        person.page_tells_the_truth().await;
        person.revokes().await;
        assert_eq!(person.wallet.prompts(), [GRANT, GRANT]);
    });
}
