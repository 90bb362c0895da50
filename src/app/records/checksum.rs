//! CRC-32 as in zip and PNG, eight bytes a step. Byte by byte each waits for the one before, and a long journal spends
//! most of the time that it takes to open on that.

use std::sync::LazyLock;

/// Least significant bit first.
const POLYNOMIAL: u32 = 0xedb8_8320;
const STEP: usize = 8;

/// What is left of a byte with none, one, … seven zero bytes behind it. Worked out when it is first needed: eight
/// kilobytes that look like chance are not worth loading.
static TABLES: LazyLock<[[u32; 256]; STEP]> = LazyLock::new(tables);

/// The checksum of these parts, one behind the other.
pub(super) fn crc_32(parts: &[&[u8]]) -> u32 {
    let tables = &*TABLES;
    !parts.iter().fold(!0, |sum, part| extend(tables, sum, part))
}

fn extend(tables: &[[u32; 256]; STEP], sum: u32, bytes: &[u8]) -> u32 {
    let (steps, rest) = bytes.as_chunks::<STEP>();
    let sum = steps.iter().fold(sum, |sum, step| {
        let mixed = (u64::from_le_bytes(*step) ^ u64::from(sum)).to_le_bytes();
        let left = mixed.iter().zip(tables.iter().rev()).map(|(byte, table)| table[usize::from(*byte)]);
        left.fold(0, |sum, left| sum ^ left)
    });
    rest.iter().fold(sum, |sum, byte| after_byte(&tables[0], sum, *byte))
}

fn after_byte(table: &[u32; 256], sum: u32, byte: u8) -> u32 {
    let [lowest, ..] = sum.to_le_bytes();
    (sum >> 8) ^ table[usize::from(lowest ^ byte)]
}

fn tables() -> [[u32; 256]; STEP] {
    let mut tables = [[0; 256]; STEP];
    for (left, byte) in tables[0].iter_mut().zip(0_u32..) {
        *left = (0..8).fold(byte, |sum, _| (sum >> 1) ^ (POLYNOMIAL * (sum & 1)));
    }
    let first = tables[0];
    for place in 1..STEP {
        tables[place] = tables[place - 1].map(|left| after_byte(&first, left, 0));
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, bit by bit.
    fn slow(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |sum, byte| {
            let begun = sum ^ u32::from(*byte);
            (0..8).fold(begun, |sum, _| if sum & 1 == 1 { (sum >> 1) ^ POLYNOMIAL } else { sum >> 1 })
        })
    }

    #[test]
    fn it_is_the_common_one() {
        // The catalogue's check value.
        assert_eq!(crc_32(&[b"123456789"]), 0xcbf4_3926);
        assert_eq!(crc_32(&[]), 0);
    }

    #[test]
    fn every_length_and_every_cut_give_what_the_definition_gives() {
        let bytes: Vec<u8> = (0_u8..=255).map(|byte| byte.wrapping_mul(167) ^ 0x5a).collect();
        for length in 0..64 {
            assert_eq!(crc_32(&[&bytes[..length]]), slow(&bytes[..length]), "{length} bytes");
            let (one, other) = bytes.split_at(length);
            assert_eq!(crc_32(&[one, other]), slow(&bytes), "cut at {length}");
        }
    }
}
