//! What the person is told to compare is what a wallet shows: it stands so in the typed data that the wallet gets.

use super::*;
use crate::app::machine::samples::stored_grant;

#[test]
fn every_row_stands_in_the_typed_data() {
    let stored = stored_grant();
    let grant = stored.signed.grant();
    let typed_data = grant.typed_data_json();
    let rows = compare(grant);
    for wanted in ["Primary type", "account", "chainId", "sessionValidatorInitData", "initData"] {
        assert!(rows.iter().any(|(label, _)| label.contains(wanted)), "{wanted}: {rows:?}");
    }
    for (label, value) in &rows {
        assert!(typed_data.to_lowercase().contains(&value.to_lowercase()), "{label}: {value}");
    }
    let ends = format!("{:012x}", stored.valid_until().0);
    assert!(rows.iter().any(|(_, value)| value.starts_with(&format!("0x{ends}"))), "{ends}: {rows:?}");
    assert_eq!(rows[..3], compare_before(grant), "the first are known before there is a key");
}
