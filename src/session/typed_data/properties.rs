//! The wallet's JSON of any grant, read back by a library that knows nothing of sessions.

use alloy_dyn_abi::TypedData;
use alloy_primitives::{Address, B256, Bytes, U256};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::contracts::abi::ISmartSession::{ActionData, ERC7739Data, PolicyData, Session};
use crate::session::samples::any::any_grant;
use crate::session::{Grant, Leg};

fn get<T: DeserializeOwned>(value: &Value, name: &str) -> T {
    serde_json::from_value(value[name].clone()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn list<T>(value: &Value, name: &str, read: impl Fn(&Value) -> T) -> Vec<T> {
    value[name].as_array().unwrap_or_else(|| panic!("{name} is no list")).iter().map(read).collect()
}

fn policy(value: &Value) -> PolicyData {
    PolicyData { policy: get(value, "policy"), initData: get(value, "initData") }
}

/// A number as decimal text, which every wallet reads alike.
fn decimal<T: std::str::FromStr<Err: std::fmt::Debug> + std::fmt::Display>(value: &Value, name: &str) -> T {
    let text = value[name].as_str().expect("a text");
    let number: T = text.parse().expect("a number");
    assert_eq!(number.to_string(), text, "{name} is written in the one decimal form");
    number
}

fn session(value: &Value) -> Session {
    let permissions = &value["permissions"];
    let action = |value: &Value| ActionData {
        actionTargetSelector: get(value, "actionTargetSelector"),
        actionTarget: get(value, "actionTarget"),
        actionPolicies: list(value, "actionPolicies", policy),
    };
    let rights = &permissions["erc7739Policies"];
    assert!(list(rights, "allowedERC7739Content", Value::clone).is_empty());
    Session {
        sessionValidator: get(value, "sessionValidator"),
        sessionValidatorInitData: get::<Bytes>(value, "sessionValidatorInitData"),
        salt: get::<B256>(value, "salt"),
        userOpPolicies: list(permissions, "userOpPolicies", policy),
        erc7739Policies: ERC7739Data {
            allowedERC7739Content: Vec::new(),
            erc1271Policies: list(rights, "erc1271Policies", policy),
        },
        actions: list(permissions, "actions", action),
        permitERC4337Paymaster: get(permissions, "permitERC4337Paymaster"),
    }
}

/// The grant that the JSON says, from its message alone.
fn read(json: &str) -> Grant {
    let data: Value = serde_json::from_str(json).expect("JSON");
    let entries = list(&data["message"], "sessionsAndChainIds", Value::clone);
    let [buy, sell] = entries.as_slice() else { panic!("{} sessions", entries.len()) };
    let account: Address = get(&buy["session"], "account");
    assert_eq!(account, get::<Address>(&sell["session"], "account"));
    let chain_id: u64 = decimal(buy, "chainId");
    assert_eq!(chain_id, decimal::<u64>(sell, "chainId"));
    let leg = |entry: &Value| (session(&entry["session"]), decimal::<U256>(&entry["session"], "nonce"));
    Grant::read(account, chain_id, leg(buy), leg(sell)).expect("a readable grant")
}

proptest! {
    // The pair's ids are ground, and a grant takes 40 kB of JSON.
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_wallet_hashes_any_grant_to_our_digest(grant in any_grant()) {
        let typed: TypedData = serde_json::from_str(&grant.typed_data_json()).expect("typed data");
        prop_assert_eq!(typed.primary_type.as_str(), "MultiChainSession");
        prop_assert_eq!(typed.eip712_signing_hash().expect("hashable"), grant.digest());
    }

    #[test]
    fn any_grant_can_be_read_out_of_what_the_wallet_shows(grant in any_grant()) {
        let json = grant.typed_data_json();
        let shown: Value = serde_json::from_str(&json).expect("JSON");
        for (position, leg) in Leg::BOTH.into_iter().enumerate() {
            let permissions =
                &shown["message"]["sessionsAndChainIds"][position]["session"]["permissions"];
            prop_assert_eq!(&permissions["permitAdminAccess"], grant.may_renounce(), "{:?}", leg);
            prop_assert_eq!(&permissions["permitGenericPolicy"], false);
            prop_assert_eq!(&permissions["ignoreSecurityAttestations"], false);
        }
        prop_assert!(read(&json) == grant);
    }
}
