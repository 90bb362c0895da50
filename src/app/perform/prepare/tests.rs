//! How long a sponsor's word may hold.

use std::rc::Rc;

use alloy_primitives::{Address, B256, hex};
use serde_json::json;

use super::*;
use crate::account::NonceKey;
use crate::contracts::NETWORKS;
use crate::ports::{ScriptedTransport, Transport};
use crate::trading::Purpose;

const NOW: UnixSecs = UnixSecs(1_795_000_000);

#[test]
fn a_word_that_holds_for_more_than_ten_minutes_is_taken_on_the_local_chain_only() {
    let until = |secs: u64| Some(NOW.plus_secs(secs));
    for network in NETWORKS {
        for (valid_until, is_too_long) in
            [(until(0), false), (until(600), false), (until(630), false), (until(631), true), (None, true)]
        {
            let expected = is_too_long && !network.is_local();
            assert_eq!(lasts_too_long(network, valid_until, NOW), expected, "{} {valid_until:?}", network.id);
        }
    }
}

/// Prepares an owner's operation on Base, whose sponsor's word holds for `secs`.
fn prepared_on_base(secs: u64) -> Result<PreparedOperation, Failure> {
    let services = Services::of("base", &Default::default()).expect("a known network");
    // Pimlico's layout: mode, validUntil, validAfter, a signature of 65.
    let until = NOW.plus_secs(secs).0.to_be_bytes();
    let data = [&[1][..], &until[2..], &[0; 6], &[7; 65]].concat();
    let paymaster = Rc::new(ScriptedTransport::default());
    let offer = json!({
        "paymaster": services.network.paymasters[0], "paymasterData": hex::encode_prefixed(data),
        "paymasterVerificationGasLimit": "0x9d46", "paymasterPostOpGasLimit": "0x1",
    });
    paymaster.expect("pm_getPaymasterData", Ok(offer));
    let node = Rc::new(ScriptedTransport::default());
    node.expect("eth_call", Ok(json!("0x")));
    let paymaster_url = services.paymaster_url.clone();
    let service = move |url: &str| -> Rc<dyn Transport> {
        let script = if url == paymaster_url { &paymaster } else { &node };
        Rc::<ScriptedTransport>::clone(script)
    };
    let plan = OperationPlan {
        id: 1,
        purpose: Purpose::OwnerRevoke,
        services,
        sender: Address::repeat_byte(0xac),
        owner: Address::repeat_byte(0x0e),
        is_deployed: true,
        calls: vec![Call::new(Address::repeat_byte(2), Bytes::new())],
        authority: Authority::Owner { wallet: "wallet".to_owned() },
        lane: NonceKey::OWNER,
        nonce: Some(U256::ZERO),
        fees: Some(Fees::default()),
        gas_memory: Some(GasMemory { gas: GasLimits::default(), paymaster_gas: (40_000, 1) }),
        spent: Default::default(),
        rehearses_selling: None,
        now: NOW,
    };
    let environment = Environment::in_memory(Rc::new(service));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(prepare(&environment, plan))
}

#[test]
fn on_a_live_network_nothing_is_prepared_under_a_word_that_holds_too_long() {
    let taken = prepared_on_base(600).expect("ten minutes are fine");
    assert_eq!(taken.valid_until, NOW.plus_secs(600));
    assert_ne!(taken.hash.0, B256::ZERO);
    let refused = prepared_on_base(86_400).expect_err("a day is not");
    assert!(refused.sentence.contains("more than ten minutes"), "{refused}");
    assert!(!refused.advice.is_empty());
}
