//! A session key that is lost, or is another one.

use super::samples::to_sign;
use super::*;
use crate::app::machine::samples::{KEY, START, key_name as sample_name, stored_grant};
use crate::contracts::network_by_id;
use crate::ports::{Collection, Transport};
use crate::trading::Purpose;
use crate::venue::UniswapV3;

/// Ends the sample's session by its own key, which the vault keeps as `kept`. What came of it, and how many rows
/// of the journal were written.
fn ended_with(kept: Option<[u8; 32]>) -> (Result<SignedOperation, Failure>, usize) {
    let nobody = |url: &str| -> std::rc::Rc<dyn Transport> { panic!("{url} is not to be asked") };
    let environment = Environment::in_memory(std::rc::Rc::new(nobody));
    let grant = stored_grant().signed;
    let pool = network_by_id("local").and_then(|network| network.pool).expect("a pool");
    let calls = UniswapV3::new(pool).renounce_calls(grant.grant(), Leg::Buy);
    let (entry, prepared) = to_sign(Purpose::Renounce, calls, grant.grant().end_lane());
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
