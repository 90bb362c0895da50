//! Reading a bundler's words: some put the whole evidence into the message text.

use alloy_primitives::hex;

use super::{AaCode, Revert};

/// Hex digits read from a message at most: 8 KB of revert data.
const LONGEST_HEX: usize = 16_384;

/// What a message says about a refused operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// `AAxx`, when it is named.
    pub code: Option<AaCode>,
    /// The revert data, when it is given.
    pub revert: Option<Revert>,
}

impl Refusal {
    /// What happened, for a layman: the contract's own reason, else the code's.
    pub fn sentence(&self) -> String {
        match (&self.revert, self.code) {
            (Some(revert), Some(code)) if *revert.cause() == Revert::Empty => code.sentence().to_owned(),
            (Some(revert), _) => revert.sentence(),
            (None, code) => code.unwrap_or(AaCode(0)).sentence().to_owned(),
        }
    }

    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        let inner = match self.revert.as_ref().map(Revert::cause) {
            Some(Revert::FailedOp { code, .. }) => *code,
            _ => None,
        };
        self.code.or(inner).unwrap_or(AaCode(0)).advice()
    }
}

/// Finds `AAxx` and the hex that follows it in texts such as
/// `UserOperation reverted with reason: AA23 reverted 0x…`, also when a proxy wraps them. `None` when the text
/// holds neither.
pub fn parse_bundler_message(message: &str) -> Option<Refusal> {
    let found = AaCode::find(message);
    let after = found.map_or(message, |(_, end)| message.get(end..).unwrap_or_default());
    let revert = revert_data(after, found.is_some()).map(|data| Revert::decode(&data));
    let refusal = Refusal { code: found.map(|(code, _)| code), revert };
    (refusal.code.is_some() || refusal.revert.is_some()).then_some(refusal)
}

/// The first hex run that can be revert data: whole bytes, and neither an address nor (when no code stands before
/// it) a lone hash.
fn revert_data(text: &str, follows_code: bool) -> Option<Vec<u8>> {
    text.match_indices("0x").find_map(|(start, _)| {
        let digits: &str = text.get(start + 2..)?;
        let length = digits.bytes().take(LONGEST_HEX).take_while(u8::is_ascii_hexdigit).count();
        let is_address = length == 40;
        let is_hash = length == 64;
        let can_be_data =
            length.is_multiple_of(2) && !is_address && !is_hash && (length >= 8 || follows_code);
        if can_be_data { hex::decode(digits.get(..length)?).ok() } else { None }
    })
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{B256, hex};
    use alloy_sol_types::SolError;
    use proptest::prelude::*;

    use super::*;
    use crate::account::PolicyKind;
    use crate::contracts::USAGE_LIMIT_POLICY;
    use crate::contracts::abi::ISmartSession;

    const ID: B256 = B256::repeat_byte(0x3d);

    fn violation() -> String {
        let error = ISmartSession::PolicyViolation { permissionId: ID, policy: USAGE_LIMIT_POLICY };
        hex::encode_prefixed(error.abi_encode())
    }

    #[test]
    fn a_message_gives_up_its_evidence() {
        let check = |message: &str, code: Option<u8>, revert: Option<Revert>| {
            let expected = Some(Refusal { code: code.map(AaCode), revert });
            assert_eq!(parse_bundler_message(message), expected, "{message}");
        };
        let used_up = Revert::PolicyViolation { permission_id: ID, policy: PolicyKind::Uses };
        let estimate = "UserOperation reverted during simulation with reason: AA23 reverted";
        check(&format!("{estimate} {}", violation()), Some(23), Some(used_up.clone()));
        let wrapped = format!(
            "RPC Request failed. URL: http://x/0x1234567890123456789012345678901234567890\nDetails: UserOperation reverted with reason: AA23 reverted {} Version: 1",
            violation()
        );
        check(&wrapped, Some(23), Some(used_up.clone()));
        check(&format!("execution reverted {}", violation()), None, Some(used_up));
        check(&format!("{estimate} 0x"), Some(23), Some(Revert::Empty));
        check("AA23 reverted array sout-of-bounds", Some(23), None);
        check("AA25 invalid account nonce", Some(25), None);
        assert_eq!(
            parse_bundler_message("nonce too low for 0x1234567890123456789012345678901234567890"),
            None
        );
        assert_eq!(parse_bundler_message("Internal error"), None);
    }

    #[test]
    fn the_contracts_reason_is_told_before_the_code() {
        let sentence = |message: &str| parse_bundler_message(message).map(|refusal| refusal.sentence());
        let uses = "The session's uses are used up.";
        assert_eq!(sentence(&format!("AA23 reverted {}", violation())).as_deref(), Some(uses));
        assert_eq!(sentence("AA23 reverted 0x").as_deref(), Some(AaCode(23).sentence()));
        assert_eq!(sentence("AA31 paymaster deposit too low").as_deref(), Some(AaCode(31).sentence()));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "\\PC{0,200}", code in 0_u8..100) {
            let _ = parse_bundler_message(&text);
            let _ = parse_bundler_message(&format!("AA{code:02} 0x{text}"));
        }
    }
}
