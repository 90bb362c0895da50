//! FastLZ level 1, in which SmartSession takes what it enables.
//!
//! Format (<https://github.com/ariya/FastLZ>): a byte `c` with its upper three bits `t`. t = 0: `c + 1` literal
//! bytes follow. t = 1 to 6: repeat `t + 2` bytes from `(c & 31) << 8 | next` + 1 back. t = 7: the length is
//! 9 + the next byte, and the distance's lower byte comes after it.

use thiserror::Error;

const LONGEST_LITERAL: usize = 32;
const SHORTEST_MATCH: usize = 3;
/// 9 + 255.
const LONGEST_MATCH: usize = 264;
const FARTHEST: usize = 8_192;
/// The last bytes are always literal, as in the reference encoder.
const TAIL: usize = 13;
const HASH_BITS: u32 = 13;

/// Why bytes do not decompress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FlzError {
    /// The input ends within an instruction.
    #[error("the compressed data is cut short")]
    CutShort,
    /// A repetition reaches before the beginning.
    #[error("the compressed data refers to {distance} bytes back where only {written} are written")]
    BeforeStart {
        /// How far back.
        distance: usize,
        /// How much there is.
        written: usize,
    },
    /// The output would outgrow its bound.
    #[error("the data decompresses to more than {limit} bytes")]
    TooLong {
        /// The bound.
        limit: usize,
    },
}

/// Compresses `input`, which may be empty.
pub fn flz_compress(input: &[u8]) -> Vec<u8> {
    let mut output = Vec::with_capacity(64 + input.len() / 8);
    // Position + 1 of the last place where three bytes with this hash stood.
    let mut seen = vec![0_usize; 1 << HASH_BITS];
    let mut literals_from = 0;
    let mut at = 0;
    while at + TAIL <= input.len() {
        let triple = triple_at(input, at);
        let before = std::mem::replace(&mut seen[hash(triple)], at + 1);
        let is_match = before > 0 && at + 1 - before <= FARTHEST && triple_at(input, before - 1) == triple;
        if !is_match {
            at += 1;
            continue;
        }
        let from = before - 1;
        let length =
            SHORTEST_MATCH + common_prefix(&input[from + SHORTEST_MATCH..], &input[at + SHORTEST_MATCH..]);
        put_literals(&mut output, &input[literals_from..at]);
        put_match(&mut output, length, at - from);
        at += length;
        literals_from = at;
        for position in [at - 2, at - 1].into_iter().filter(|position| position + TAIL <= input.len()) {
            seen[hash(triple_at(input, position))] = position + 1;
        }
    }
    put_literals(&mut output, &input[literals_from..]);
    output
}

/// Decompresses `input` to at most `limit` bytes.
///
/// # Errors
/// [`FlzError`].
pub fn flz_decompress(input: &[u8], limit: usize) -> Result<Vec<u8>, FlzError> {
    let mut output = Vec::new();
    let mut rest = input;
    while !rest.is_empty() {
        let control = take(&mut rest)?;
        let (kind, low) = (control >> 5, control & 31);
        let length = match kind {
            0 => low + 1,
            7 => 9 + take(&mut rest)?,
            short => short + 2,
        };
        if output.len() + length > limit {
            return Err(FlzError::TooLong { limit });
        }
        if kind == 0 {
            let (literals, after) = rest.split_at_checked(length).ok_or(FlzError::CutShort)?;
            output.extend_from_slice(literals);
            rest = after;
        } else {
            let distance = (low << 8 | take(&mut rest)?) + 1;
            repeat(&mut output, distance, length)?;
        }
    }
    Ok(output)
}

fn take(rest: &mut &[u8]) -> Result<usize, FlzError> {
    let (first, after) = rest.split_first().ok_or(FlzError::CutShort)?;
    *rest = after;
    Ok(usize::from(*first))
}

fn repeat(output: &mut Vec<u8>, distance: usize, length: usize) -> Result<(), FlzError> {
    let written = output.len();
    let start = written.checked_sub(distance).ok_or(FlzError::BeforeStart { distance, written })?;
    let end = written + length;
    while output.len() < end {
        let available = (output.len() - start).min(end - output.len());
        output.extend_from_within(start..start + available);
    }
    Ok(())
}

fn triple_at(input: &[u8], at: usize) -> u32 {
    let bytes = &input[at..at + SHORTEST_MATCH];
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0])
}

/// Multiplicative hashing with 2^32 / golden ratio.
const fn hash(triple: u32) -> usize {
    (triple.wrapping_mul(2_654_435_769) >> (32 - HASH_BITS)) as usize
}

fn common_prefix(left: &[u8], right: &[u8]) -> usize {
    let mut length = 0;
    for (left, right) in left.as_chunks::<8>().0.iter().zip(right.as_chunks::<8>().0) {
        let difference = u64::from_le_bytes(*left) ^ u64::from_le_bytes(*right);
        if difference != 0 {
            return length + difference.trailing_zeros() as usize / 8;
        }
        length += 8;
    }
    length + left[length..].iter().zip(&right[length..]).take_while(|(left, right)| left == right).count()
}

fn put_literals(output: &mut Vec<u8>, literals: &[u8]) {
    for run in literals.chunks(LONGEST_LITERAL) {
        output.push(low_byte(run.len() - 1));
        output.extend_from_slice(run);
    }
}

fn put_match(output: &mut Vec<u8>, length: usize, distance: usize) {
    let back = distance - 1;
    let mut left = length;
    while left > 0 {
        // What remains must again be long enough for a match.
        let is_stub_left = left > LONGEST_MATCH && left < LONGEST_MATCH + SHORTEST_MATCH;
        let run = if is_stub_left { LONGEST_MATCH - SHORTEST_MATCH } else { left.min(LONGEST_MATCH) };
        if run < 9 {
            output.push(low_byte((run - 2) << 5 | back >> 8));
        } else {
            output.push(low_byte(7 << 5 | back >> 8));
            output.push(low_byte(run - 9));
        }
        output.push(low_byte(back));
        left -= run;
    }
}

const fn low_byte(number: usize) -> u8 {
    number.to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Words of a few kinds, as in ABI encodings: long zero runs, repetitions, noise.
    fn any_payload() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            (1_usize..700).prop_map(|length| vec![0; length]),
            (any::<u8>(), 1_usize..40).prop_map(|(byte, length)| vec![byte; length]),
            proptest::collection::vec(any::<u8>(), 0..40),
            proptest::collection::vec(0_u8..3, 0..60),
        ];
        proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(payload in any_payload()) {
            let packed = flz_compress(&payload);
            prop_assert_eq!(flz_decompress(&packed, payload.len()), Ok(payload));
        }

        #[test]
        fn distant_repetitions_round_trip(seed in any::<u64>(), gap in 8_000_usize..8_400) {
            let mut state = seed | 1;
            let noise = std::iter::from_fn(|| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                Some(state.to_be_bytes()[0])
            });
            let mut payload: Vec<u8> = noise.take(gap).collect();
            payload.extend_from_within(..200);
            prop_assert_eq!(flz_decompress(&flz_compress(&payload), payload.len()), Ok(payload));
        }

        #[test]
        fn hostile_input_never_outgrows_its_bound(input in proptest::collection::vec(any::<u8>(), 0..400), limit in 0_usize..2_000) {
            if let Ok(output) = flz_decompress(&input, limit) {
                prop_assert!(output.len() <= limit);
            }
        }
    }

    #[test]
    fn damaged_input_is_refused_with_its_fault() {
        let check = |input: &[u8], error: FlzError| assert_eq!(flz_decompress(input, 300), Err(error));
        check(&[5, 1, 2], FlzError::CutShort);
        check(&[0, 1, 0x20], FlzError::CutShort);
        check(&[0, 1, 0xe0], FlzError::CutShort);
        check(&[0, 1, 0xe0, 3], FlzError::CutShort);
        check(&[0, 1, 0x20, 1], FlzError::BeforeStart { distance: 2, written: 1 });
        check(&[0x3f, 0xff], FlzError::BeforeStart { distance: 8_192, written: 0 });
        check(&[0, 1, 0xe0, 255, 0, 0xe0, 255, 0], FlzError::TooLong { limit: 300 });
        assert_eq!(flz_decompress(&[], 0), Ok(Vec::new()));
    }

    #[test]
    fn every_length_of_a_repetition_can_be_written() {
        for length in 1..1_200 {
            let payload = vec![7; length];
            assert_eq!(flz_decompress(&flz_compress(&payload), length), Ok(payload), "{length}");
        }
    }
}
