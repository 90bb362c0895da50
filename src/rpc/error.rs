//! What can go wrong with a peer, and how a person is told.

use alloy_primitives::Bytes;
use thiserror::Error;

use super::wire::ShapeError;
use super::{Peer, PeerRole};
use crate::account::{Refusal, parse_bundler_message};
use crate::ports::TransportError;

/// Why a peer gave no usable answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RpcError {
    /// There is no result. Code, message and data of a refusal are kept for those who read AA codes.
    #[error("the {peer} {source} [{method}]")]
    Transport {
        /// Who.
        peer: Peer,
        /// What was asked.
        method: &'static str,
        /// What happened.
        source: TransportError,
    },
    /// The result is not what the method promises.
    #[error("the {peer} answered nonsense: {shape} [{method}]")]
    Shape {
        /// Who.
        peer: Peer,
        /// What was asked.
        method: &'static str,
        /// Where and what.
        shape: ShapeError,
    },
    /// A call on chain reverted.
    #[error("the call reverted with {data} [{method} of the {peer}]")]
    Reverted {
        /// Who.
        peer: Peer,
        /// What was asked.
        method: &'static str,
        /// Selector and arguments of the error; may be empty.
        data: Bytes,
    },
    /// The answer is well-formed, but Leash does not take it.
    #[error("the {peer} offered something that is not acceptable: {why} [{method}]")]
    Unacceptable {
        /// Who.
        peer: Peer,
        /// What was asked.
        method: &'static str,
        /// Why, as the end of a sentence.
        why: String,
    },
}

impl RpcError {
    /// Who failed.
    pub const fn peer(&self) -> &Peer {
        match self {
            Self::Transport { peer, .. }
            | Self::Shape { peer, .. }
            | Self::Reverted { peer, .. }
            | Self::Unacceptable { peer, .. } => peer,
        }
    }

    /// Code, message and data (JSON text), when the peer understood and refused.
    pub fn refusal(&self) -> Option<(i64, &str, Option<&str>)> {
        match self {
            Self::Transport { source: TransportError::Refused { code, message, data }, .. } => {
                Some((*code, message, data.as_deref()))
            }
            Self::Transport { .. }
            | Self::Shape { .. }
            | Self::Reverted { .. }
            | Self::Unacceptable { .. } => None,
        }
    }

    /// What the wallet meant, when this is a wallet's refusal.
    pub fn wallet_refusal(&self) -> Option<WalletRefusal> {
        let is_wallet = self.peer().role == PeerRole::Wallet;
        self.refusal().filter(|_| is_wallet).map(|(code, message, _)| WalletRefusal::of(code, message))
    }

    /// What bundler or sponsor say of the operation they refused: AA code and reason, from message or data.
    pub fn operation_refusal(&self) -> Option<Refusal> {
        let is_about_operation = matches!(self.peer().role, PeerRole::Bundler | PeerRole::Paymaster);
        let (_, message, data) = self.refusal().filter(|_| is_about_operation)?;
        parse_bundler_message(message).or_else(|| data.and_then(parse_bundler_message))
    }

    /// Revert data of the call that was simulated or refused, wherever the peer put it.
    pub fn revert_data(&self) -> Option<Bytes> {
        match self {
            Self::Reverted { data, .. } => Some(data.clone()),
            Self::Transport { .. } | Self::Shape { .. } | Self::Unacceptable { .. } => {
                self.refusal().and_then(|(code, message, data)| super::revert_data(code, message, data))
            }
        }
    }

    /// Whether asking again, or another peer, may help: nobody understood the question and said no.
    pub const fn is_outage(&self) -> bool {
        match self {
            Self::Transport { source, .. } => !matches!(source, TransportError::Refused { .. }),
            Self::Shape { .. } => true,
            Self::Reverted { .. } | Self::Unacceptable { .. } => false,
        }
    }

    /// For a server that asks for fewer requests: the seconds it wants to be left alone, where it says so. `None`
    /// for all else.
    pub const fn wanted_wait(&self) -> Option<Option<u64>> {
        match self {
            Self::Transport { source: TransportError::Http { status, retry_after_secs, .. }, .. } => {
                match (*status, *retry_after_secs) {
                    (429, secs) => Some(secs),
                    // Out of order, and knows for how long.
                    (503, Some(secs)) => Some(Some(secs)),
                    _ => None,
                }
            }
            Self::Transport { .. }
            | Self::Shape { .. }
            | Self::Reverted { .. }
            | Self::Unacceptable { .. } => None,
        }
    }

    /// What happened, in one sentence for a layman.
    pub fn sentence(&self) -> String {
        let peer = self.peer();
        match self {
            Self::Transport { source, .. } => match source {
                TransportError::Unreachable(_) => format!("The {peer} cannot be reached."),
                TransportError::Timeout { after_millis } if peer.role == PeerRole::Wallet => {
                    format!("The {peer} gave no answer for {} seconds.", after_millis / 1_000)
                }
                TransportError::Timeout { after_millis } => {
                    format!("The {peer} did not answer within {} seconds.", after_millis.div_ceil(1_000))
                }
                TransportError::Http { status: 401..=403, .. } => {
                    format!("The {peer} does not accept the key, or it is used up.")
                }
                TransportError::Http { status: 429, retry_after_secs: Some(secs), .. } => {
                    format!("The {peer} asks to wait {secs} seconds.")
                }
                TransportError::Http { status: 429, .. } => format!("The {peer} asks for fewer requests."),
                TransportError::Http { status, .. } => {
                    format!("The {peer} is out of order (status {status}).")
                }
                TransportError::Malformed(_) => {
                    format!("The {peer} gave an answer that cannot be read.")
                }
                TransportError::TooLarge { .. } => format!("The {peer} gave an answer that is too large."),
                TransportError::Refused { .. } => match (self.wallet_refusal(), self.operation_refusal()) {
                    (Some(refusal), _) => refusal.sentence().to_owned(),
                    (None, Some(refusal)) => refusal.sentence(),
                    (None, None) => format!("The {peer} refused."),
                },
            },
            Self::Shape { .. } => format!("The {peer} gave an answer that makes no sense."),
            Self::Reverted { .. } => "The chain refused the call.".to_owned(),
            Self::Unacceptable { why, .. } => format!("The {peer} is not trusted here: {why}."),
        }
    }

    /// What the person can do; may be empty.
    pub fn advice(&self) -> &'static str {
        let is_wallet = self.peer().role == PeerRole::Wallet;
        match self {
            Self::Transport { source, .. } => match source {
                TransportError::Refused { .. } => match (self.wallet_refusal(), self.operation_refusal()) {
                    (Some(refusal), _) => refusal.advice(),
                    (None, Some(refusal)) => refusal.advice(),
                    (None, None) => "The details say why.",
                },
                TransportError::Timeout { .. } if is_wallet => {
                    "Open the wallet: a request may be waiting there. Then try again."
                }
                TransportError::Unreachable(_) if is_wallet => "Connect the wallet again.",
                TransportError::Unreachable(_) => {
                    "Check the connection; some providers do not allow web pages. Another address can be \
                     entered under “Network”."
                }
                TransportError::Http { status: 401..=403, .. } => {
                    "Enter another key or address under “Network”."
                }
                TransportError::Malformed(_) => {
                    "A network that first wants a login answers like this. Otherwise choose another address \
                     under “Network”."
                }
                TransportError::Timeout { .. }
                | TransportError::Http { .. }
                | TransportError::TooLarge { .. } => {
                    "It is tried again. If it stays so, choose another address under “Network”."
                }
            },
            Self::Shape { .. } | Self::Unacceptable { .. } if is_wallet => "Use another wallet.",
            Self::Shape { .. } | Self::Unacceptable { .. } => "Choose another address under “Network”.",
            Self::Reverted { .. } => "",
        }
    }

    /// Everything else, for the fold. Text from outside: show it inert.
    pub fn details(&self) -> String {
        match self {
            Self::Transport { source: TransportError::Refused { data: Some(data), .. }, .. } => {
                format!("{self} {data}")
            }
            Self::Transport { source: TransportError::Http { body, .. }, .. } => format!("{self} {body}"),
            Self::Transport { .. }
            | Self::Shape { .. }
            | Self::Reverted { .. }
            | Self::Unacceptable { .. } => self.to_string(),
        }
    }
}

/// What a wallet means by its error code (EIP-1193, EIP-1474, EIP-3326).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WalletRefusal {
    /// 4001.
    Declined,
    /// 4100.
    Unauthorised,
    /// 4200: it knows the request and does not do it.
    Unsupported,
    /// -32601: it does not know such a request.
    UnknownMethod,
    /// 4900.
    Disconnected,
    /// 4901.
    ChainDisconnected,
    /// 4902.
    UnknownChain,
    /// -32002.
    RequestPending,
    /// -32005, or “too many requests” in words.
    TooOften,
    /// A wallet that says it is locked.
    Locked,
    /// -32603 and every other code.
    Other,
}

impl WalletRefusal {
    /// The meaning of `code`; `message` helps where wallets use -32603 for everything.
    pub fn of(code: i64, message: &str) -> Self {
        let message = message.to_ascii_lowercase();
        match code {
            4001 => Self::Declined,
            4100 if message.contains("lock") => Self::Locked,
            4100 => Self::Unauthorised,
            4200 => Self::Unsupported,
            -32601 => Self::UnknownMethod,
            4900 => Self::Disconnected,
            4901 => Self::ChainDisconnected,
            4902 => Self::UnknownChain,
            -32002 => Self::RequestPending,
            -32005 => Self::TooOften,
            _ if message.contains("rejected") || message.contains("denied") => Self::Declined,
            _ if message.contains("unrecognized chain") => Self::UnknownChain,
            _ if message.contains("locked") => Self::Locked,
            _ if message.contains("too many requests") => Self::TooOften,
            _ => Self::Other,
        }
    }

    /// One sentence for a layman.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Declined => "You declined. Nothing changed.",
            Self::Unauthorised => "The wallet has not shared this account with the page.",
            Self::Unsupported => "This wallet does not do what was asked.",
            Self::UnknownMethod => "This wallet does not know what it was asked to do.",
            Self::Disconnected => "The wallet is connected to no network.",
            Self::ChainDisconnected => "The wallet has lost its connection to this network.",
            Self::UnknownChain => "The wallet does not know this network yet.",
            Self::RequestPending => "A request is already waiting in the wallet.",
            Self::TooOften => "The wallet asks for fewer requests.",
            Self::Locked => "The wallet is locked.",
            Self::Other => "The wallet could not do it.",
        }
    }

    /// What to do about it; may be empty.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Declined => "",
            Self::Unauthorised => "Connect the wallet again and choose this account.",
            Self::Unsupported | Self::UnknownMethod => {
                "Use another wallet, one that shows the permission in clear."
            }
            Self::Disconnected | Self::ChainDisconnected => {
                "Check the wallet's network; it goes on by itself when the wallet is back."
            }
            Self::UnknownChain => "Let the page add it.",
            Self::RequestPending => "Open the wallet and answer it there.",
            Self::TooOften => "Wait a minute, then try again.",
            Self::Locked => "Unlock your wallet, then try again.",
            Self::Other => "The details say why.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::AaCode;

    fn transport(role: PeerRole, source: TransportError) -> RpcError {
        let peer = Peer { role, name: "example.org".to_owned() };
        RpcError::Transport { peer, method: "eth_call", source }
    }

    fn refused(code: i64, message: &str) -> TransportError {
        TransportError::Refused { code, message: message.to_owned(), data: None }
    }

    #[test]
    fn a_wallets_code_has_its_meaning() {
        let check = |code: i64, message: &str, meaning: WalletRefusal| {
            let error = transport(PeerRole::Wallet, refused(code, message));
            assert_eq!(error.wallet_refusal(), Some(meaning), "{code} {message}");
            assert_eq!(error.sentence(), meaning.sentence());
        };
        check(4001, "", WalletRefusal::Declined);
        check(4100, "x", WalletRefusal::Unauthorised);
        check(4200, "", WalletRefusal::Unsupported);
        check(-32601, "", WalletRefusal::UnknownMethod);
        check(4900, "", WalletRefusal::Disconnected);
        check(4901, "", WalletRefusal::ChainDisconnected);
        check(4902, "", WalletRefusal::UnknownChain);
        check(-32603, "Unrecognized chain ID 0x1", WalletRefusal::UnknownChain);
        check(-32002, "", WalletRefusal::RequestPending);
        check(-32603, "User rejected the request.", WalletRefusal::Declined);
        check(-32603, "Wallet is locked", WalletRefusal::Locked);
        check(-32603, "", WalletRefusal::Other);
        assert_eq!(transport(PeerRole::Node, refused(4001, "")).wallet_refusal(), None);
    }

    #[test]
    fn a_wallet_without_a_name_is_the_wallet() {
        let peer = Peer { role: PeerRole::Wallet, name: String::new() };
        let source = TransportError::Timeout { after_millis: 2_000 };
        let error = RpcError::Transport { peer, method: "personal_sign", source };
        assert_eq!(error.sentence(), "The wallet gave no answer for 2 seconds.");
    }

    #[test]
    fn a_refused_operation_is_told_by_its_reason() {
        let words = "UserOperation reverted with reason: AA25 invalid account nonce";
        let error = transport(PeerRole::Bundler, refused(-32500, words));
        let refusal = error.operation_refusal().expect("an AA code");
        assert_eq!(refusal.code, Some(AaCode(25)));
        assert_eq!((error.sentence(), error.advice()), (refusal.sentence(), refusal.advice()));
        assert_eq!(transport(PeerRole::Bundler, refused(-32602, "no")).operation_refusal(), None);
        assert_eq!(transport(PeerRole::Node, refused(-32500, words)).operation_refusal(), None);
    }

    #[test]
    fn every_broken_answer_has_a_plain_sentence_and_says_how_long_to_wait() {
        use crate::ports::envelope::{MAX_ANSWER_BYTES, parse_response};

        let large = vec![b' '; MAX_ANSWER_BYTES + 1];
        type Row<'a> = (u16, Option<&'a str>, &'a [u8], &'a str, Option<Option<u64>>);
        let rows: [Row<'_>; 10] = [
            (429, Some("7"), b"", "asks to wait 7 seconds", Some(Some(7))),
            (429, None, b"slow down", "asks for fewer requests", Some(None)),
            (429, Some("soon"), br#"{"id":1,"result":1}"#, "asks for fewer requests", Some(None)),
            (500, None, b"oops", "is out of order (status 500)", None),
            (502, Some("9"), b"<html>bad gateway</html>", "is out of order (status 502)", None),
            (503, Some("9"), b"", "is out of order (status 503)", Some(Some(9))),
            (200, None, b"<html>log in</html>", "gave an answer that cannot be read", None),
            (200, None, br#"{"id":1,"resu"#, "gave an answer that cannot be read", None),
            (200, None, b"", "gave an answer that cannot be read", None),
            (200, None, &large, "gave an answer that is too large", None),
        ];
        for role in [PeerRole::Node, PeerRole::Bundler, PeerRole::Paymaster] {
            for (status, header, body, words, wait) in rows {
                let source = parse_response(1, status, header, body).expect_err(words);
                let error = transport(role, source);
                assert_eq!(error.sentence(), format!("The {} (example.org) {words}.", role.noun()));
                assert_eq!(error.wanted_wait(), wait, "{words}");
                assert!(error.is_outage() && !error.advice().is_empty(), "{words}");
            }
        }
    }

    #[test]
    fn every_fault_has_a_plain_sentence() {
        let http = |status| TransportError::Http { status, retry_after_secs: None, body: "<b>".to_owned() };
        let check = |source: TransportError, sentence: &str, is_outage: bool| {
            let error = transport(PeerRole::Node, source);
            assert_eq!(error.sentence(), sentence);
            assert_eq!(error.is_outage(), is_outage, "{sentence}");
            assert!(!error.advice().is_empty() && error.details().contains("eth_call"));
        };
        check(TransportError::Unreachable("x".into()), "The node (example.org) cannot be reached.", true);
        check(
            TransportError::Timeout { after_millis: 9_500 },
            "The node (example.org) did not answer within 10 seconds.",
            true,
        );
        check(http(402), "The node (example.org) does not accept the key, or it is used up.", true);
        check(http(429), "The node (example.org) asks for fewer requests.", true);
        check(http(502), "The node (example.org) is out of order (status 502).", true);
        check(
            TransportError::Malformed("HTML".into()),
            "The node (example.org) gave an answer that cannot be read.",
            true,
        );
        check(refused(-32000, "no"), "The node (example.org) refused.", false);
    }
}
