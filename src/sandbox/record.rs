//! How genesis and saved sandboxes lie in files and stores: a version, a checksum, then postcard.

use alloy_primitives::Keccak256;
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// Version byte and checksum of version and body.
const HEADER_BYTES: usize = 1 + 4;

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
    // Measured first: what grows while it is written takes three times its room, and a worker's memory never shrinks.
    let length =
        postcard::experimental::serialized_size(value).expect("plain data without maps of unknown length");
    let mut record = Vec::with_capacity(HEADER_BYTES + length);
    record.resize(HEADER_BYTES, version);
    let mut record = postcard::to_extend(value, record).expect("it was measured");
    let sum = checksum(version, &record[HEADER_BYTES..]);
    record[1..HEADER_BYTES].copy_from_slice(&sum);
    record
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
