//! The journal's first layout: what was signed lay in the states that still needed it, and was gone after them.

use alloy_primitives::{Address, B256, U256};
use serde::Deserialize;

use super::journal_v2::Purpose;
use super::{RecordError, decode};
use crate::trading::{Fill, Inclusion, JournalEntry, OrderState, SignedBytes, StateChange};
use crate::units::UnixSecs;

#[derive(Deserialize)]
struct Entry {
    id: u64,
    chain_id: u64,
    account: Address,
    grant_id: B256,
    purpose: Purpose,
    planned_at: UnixSecs,
    planned_at_block: u64,
    state: State,
    history: Vec<StateChange>,
}

#[derive(Deserialize)]
enum State {
    Planned,
    Signed(SignedBytes),
    Sent(SignedBytes, UnixSecs),
    Included(B256, bool, u64, B256),
    Settled {
        operation_hash: B256,
        success: bool,
        block: u64,
        transaction: B256,
        fill: Option<Fill>,
        revert_reason: Option<String>,
        gas_cost_wei: U256,
    },
    Expired,
    Replaced(B256),
    Abandoned(String),
    Unknown(B256, String),
}

pub(super) fn read(body: &[u8]) -> Result<JournalEntry, RecordError> {
    let Entry { id, chain_id, account, grant_id, purpose, planned_at, planned_at_block, state, history } =
        decode(body)?;
    // Of what is over only the hash is left, which is all that is asked for then.
    let hash_only = |operation_hash: B256| {
        let (nonce, valid_until) = (U256::ZERO, UnixSecs::default());
        Some(SignedBytes { operation: Vec::new(), operation_hash, nonce, valid_until })
    };
    let (signed, state) = match state {
        State::Planned => (None, OrderState::Planned),
        State::Signed(signed) => (Some(signed), OrderState::Signed),
        State::Sent(signed, sent_at) => (Some(signed), OrderState::Sent { sent_at }),
        State::Included(hash, success, block, transaction) => {
            (hash_only(hash), OrderState::Included(included(success, block, transaction)))
        }
        State::Settled { operation_hash, success, block, transaction, fill, revert_reason, gas_cost_wei } => {
            let inclusion = included(success, block, transaction);
            let state = OrderState::Settled { inclusion, fill, revert_reason, gas_cost_wei };
            (hash_only(operation_hash), state)
        }
        State::Expired => (None, OrderState::Expired),
        State::Replaced(by) => (None, OrderState::Replaced { by }),
        State::Abandoned(why) => (None, OrderState::Abandoned { why }),
        State::Unknown(hash, why) => (hash_only(hash), OrderState::Unknown { why }),
    };
    Ok(JournalEntry {
        id,
        chain_id,
        account,
        grant_id,
        purpose: purpose.into_current(),
        planned_at,
        planned_at_block,
        signed,
        seal: None,
        state,
        history,
    })
}

/// Which block of that number it was, nobody wrote down; a look at the chain tells.
const fn included(success: bool, block: u64, transaction: B256) -> Inclusion {
    Inclusion { success, block, block_hash: B256::ZERO, transaction }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::records::{checksum, read as read_record};

    /// A record as the first layout had it, written field by field.
    fn record(purpose: Purpose, state: &[u8]) -> Vec<u8> {
        let head = (7_u64, 31_337_u64, Address::repeat_byte(1), B256::repeat_byte(2));
        let plan = (purpose, UnixSecs(5), 6_u64);
        let history = vec![StateChange { name: "planned".to_owned(), at: UnixSecs(8) }];
        let part = |bytes: Result<Vec<u8>, postcard::Error>| bytes.expect("it can be written");
        let mut body = [part(postcard::to_allocvec(&head)), part(postcard::to_allocvec(&plan))].concat();
        body.extend_from_slice(state);
        body.extend(part(postcard::to_allocvec(&history)));
        [&[1][..], &checksum(1, &body).to_be_bytes(), &body].concat()
    }

    fn state<T: serde::Serialize>(variant: u8, fields: &T) -> Vec<u8> {
        let fields = postcard::to_allocvec(fields).expect("it can be written");
        [&[variant][..], &fields].concat()
    }

    #[test]
    fn what_the_first_version_wrote_is_read() {
        let read = |state: &[u8]| read_record::<JournalEntry>(&record(Purpose::Renounce, state));
        let hash = B256::repeat_byte(9);
        let entry = read(&[0]).expect("planned");
        assert_eq!((entry.id, entry.planned_at_block, entry.history.len()), (7, 6, 1));
        assert_eq!((entry.signed, entry.state), (None, OrderState::Planned));

        let bytes = (vec![1_u8, 2, 3], hash, U256::from(4), UnixSecs(99));
        let entry = read(&state(1, &bytes)).expect("signed");
        let signed = entry.signed.expect("its bytes");
        assert_eq!((signed.operation, signed.operation_hash), (vec![1, 2, 3], hash));
        assert_eq!((signed.nonce, signed.valid_until), (U256::from(4), UnixSecs(99)));
        assert_eq!(entry.state, OrderState::Signed);
        let entry = read(&state(2, &(&bytes, UnixSecs(11)))).expect("sent");
        assert_eq!(entry.state, OrderState::Sent { sent_at: UnixSecs(11) });

        let settled = (hash, false, 12_u64, hash, None::<Fill>, Some("why".to_owned()), U256::from(3));
        let entry = read(&state(4, &settled)).expect("settled");
        assert_eq!((entry.operation_hash(), entry.state.name()), (Some(hash), "reverted"));
        assert_eq!(entry.state.inclusion().map(|inclusion| inclusion.block), Some(12));
        for (variant, name) in [(5, "expired"), (6, "replaced"), (7, "abandoned"), (8, "unknown")] {
            let fields = match variant {
                5 => Vec::new(),
                6 => state(6, &hash).split_off(1),
                7 => state(7, &"why").split_off(1),
                _ => state(8, &(hash, "why")).split_off(1),
            };
            let entry = read(&[&[variant][..], &fields].concat()).expect("over");
            assert_eq!(entry.state.name(), name);
        }
    }

    #[test]
    fn its_records_are_as_strictly_checked() {
        let whole = record(Purpose::Renounce, &[0]);
        for length in 0..whole.len() {
            assert!(read_record::<JournalEntry>(&whole[..length]).is_err(), "cut at {length}");
        }
        let mut newer = whole;
        newer[0] = 9;
        assert_eq!(read_record::<JournalEntry>(&newer), Err(RecordError::UnknownVersion(9)));
    }
}
