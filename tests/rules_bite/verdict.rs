//! What the chain says to an operation, to the byte: two errors of different policies share a selector and differ
//! in an address only.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{Panic, SolCall, SolError};
use leash::account::{AaCode, Revert};
use leash::contracts::abi::IERC20::approveCall;
use leash::contracts::abi::IEntryPoint::{FailedOp, FailedOpWithRevert};
use leash::contracts::abi::INexus;
use leash::contracts::abi::ISmartSession as session;
use leash::contracts::abi::ISwapRouter02::exactInputSingleCall;
use leash::contracts::{
    K1_VALIDATOR, RENOUNCE_SELECTOR, RENOUNCE_TARGET, UNI_ACTION_POLICY, USAGE_LIMIT_POLICY,
};
use leash::rpc::RpcError;
use leash::session::{PermissionId, multi_chain_digest, session_digest};

use crate::attempt::Attempt;

/// The answer to an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The EntryPoint takes it.
    Accepted,
    /// A rule on an argument, or a budget.
    AgainstRules,
    /// No uses are left.
    NoUsesLeft,
    /// The call is not among those granted.
    NotGranted,
    /// The call sends ether, judged by the rules of this action.
    SendsEther(Action),
    /// An argument that has a rule is missing.
    CutShort,
    ExecutionType,
    CallType(u8),
    CallsItself,
    CallsPlaceholder,
    EmptyBatch,
    /// The permission is not enabled.
    NotEnabled,
    /// The listed digest is not the session's.
    OtherSession,
    /// The owner did not sign this list.
    NotSigned,
    /// The list names another chain there.
    OtherChain(u64),
    /// The list is shorter.
    OutOfList,
    /// Nobody may pay for the account.
    NoSponsors,
    /// K1 is asked, which is not installed under its own name.
    NoSuchValidator,
    WrongKey,
    OutOfTime,
    NobodyPays,
    WrongNonce,
}

/// An action that the grant has rules for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Swap,
    Approve,
    Renounce,
}

/// `ValueLimitExceeded` as the session module passes it on: the selector and 28 bytes of the first argument.
const VALUE_LIMIT_EXCEEDED: [u8; 4] = session::ValueLimitExceeded::SELECTOR;

enum Evidence {
    /// The EntryPoint's own reason.
    Reason(&'static str),
    /// The account reverted with this.
    Inner(Vec<u8>),
}

impl Verdict {
    fn evidence(self, attempt: &Attempt<'_>) -> Option<Evidence> {
        let id = attempt.id;
        let violation = |policy: Address| session::PolicyViolation { permissionId: id, policy }.abi_encode();
        let inner = match self {
            Self::Accepted => return None,
            Self::WrongKey => return Some(Evidence::Reason("AA24 signature error")),
            Self::OutOfTime => return Some(Evidence::Reason("AA22 expired or not due")),
            Self::NobodyPays => return Some(Evidence::Reason("AA21 didn't pay prefund")),
            Self::WrongNonce => return Some(Evidence::Reason("AA25 invalid account nonce")),
            Self::AgainstRules => violation(UNI_ACTION_POLICY),
            Self::NoUsesLeft => violation(USAGE_LIMIT_POLICY),
            Self::NotGranted => session::NoPoliciesSet { permissionId: id }.abi_encode(),
            Self::SendsEther(action) => {
                let config = action.config_id(attempt);
                let result = B256::from_slice(&[&VALUE_LIMIT_EXCEEDED, &config[..28]].concat());
                session::PolicyCheckReverted { result }.abi_encode()
            }
            Self::CutShort => session::PolicyCheckReverted { result: B256::ZERO }.abi_encode(),
            Self::ExecutionType => session::UnsupportedExecutionType {}.abi_encode(),
            Self::CallType(kind) => session::UnsupportedCallType { callType: [kind].into() }.abi_encode(),
            Self::CallsItself => session::InvalidSelfCall {}.abi_encode(),
            Self::CallsPlaceholder => session::InvalidTarget {}.abi_encode(),
            Self::EmptyBatch => session::NoExecutionsInBatch {}.abi_encode(),
            Self::NotEnabled => session::InvalidPermissionId { permissionId: id }.abi_encode(),
            Self::NoSponsors => session::PaymasterValidationNotEnabled { permissionId: id }.abi_encode(),
            Self::NoSuchValidator => INexus::ValidatorNotInstalled { module: K1_VALIDATOR }.abi_encode(),
            Self::OtherChain(chain_id) => session::ChainIdMismatch { providedChainId: chain_id }.abi_encode(),
            Self::OutOfList => Panic { code: U256::from(0x32) }.abi_encode(),
            Self::OtherSession => other_session(attempt),
            Self::NotSigned => not_signed(attempt),
        };
        Some(Evidence::Inner(inner))
    }

    /// The EntryPoint said exactly this.
    pub(crate) fn assert_on_chain(self, name: &str, attempt: &Attempt<'_>, refusal: Option<&Bytes>) {
        let told = refusal.map(|data| Revert::decode(data));
        match (self.evidence(attempt), refusal) {
            (None, None) => {}
            (Some(Evidence::Reason(reason)), Some(data)) => {
                let failed = FailedOp::abi_decode_validate(data).map(|failed| failed.reason);
                assert_eq!(failed.as_deref(), Ok(reason), "{name}: {told:?}");
            }
            (Some(Evidence::Inner(inner)), Some(data)) => {
                let failed = FailedOpWithRevert::abi_decode_validate(data);
                let failed = failed.unwrap_or_else(|_| panic!("{name}: {self:?} expected, not {told:?}"));
                assert_eq!(failed.reason, "AA23 reverted", "{name}");
                assert_eq!(failed.inner, inner, "{name}: {self:?} expected, not {told:?}");
                let cause = told.as_ref().map(Revert::cause).expect("there is data");
                assert!(!matches!(cause, Revert::Unknown(_)), "{name}: a person is told why, not {cause:?}");
            }
            (_, _) => panic!("{name}: {self:?} expected, not {told:?}"),
        }
    }

    /// The bundler said the same in its words.
    pub(crate) fn assert_by_bundler(self, name: &str, attempt: &Attempt<'_>, refusal: &RpcError) {
        let read = refusal.operation_refusal();
        let (code, message, _) = refusal.refusal().unwrap_or_else(|| panic!("{name}: {refusal}"));
        let (revert, aa) = match self.evidence(attempt).expect("a refusal") {
            Evidence::Reason(reason) => (None, AaCode::find(reason).expect("a code").0),
            Evidence::Inner(inner) => (Some(Revert::decode(&inner)), AaCode(23)),
        };
        let read = read.unwrap_or_else(|| panic!("{name}: {message}"));
        assert_eq!(read.code, Some(aa), "{name}: {message}");
        let expected_code = if self == Self::WrongKey { -32507 } else { -32500 };
        assert_eq!(code, expected_code, "{name}: {message}");
        // Panics are told in words.
        if self != Self::OutOfList {
            assert_eq!(read.revert, revert, "{name}: {message}");
        }
    }

    /// Whether already an estimate is refused: signatures and times are not looked at there.
    pub(crate) const fn is_seen_by_estimate(self) -> bool {
        !matches!(self, Self::Accepted | Self::WrongKey | Self::OutOfTime)
    }
}

impl Action {
    fn config_id(self, attempt: &Attempt<'_>) -> B256 {
        let (target, selector) = match self {
            Self::Swap => (attempt.router(), exactInputSingleCall::SELECTOR.into()),
            Self::Approve => (attempt.token_in(), approveCall::SELECTOR.into()),
            Self::Renounce => (RENOUNCE_TARGET, RENOUNCE_SELECTOR),
        };
        PermissionId(attempt.id).action_config_id(attempt.scene.account(), target, selector)
    }
}

fn other_session(attempt: &Attempt<'_>) -> Vec<u8> {
    let (_, part) = attempt.enable.as_ref().expect("an enabling operation");
    let listed = &part.hashesAndChainIds[usize::from(part.chainDigestIndex)];
    let computed = session_digest(attempt.scene.account(), &part.sessionToEnable, attempt.enable_nonce);
    session::HashMismatch { providedHash: listed.sessionDigest, computedHash: computed }.abi_encode()
}

fn not_signed(attempt: &Attempt<'_>) -> Vec<u8> {
    let (_, part) = attempt.enable.as_ref().expect("an enabling operation");
    let list: Vec<_> =
        part.hashesAndChainIds.iter().map(|entry| (entry.chainId, entry.sessionDigest)).collect();
    let (account, hash) = (attempt.scene.account(), multi_chain_digest(&list));
    session::InvalidEnableSignature { account, hash }.abi_encode()
}
