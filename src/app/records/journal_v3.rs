//! The journal's third layout: entries were not sealed.

use alloy_primitives::{Address, B256};
use serde::Deserialize;
#[cfg(test)]
use serde::Serialize;

use super::{RecordError, decode};
use crate::trading::{JournalEntry, OrderState, Purpose, SignedBytes, StateChange};
use crate::units::UnixSecs;

/// An entry of this layout and of the one before it, which had other purposes.
#[derive(Deserialize)]
#[cfg_attr(test, derive(Serialize))]
pub(super) struct Unsealed<P> {
    pub(super) id: u64,
    pub(super) chain_id: u64,
    pub(super) account: Address,
    pub(super) grant_id: B256,
    pub(super) purpose: P,
    pub(super) planned_at: UnixSecs,
    pub(super) planned_at_block: u64,
    pub(super) signed: Option<SignedBytes>,
    pub(super) state: OrderState,
    pub(super) history: Vec<StateChange>,
}

impl<P> Unsealed<P> {
    /// As an entry of today, with its purpose in today's words.
    pub(super) fn into_current(self, purpose: impl FnOnce(P) -> Purpose) -> JournalEntry {
        JournalEntry {
            id: self.id,
            chain_id: self.chain_id,
            account: self.account,
            grant_id: self.grant_id,
            purpose: purpose(self.purpose),
            planned_at: self.planned_at,
            planned_at_block: self.planned_at_block,
            signed: self.signed,
            seal: None,
            state: self.state,
            history: self.history,
        }
    }
}

pub(super) fn read(body: &[u8]) -> Result<JournalEntry, RecordError> {
    let old: Unsealed<Purpose> = decode(body)?;
    Ok(old.into_current(|purpose| purpose))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::records::{checksum, read as read_record};

    #[test]
    fn what_the_third_version_wrote_is_read() {
        let history = vec![StateChange { name: "planned".to_owned(), at: UnixSecs(62) }];
        let entry = Unsealed {
            id: 7,
            chain_id: 31_337,
            account: Address::repeat_byte(1),
            grant_id: B256::repeat_byte(2),
            purpose: Purpose::Renounce,
            planned_at: UnixSecs(61),
            planned_at_block: 9,
            signed: None,
            state: OrderState::Expired,
            history: history.clone(),
        };
        let body = postcard::to_allocvec(&entry).expect("it can be written");
        let record = [&[3][..], &checksum(3, &body).to_be_bytes(), &body].concat();
        let read: JournalEntry = read_record(&record).expect("it reads");
        assert_eq!((read.id, read.planned_at_block, read.state), (7, 9, OrderState::Expired));
        assert_eq!((read.purpose, read.seal, read.history), (Purpose::Renounce, None, history));
    }
}
