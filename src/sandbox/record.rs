//! How genesis and saved sandboxes lie in files and stores: a version, a checksum, then postcard.

use alloy_primitives::Keccak256;
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// Version byte and checksum of version and body.
const HEADER_BYTES: usize = 1 + 4;
/// Somewhat more than a day in the sandbox comes to.
const ROOM_BYTES: usize = 8 << 20;

/// Why a record cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RecordError {
    /// Shorter than its own header.
    #[error("the record is cut short")]
    Short,
    /// Written by a version this one does not know.
    #[error("the record has the unknown version {0}")]
    UnknownVersion(u8),
    /// A bit has flipped.
    #[error("the record's checksum does not match")]
    Checksum,
    /// The bytes are not what they should be.
    #[error("the record does not decode")]
    Shape,
}

pub(super) fn write<T: Serialize>(version: u8, value: &T) -> Vec<u8> {
    let mut record = Vec::new();
    write_into(version, value, &mut record);
    record
}

/// Writes over `record`. A worker's memory never shrinks, and between records that are each a little longer than the one
/// before holes are left that fit none: whoever writes often keeps one record, which has room for a day.
pub(super) fn write_into<T: Serialize>(version: u8, value: &T, record: &mut Vec<u8>) {
    // Measured first: what grows while it is written takes three times its room.
    let length = HEADER_BYTES
        + postcard::experimental::serialized_size(value).expect("plain data without maps of unknown length");
    if record.capacity() < length {
        // Given back before the larger one is taken.
        *record = Vec::new();
        record.reserve_exact(length.next_multiple_of(ROOM_BYTES));
    }
    record.clear();
    record.resize(HEADER_BYTES, version);
    *record = postcard::to_extend(value, std::mem::take(record)).expect("it was measured");
    let sum = checksum(version, &record[HEADER_BYTES..]);
    record[1..HEADER_BYTES].copy_from_slice(&sum);
}

pub(super) fn read<T: DeserializeOwned>(version: u8, record: &[u8]) -> Result<T, RecordError> {
    let (header, body) = record.split_at_checked(HEADER_BYTES).ok_or(RecordError::Short)?;
    let [found, sum @ ..] = header else { return Err(RecordError::Short) };
    if *found != version {
        return Err(RecordError::UnknownVersion(*found));
    }
    if checksum(version, body) != *sum {
        return Err(RecordError::Checksum);
    }
    let (value, rest) = postcard::take_from_bytes(body).map_err(|_| RecordError::Shape)?;
    if rest.is_empty() { Ok(value) } else { Err(RecordError::Shape) }
}

/// The start of a hash that is here anyway: the usual CRC-32 brings 16 KiB of tables.
fn checksum(version: u8, body: &[u8]) -> [u8; 4] {
    let mut hasher = Keccak256::new();
    hasher.update([version]);
    hasher.update(body);
    let [a, b, c, d, ..] = hasher.finalize().0;
    [a, b, c, d]
}
