//! How long a sponsor's word may hold.

use std::rc::Rc;

use alloy_primitives::{Address, B256, hex};
use serde_json::json;

use super::*;
use crate::account::NonceKey;
use crate::contracts::{NETWORKS, WordLayout};
use crate::ports::{ScriptedTransport, Transport};
use crate::trading::Purpose;

const NOW: UnixSecs = UnixSecs(1_795_000_000);

#[test]
fn only_a_word_that_is_read_and_ends_within_ten_minutes_is_taken_on_live_networks() {
    let between = |from: u64, until: Option<u64>| WordHolds::Between {
        from: UnixSecs(from),
        until: until.map(|secs| NOW.plus_secs(secs)),
    };
    let soon = NOW.plus_secs(31).0;
    let cases = [
        (between(0, Some(0)), ""),
        (between(0, Some(600)), ""),
        (between(NOW.0 + 30, Some(630)), ""),
        (between(0, Some(631)), "more than ten minutes"),
        (between(0, None), "for ever"),
        (between(soon, Some(600)), "only from later on"),
        (WordHolds::Unread("why"), "cannot be read"),
    ];
    for network in NETWORKS {
        for (holds, words) in cases {
            let refused = objection_to_word(network, holds, NOW);
            let is_taken = words.is_empty() || network.is_local();
            assert_eq!(refused.is_none(), is_taken, "{} {holds:?}", network.id);
            if let Some(failure) = refused {
                assert!(failure.sentence.contains(words) && !failure.advice.is_empty(), "{failure}");
            }
        }
    }
}

/// Prepares an owner's operation on Base under a word of the contract with this layout.
fn prepared_on_base(
    layout: WordLayout,
    data: &[u8],
    chain: Option<&str>,
) -> Result<PreparedOperation, Failure> {
    let mut services = Services::of("base", &Default::default()).expect("a known network");
    let sponsor = services.network.paymasters.iter().find(|sponsor| sponsor.layout == layout);
    let paymaster = Rc::new(ScriptedTransport::default());
    let offer = json!({
        "paymaster": sponsor.expect("on Base").address, "paymasterData": hex::encode_prefixed(data),
        "paymasterVerificationGasLimit": "0x9d46", "paymasterPostOpGasLimit": "0x1",
    });
    paymaster.expect("pm_getPaymasterData", Ok(offer));
    let bundler = Rc::new(ScriptedTransport::default());
    if let Some(chain) = chain {
        bundler.expect("eth_chainId", Ok(json!(chain)));
        bundler.expect("eth_supportedEntryPoints", Ok(json!([ENTRY_POINT])));
    }
    let is_bundler_known = chain.is_none();
    let node = Rc::new(ScriptedTransport::default());
    node.expect("eth_call", Ok(json!("0x")));
    // Bundler and sponsor have one address on the network as it stands in the table.
    services.paymaster_url = "sponsor".to_owned();
    let bundler_url = services.bundler_url.clone();
    let service = move |url: &str| -> Rc<dyn Transport> {
        let script = match url {
            "sponsor" => &paymaster,
            url if url == bundler_url => &bundler,
            _ => &node,
        };
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
        is_bundler_known,
        rehearses_selling: None,
        now: NOW,
    };
    let environment = Environment::in_memory(Rc::new(service));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(prepare(&environment, plan))
}

#[test]
fn on_a_live_network_nothing_is_prepared_under_a_word_that_holds_too_long_or_is_not_read() {
    let six = |at: UnixSecs| at.0.to_be_bytes()[2..].to_vec();
    let word = |layout: WordLayout, secs: u64| {
        let until = six(NOW.plus_secs(secs));
        match layout {
            WordLayout::Pimlico => [&[1][..], &until, &[0; 6], &[7; 65]].concat(),
            WordLayout::Candide => [&[2, 0][..], &until, &[7; 65]].concat(),
            WordLayout::Biconomy => [&[9; 20][..], &until, &[0; 10], &[7; 65]].concat(),
        }
    };
    for layout in [WordLayout::Pimlico, WordLayout::Candide, WordLayout::Biconomy] {
        let taken = prepared_on_base(layout, &word(layout, 600), None).expect("ten minutes are fine");
        assert_eq!(taken.valid_until, NOW.plus_secs(600), "{layout:?}");
        assert_ne!(taken.hash.0, B256::ZERO);
        let refused = prepared_on_base(layout, &word(layout, 86_400), None).expect_err("a day is not");
        assert!(refused.sentence.contains("more than ten minutes"), "{refused}");
        let refused = prepared_on_base(layout, &[1; 90], None).expect_err("no layout");
        assert!(refused.sentence.contains("cannot be read"), "{refused}");
    }
}

#[test]
fn nothing_is_prepared_for_a_bundler_of_another_chain() {
    let until = NOW.plus_secs(300).0.to_be_bytes();
    let word = [&[2, 0][..], &until[2..], &[7; 65]].concat();
    let prepared = |chain: &str| prepared_on_base(WordLayout::Candide, &word, Some(chain));
    assert!(prepared("0x2105").is_ok(), "it is asked while the rest is prepared");
    let refused = prepared("0x1").expect_err("another chain");
    assert!(refused.sentence.contains("is on another chain than Base"), "{refused}");
}
