//! The hand-written hashing against hashing generated from the type declarations.

use alloy_primitives::{Address, B256, Bytes, FixedBytes, U256};
use alloy_sol_types::{SolStruct, eip712_domain, sol};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{SignedFlags, multi_chain_digest, session_digest};
use crate::contracts::abi::ISmartSession as abi;
use crate::contracts::{RENOUNCE_SELECTOR, RENOUNCE_TARGET, SMART_SESSION};

sol! {
    struct PolicyData { address policy; bytes initData; }
    struct ActionData { bytes4 actionTargetSelector; address actionTarget; PolicyData[] actionPolicies; }
    struct ERC7739Context { bytes32 appDomainSeparator; string[] contentName; }
    struct ERC7739Data { ERC7739Context[] allowedERC7739Content; PolicyData[] erc1271Policies; }
    struct SignedPermissions { bool permitGenericPolicy; bool permitAdminAccess; bool ignoreSecurityAttestations; bool permitERC4337Paymaster; PolicyData[] userOpPolicies; ERC7739Data erc7739Policies; ActionData[] actions; }
    struct SignedSession { address account; SignedPermissions permissions; address sessionValidator; bytes sessionValidatorInitData; bytes32 salt; address smartSession; uint256 nonce; }
    struct ChainSession { uint64 chainId; SignedSession session; }
    struct MultiChainSession { ChainSession[] sessionsAndChainIds; }
}

fn policies(policies: &[abi::PolicyData]) -> Vec<PolicyData> {
    let policy = |data: &abi::PolicyData| PolicyData { policy: data.policy, initData: data.initData.clone() };
    policies.iter().map(policy).collect()
}

fn signed(account: Address, session: &abi::Session, nonce: U256) -> SignedSession {
    let flags = SignedFlags::of(session);
    let action = |action: &abi::ActionData| ActionData {
        actionTargetSelector: action.actionTargetSelector,
        actionTarget: action.actionTarget,
        actionPolicies: policies(&action.actionPolicies),
    };
    let context = |context: &abi::ERC7739Context| ERC7739Context {
        appDomainSeparator: context.appDomainSeparator,
        contentName: context.contentNames.clone(),
    };
    let erc7739 = &session.erc7739Policies;
    SignedSession {
        account,
        permissions: SignedPermissions {
            permitGenericPolicy: flags.permit_generic_policy,
            permitAdminAccess: flags.permit_admin_access,
            ignoreSecurityAttestations: false,
            permitERC4337Paymaster: flags.permit_paymaster,
            userOpPolicies: policies(&session.userOpPolicies),
            erc7739Policies: ERC7739Data {
                allowedERC7739Content: erc7739.allowedERC7739Content.iter().map(context).collect(),
                erc1271Policies: policies(&erc7739.erc1271Policies),
            },
            actions: session.actions.iter().map(action).collect(),
        },
        sessionValidator: session.sessionValidator,
        sessionValidatorInitData: session.sessionValidatorInitData.clone(),
        salt: session.salt,
        smartSession: SMART_SESSION,
        nonce,
    }
}

fn any_address() -> impl Strategy<Value = Address> {
    any::<[u8; 20]>().prop_map(Address::from)
}

fn any_bytes() -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..100).prop_map(Bytes::from)
}

fn any_policies() -> impl Strategy<Value = Vec<abi::PolicyData>> {
    let policy = (any_address(), any_bytes());
    vec(policy.prop_map(|(policy, data)| abi::PolicyData { policy, initData: data }), 0..3)
}

fn any_action() -> impl Strategy<Value = abi::ActionData> {
    let special = (0_u8..3).prop_map(|last| (RENOUNCE_TARGET, FixedBytes([0, 0, 0, last])));
    let ordinary =
        (any_address(), any::<[u8; 4]>()).prop_map(|(target, selector)| (target, FixedBytes(selector)));
    (prop_oneof![ordinary, special], any_policies()).prop_map(|((target, selector), policies)| {
        abi::ActionData { actionTarget: target, actionTargetSelector: selector, actionPolicies: policies }
    })
}

fn any_erc7739() -> impl Strategy<Value = abi::ERC7739Data> {
    let context = (any::<[u8; 32]>(), vec(".{0,20}", 0..3)).prop_map(|(domain, names)| abi::ERC7739Context {
        appDomainSeparator: B256::new(domain),
        contentNames: names,
    });
    (vec(context, 0..3), any_policies()).prop_map(|(contents, policies)| abi::ERC7739Data {
        allowedERC7739Content: contents,
        erc1271Policies: policies,
    })
}

fn any_session() -> impl Strategy<Value = abi::Session> {
    let scalars = (any_address(), any_bytes(), any::<[u8; 32]>(), any::<bool>());
    (scalars, any_policies(), any_erc7739(), vec(any_action(), 0..4)).prop_map(
        |((validator, data, salt, paymaster), policies, erc7739, actions)| abi::Session {
            sessionValidator: validator,
            sessionValidatorInitData: data,
            salt: B256::new(salt),
            userOpPolicies: policies,
            erc7739Policies: erc7739,
            actions,
            permitERC4337Paymaster: paymaster,
        },
    )
}

proptest! {
    #[test]
    fn any_list_of_sessions_hashes_as_declared(
        sessions in vec((any::<u64>(), any_address(), any_session(), any::<[u8; 32]>()), 0..3)
    ) {
        let domain = eip712_domain! { name: "SmartSession", version: "1", };
        let mut digests = Vec::new();
        let mut declared = Vec::new();
        for (chain_id, account, session, nonce) in sessions {
            let nonce = U256::from_be_bytes(nonce);
            let signed = signed(account, &session, nonce);
            let digest = session_digest(account, &session, nonce);
            prop_assert_eq!(digest, signed.eip712_hash_struct());
            digests.push((chain_id, digest));
            declared.push(ChainSession { chainId: chain_id, session: signed });
        }
        let declared = MultiChainSession { sessionsAndChainIds: declared };
        prop_assert_eq!(multi_chain_digest(&digests), declared.eip712_signing_hash(&domain));
    }
}

#[test]
fn the_flags_follow_the_actions() {
    let check = |target: Address, selector: [u8; 4], generic: bool, admin: bool| {
        let actions = vec![abi::ActionData {
            actionTarget: target,
            actionTargetSelector: FixedBytes(selector),
            actionPolicies: Vec::new(),
        }];
        let flags = SignedFlags::of(&abi::Session { actions, ..abi::Session::default() });
        assert_eq!(
            (flags.permit_generic_policy, flags.permit_admin_access),
            (generic, admin),
            "{selector:?}"
        );
    };
    check(RENOUNCE_TARGET, RENOUNCE_SELECTOR.0, false, true);
    check(RENOUNCE_TARGET, [0, 0, 0, 1], true, false);
    check(RENOUNCE_TARGET, [0, 0, 0, 3], false, false);
    check(SMART_SESSION, RENOUNCE_SELECTOR.0, false, false);
}
