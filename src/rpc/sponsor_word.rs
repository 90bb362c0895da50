//! How long a sponsor's word holds, read from the bytes that the chain goes by.

use crate::contracts::WordLayout;
use crate::units::UnixSecs;

/// When an operation may be mined under a sponsor's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WordHolds {
    /// The bytes say it.
    Between {
        /// Not before; zero for at once.
        from: UnixSecs,
        /// Not after; `None` for ever.
        until: Option<UnixSecs>,
    },
    /// It could not be read: why, as the end of a sentence.
    Unread(&'static str),
}

impl WordHolds {
    /// The end, where there is one and it was read.
    pub const fn until(&self) -> Option<UnixSecs> {
        match self {
            Self::Between { until, .. } => *until,
            Self::Unread(_) => None,
        }
    }
}

/// Modes by the layouts of [`WordLayout`] in which the account pays nothing.
const PIMLICO_VERIFYING: u8 = 0;
const CANDIDE_FREE: u8 = 2;
/// The last mode that Candide's contract for v0.7 has.
const CANDIDE_LAST: u8 = 2;

const WANTS_TOKENS: &str = "it wants to be paid in a token";
const OTHER_BYTES: &str = "its bytes are not laid out as its contract reads them";

/// Reads `data` as the contract with this layout does. Whatever is longer, shorter or of another mode is not read:
/// bytes taken for an end that are none would be worse than none.
pub(super) fn read_word(layout: WordLayout, data: &[u8]) -> WordHolds {
    let other = WordHolds::Unread(OTHER_BYTES);
    match layout {
        WordLayout::Pimlico => match data.split_first() {
            Some((mode, rest)) if mode >> 1 == PIMLICO_VERIFYING => both_ends(rest, 0, &[64, 65]),
            Some((mode, _)) if mode >> 1 == PIMLICO_VERIFYING + 1 => WordHolds::Unread(WANTS_TOKENS),
            _ => other,
        },
        WordLayout::Candide => match data {
            [CANDIDE_FREE, _markup, rest @ ..] if rest.len() == MOMENT_BYTES + 65 => {
                moment(rest).map_or(other, |until| between(UnixSecs(0), until))
            }
            [0..CANDIDE_LAST, ..] => WordHolds::Unread(WANTS_TOKENS),
            _ => other,
        },
        WordLayout::Biconomy => match data.split_at_checked(20) {
            Some((_payer, rest)) => both_ends(rest, 4, &[64, 65]),
            None => other,
        },
    }
}

/// `uint48`.
const MOMENT_BYTES: usize = 6;

/// `validUntil` and `validAfter`, `more` bytes, and a signature of one of these lengths.
fn both_ends(data: &[u8], more: usize, signatures: &[usize]) -> WordHolds {
    let is_whole = signatures.iter().any(|signature| data.len() == 2 * MOMENT_BYTES + more + signature);
    let moments = data.split_at_checked(MOMENT_BYTES).filter(|_| is_whole);
    let ends = moments.and_then(|(until, after)| moment(until).zip(moment(after)));
    ends.map_or(WordHolds::Unread(OTHER_BYTES), |(until, from)| between(from, until))
}

/// Zero is no end.
fn between(from: UnixSecs, until: UnixSecs) -> WordHolds {
    WordHolds::Between { from, until: (until.0 > 0).then_some(until) }
}

/// The first six bytes.
fn moment(data: &[u8]) -> Option<UnixSecs> {
    let (bytes, _) = data.split_first_chunk::<MOMENT_BYTES>()?;
    Some(UnixSecs(bytes.iter().fold(0, |secs, byte| secs << 8 | u64::from(*byte))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{Bytes, bytes};

    /// From an operation that was mined under Pimlico's real contract.
    const PIMLICO: Bytes = bytes!(
        "0100006b043e7a000000000000e9d822704da2a4240c5f45ddea23ab20415c1308bb75a7aa3f29aabfd46e5f1e340a181b53fcbb457de363560593b869e49d22c50c85c817136db067d75ca3991c"
    );
    /// From an operation that was mined on Ethereum under Candide's, paid in a token: transaction 0x980ad794…, kept
    /// in Candide's own tests (<https://github.com/candidelabs/abstractionkit>,
    /// `test/paymaster/fixtures/tokenQuote/candide-v7-1.json`).
    const CANDIDE_FOR_TOKENS: Bytes = bytes!(
        "00000600006abe095c00000000000000000000000000000000000000000000000000000000a1ea320071a52703399c955489724a24a0e155d729772631d5c782ec02f1087924494b8c1148397f0dc7a8c12c3da114243b7bcd209cd5f9296c46a83b64104e90e875fb1b"
    );
    /// The same under Pimlico's on Base: transaction 0x6bbbda1f…, `pimlico-v7-8453.json` beside the other.
    const PIMLICO_FOR_TOKENS: Bytes = bytes!(
        "020000006abe1c1f000000000000833589fcd6edb6e08f4c7c32d4f71b54bda0291300000000000000000000000000004a2e00000000000000000000000000000000000000000000000000000000a7b16d5b0000000000000000000000000000bb804337ff05c84b9a80ea0a78dbe7b8e102f66d4c088f4ef9a3b09bc1566e4f54ea93e4b9d4599194f66506a70be109e12f17fa1ba6747bf84e8accfb31f1061b5ea74c41f1913392b3b64e77c350ff261e7d4888fb1c"
    );

    const UNTIL: u64 = 0x6b04_3e7a;
    const AFTER: u64 = 0x6b04_3d00;

    fn six(secs: u64) -> Vec<u8> {
        secs.to_be_bytes()[2..].to_vec()
    }

    /// No sponsored words of these two were found in public, so they are built as their contracts read them.
    fn candide(until: u64) -> Vec<u8> {
        [&[2, 0][..], &six(until), &[7; 65]].concat()
    }

    fn biconomy(until: u64, after: u64, signature: usize) -> Vec<u8> {
        let markup = 1_100_000_u32.to_be_bytes();
        [&[0xd5; 20][..], &six(until), &six(after), &markup, &vec![7; signature]].concat()
    }

    #[test]
    fn each_layout_tells_when_its_word_ends() {
        let check = |layout: WordLayout, data: &[u8], from: u64, until: u64| {
            let expected = WordHolds::Between { from: UnixSecs(from), until: Some(UnixSecs(until)) };
            assert_eq!(read_word(layout, data), expected, "{layout:?}");
        };
        check(WordLayout::Pimlico, &PIMLICO, 0, UNTIL);
        check(WordLayout::Pimlico, &PIMLICO[..PIMLICO.len() - 1], 0, UNTIL);
        let later = [&[0][..], &six(UNTIL), &six(AFTER), &[7; 65]].concat();
        check(WordLayout::Pimlico, &later, AFTER, UNTIL);
        check(WordLayout::Candide, &candide(UNTIL), 0, UNTIL);
        check(WordLayout::Biconomy, &biconomy(UNTIL, AFTER, 65), AFTER, UNTIL);
        check(WordLayout::Biconomy, &biconomy(UNTIL, 0, 64), 0, UNTIL);
    }

    #[test]
    fn a_word_without_an_end_is_told_as_such() {
        let endless = WordHolds::Between { from: UnixSecs(0), until: None };
        let pimlico = [&PIMLICO[..1], &[0; 6], &PIMLICO[7..]].concat();
        assert_eq!(read_word(WordLayout::Pimlico, &pimlico), endless);
        assert_eq!(read_word(WordLayout::Candide, &candide(0)), endless);
        assert_eq!(read_word(WordLayout::Biconomy, &biconomy(0, 0, 65)), endless);
    }

    #[test]
    fn a_sponsor_that_wants_to_be_paid_is_none() {
        let check = |layout: WordLayout, data: &[u8]| {
            assert_eq!(read_word(layout, data), WordHolds::Unread(WANTS_TOKENS), "{layout:?}");
        };
        check(WordLayout::Candide, &CANDIDE_FOR_TOKENS);
        check(WordLayout::Candide, &[&[1][..], &candide(UNTIL)[1..]].concat());
        check(WordLayout::Pimlico, &PIMLICO_FOR_TOKENS);
    }

    #[test]
    fn bytes_of_another_length_mode_or_layout_are_not_read() {
        let other = WordHolds::Unread(OTHER_BYTES);
        for (layout, whole) in [
            (WordLayout::Pimlico, PIMLICO.to_vec()),
            (WordLayout::Candide, candide(UNTIL)),
            (WordLayout::Biconomy, biconomy(UNTIL, 0, 65)),
        ] {
            let shorter = &whole[..whole.len() - 2];
            let longer = [&whole[..], &[0]].concat();
            for data in [shorter, &longer, &[], &whole[..1]] {
                assert_eq!(read_word(layout, data), other, "{layout:?}, {} bytes", data.len());
            }
        }
        let mode = |mode: u8, whole: &[u8]| [&[mode], &whole[1..]].concat();
        assert_eq!(read_word(WordLayout::Pimlico, &mode(4, &PIMLICO)), other);
        assert_eq!(read_word(WordLayout::Candide, &mode(3, &candide(UNTIL))), other);
        assert_eq!(read_word(WordLayout::Biconomy, &PIMLICO), other);
        assert_eq!(read_word(WordLayout::Pimlico, &candide(UNTIL)[..73]), WordHolds::Unread(WANTS_TOKENS));
    }
}
