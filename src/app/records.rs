//! How records lie in the store: a version, a checksum, then postcard. What cannot be read is refused with a
//! reason, so that its finder can put it aside; nothing is ever half read.

mod grant_v1;
mod grant_v2;
mod journal_v1;
mod journal_v2;
mod journal_v3;
mod settings_v1;
mod settings_v2;

use std::sync::LazyLock;

use crc::{CRC_32_ISO_HDLC, Crc, Table};
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use super::event::Settings;
use super::grants::GrantRecord;
use crate::trading::{Arrival, JournalEntry};

/// Something that lies in the store.
pub(super) trait Record: Serialize + DeserializeOwned + 'static {
    /// The layout written today. A new layout gets a new number, and the old one a row in [`Record::EARLIER`].
    const VERSION: u8 = 1;
    /// How each earlier layout is read, by its number.
    const EARLIER: &'static [(u8, Reader<Self>)] = &[];
}

/// Reads the body of a record.
type Reader<T> = fn(&[u8]) -> Result<T, RecordError>;

impl Record for Settings {
    const VERSION: u8 = 3;
    const EARLIER: &'static [(u8, Reader<Self>)] = &[(1, settings_v1::read), (2, settings_v2::read)];
}

impl Record for Vec<Arrival> {}

impl Record for JournalEntry {
    const VERSION: u8 = 4;
    const EARLIER: &'static [(u8, Reader<Self>)] =
        &[(1, journal_v1::read), (2, journal_v2::read), (3, journal_v3::read)];
}

impl Record for GrantRecord {
    const VERSION: u8 = 3;
    const EARLIER: &'static [(u8, Reader<Self>)] = &[(1, grant_v1::read), (2, grant_v2::read)];
}

/// Version byte and CRC-32 of the body.
const HEADER_BYTES: usize = 1 + 4;

/// As in zip and PNG, sixteen bytes a step: byte by byte, a long journal spends most of the time that it takes to open
/// on this. The tables are worked out when they are first needed: 16 kB that look like chance are not worth loading.
static CRC_32: LazyLock<Crc<u32, Table<16>>> = LazyLock::new(|| Crc::<u32, Table<16>>::new(&CRC_32_ISO_HDLC));

/// Why a record cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum RecordError {
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
    #[error("the record does not decode: {0}")]
    Shape(String),
}

/// A record that was put aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// Its key.
    pub key: String,
    /// Why it cannot be read.
    pub why: String,
}

/// `value` as a record.
///
/// # Errors
/// [`RecordError::Shape`] for a value that postcard cannot write.
pub(super) fn write<T: Record>(value: &T) -> Result<Vec<u8>, RecordError> {
    let body = postcard::to_allocvec(value).map_err(|error| RecordError::Shape(error.to_string()))?;
    let mut record = Vec::with_capacity(HEADER_BYTES + body.len());
    record.push(T::VERSION);
    record.extend_from_slice(&checksum(T::VERSION, &body).to_be_bytes());
    record.extend_from_slice(&body);
    Ok(record)
}

/// The value in `record`.
///
/// # Errors
/// [`RecordError`].
pub(super) fn read<T: Record>(record: &[u8]) -> Result<T, RecordError> {
    let (header, body) = record.split_at_checked(HEADER_BYTES).ok_or(RecordError::Short)?;
    let [version, sum @ ..] = header else { return Err(RecordError::Short) };
    let earlier = T::EARLIER.iter().find(|(earlier, _)| earlier == version).map(|(_, read)| read);
    if *version != T::VERSION && earlier.is_none() {
        return Err(RecordError::UnknownVersion(*version));
    }
    if checksum(*version, body).to_be_bytes() != *sum {
        return Err(RecordError::Checksum);
    }
    earlier.map_or_else(|| decode(body), |read| read(body))
}

/// A whole value and nothing behind it.
fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, RecordError> {
    let (value, rest) =
        postcard::take_from_bytes(body).map_err(|error| RecordError::Shape(error.to_string()))?;
    if rest.is_empty() { Ok(value) } else { Err(RecordError::Shape("it has a tail".into())) }
}

fn checksum(version: u8, body: &[u8]) -> u32 {
    let mut digest = CRC_32.digest();
    digest.update(&[version]);
    digest.update(body);
    digest.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Record for (u64, String, Vec<u8>) {}

    #[test]
    fn the_checksum_is_the_common_one() {
        // The catalogue's check value is that of “123456789”.
        assert_eq!(checksum(b'1', b"23456789"), 0xcbf4_3926);
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let value = (7_u64, "leash".to_owned(), vec![1_u8, 2, 3]);
        let record = write(&value).expect("it can be written");
        assert_eq!(read::<(u64, String, Vec<u8>)>(&record), Ok(value));
        for bit in 0..record.len() * 8 {
            let mut broken = record.clone();
            broken[bit / 8] ^= 1 << (bit % 8);
            assert!(read::<(u64, String, Vec<u8>)>(&broken).is_err(), "bit {bit}");
        }
        for length in 0..record.len() {
            assert!(read::<(u64, String, Vec<u8>)>(&record[..length]).is_err(), "cut at {length}");
        }
    }
}
