//! The journal's third layout: entries were not sealed.

use alloy_primitives::{Address, B256};
use serde::Deserialize;
#[cfg(test)]
use serde::Serialize;

use super::{RecordError, decode};
use crate::trading::{JournalEntry, OrderState, Purpose, SignedBytes, StateChange};
use crate::units::UnixSecs;

#[derive(Deserialize)]
#[cfg_attr(test, derive(Serialize))]
struct Entry {
    id: u64,
    chain_id: u64,
    account: Address,
    grant_id: B256,
    purpose: Purpose,
    planned_at: UnixSecs,
    planned_at_block: u64,
    signed: Option<SignedBytes>,
    state: OrderState,
    history: Vec<StateChange>,
}

pub(super) fn read(body: &[u8]) -> Result<JournalEntry, RecordError> {
    let old: Entry = decode(body)?;
    Ok(JournalEntry {
        id: old.id,
        chain_id: old.chain_id,
        account: old.account,
        grant_id: old.grant_id,
        purpose: old.purpose,
        planned_at: old.planned_at,
        planned_at_block: old.planned_at_block,
        signed: old.signed,
        seal: None,
        state: old.state,
        history: old.history,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::records::{checksum, read as read_record};

    #[test]
    fn what_the_third_version_wrote_is_read() {
        let history = vec![StateChange { name: "planned".to_owned(), at: UnixSecs(62) }];
        let entry = Entry {
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
