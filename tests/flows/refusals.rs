//! What the chain says before a grant, and what is refused for it: nothing is stored, the wallet is never asked.

use alloy_primitives::{B256, U256, hex};
use alloy_sol_types::{SolCall, SolValue};
use leash::app::{EndpointsText, Intent, Snapshot, TermsText};
use leash::contracts::abi::IEntryPoint::DepositInfo;
use leash::contracts::abi::ISmartSession::{getNonceCall, getSessionDigestCall};
use leash::contracts::{NEXUS_FACTORY, SMART_SESSION};
use leash::ports::{Collection, Store};
use serde_json::{Value, json};

use crate::flow;
use crate::support::faults::Fault;
use crate::support::ground::NODE_PORT;
use crate::support::person::Person;
use crate::support::stack::Stack;

const NODE: &str = "http://127.0.0.1:8545";
const BUNDLER: &str = "http://127.0.0.1:8546";
const PAYMASTER: &str = "http://127.0.0.1:8547";

impl Person {
    /// The node answers so to calls whose calldata begins with, or holds, these bytes.
    fn hears_of(&self, bytes: &[u8], answer: &[u8]) {
        let answer = Fault::Answer(json!(hex::encode_prefixed(answer)));
        self.faults.about(NODE_PORT, "eth_call", &hex::encode(bytes), answer);
    }

    /// Asks for the grant, is told `words`, and nothing came of it. The notice's details.
    async fn is_refused(&self, terms: TermsText, words: &str) -> String {
        self.press(Intent::Grant(terms));
        self.is_told(words).await;
        self.has_granted_nothing().await;
        let stored = self.profile.store.all(Collection::Grants).await.expect("the store opens");
        assert!(stored.is_empty(), "{words}: {} grants are stored", stored.len());
        assert!(self.wallet.prompts().is_empty(), "{words}: the wallet was asked");
        self.dismisses(words).await
    }

    /// Takes the notice that says `words` away, so that it can be told again. Its details.
    async fn dismisses(&self, words: &str) -> String {
        let notices = self.sees().notices;
        let notice = notices.into_iter().find(|notice| notice.sentence.contains(words)).expect("it was told");
        self.press(Intent::Dismiss(notice.id));
        self.until("no such notice", |seen| seen.notices.iter().all(|other| other.id != notice.id)).await;
        notice.details
    }
}

#[test]
fn a_contract_that_understands_a_grant_differently_is_not_granted_on() {
    flow(async {
        let person = Person::funded(&Stack::new()).await;
        let terms = person.suggested_terms().await;
        let words = "The contract understands this grant differently, so nothing is signed.";
        person.hears_of(&getSessionDigestCall::SELECTOR, B256::repeat_byte(7).as_slice());
        let details = person.is_refused(terms.clone(), words).await;
        assert!(details.contains(&B256::repeat_byte(7).to_string()), "{details}");
        person.faults.heal();

        // A nonce that moved: the signature would be void, or the digest would be another one.
        person.hears_of(&getNonceCall::SELECTOR, &U256::ONE.to_be_bytes::<32>());
        let details = person.is_refused(terms.clone(), words).await;
        assert!(details.contains("nonce 1"), "{details}");
        person.faults.heal();
        person.grant(terms).await;
    });
}

#[test]
fn a_factory_without_a_stake_is_not_granted_on() {
    flow(async {
        let person = Person::funded(&Stack::new()).await;
        let terms = person.suggested_terms().await;
        let unstaked = DepositInfo {
            deposit: U256::from(10).pow(U256::from(18)),
            staked: false,
            stake: Default::default(),
            unstakeDelaySec: 86_400,
            withdrawTime: Default::default(),
        };
        person.hears_of(NEXUS_FACTORY.as_slice(), &unstaked.abi_encode());
        person.is_refused(terms.clone(), "The account factory has no stake on this network").await;
        person.faults.heal();
        person.grant(terms).await;
    });
}

#[test]
fn one_contract_that_is_unknown_is_enough() {
    flow(async {
        let person = Person::funded(&Stack::new()).await;
        let terms = person.suggested_terms().await;
        for (code, words) in [
            ("0x6001", "SmartSession is not the audited version, so nothing is signed."),
            ("0x", "SmartSession does not stand on"),
        ] {
            let answer = Fault::Answer(Value::from(code));
            person.faults.about(NODE_PORT, "eth_getCode", &SMART_SESSION.to_string(), answer);
            person.is_refused(terms.clone(), words).await;
            person.faults.heal();
        }
        person.grant(terms).await;
    });
}

#[test]
fn stand_ins_count_on_the_local_chain_only() {
    flow(async {
        let person = Person::funded(&Stack::new()).await;
        let terms = person.suggested_terms().await;
        // The same node and its contracts, on a chain whose money is real.
        person.faults.one(NODE_PORT, "eth_chainId", Fault::Answer(json!("0x2105")));
        let base = |seen: &Snapshot| seen.network.id == "base";
        person.press(Intent::ChooseNetwork("base".to_owned()));
        let servers = EndpointsText {
            node: NODE.to_owned(),
            bundler: BUNDLER.to_owned(),
            paymaster: PAYMASTER.to_owned(),
            ..EndpointsText::default()
        };
        person.press(Intent::EditEndpoints(Box::new(servers)));
        let words = "SmartSession is not the audited version, so nothing is signed.";
        let seen = person.is_told(words).await;
        assert!(base(&seen), "{}", seen.network.id);
        assert_eq!(seen.network.flavour, None);
        person.dismisses(words).await;
        person.is_refused(terms, words).await;
    });
}
