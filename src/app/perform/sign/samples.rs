//! An operation under the sample grant, ready to be signed.

use super::*;
use crate::account::{Call, Fees, GasLimits, NonceKey, UserOperationDraft, execute_call_data};
use crate::app::machine::samples::{ACCOUNT, START, stored_grant};
use crate::app::operation::OperationPlan;
use crate::app::services::Services;
use crate::trading::Purpose;

/// These calls in this lane, by the permission for buying, with the planned row of the journal.
pub(super) fn to_sign(
    purpose: Purpose,
    calls: Vec<Call>,
    lane: NonceKey,
) -> (JournalEntry, PreparedOperation) {
    let (grant, services) =
        (stored_grant().signed, Services::of("local", &Default::default()).expect("a network"));
    let (grant_id, owner) = (grant.grant().id(), grant.owner());
    let plan = OperationPlan {
        id: 1,
        purpose,
        services,
        sender: ACCOUNT,
        owner,
        is_deployed: true,
        calls,
        authority: Authority::Session { grant, leg: Leg::Buy, enables: true },
        lane,
        nonce: Some(lane.nonce(0)),
        fees: None,
        gas_memory: None,
        is_bundler_known: true,
        spent: Spent::default(),
        rehearses_selling: None,
        now: START,
    };
    let draft = UserOperationDraft {
        sender: ACCOUNT,
        nonce: lane.nonce(0),
        factory: None,
        call_data: execute_call_data(&plan.calls),
        fees: Fees::default(),
        gas: GasLimits::default(),
        sponsorship: None,
    };
    let entry = JournalEntry {
        id: 1,
        chain_id: 31_337,
        account: ACCOUNT,
        grant_id,
        purpose: plan.purpose,
        planned_at: START,
        planned_at_block: 1,
        signed: None,
        seal: None,
        state: OrderState::Planned,
        history: Vec::new(),
    };
    let hash = draft.hash(31_337);
    (entry, PreparedOperation { plan, draft, hash, valid_until: START.plus_secs(60) })
}
