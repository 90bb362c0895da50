//! Why a contract refused: its revert data, read as the errors that account, session module and policies know.

use alloy_primitives::{Address, B256, Bytes, U256, hex};
use alloy_sol_types::{Panic, Revert as ErrorString, SolError};

use super::AaCode;
use crate::contracts::abi::{IEntryPoint, INexus, ISmartSession as Session};
use crate::contracts::{TIME_FRAME_POLICY, UNI_ACTION_POLICY, USAGE_LIMIT_POLICY};

/// Longest text taken from a contract, in characters.
const LONGEST_TEXT: usize = 200;
/// Deepest error within an error.
const DEEPEST: u8 = 3;

/// Which policy said no; errors of two policies share a selector and differ in this address only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyKind {
    /// A rule on an argument, or a budget.
    Arguments,
    /// The number of uses.
    Uses,
    /// The end in time.
    Time,
    /// None that Leash uses.
    Other(Address),
}

/// Revert data with its evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revert {
    /// No data: a bare revert, or out of gas.
    Empty,
    /// `Error(string)`.
    Message(String),
    /// `Panic(uint256)` with its code.
    Panic(U256),
    /// The EntryPoint's `FailedOp` and `FailedOpWithRevert`.
    FailedOp {
        /// The number in its reason.
        code: Option<AaCode>,
        /// Its reason.
        reason: String,
        /// Why, one layer deeper.
        inner: Option<Box<Revert>>,
    },
    /// The permission is not enabled (any more).
    InvalidPermissionId(B256),
    /// A policy refused.
    PolicyViolation {
        /// The permission.
        permission_id: B256,
        /// Which policy.
        policy: PolicyKind,
    },
    /// A policy failed on the call: ether sent along, or arguments cut short.
    PolicyCheckReverted(B256),
    /// The call is not among those allowed.
    NoPoliciesSet(B256),
    /// The permission may not be sponsored.
    PaymasterValidationNotEnabled(B256),
    /// The owner's signature does not cover what is enabled.
    InvalidEnableSignature {
        /// The account.
        account: Address,
        /// What should have been signed.
        hash: B256,
    },
    /// The session differs from the signed one, or its nonce has moved: used or revoked.
    HashMismatch {
        /// In the list.
        provided: B256,
        /// By the contract.
        computed: B256,
    },
    /// Signed for another chain.
    ChainIdMismatch(u64),
    /// A policy was never set up.
    PolicyNotInitialized(B256),
    /// More ether than allowed.
    ValueLimitExceeded {
        /// Sent.
        value: U256,
        /// Allowed.
        limit: U256,
    },
    /// Any other error of the account or the session module, by name.
    Named(&'static str),
    /// Unknown.
    Unknown(Bytes),
}

/// Errors that need no evidence beside their name.
const NAMED: [([u8; 4], &str); 12] = [
    (Session::SignerNotFound::SELECTOR, "SignerNotFound"),
    (Session::UnsupportedExecutionType::SELECTOR, "UnsupportedExecutionType"),
    (Session::UnsupportedCallType::SELECTOR, "UnsupportedCallType"),
    (Session::InvalidSelfCall::SELECTOR, "InvalidSelfCall"),
    (Session::InvalidTarget::SELECTOR, "InvalidTarget"),
    (Session::InvalidActionId::SELECTOR, "InvalidActionId"),
    (Session::UnsupportedPolicy::SELECTOR, "UnsupportedPolicy"),
    (Session::NoExecutionsInBatch::SELECTOR, "NoExecutionsInBatch"),
    (Session::InvalidISessionValidator::SELECTOR, "InvalidISessionValidator"),
    (Session::InvalidUserOpSender::SELECTOR, "InvalidUserOpSender"),
    (INexus::ValidatorNotInstalled::SELECTOR, "ValidatorNotInstalled"),
    (INexus::AccountAccessUnauthorized::SELECTOR, "AccountAccessUnauthorized"),
];

impl Revert {
    /// Reads revert data. Total: what is not known is [`Revert::Unknown`].
    pub fn decode(data: &[u8]) -> Self {
        Self::decode_nested(data, DEEPEST)
    }

    fn decode_nested(data: &[u8], depth: u8) -> Self {
        if data.is_empty() {
            return Self::Empty;
        }
        let known = data.split_first_chunk().and_then(|(selector, _)| match *selector {
            ErrorString::SELECTOR => {
                ErrorString::abi_decode(data).ok().map(|error| Self::Message(shorten(&error.reason)))
            }
            Panic::SELECTOR => Panic::abi_decode(data).ok().map(|panic| Self::Panic(panic.code)),
            IEntryPoint::FailedOp::SELECTOR => {
                IEntryPoint::FailedOp::abi_decode(data).ok().map(|error| Self::failed_op(&error.reason, None))
            }
            IEntryPoint::FailedOpWithRevert::SELECTOR if depth > 0 => {
                let error = IEntryPoint::FailedOpWithRevert::abi_decode(data).ok()?;
                let inner = Self::decode_nested(&error.inner, depth - 1);
                Some(Self::failed_op(&error.reason, Some(Box::new(inner))))
            }
            selector => Self::of_words(selector, data),
        });
        known.unwrap_or_else(|| Self::Unknown(Bytes::copy_from_slice(data)))
    }

    fn failed_op(reason: &str, inner: Option<Box<Self>>) -> Self {
        Self::FailedOp { code: AaCode::find(reason).map(|(code, _)| code), reason: shorten(reason), inner }
    }

    /// Errors whose arguments are plain words.
    fn of_words(selector: [u8; 4], data: &[u8]) -> Option<Self> {
        let word = |index: usize| data.get(4 + 32 * index..36 + 32 * index).map(B256::from_slice);
        let address = |index: usize| word(index).map(Address::from_word);
        let number = |index: usize| word(index).map(|word| U256::from_be_bytes(word.0));
        match selector {
            Session::InvalidPermissionId::SELECTOR => word(0).map(Self::InvalidPermissionId),
            Session::PolicyViolation::SELECTOR => {
                let policy = PolicyKind::of(address(1)?);
                word(0).map(|permission_id| Self::PolicyViolation { permission_id, policy })
            }
            Session::PolicyCheckReverted::SELECTOR => word(0).map(Self::PolicyCheckReverted),
            Session::NoPoliciesSet::SELECTOR => word(0).map(Self::NoPoliciesSet),
            Session::PaymasterValidationNotEnabled::SELECTOR => {
                word(0).map(Self::PaymasterValidationNotEnabled)
            }
            Session::InvalidEnableSignature::SELECTOR => {
                Some(Self::InvalidEnableSignature { account: address(0)?, hash: word(1)? })
            }
            Session::HashMismatch::SELECTOR => {
                Some(Self::HashMismatch { provided: word(0)?, computed: word(1)? })
            }
            Session::ChainIdMismatch::SELECTOR => {
                number(0).and_then(|id| u64::try_from(id).ok()).map(Self::ChainIdMismatch)
            }
            Session::PolicyNotInitialized::SELECTOR => word(0).map(Self::PolicyNotInitialized),
            Session::ValueLimitExceeded::SELECTOR => {
                Some(Self::ValueLimitExceeded { value: number(1)?, limit: number(2)? })
            }
            _ => NAMED.iter().find(|(known, _)| *known == selector).map(|(_, name)| Self::Named(name)),
        }
    }

    /// The deepest reason.
    pub fn cause(&self) -> &Self {
        if let Self::FailedOp { inner: Some(inner), .. } = self
            && **inner != Self::Empty
        {
            return inner.cause();
        }
        self
    }

    /// What happened, for a layman.
    pub fn sentence(&self) -> String {
        let fixed = match self.cause() {
            Self::Empty => "The contract refused without a reason.",
            Self::Message(text) => return format!("The contract refused: “{text}”."),
            Self::Panic(_) => "The contract ran into an internal fault.",
            Self::FailedOp { code: Some(code), .. } => code.sentence(),
            Self::FailedOp { reason, .. } => {
                return format!("The network rejected the operation: “{reason}”.");
            }
            Self::InvalidPermissionId(_) => {
                "The session is not enabled on chain: it was revoked or never used."
            }
            Self::PolicyViolation { policy: PolicyKind::Arguments, .. } => {
                "The session's rules do not allow this call, or its budget is used up."
            }
            Self::PolicyViolation { policy: PolicyKind::Uses, .. } => "The session's uses are used up.",
            Self::PolicyViolation { policy: PolicyKind::Time, .. } => "The session's time is over.",
            Self::PolicyViolation { policy: PolicyKind::Other(_), .. } => {
                "A rule that Leash did not set does not allow this call."
            }
            Self::PolicyCheckReverted(_) => {
                "The session's rules could not be applied to this call: it sends ether or is cut short."
            }
            Self::NoPoliciesSet(_) => "The session does not allow this call.",
            Self::PaymasterValidationNotEnabled(_) => "The session does not allow a sponsor to pay.",
            Self::InvalidEnableSignature { .. } => "The owner's signature does not cover this session.",
            Self::HashMismatch { .. } => {
                "The session differs from what the chain expects: it was already used, revoked or altered."
            }
            Self::ChainIdMismatch(_) => "The session was signed for another chain.",
            Self::PolicyNotInitialized(_) => "A rule of the session was never set up on chain.",
            Self::ValueLimitExceeded { .. } => "The call sends ether, which the session does not allow.",
            Self::Named(name) => return format!("The account refused the operation ({name})."),
            Self::Unknown(data) => {
                let start = data.get(..4).unwrap_or(data);
                return format!("The contract refused with an unknown error (0x{}).", hex::encode(start));
            }
        };
        fixed.to_owned()
    }
}

impl PolicyKind {
    /// The policy at `address`.
    pub fn of(address: Address) -> Self {
        match address {
            UNI_ACTION_POLICY => Self::Arguments,
            USAGE_LIMIT_POLICY => Self::Uses,
            TIME_FRAME_POLICY => Self::Time,
            other => Self::Other(other),
        }
    }
}

fn shorten(text: &str) -> String {
    text.chars().take(LONGEST_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use alloy_primitives::hex;
    use proptest::prelude::*;

    use super::*;

    const ID: B256 = B256::repeat_byte(0x3d);

    #[test]
    fn a_refusal_names_its_cause() {
        let check = |data: Vec<u8>, expected: Revert| assert_eq!(Revert::decode(&data), expected);
        let violation = |policy: Address| Session::PolicyViolation { permissionId: ID, policy }.abi_encode();
        let read = |policy: PolicyKind| Revert::PolicyViolation { permission_id: ID, policy };
        check(violation(UNI_ACTION_POLICY), read(PolicyKind::Arguments));
        check(violation(USAGE_LIMIT_POLICY), read(PolicyKind::Uses));
        check(violation(TIME_FRAME_POLICY), read(PolicyKind::Time));
        check(violation(Address::ZERO), read(PolicyKind::Other(Address::ZERO)));
        check(Session::NoPoliciesSet { permissionId: ID }.abi_encode(), Revert::NoPoliciesSet(ID));
        check(Session::InvalidSelfCall {}.abi_encode(), Revert::Named("InvalidSelfCall"));
        check(Session::ChainIdMismatch { providedChainId: 10 }.abi_encode(), Revert::ChainIdMismatch(10));
        check(
            ErrorString { reason: "Too little received".into() }.abi_encode(),
            Revert::Message("Too little received".into()),
        );
        check(Vec::new(), Revert::Empty);
        check(vec![1, 2, 3], Revert::Unknown(vec![1, 2, 3].into()));
        check(
            violation(Address::ZERO)[..36].to_vec(),
            Revert::Unknown(violation(Address::ZERO)[..36].to_vec().into()),
        );
    }

    #[test]
    fn the_deepest_reason_is_told() {
        let inner = Session::InvalidPermissionId { permissionId: ID }.abi_encode();
        let failed = IEntryPoint::FailedOpWithRevert {
            opIndex: U256::ZERO,
            reason: "AA23 reverted".into(),
            inner: inner.into(),
        };
        let revert = Revert::decode(&failed.abi_encode());
        assert_eq!(revert.cause(), &Revert::InvalidPermissionId(ID));
        let plain = IEntryPoint::FailedOp { opIndex: U256::ZERO, reason: "AA24 signature error".into() };
        assert_eq!(Revert::decode(&plain.abi_encode()).sentence(), AaCode(24).sentence());
        assert_eq!(
            Revert::decode(&hex!("deadbeef00")).sentence(),
            "The contract refused with an unknown error (0xdeadbeef)."
        );
    }

    proptest! {
        #[test]
        fn hostile_data_is_unknown_at_worst(selector in 0_usize..6, rest in proptest::collection::vec(any::<u8>(), 0..300)) {
            let known = [
                ErrorString::SELECTOR, Panic::SELECTOR, IEntryPoint::FailedOp::SELECTOR,
                IEntryPoint::FailedOpWithRevert::SELECTOR, Session::HashMismatch::SELECTOR, [0; 4],
            ];
            let sentence = Revert::decode(&[known[selector].as_slice(), &rest].concat()).sentence();
            prop_assert!(sentence.ends_with('.'));
        }
    }
}
