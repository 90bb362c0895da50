//! What is hashed here is what the chain hashes: digests and ids of sessions, hashes of operations, for random
//! ones with every field in use.

#[path = "support/http_transport.rs"]
mod http_transport;

use std::rc::Rc;
use std::time::Duration;

use alloy_primitives::{Address, B256, Bytes, FixedBytes, U256};
use http_transport::HttpTransport;
use leash::account::{Fees, GasLimits, Sponsorship, UserOperationDraft};
use leash::contracts::abi::ISmartSession::{
    ActionData, ERC7739Context, ERC7739Data, PolicyData, Session, getPermissionIdCall,
};
use leash::contracts::{RENOUNCE_TARGET, SMART_SESSION, network_by_id};
use leash::rpc::{BlockTag, Node};
use leash::session::{PermissionId, session_digest};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

const CASES: usize = 200;
const CHAIN_ID: u64 = 31_337;

/// Asks the chain about the same random values in every run.
fn for_each<S: Strategy>(strategy: S, judge: impl AsyncFn(&Node, S::Value)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let network = network_by_id("local").expect("in the table");
        let transport = HttpTransport::new(network.endpoints.nodes[0], Duration::from_secs(30));
        let node = Node::new(Rc::new(transport), "anvil");
        let mut runner = TestRunner::deterministic();
        for _ in 0..CASES {
            let value = strategy.new_tree(&mut runner).expect("nothing is filtered").current();
            judge(&node, value).await;
        }
    });
}

#[test]
fn sessions_have_the_digest_and_the_name_that_the_contract_gives_them() {
    for_each((any_address(), any_session()), async |node, (account, session)| {
        let id = PermissionId::of(&session);
        let call = getPermissionIdCall { session: session.clone() };
        assert_eq!(node.view(SMART_SESSION, &call, BlockTag::Latest).await, Ok(id.0), "{session:?}");
        let digest = session_digest(account, &session, U256::ZERO);
        let told = node.session_digest(id.0, account, session.clone(), BlockTag::Latest).await;
        assert_eq!(told, Ok(digest), "{session:?}");
    });
}

#[test]
fn operations_have_the_hash_that_the_entry_point_gives_them() {
    for_each((any_draft(), any_bytes(200)), async |node, (draft, signature)| {
        let hash = draft.hash(CHAIN_ID).0;
        let packed = draft.clone().sign_with(signature).pack();
        assert_eq!(node.operation_hash(packed, BlockTag::Latest).await, Ok(hash), "{draft:?}");
    });
}

fn any_address() -> impl Strategy<Value = Address> {
    any::<[u8; 20]>().prop_map(Address::from)
}

fn any_word() -> impl Strategy<Value = B256> {
    any::<[u8; 32]>().prop_map(B256::from)
}

fn any_bytes(most: usize) -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..most).prop_map(Bytes::from)
}

fn any_policies() -> impl Strategy<Value = Vec<PolicyData>> {
    let policy = (any_address(), any_bytes(100));
    vec(policy.prop_map(|(policy, data)| PolicyData { policy, initData: data }), 0..4)
}

/// Among them those that the contract reads flags from.
fn any_action() -> impl Strategy<Value = ActionData> {
    let special = (0_u8..4).prop_map(|last| (RENOUNCE_TARGET, FixedBytes([0, 0, 0, last])));
    let ordinary = (any_address(), any::<[u8; 4]>().prop_map(FixedBytes));
    (prop_oneof![2 => ordinary, 1 => special], any_policies()).prop_map(|((target, selector), policies)| {
        ActionData { actionTarget: target, actionTargetSelector: selector, actionPolicies: policies }
    })
}

fn any_content() -> impl Strategy<Value = ERC7739Data> {
    let context = (any_word(), vec(".{0,40}", 0..4))
        .prop_map(|(domain, names)| ERC7739Context { appDomainSeparator: domain, contentNames: names });
    (vec(context, 0..4), any_policies()).prop_map(|(contents, policies)| ERC7739Data {
        allowedERC7739Content: contents,
        erc1271Policies: policies,
    })
}

fn any_session() -> impl Strategy<Value = Session> {
    let scalars = (any_address(), any_bytes(100), any_word(), any::<bool>());
    (scalars, any_policies(), any_content(), vec(any_action(), 0..5)).prop_map(
        |((validator, data, salt, paymaster), policies, content, actions)| Session {
            sessionValidator: validator,
            sessionValidatorInitData: data,
            salt,
            userOpPolicies: policies,
            erc7739Policies: content,
            actions,
            permitERC4337Paymaster: paymaster,
        },
    )
}

fn any_draft() -> impl Strategy<Value = UserOperationDraft> {
    let gas = any::<[u64; 3]>().prop_map(|[pre_verification, verification, call]| GasLimits {
        pre_verification,
        verification,
        call,
    });
    let fees = any::<[u128; 2]>().prop_map(|[max, max_priority]| Fees { max, max_priority });
    let factory = proptest::option::of((any_address(), any_bytes(300)));
    let sponsor = (any_address(), any::<[u64; 2]>(), any_bytes(200)).prop_map(
        |(paymaster, [verification_gas, post_op_gas], data)| Sponsorship {
            paymaster,
            verification_gas,
            post_op_gas,
            data,
        },
    );
    let sponsorship = proptest::option::of(sponsor);
    let nonce = any_word().prop_map(|word| U256::from_be_bytes(word.0));
    (any_address(), nonce, factory, any_bytes(400), fees, gas, sponsorship).prop_map(
        |(sender, nonce, factory, call_data, fees, gas, sponsorship)| UserOperationDraft {
            sender,
            nonce,
            factory,
            call_data,
            fees,
            gas,
            sponsorship,
        },
    )
}
