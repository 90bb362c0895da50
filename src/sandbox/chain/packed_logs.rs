//! The logs of a transaction in one piece of memory: a day of them has to fit in a tab.

use alloy_primitives::{Address, B256, Bytes, Log};
use serde::{Deserialize, Serialize};

/// Address, number of topics, topics, length of the data, data; log after log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PackedLogs(Box<[u8]>);

/// One of them, not copied.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogView<'a> {
    pub(super) address: Address,
    topics: &'a [u8],
    data: &'a [u8],
}

impl PackedLogs {
    pub(super) fn new(logs: &[Log]) -> Self {
        let mut bytes = Vec::new();
        for log in logs {
            bytes.extend_from_slice(log.address.as_slice());
            let topics = log.topics();
            bytes.push(u8::try_from(topics.len()).expect("LOG4 is the longest"));
            topics.iter().for_each(|topic| bytes.extend_from_slice(topic.as_slice()));
            let length = u32::try_from(log.data.data.len()).expect("gas ends long before 4 GiB");
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(&log.data.data);
        }
        Self(bytes.into())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = LogView<'_>> {
        let mut rest: &[u8] = &self.0;
        std::iter::from_fn(move || {
            let (address, after) = rest.split_first_chunk::<20>()?;
            let (count, after) = after.split_first()?;
            let (topics, after) = after.split_at_checked(32 * usize::from(*count))?;
            let (length, after) = after.split_first_chunk::<4>()?;
            let (data, after) = after.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
            rest = after;
            Some(LogView { address: Address::from(*address), topics, data })
        })
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl LogView<'_> {
    pub(super) fn topic(&self, position: usize) -> Option<B256> {
        self.topics.chunks_exact(32).nth(position).map(B256::from_slice)
    }

    pub(super) fn topics(&self) -> impl Iterator<Item = B256> {
        self.topics.chunks_exact(32).map(B256::from_slice)
    }

    pub(super) fn to_log(self) -> Log {
        Log::new_unchecked(self.address, self.topics().collect(), Bytes::copy_from_slice(self.data))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_come_back_as_they_were() {
        let log = |topics: u8, data: usize| {
            let topics = (0..topics).map(B256::repeat_byte).collect();
            Log::new_unchecked(Address::repeat_byte(9), topics, vec![7; data].into())
        };
        let logs = [log(0, 0), log(4, 1), log(1, 1_000), log(3, 32)];
        let packed = PackedLogs::new(&logs);
        assert_eq!(packed.iter().map(LogView::to_log).collect::<Vec<_>>(), logs);
        assert_eq!(PackedLogs::new(&[]).iter().count(), 0);
        let cut = PackedLogs(packed.bytes()[..packed.bytes().len() - 1].into());
        assert_eq!(cut.iter().count(), 3, "what is cut short is no log");
    }
}
