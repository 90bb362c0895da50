//! The EntryPoint's refusals by number: `AA21`, `AA23`, …
//!
//! Meanings: <https://github.com/eth-infinitism/account-abstraction>, EntryPoint v0.6 to v0.8.

use std::fmt;

/// The two digits after `AA`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AaCode(pub u8);

impl AaCode {
    /// The first `AAxx` in `text` that stands as a word of its own.
    pub fn find(text: &str) -> Option<(Self, usize)> {
        let bytes = text.as_bytes();
        let is_word = |at: Option<&u8>| at.is_some_and(u8::is_ascii_alphanumeric);
        bytes.windows(4).enumerate().find_map(|(start, window)| {
            let &[b'A', b'A', tens, units] = window else { return None };
            let stands_alone =
                !is_word(start.checked_sub(1).and_then(|at| bytes.get(at))) && !is_word(bytes.get(start + 4));
            let is_code = tens.is_ascii_digit() && units.is_ascii_digit() && stands_alone;
            is_code.then(|| (Self((tens - b'0') * 10 + (units - b'0')), start + 4))
        })
    }

    /// What happened, for a layman.
    pub const fn sentence(self) -> &'static str {
        self.words().0
    }

    /// What to do about it.
    pub const fn advice(self) -> &'static str {
        self.words().1
    }

    const fn words(self) -> (&'static str, &'static str) {
        match self.0 {
            10 => ("The account already exists.", "The next operation goes without creating it."),
            13 | 15 => {
                ("The account could not be created.", "Nothing was spent. The details name the cause.")
            }
            14 => (
                "The account would be created at another address than expected.",
                "Nothing was spent. Pause, and do not deposit to this account.",
            ),
            20 => (
                "The account does not exist on this chain yet.",
                "It is created by the first trade; reload the page.",
            ),
            21 => (
                "Nobody pays the gas for this operation.",
                "The sponsor is missing; try again, or choose another sponsor.",
            ),
            22 => (
                "The session is not valid at this time.",
                "It has ended, or the clock is wrong: sign a new one to go on.",
            ),
            23 => (
                "The account's own rules rejected the operation.",
                "Nothing was spent. The details name the rule.",
            ),
            24 => (
                "The account did not accept the signature.",
                "Nothing was spent. If it comes again, revoke the session and sign a new one.",
            ),
            25 => (
                "Another operation of this account came first.",
                "The chain is read again before anything else is sent.",
            ),
            26 => (
                "Checking the operation took more gas than was set aside.",
                "It was given up; for the next one gas is estimated anew.",
            ),
            30 => ("The sponsor's contract does not exist on this chain.", "Choose another sponsor."),
            31 => ("The sponsor has run out of funds.", "It was given up; choose another sponsor to go on."),
            32 => (
                "The sponsor's promise has expired.",
                "It was given up; the next one gets a promise of its own.",
            ),
            33 => ("The sponsor refused.", "The details name the reason; another sponsor may agree."),
            34 => (
                "The sponsor's signature is not valid.",
                "It was given up; the next one gets a promise of its own.",
            ),
            36 => (
                "The sponsor's check took more gas than was set aside.",
                "It was given up; for the next one gas is estimated anew.",
            ),
            40 | 41 | 51 => (
                "The gas set aside for checking does not fit.",
                "It was given up; for the next one gas is estimated anew.",
            ),
            50 => (
                "The sponsor's last step failed, and the trade was undone.",
                "It counts as a failed trade; try again or choose another sponsor.",
            ),
            90 | 91 => ("The bundler made a mistake with its own fee.", "Choose another bundler."),
            92 => (
                "The operation took a path that only the EntryPoint may take.",
                "Nothing was spent. This should never happen: pause, and see the details.",
            ),
            93 => (
                "The sponsor's data is malformed.",
                "It was given up; the next one gets a promise of its own.",
            ),
            94 => (
                "A gas value is impossibly large.",
                "Nothing was sent: an estimate was absurd. Choose another bundler.",
            ),
            95 => ("The bundler gave the operation too little gas.", "Try again, or choose another bundler."),
            96 => (
                "The operation names an aggregator it should not have.",
                "Nothing was spent. Pause, and see the details.",
            ),
            _ => ("The network rejected the operation.", "Nothing was spent. The details give its code."),
        }
    }
}

impl fmt::Display for AaCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "AA{:02}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_where_it_stands_alone() {
        let check = |text: &str, code: Option<u8>| {
            assert_eq!(AaCode::find(text).map(|(code, _)| code), code.map(AaCode), "{text}");
        };
        check("UserOperation reverted with reason: AA23 reverted 0x", Some(23));
        check("AA25 invalid account nonce", Some(25));
        check("[AA99]", Some(99));
        check("0xAA23", None);
        check("AA234", None);
        check("AAAA21", None);
        check("AA2", None);
        check("ÄAA21", Some(21));
        check("", None);
    }

    #[test]
    fn every_code_has_words() {
        for code in 0..100 {
            let code = AaCode(code);
            assert!(code.sentence().ends_with('.') && code.advice().ends_with('.'), "{code}");
        }
    }
}
