//! A session key that is lost, or is another one.

use alloy_primitives::U256;

use super::*;
use crate::account::{Fees, GasLimits, UserOperationDraft, execute_call_data};
use crate::app::machine::samples::{ACCOUNT, KEY, START, key_name as sample_name, stored_grant};
use crate::app::operation::OperationPlan;
use crate::app::services::Services;
use crate::ports::{Collection, Transport};
use crate::trading::Purpose;
use crate::venue::UniswapV3;

/// Ends the sample's session by its own key, which the vault keeps as `kept`. What came of it, and how many rows
/// of the journal were written.
fn ended_with(kept: Option<[u8; 32]>) -> (Result<SignedOperation, Failure>, usize) {
    let nobody = |url: &str| -> std::rc::Rc<dyn Transport> { panic!("{url} is not to be asked") };
    let environment = Environment::in_memory(std::rc::Rc::new(nobody));
    let services = Services::of("local", &Default::default()).expect("known");
    let grant = stored_grant().signed;
    let calls =
        UniswapV3::new(services.network.pool.expect("a pool")).renounce_calls(grant.grant(), Leg::Buy);
    let (lane, nonce) = (grant.grant().end_lane(), grant.grant().end_lane().nonce(0));
    let draft = UserOperationDraft {
        sender: ACCOUNT,
        nonce,
        factory: None,
        call_data: execute_call_data(&calls),
        fees: Fees::default(),
        gas: GasLimits::default(),
        sponsorship: None,
    };
    let entry = JournalEntry {
        id: 1,
        chain_id: services.network.chain_id,
        account: ACCOUNT,
        grant_id: grant.grant().id(),
        purpose: Purpose::Renounce,
        planned_at: START,
        planned_at_block: 1,
        signed: None,
        seal: None,
        state: OrderState::Planned,
        history: Vec::new(),
    };
    let plan = OperationPlan {
        id: 1,
        purpose: Purpose::Renounce,
        services,
        sender: ACCOUNT,
        owner: grant.owner(),
        is_deployed: true,
        calls,
        authority: Authority::Session { grant, leg: Leg::Buy, enables: true },
        lane,
        nonce: Some(U256::ZERO),
        fees: None,
        gas_memory: None,
        is_bundler_known: true,
        spent: Spent::default(),
        rehearses_selling: None,
        now: START,
    };
    let hash = draft.hash(31_337);
    let prepared = PreparedOperation { plan, draft, hash, valid_until: START.plus_secs(600) };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        if let Some(kept) = kept {
            environment.vault.put(&sample_name(), &kept).await.expect("kept");
        }
        let signed = sign(&environment, entry, prepared, START).await;
        let rows = environment.store.all(Collection::Journal).await.expect("readable");
        (signed, rows.len())
    })
}

#[test]
fn without_its_key_nothing_is_signed_and_the_owners_way_is_named() {
    for (kept, details) in [
        (None, "no key is stored"),
        (Some([9; 32]), "another key is stored"),
        (Some([0; 32]), "another key is stored"),
    ] {
        let (outcome, rows) = ended_with(kept);
        let failure = outcome.expect_err("refused");
        assert!(failure.sentence.contains("not usable in this browser any more"), "{failure:?}");
        assert!(failure.advice.contains("Revoke the session as the owner"), "{failure:?}");
        assert!(failure.details.contains(details), "{failure:?}");
        assert_eq!(rows, 0, "nothing was signed, so nothing is journalled as signed");
    }
    let (outcome, rows) = ended_with(Some(KEY));
    assert_eq!(outcome.expect("signed").entry.state, OrderState::Signed);
    assert_eq!(rows, 1);
}
