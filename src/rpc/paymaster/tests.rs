use super::*;
use crate::account::{Fees, GasLimits, Sponsorship};
use crate::contracts::{Sponsor, WordLayout};
use crate::ports::{ScriptedTransport, TransportError};
use crate::rpc::WordHolds;
use crate::rpc::testing::{block_on, refused};
use crate::units::UnixSecs;
use alloy_primitives::{Address, U256, hex};

const SPONSOR: Address = Address::repeat_byte(0x38);
const SPONSORS: &[Sponsor] = &[Sponsor::new(SPONSOR, WordLayout::Pimlico)];

fn draft(sponsorship: Option<Sponsorship>) -> UserOperationDraft {
    UserOperationDraft {
        sender: Address::repeat_byte(1),
        nonce: U256::ONE,
        factory: None,
        call_data: Bytes::new(),
        fees: Fees::default(),
        gas: GasLimits::default(),
        sponsorship,
    }
}

fn ask(
    dialect: Dialect,
    policy: Option<&str>,
    before: Option<Sponsorship>,
    answer: Result<Value, TransportError>,
) -> (Result<PaymasterOffer, RpcError>, Value) {
    let script = Rc::new(ScriptedTransport::default());
    script.expect("pm_getPaymasterData", answer);
    let policy = SponsorPolicy { id: policy.map(str::to_owned) };
    let paymaster =
        Paymaster::new(Rc::<ScriptedTransport>::clone(&script), "sponsor.example", dialect, 31_337, policy);
    let limits = OfferLimits::new(SPONSORS, 5_000_000);
    let offer = block_on(paymaster.sponsor(&draft(before), &Bytes::new(), &limits));
    (offer, script.asked().remove(0).1)
}

fn offer_json() -> Value {
    json!({
        "paymaster": SPONSOR, "paymasterData": "0x01", "paymasterVerificationGasLimit": "0x9d46",
        "paymasterPostOpGasLimit": "0x1",
    })
}

#[test]
fn each_dialect_has_its_context() {
    let check = |dialect: Dialect, policy: Option<&str>, context: Value| {
        let (offer, params) = ask(dialect, policy, None, Ok(offer_json()));
        assert!(offer.is_ok(), "{offer:?}");
        assert_eq!((&params[1], &params[2]), (&json!(ENTRY_POINT), &json!("0x7a69")));
        assert_eq!(params[3], context);
    };
    check(Dialect::Pimlico, None, json!({}));
    check(Dialect::Pimlico, Some("sp_1"), json!({ "sponsorshipPolicyId": "sp_1" }));
    check(Dialect::Candide, Some("7"), json!({ "sponsorshipPolicyId": "7" }));
    let (_, params) = ask(Dialect::Biconomy, None, None, Ok(offer_json()));
    assert_eq!(params[3]["mode"], "SPONSORED");
}

#[test]
fn offers_beyond_the_limits_are_not_taken() {
    let check = |change: fn(&mut Value), words: &str| {
        let mut answer = offer_json();
        change(&mut answer);
        let (offer, _) = ask(Dialect::Pimlico, None, None, Ok(answer));
        let error = offer.expect_err(words);
        assert!(error.to_string().contains(words), "{error}");
    };
    check(|offer| offer["paymaster"] = json!(Address::repeat_byte(9)), "not a sponsor known here");
    check(|offer| offer["paymasterData"] = json!(format!("0x{}", "00".repeat(1_025))), "1025 bytes");
    check(|offer| offer["paymasterPostOpGasLimit"] = json!("0x7a121"), "gas for itself");
    check(|offer| offer["paymasterVerificationGasLimit"] = json!("0x7a121"), "gas for itself");
    check(|offer| offer["paymasterVerificationGasLimit"] = json!(null), "GasLimit is missing");
    check(|offer| offer["paymasterData"] = json!("0x0"), "half a byte");
    check(|offer| offer["paymasterData"] = json!(null), "paymasterData is missing");
    check(|offer| offer["paymaster"] = json!(Address::ZERO), "zero address");
    check(
        |offer| {
            offer["verificationGasLimit"] = json!("0x4c4b41");
            offer["callGasLimit"] = json!("0x1");
            offer["preVerificationGas"] = json!("0x1");
        },
        "5000001 gas for verification",
    );
    check(|offer| offer["verificationGasLimit"] = json!("0x1"), "preVerificationGas is missing");
}

#[test]
fn gas_that_is_left_out_stays_as_it_was() {
    let before = Sponsorship { paymaster: SPONSOR, verification_gas: 7, post_op_gas: 8, data: Bytes::new() };
    let answer = json!({ "paymaster": SPONSOR, "paymasterData": "0x02" });
    let (offer, _) = ask(Dialect::Pimlico, None, Some(before), Ok(answer));
    let offer = offer.expect("taken");
    assert_eq!((offer.sponsorship.verification_gas, offer.sponsorship.post_op_gas), (7, 8));
    assert_eq!((offer.gas, offer.holds.until(), offer.is_final), (None, None, false));
}

#[test]
fn a_sponsor_that_declines_says_why() {
    let (offer, _) = ask(Dialect::Pimlico, None, None, refused(-32501, "policy limit reached"));
    let error = offer.expect_err("declined");
    assert_eq!(error.sentence(), "The sponsor (sponsor.example) refused.");
    assert!(error.details().contains("policy limit reached"));
}

#[test]
fn one_sponsor_has_no_stub() {
    let script = Rc::new(ScriptedTransport::default());
    let policy = SponsorPolicy::default();
    let paymaster =
        Paymaster::new(Rc::<ScriptedTransport>::clone(&script), "sponsor", Dialect::Biconomy, 1, policy);
    let limits = OfferLimits::new(SPONSORS, 1);
    assert_eq!(block_on(paymaster.stub(&draft(None), &Bytes::new(), &limits)), Ok(None));
    assert!(script.asked().is_empty());
}

#[test]
fn a_word_is_read_by_the_layout_of_the_contract_that_gives_it() {
    let other = Address::repeat_byte(0x39);
    let sponsors = [SPONSORS[0], Sponsor::new(other, WordLayout::Candide)];
    // Candide's layout, and nothing that Pimlico's contract could read.
    let data = [&[2, 0, 0, 0, 0, 0, 0, 9][..], &[7; 65]].concat();
    let holds = |paymaster: Address| {
        let script = Rc::new(ScriptedTransport::default());
        let mut answer = offer_json();
        answer["paymaster"] = json!(paymaster);
        answer["paymasterData"] = json!(hex::encode_prefixed(&data));
        script.expect("pm_getPaymasterData", Ok(answer));
        let policy = SponsorPolicy::default();
        // The service's dialect decides how it is asked, never how its bytes are read.
        let paymaster = Paymaster::new(script, "sponsor", Dialect::Pimlico, 1, policy);
        let limits = OfferLimits::new(&sponsors, 5_000_000);
        block_on(paymaster.sponsor(&draft(None), &Bytes::new(), &limits)).expect("taken").holds
    };
    assert_eq!(holds(other).until(), Some(UnixSecs(9)));
    assert!(matches!(holds(SPONSOR), WordHolds::Unread(_)));
}
