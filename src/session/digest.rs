//! What the owner signs, hashed by hand: EIP-712 (<https://eips.ethereum.org/EIPS/eip-712>) over SmartSession's
//! `MultiChainSession`. The domain is name and version alone, so it is the same on every chain.

use alloy_primitives::{Address, B256, Keccak256, U256, b256, keccak256};

use crate::contracts::abi::ISmartSession::{ActionData, ERC7739Context, PolicyData, Session};
use crate::contracts::{RENOUNCE_SELECTOR, RENOUNCE_TARGET, SMART_SESSION};

/// Hash of the domain `SmartSession`, version 1.
const DOMAIN_SEPARATOR: B256 = b256!("057501e891776d1482927e5f094ae44049a4d893ba2d7b334dd7db8d38d3a0e1");
const POLICY_DATA: B256 = b256!("dddac12cd8b10a071bea04226e97ac9490698394e19224abc47a5cfeeeb6ee97");
const ACTION_DATA: B256 = b256!("35809859dccf8877c407a59527c2f00fb81ca9c198ebcb0c832c3deaa38d3502");
const ERC7739_CONTEXT: B256 = b256!("006166b2b3a1edaf1da1ce02715d02d4979a4ab93755bff9ec054b0e6a96a1da");
const ERC7739_DATA: B256 = b256!("dfd9b5718eebaa2484740b4ea6939e96189024c15848f16ccce901118114e152");
const SIGNED_PERMISSIONS: B256 = b256!("871289c05e426554eb0f843c9aa542f9c2bc4eba7742ada6a5c014d3568674d4");
const SIGNED_SESSION: B256 = b256!("d44896e3cb83d70abc949a38dd6f9f75e675dc329dfe958617f066f79ff88f05");
const CHAIN_SESSION: B256 = b256!("1ea7e4bc398fa0ccd68d92b5d8931a3fd93eebe1cf0391b4ba28935801af7c80");
const MULTI_CHAIN_SESSION: B256 = b256!("0c9d02fb89a1da34d66ea2088dc9ee6a58efee71cef6f1bb849ed74fc6003d98");

/// The selector that stands, with the renounce target, for a right to call anything.
const GENERIC_SELECTOR: [u8; 4] = [0, 0, 0, 1];

/// The flags that the contract derives from a session before it hashes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SignedFlags {
    /// Any call may fall back on a generic policy.
    pub(super) permit_generic_policy: bool,
    /// SmartSession itself may be called.
    pub(super) permit_admin_access: bool,
    /// A sponsor may pay.
    pub(super) permit_paymaster: bool,
}

impl SignedFlags {
    pub(super) fn of(session: &Session) -> Self {
        let has = |selector: [u8; 4]| {
            let is_it = |action: &ActionData| {
                action.actionTarget == RENOUNCE_TARGET && action.actionTargetSelector == selector
            };
            session.actions.iter().any(is_it)
        };
        Self {
            permit_generic_policy: has(GENERIC_SELECTOR),
            permit_admin_access: has(RENOUNCE_SELECTOR.0),
            permit_paymaster: session.permitERC4337Paymaster,
        }
    }
}

/// Hash of `session` as signed for `account` with enable nonce `nonce` and mode ENABLE: the contract's
/// `getSessionDigest`.
pub fn session_digest(account: Address, session: &Session, nonce: U256) -> B256 {
    let permissions = signed_permissions(session);
    let words = [
        SIGNED_SESSION,
        account.into_word(),
        permissions,
        session.sessionValidator.into_word(),
        keccak256(&session.sessionValidatorInitData),
        session.salt,
        SMART_SESSION.into_word(),
        B256::new(nonce.to_be_bytes()),
    ];
    list(words)
}

/// What the owner's signature covers: every chain id with its session digest, in this order.
pub fn multi_chain_digest(sessions: &[(u64, B256)]) -> B256 {
    let chain_session = |&(chain_id, digest): &(u64, B256)| list([CHAIN_SESSION, number(chain_id), digest]);
    let message = list([MULTI_CHAIN_SESSION, list(sessions.iter().map(chain_session))]);
    let mut hasher = Keccak256::new();
    hasher.update([0x19, 0x01]);
    hasher.update(DOMAIN_SEPARATOR);
    hasher.update(message);
    hasher.finalize()
}

fn signed_permissions(session: &Session) -> B256 {
    let flags = SignedFlags::of(session);
    let flag = |set: bool| B256::with_last_byte(u8::from(set));
    let erc7739 = list([
        ERC7739_DATA,
        list(session.erc7739Policies.allowedERC7739Content.iter().map(context)),
        policies(&session.erc7739Policies.erc1271Policies),
    ]);
    list([
        SIGNED_PERMISSIONS,
        flag(flags.permit_generic_policy),
        flag(flags.permit_admin_access),
        // Attestations are never waived.
        flag(false),
        flag(flags.permit_paymaster),
        policies(&session.userOpPolicies),
        erc7739,
        list(session.actions.iter().map(action)),
    ])
}

fn action(action: &ActionData) -> B256 {
    let selector = B256::right_padding_from(action.actionTargetSelector.as_slice());
    list([ACTION_DATA, selector, action.actionTarget.into_word(), policies(&action.actionPolicies)])
}

fn context(context: &ERC7739Context) -> B256 {
    list([ERC7739_CONTEXT, context.appDomainSeparator, list(context.contentNames.iter().map(keccak256))])
}

fn policies(policies: &[PolicyData]) -> B256 {
    let policy = |data: &PolicyData| list([POLICY_DATA, data.policy.into_word(), keccak256(&data.initData)]);
    list(policies.iter().map(policy))
}

/// keccak256 over words; nothing is copied together.
fn list(words: impl IntoIterator<Item = B256>) -> B256 {
    let mut hasher = Keccak256::new();
    words.into_iter().for_each(|word| hasher.update(word));
    hasher.finalize()
}

fn number(number: u64) -> B256 {
    B256::left_padding_from(&number.to_be_bytes())
}

#[cfg(test)]
mod differential;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::session::Leg;
    use crate::session::samples::{ACCOUNT, grant};

    const POLICY: &str = "PolicyData(address policy,bytes initData)";
    const ACTION: &str =
        "ActionData(bytes4 actionTargetSelector,address actionTarget,PolicyData[] actionPolicies)";
    const CONTEXT: &str = "ERC7739Context(bytes32 appDomainSeparator,string[] contentName)";
    const DATA: &str = "ERC7739Data(ERC7739Context[] allowedERC7739Content,PolicyData[] erc1271Policies)";
    const PERMISSIONS: &str = "SignedPermissions(bool permitGenericPolicy,bool permitAdminAccess,bool ignoreSecurityAttestations,bool permitERC4337Paymaster,PolicyData[] userOpPolicies,ERC7739Data erc7739Policies,ActionData[] actions)";
    const SESSION: &str = "SignedSession(address account,SignedPermissions permissions,address sessionValidator,bytes sessionValidatorInitData,bytes32 salt,address smartSession,uint256 nonce)";
    const CHAIN: &str = "ChainSession(uint64 chainId,SignedSession session)";
    const MULTI: &str = "MultiChainSession(ChainSession[] sessionsAndChainIds)";

    #[test]
    fn type_hashes_are_those_of_the_written_types() {
        // After the type itself come the types it names, in alphabetical order.
        let check = |hash: B256, types: &[&str]| assert_eq!(keccak256(types.concat()), hash, "{}", types[0]);
        check(POLICY_DATA, &[POLICY]);
        check(ACTION_DATA, &[ACTION, POLICY]);
        check(ERC7739_CONTEXT, &[CONTEXT]);
        check(ERC7739_DATA, &[DATA, CONTEXT, POLICY]);
        check(SIGNED_PERMISSIONS, &[PERMISSIONS, ACTION, CONTEXT, DATA, POLICY]);
        check(SIGNED_SESSION, &[SESSION, ACTION, CONTEXT, DATA, POLICY, PERMISSIONS]);
        check(CHAIN_SESSION, &[CHAIN, ACTION, CONTEXT, DATA, POLICY, PERMISSIONS, SESSION]);
        check(MULTI_CHAIN_SESSION, &[MULTI, ACTION, CHAIN, CONTEXT, DATA, POLICY, PERMISSIONS, SESSION]);
        let domain = keccak256("EIP712Domain(string name,string version)");
        assert_eq!(list([domain, keccak256("SmartSession"), keccak256("1")]), DOMAIN_SEPARATOR);
    }

    #[test]
    fn order_chain_and_nonce_are_signed() {
        let grant = grant();
        let [buy, sell] = Leg::BOTH.map(|leg| (1_u64, grant.leg(leg).digest()));
        assert_ne!(multi_chain_digest(&[buy, sell]), multi_chain_digest(&[sell, buy]));
        assert_ne!(multi_chain_digest(&[buy, sell]), multi_chain_digest(&[buy]));
        assert_ne!(multi_chain_digest(&[buy]), multi_chain_digest(&[(2, buy.1)]));
        let session = grant.leg(Leg::Buy).session();
        let digest = session_digest(ACCOUNT, session, U256::ZERO);
        assert_ne!(session_digest(ACCOUNT, session, U256::ONE), digest);
        assert_ne!(session_digest(Address::ZERO, session, U256::ZERO), digest);
    }

    #[test]
    fn rights_that_are_not_in_the_list_of_rules_show_in_the_digest() {
        let session = grant().leg(Leg::Buy).session().clone();
        let digest = |alter: fn(&mut Session)| {
            let mut altered = session.clone();
            alter(&mut altered);
            session_digest(ACCOUNT, &altered, U256::ZERO)
        };
        let digests = [
            digest(|_| {}),
            digest(|session| session.permitERC4337Paymaster = false),
            digest(|session| {
                let context =
                    ERC7739Context { appDomainSeparator: B256::ZERO, contentNames: vec!["Mail".into()] };
                session.erc7739Policies.allowedERC7739Content.push(context);
            }),
            digest(|session| {
                let context = ERC7739Context { appDomainSeparator: B256::ZERO, contentNames: Vec::new() };
                session.erc7739Policies.allowedERC7739Content.push(context);
            }),
            digest(|session| session.erc7739Policies.erc1271Policies = session.userOpPolicies.clone()),
            digest(|session| session.actions[0].actionTarget = RENOUNCE_TARGET),
        ];
        for (position, digest) in digests.iter().enumerate() {
            assert!(!digests[..position].contains(digest), "{position}");
        }
    }

    proptest! {
        #[test]
        fn one_altered_bit_of_a_rule_changes_the_digest(leg in 0_usize..2, action in 0_usize..2, at in 0_usize..3_136, bit in 0_u8..8) {
            let grant = grant();
            let leg = Leg::BOTH[leg];
            let mut session = grant.leg(leg).session().clone();
            let data = &mut session.actions[action].actionPolicies[0].initData;
            let mut bytes = data.to_vec();
            bytes[at] ^= 1 << bit;
            *data = bytes.into();
            prop_assert_ne!(session_digest(ACCOUNT, &session, U256::ZERO), grant.leg(leg).digest());
        }
    }
}
