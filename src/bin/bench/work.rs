//! What is timed: the steps between a price and a signed operation, and those of a grant.

use std::hint::black_box;

use alloy_primitives::{B256, Bytes, U256, address, keccak256};
use alloy_sol_types::SolValue as _;
use leash::account::{
    Fees, GasLimits, SessionKey, Sponsorship, UserOperation, UserOperationDraft, execute_call_data, recover,
};
use leash::contracts::abi::ISmartSession::{EnableSession, Session};
use leash::contracts::{PoolFacts, Token};
use leash::market::Interval;
use leash::session::{
    PermissionId, flz_compress, flz_decompress, multi_chain_digest, session_digest, use_signature,
};
use leash::trading::{
    Allowance, Guards, Order, Pair, RiskApproved, RiskContext, Side, Signal, Sizing, StrategyTerms, Terms,
    assess,
};
use leash::units::{Price, TokenAmount, UnixSecs};
use leash::venue::UniswapV3;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::clock::Work;

const GRANT: &str = include_str!("../../../tests/vectors/two-permissions-1-00-grant.json");
const ENABLE_BUY: &str = include_str!("../../../tests/vectors/two-permissions-1-01-deploy-enable-buy.json");
const ENABLE_SELL: &str = include_str!("../../../tests/vectors/two-permissions-1-02-enable-sell.json");
const USE: &str = include_str!("../../../tests/vectors/two-permissions-1-03-use-buy.json");
const CHAIN_ID: u64 = 31_337;
/// No payload of a grant is near this.
const PAYLOAD_LIMIT: usize = 64 * 1024;

/// Everything that is timed, each checked against its vector.
pub(crate) fn all() -> Vec<Work> {
    let (grant, used) = (read(GRANT), read(USE));
    let operation = &used["userOp"];
    let right_hash: B256 = get(&used, "userOpHash");
    let right_signature: Bytes = get(operation, "signature");

    let draft = draft(operation, get(operation, "callData"));
    assert_eq!(draft.hash(CHAIN_ID).0, right_hash, "userOpHash");

    let key = SessionKey::from_bytes(&[0x51; 32]).expect("a key");
    let mut tick = {
        let (operation, id) = (operation.clone(), PermissionId(get(&grant, "permissionIds.buy")));
        let (venue, terms, order) = (UniswapV3::new(FACTS), terms(), approved_buy());
        let key = SessionKey::from_bytes(&[0x51; 32]).expect("a key");
        let mut unsigned = self::draft(&operation, Bytes::new());
        move || -> UserOperation {
            let calls = venue.trade_calls(&order, &terms, unsigned.sender, TokenAmount::ZERO);
            unsigned.call_data = execute_call_data(&calls.expect("one lot is allowed"));
            let signature = key.sign_hash(unsigned.hash(CHAIN_ID).0);
            unsigned.clone().sign_with(use_signature(id, &signature))
        }
    };
    assert_eq!(*tick().signature(), right_signature, "tick");

    let (account, sessions) = (get(&grant, "account"), [ENABLE_BUY, ENABLE_SELL].map(session_of));
    let grant_digest = move || {
        let digests = sessions.each_ref().map(|session| session_digest(account, session, U256::ZERO));
        multi_chain_digest(&digests.map(|digest| (CHAIN_ID, digest)))
    };
    assert_eq!(grant_digest(), get::<B256>(&grant, "typedDataHash"), "grant digest");

    let payload = payload_of(ENABLE_BUY);
    let packed = flz_compress(&payload);
    assert_eq!(flz_decompress(&packed, PAYLOAD_LIMIT).as_ref(), Ok(&payload), "FastLZ");

    let signed = key.sign_hash(right_hash);
    assert_eq!(signed, right_signature[33..], "secp256k1");
    assert_eq!(recover(right_hash, &signed), Ok(key.address()), "secp256k1 recovery");

    let block: Vec<u8> = payload[..1_024].to_vec();
    vec![
        work("tick_to_signed_op", tick),
        work("user_op_hash", move || draft.hash(CHAIN_ID)),
        work("grant_digest", grant_digest),
        work("flz_compress_enable", move || flz_compress(black_box(&payload))),
        work("secp256k1_sign", move || key.sign_hash(black_box(right_hash))),
        work("secp256k1_recover", move || recover(black_box(right_hash), &signed)),
        work("keccak256_1k", move || keccak256(black_box(&block))),
    ]
}

/// A step under the name of its row.
pub(crate) fn work<T>(name: &str, mut step: impl FnMut() -> T + 'static) -> Work {
    Work { name: name.to_owned(), run: Box::new(move || drop(black_box(step()))) }
}

fn read(vector: &str) -> Value {
    serde_json::from_str(vector).expect("a vector is JSON")
}

/// The value at `path` (keys joined by dots) as a `T`.
fn get<T: DeserializeOwned>(value: &Value, path: &str) -> T {
    let found = path.split('.').fold(value, |value, key| &value[key]);
    serde_json::from_value(found.clone()).expect("a vector holds what its name says")
}

fn draft(operation: &Value, call_data: Bytes) -> UserOperationDraft {
    let small = |field: &str| get::<U256>(operation, field).to::<u64>();
    UserOperationDraft {
        sender: get(operation, "sender"),
        nonce: get(operation, "nonce"),
        factory: None,
        call_data,
        fees: Fees { max: small("maxFeePerGas").into(), max_priority: small("maxPriorityFeePerGas").into() },
        gas: GasLimits {
            pre_verification: small("preVerificationGas"),
            verification: small("verificationGasLimit"),
            call: small("callGasLimit"),
        },
        sponsorship: Some(Sponsorship {
            paymaster: get(operation, "paymaster"),
            verification_gas: small("paymasterVerificationGasLimit"),
            post_op_gas: small("paymasterPostOpGasLimit"),
            data: get(operation, "paymasterData"),
        }),
    }
}

/// What an enabling operation carries, unpacked: the session, its place in the grant, both signatures.
fn payload_of(vector: &str) -> Vec<u8> {
    let signature: Bytes = get(&read(vector), "userOp.signature");
    flz_decompress(&signature[1..], PAYLOAD_LIMIT).expect("unpacks")
}

fn session_of(vector: &str) -> Session {
    let decoded = <(EnableSession, Bytes)>::abi_decode_params_validate(&payload_of(vector));
    decoded.expect("decodes").0.sessionToEnable
}

const FACTS: PoolFacts = PoolFacts {
    pool: address!("f99BDDFCdAEE3024E11C3C591Dfc82F84f18Ca76"),
    fee: 500,
    router: address!("4ed7c70F96B99c776995fB64377f0d4aB3B0e1C1"),
    quoter: address!("322813Fd9A801c5507c9de605d63CEA4f2CE6c44"),
    base: Token {
        symbol: "WETH",
        decimals: 18,
        address: address!("9A9f2CCfdE556A7E9Ff0848998Aa4a0CFD8863AE"),
    },
    quote: Token {
        symbol: "USDC",
        decimals: 6,
        address: address!("68B1D87F95878fE05B998F19b66F4baba5De1aed"),
    },
};

/// Buys 100 USDC for 0.03 WETH at worst, sells 0.03 WETH for 80 USDC at worst.
fn terms() -> Terms {
    let price = |scaled: u128| Price::from_scaled(scaled).expect("not zero");
    Terms {
        buy_lot: TokenAmount::from_raw(100_000_000),
        sell_lot: TokenAmount::from_raw(30_000_000_000_000_000),
        lots_per_trade: 1,
        buy_lots: 10,
        sell_lots: 10,
        uses: 20,
        lifetime_secs: 86_400,
        lowest_sell: price(2_666_666_666_666_666_666_667),
        highest_buy: price(3_333_333_333_333_333_333_333),
        slippage_bps: 50,
        may_renounce: false,
        strategy: StrategyTerms::crossover(5, 15, Interval(2)),
        sizing: Sizing::Lots,
        guards: Guards::default(),
    }
}

/// An order for one lot, through every gate.
fn approved_buy() -> RiskApproved<Order> {
    let price = Price::from_scaled(3_000 * Price::SCALE).expect("not zero");
    let signal = Signal::supposed(Side::Buy, UnixSecs(0), price);
    let terms = terms();
    let one = Allowance { lots_left: 1, uses_left: 20 };
    let context = RiskContext {
        terms,
        pair: Pair { base_decimals: 18, quote_decimals: 6, fee_millionths: 500 },
        quote_balance: terms.buy_lot,
        base_balance: TokenAmount::ZERO,
        position: TokenAmount::ZERO,
        bought: TokenAmount::ZERO,
        buy: one,
        sell: one,
        price,
        price_age_secs: 0,
        price_age_limit_secs: 60,
        reference: None,
        left_secs: 86_400,
        least_left_secs: 60,
        least_buying_secs: 0,
        is_paused: false,
        is_other_tab: false,
        is_in_flight: false,
        breaker: None,
        alarm: None,
        guard: None,
        swing: None,
        is_sell_proven: true,
    };
    assess(signal, &context).expect("no gate blocks")
}
