//! One pool and its terms for this room's tests: those of a run on the production contracts, whose digests and
//! callData hashes stand beside them.

use alloy_primitives::{Address, B256, Bytes, Log, U256, address, b256, bytes};

use super::{GrantKeys, UniswapV3};
use crate::contracts::{PoolFacts, Token};
use crate::market::Interval;
use crate::session::Grant;
use crate::trading::{
    Allowance, Guards, Order, RiskApproved, RiskContext, Side, Signal, Sizing, StrategyTerms, Terms, assess,
};
use crate::units::{Price, TokenAmount, UnixSecs};

pub(super) const FACTS: PoolFacts = PoolFacts {
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

/// The account whose grant may renounce.
pub(super) const ACCOUNT: Address = address!("C98EB58c3436F9512788A1cf45F5AA7d06240f06");

pub(super) const KEYS: GrantKeys = GrantKeys {
    session_key: address!("fA17c5B66A985F44Bc249C8E8faBD64767f414B1"),
    buy_salt: b256!("00000000000000000000000000000000000000000000000000000000000000b1"),
    sell_salt: b256!("00000000000000000000000000000000000000000000000000000000510159a6"),
};

/// Session digests of the grant that may not renounce: buy, sell.
pub(super) const PLAIN_DIGESTS: [B256; 2] = [
    b256!("bbcac2aa3bfddaad586d006c94e01aaf27455840175886873a2a360d24bd6bd1"),
    b256!("c577a4ae71e247ef958d76649b0cad43820db540cb09f8b5addaf2e175effb2b"),
];

/// keccak256 of callData that was mined: buy one lot, sell one, buy three, renounce, the owner's revocation.
pub(super) const USE_BUY: B256 = b256!("116c478a3d9d6d131690b2d15ea41b64f2c132b8599868d93063dd0bab05ea11");
pub(super) const USE_SELL: B256 = b256!("221e78a9e25c7f1eede73e753e757d85fba698be2c1678c31a77f16cf6aee6ac");
pub(super) const USE_BUY_THREE_LOTS: B256 =
    b256!("a10210e2f66e59ac107374493197f2138413106d12ac465fbb91541ded6fd458");
pub(super) const RENOUNCE: B256 = b256!("15faccdbe58502d5671464ce2b1996d5be447f69856215aa9e5914e9eb3c3334");
pub(super) const OWNER_REVOKE: B256 =
    b256!("a058a48df09d2036e5dba0787f913d3d1a5a00f396767fc28a383e4dc208ad7f");

/// Buys 100 USDC for 0.03 WETH at worst, sells 0.03 WETH for 80 USDC at worst, up to three lots a trade.
pub(super) fn terms() -> Terms {
    let price = |scaled: u128| Price::from_scaled(scaled).expect("not zero");
    Terms {
        buy_lot: TokenAmount::from_raw(100_000_000),
        sell_lot: TokenAmount::from_raw(30_000_000_000_000_000),
        lots_per_trade: 3,
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

/// The grant of the run without renouncing.
pub(super) fn grant() -> Grant {
    let sell_salt = b256!("0000000000000000000000000000000000000000000000000000000000000051");
    let account = address!("B524C66981e9e0d26FB4939f30fb3da5AEB03671");
    grant_of(false, account, GrantKeys { sell_salt, ..KEYS }, UnixSecs(0x6b04_a1e5))
}

/// The grant of the run with renouncing.
pub(super) fn grant_with_pair() -> Grant {
    grant_of(true, ACCOUNT, KEYS, UnixSecs(0x6b04_a597))
}

fn grant_of(may_renounce: bool, account: Address, keys: GrantKeys, valid_until: UnixSecs) -> Grant {
    let terms = Terms { lots_per_trade: 1, may_renounce, ..terms() };
    let venue = UniswapV3::new(FACTS);
    let (buy, sell) = venue.permissions(&terms, account, keys, valid_until).expect("sane terms");
    Grant::new(account, 31_337, (&buy, U256::ZERO), (&sell, U256::ZERO)).expect("a sane grant")
}

/// An order of `side` for `lots`, through every gate.
pub(super) fn approved(side: Side, lots: u32) -> RiskApproved<Order> {
    let price = Price::from_scaled(3_000 * Price::SCALE).expect("not zero");
    let signal = Signal::supposed(side, UnixSecs(0), price);
    let terms = terms();
    let plenty = Allowance { lots_left: lots.into(), uses_left: 20 };
    let held = TokenAmount(terms.sell_lot.0 * U256::from(lots));
    let context = RiskContext {
        terms,
        pair: UniswapV3::new(FACTS).pair(),
        quote_balance: TokenAmount(U256::from(u64::MAX)),
        base_balance: held,
        position: if side == Side::Sell { held } else { TokenAmount::ZERO },
        bought: TokenAmount::ZERO,
        buy: plenty,
        sell: plenty,
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
    let order = assess(signal, &context).expect("no gate blocks");
    assert_eq!(order.item().lots, lots);
    order
}

/// Token and pool logs of a mined trade of [`ACCOUNT`].
pub(super) fn mined_logs() -> Vec<Log> {
    let approval = b256!("8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925");
    let transfer = b256!("ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");
    let (account, pool) = (ACCOUNT.into_word(), FACTS.pool.into_word());
    let log = |token: Token, topic: B256, from: B256, to: B256, value: Bytes| {
        Log::new_unchecked(token.address, vec![topic, from, to], value)
    };
    let paid = bytes!("0000000000000000000000000000000000000000000000000000000005f5e100");
    let bought = bytes!("00000000000000000000000000000000000000000000000000762e8949536d65");
    vec![
        log(FACTS.quote, approval, account, FACTS.router.into_word(), paid.clone()),
        log(FACTS.base, transfer, pool, account, bought),
        log(FACTS.quote, transfer, account, pool, paid),
        swap_log(),
    ]
}

/// The pool's own log of it.
pub(super) fn swap_log() -> Log {
    let topics = vec![
        b256!("c42079f94a6350d7e6235f29174924f928cc2ac818eb64fed8004e115fbcca67"),
        FACTS.router.into_word(),
        ACCOUNT.into_word(),
    ];
    let data = bytes!(
        "0000000000000000000000000000000000000000000000000000000005f5e100"
        "ffffffffffffffffffffffffffffffffffffffffffffffffff89d176b6ac929b"
        "00000000000000000000000000000000000047433c8dc4f7e8580c881647cfd3"
        "00000000000000000000000000000000000000000000000002ee235cfa2b5851"
        "000000000000000000000000000000000000000000000000000000000002fe90"
    );
    Log::new_unchecked(FACTS.pool, topics, data)
}
