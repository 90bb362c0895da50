//! The EntryPoint's word in a bundler's words.

use alloy_primitives::hex;
use alloy_sol_types::SolError;

use crate::account::AaCode;
use crate::contracts::abi::IEntryPoint::{FailedOp, FailedOpWithRevert};
use crate::evm::{Execution, Outcome};
use crate::sandbox::methods::Refusal;

/// When it was found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// Asked for an estimate.
    Estimating,
    /// Asked to take it.
    Sending,
}

/// Why the EntryPoint does not take an operation: its reason, and with what the account or sponsor reverted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Objection {
    /// `AAxx` and words.
    pub(super) reason: String,
    /// Revert data one layer deeper.
    inner: Option<Vec<u8>>,
}

impl Objection {
    /// One that the EntryPoint would not word itself.
    pub(super) fn new(reason: &str) -> Self {
        Self { reason: reason.to_owned(), inner: None }
    }

    /// What a simulated bundle says; `None` when it runs through.
    pub(super) fn of(bundle: &Execution) -> Option<Self> {
        match bundle.outcome {
            Outcome::Success => None,
            Outcome::Halted(why) => Some(Self { reason: format!("the bundle fails: {why}"), inner: None }),
            Outcome::Reverted => Some(Self::read(&bundle.output)),
        }
    }

    fn read(data: &[u8]) -> Self {
        if let Ok(failed) = FailedOpWithRevert::abi_decode_validate(data) {
            return Self { reason: failed.reason, inner: Some(failed.inner.to_vec()) };
        }
        match FailedOp::abi_decode_validate(data) {
            Ok(failed) => Self { reason: failed.reason, inner: None },
            Err(_) => Self { reason: "an unknown error".to_owned(), inner: Some(data.to_vec()) },
        }
    }

    /// The number in its reason; 0 without one.
    pub(super) fn code(&self) -> u8 {
        AaCode::find(&self.reason).map_or(0, |(code, _)| code.0)
    }

    /// In the words that clients read: `… with reason: AA23 reverted 0x…`. No data: it is in the message.
    pub(super) fn refusal(&self, moment: Moment) -> Refusal {
        let during = match moment {
            Moment::Estimating => "during simulation ",
            Moment::Sending => "",
        };
        let mut message = format!("UserOperation reverted {during}with reason: {}", self.reason);
        if let Some(inner) = &self.inner {
            message.push(' ');
            message.push_str(&hex::encode_prefixed(inner));
        }
        Refusal::new(rpc_code(self.code()), message)
    }
}

/// The number of ERC-7769 for an `AAxx`, as bundlers in use give it: an account whose time is over (22) counts
/// among the EntryPoint's refusals, a sponsor's is told apart.
const fn rpc_code(code: u8) -> i64 {
    match code {
        24 | 34 => -32_507,
        31 => -32_508,
        32 => -32_503,
        30 | 33 | 36 => -32_501,
        _ => -32_500,
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{Bytes, U256};

    use super::*;
    use crate::account::{Revert, parse_bundler_message};
    use crate::contracts::abi::ISmartSession::InvalidSelfCall;
    use crate::evm::Halt;

    fn reverted(output: Vec<u8>) -> Execution {
        Execution {
            outcome: Outcome::Reverted,
            gas_used: 1,
            gas_refunded: 0,
            output: output.into(),
            logs: Vec::new(),
            created: None,
        }
    }

    fn failed(reason: &str) -> Execution {
        reverted(FailedOp { opIndex: U256::ZERO, reason: reason.to_owned() }.abi_encode())
    }

    #[test]
    fn every_reason_has_its_number() {
        for (reason, code) in [
            ("AA10 sender already constructed", -32_500),
            ("AA13 initCode failed or OOG", -32_500),
            ("AA21 didn't pay prefund", -32_500),
            ("AA22 expired or not due", -32_500),
            ("AA24 signature error", -32_507),
            ("AA25 invalid account nonce", -32_500),
            ("AA30 paymaster not deployed", -32_501),
            ("AA31 paymaster deposit too low", -32_508),
            ("AA32 paymaster expired or not due", -32_503),
            ("AA34 signature error", -32_507),
            ("AA36 over paymasterVerificationGasLimit", -32_501),
            ("AA94 gas values overflow", -32_500),
        ] {
            let refusal = Objection::of(&failed(reason)).expect("refused").refusal(Moment::Sending);
            assert_eq!(refusal.code, code, "{reason}");
            assert_eq!(refusal.message, format!("UserOperation reverted with reason: {reason}"));
            assert_eq!(refusal.data, None);
        }
    }

    #[test]
    fn the_accounts_own_reason_is_in_the_message_and_can_be_read() {
        let inner = Bytes::from(InvalidSelfCall {}.abi_encode());
        let error = FailedOpWithRevert { opIndex: U256::ZERO, reason: "AA23 reverted".to_owned(), inner };
        let objection = Objection::of(&reverted(error.abi_encode())).expect("refused");
        let refusal = objection.refusal(Moment::Estimating);
        let told = "UserOperation reverted during simulation with reason: AA23 reverted 0x540733ea";
        assert_eq!((refusal.code, refusal.message.as_str()), (-32_500, told));
        let read = parse_bundler_message(&refusal.message).expect("readable");
        assert_eq!(read.revert, Some(Revert::Named("InvalidSelfCall")));
    }

    #[test]
    fn what_is_no_word_of_the_entry_point_is_told_as_it_is() {
        let unknown = Objection::of(&reverted(vec![0xde, 0xad])).expect("refused").refusal(Moment::Sending);
        assert_eq!(unknown.message, "UserOperation reverted with reason: an unknown error 0xdead");
        let halted = Execution { outcome: Outcome::Halted(Halt::OutOfGas), ..reverted(Vec::new()) };
        let halted = Objection::of(&halted).expect("refused").refusal(Moment::Sending);
        assert_eq!(halted.message, "UserOperation reverted with reason: the bundle fails: out of gas");
        assert_eq!(halted.code, -32_500);
        let fine = Execution { outcome: Outcome::Success, ..reverted(Vec::new()) };
        assert_eq!(Objection::of(&fine), None);
    }
}
