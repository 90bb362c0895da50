//! The same contracts on both chains, at the addresses of the network table.

use std::fs;
use std::path::Path;

use alloy_primitives::aliases::{I24, U24};
use alloy_primitives::{Address, B256, Bytes, U160, U256, address, b256};
use alloy_sol_types::{SolCall, SolValue, sol};
use leash::contracts::abi::IERC20;
use leash::contracts::{
    ENTRY_POINT, K1_VALIDATOR, NEXUS_BOOTSTRAP, NEXUS_FACTORY, NEXUS_IMPLEMENTATION, PoolFacts,
    SMART_SESSION, TIME_FRAME_POLICY, UNI_ACTION_POLICY, USAGE_LIMIT_POLICY, network_by_id,
};
use leash::sandbox::DEV_ACCOUNTS;
use serde_json::{Value, json};

use crate::pair::Pair;

/// Deploys the venue from nonce 0.
const DEPLOYER: Address = DEV_ACCOUNTS[9];
/// Deploys the EntryPoint through the deterministic deployer.
const OTHER: Address = DEV_ACCOUNTS[7];
const DETERMINISTIC_DEPLOYER: Address = address!("4e59b44847b379578588920cA78FbF26c0B4956C");
const ENTRY_POINT_SALT: B256 = b256!("90d8084deab30c2a37c45e8d47f49f2f7965183cb6990a98943ef94940681de3");
const WIDEST_TICK: i32 = 887_270;
const STAND_INS: [(&str, Address); 8] = [
    ("StandInNexus", NEXUS_IMPLEMENTATION),
    ("StandInNexusFactory", NEXUS_FACTORY),
    ("StandInNexusBootstrap", NEXUS_BOOTSTRAP),
    ("StandInK1Validator", K1_VALIDATOR),
    ("StandInSmartSession", SMART_SESSION),
    ("StandInUniActionPolicy", UNI_ACTION_POLICY),
    ("StandInTimeFramePolicy", TIME_FRAME_POLICY),
    ("StandInUsageLimitPolicy", USAGE_LIMIT_POLICY),
];

sol! {
    interface Positions {
        struct MintParams {
            address token0;
            address token1;
            uint24 fee;
            int24 tickLower;
            int24 tickUpper;
            uint256 amount0Desired;
            uint256 amount1Desired;
            uint256 amount0Min;
            uint256 amount1Min;
            address recipient;
            uint256 deadline;
        }
        function createAndInitializePoolIfNecessary(address token0, address token1, uint24 fee, uint160 sqrtPriceX96) external payable returns (address pool);
        function mint(MintParams params) external payable returns (uint256 tokenId, uint128 liquidity, uint256 amount0, uint256 amount1);
    }
}

/// The pool of the table's local network.
pub(crate) fn facts() -> PoolFacts {
    network_by_id("local").and_then(|network| network.pool).expect("in the table")
}

/// Creation or runtime code of a compiled contract.
pub(crate) fn code(artifact: &str, field: &str) -> Bytes {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(artifact);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let artifact: Value = serde_json::from_str(&text).expect("JSON");
    artifact[field].as_str().and_then(|text| text.parse().ok()).expect("hex")
}

/// Creation code of a demo token with its arguments.
pub(crate) fn token_code(name: &str, symbol: &str, decimals: u8) -> Bytes {
    let arguments = (name.to_owned(), symbol.to_owned(), U256::from(decimals)).abi_encode_params();
    [&code("contracts/out/DemoToken.json", "bytecode"), arguments.as_slice()].concat().into()
}

pub(crate) fn deploy(pair: &mut Pair) {
    let entry_point = "tests/stack/node_modules/@account-abstraction/contracts/artifacts/EntryPoint.json";
    let data = [ENTRY_POINT_SALT.as_slice(), &code(entry_point, "bytecode")].concat();
    transact(pair, OTHER, Some(DETERMINISTIC_DEPLOYER), data);
    for (name, address) in STAND_INS {
        let code = code(&format!("contracts/out/{name}.json"), "deployedBytecode");
        pair.ask("anvil_setCode", &json!([address, code])).expect("set");
    }
    let facts = facts();
    let (base, quote) = (facts.base, facts.quote);
    create(pair, token_code("Demo Wrapped Ether", base.symbol, base.decimals), Some(base.address));
    create(pair, token_code("Demo Dollar", quote.symbol, quote.decimals), Some(quote.address));
    let uniswap = |artifact: &str, arguments: Vec<u8>| -> Bytes {
        let artifact = format!("tests/stack/node_modules/@uniswap/{artifact}");
        [&code(&artifact, "bytecode"), arguments.as_slice()].concat().into()
    };
    let factory = "v3-core/artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory.json";
    let factory = create(pair, uniswap(factory, Vec::new()), None);
    let positions =
        "v3-periphery/artifacts/contracts/NonfungiblePositionManager.sol/NonfungiblePositionManager.json";
    let arguments = (factory, base.address, Address::ZERO).abi_encode_params();
    let positions = create(pair, uniswap(positions, arguments), None);
    let router = "swap-router-contracts/artifacts/contracts/SwapRouter02.sol/SwapRouter02.json";
    let arguments = (Address::ZERO, factory, positions, base.address).abi_encode_params();
    create(pair, uniswap(router, arguments), Some(facts.router));
    let quoter = "swap-router-contracts/artifacts/contracts/lens/QuoterV2.sol/QuoterV2.json";
    create(pair, uniswap(quoter, (factory, base.address).abi_encode_params()), Some(facts.quoter));
    endow(pair, DEPLOYER, positions);
    open_pool(pair, &facts, positions);
    for trader in &DEV_ACCOUNTS[..4] {
        endow(pair, *trader, facts.router);
    }
    for address in [base.address, quote.address] {
        pair.watch_token(address);
    }
    for address in [facts.pool, facts.router, ENTRY_POINT, SMART_SESSION, positions] {
        pair.watch(address);
    }
}

/// 2,500 quote for one base, 8,000 base deep.
fn open_pool(pair: &mut Pair, facts: &PoolFacts, positions: Address) {
    let unit = |decimals: u8| U256::from(10).pow(U256::from(decimals));
    let base = U256::from(8_000) * unit(facts.base.decimals);
    let quote = U256::from(8_000 * 2_500) * unit(facts.quote.decimals);
    let ordered =
        |one, other| if facts.base.address < facts.quote.address { (one, other) } else { (other, one) };
    let (amount0, amount1) = ordered(base, quote);
    let token = |one: Address, other: Address| if one < other { (one, other) } else { (other, one) };
    let (token0, token1) = token(facts.base.address, facts.quote.address);
    let fee = U24::from(facts.fee);
    let ratio: U256 = (amount1 << 96) / amount0;
    let sqrt_price: U256 = ratio.root(2) << 48;
    let create = Positions::createAndInitializePoolIfNecessaryCall {
        token0,
        token1,
        fee,
        sqrtPriceX96: U160::from(sqrt_price),
    };
    transact(pair, DEPLOYER, Some(positions), create.abi_encode());
    let widest = I24::try_from(WIDEST_TICK).expect("24 bits");
    let params = Positions::MintParams {
        token0,
        token1,
        fee,
        tickLower: -widest,
        tickUpper: widest,
        amount0Desired: amount0,
        amount1Desired: amount1,
        amount0Min: U256::ZERO,
        amount1Min: U256::ZERO,
        recipient: DEPLOYER,
        deadline: U256::MAX,
    };
    transact(pair, DEPLOYER, Some(positions), Positions::mintCall { params }.abi_encode());
}

fn endow(pair: &mut Pair, who: Address, spender: Address) {
    for token in [facts().base.address, facts().quote.address] {
        let mint = IERC20::mintCall { to: who, amount: U256::from(1_u8) << 120 };
        transact(pair, who, Some(token), mint.abi_encode());
        transact(pair, who, Some(token), IERC20::approveCall { spender, amount: U256::MAX }.abi_encode());
    }
}

fn create(pair: &mut Pair, code: Bytes, expected: Option<Address>) -> Address {
    let receipt = transact(pair, DEPLOYER, None, code.to_vec());
    let created = receipt["contractAddress"].as_str().and_then(|text| text.parse().ok()).expect("created");
    assert!(expected.is_none_or(|expected| expected == created), "{created} is not {expected:?}");
    created
}

/// Sends what must run through.
pub(crate) fn transact(pair: &mut Pair, from: Address, to: Option<Address>, data: Vec<u8>) -> Value {
    let mut transaction = json!({ "from": from, "data": Bytes::from(data) });
    if let Some(to) = to {
        transaction["to"] = json!(to);
    }
    let receipt = pair.send(transaction).expect("taken");
    assert_eq!(receipt["status"], "0x1", "a deployment reverts: {receipt}");
    receipt
}
