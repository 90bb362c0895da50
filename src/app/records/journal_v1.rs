//! The journal's first layout: what was signed lay in the states that still needed it, and was gone after them.

use alloy_primitives::{Address, B256, U256};
use serde::Deserialize;

use super::{RecordError, decode};
use crate::trading::{Fill, Inclusion, JournalEntry, OrderState, Purpose, SignedBytes, StateChange};
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
        purpose,
        planned_at,
        planned_at_block,
        signed,
        state,
        history,
    })
}

/// Which block of that number it was, nobody wrote down; a look at the chain tells.
const fn included(success: bool, block: u64, transaction: B256) -> Inclusion {
    Inclusion { success, block, block_hash: B256::ZERO, transaction }
}
