//! From an empty chain to one with EntryPoint, account contracts, two tokens and a deep Uniswap V3 pool.

use alloy_primitives::aliases::{I24, U24};
use alloy_primitives::{Address, B256, Bytes, U160, U256, address, b256};
use alloy_sol_types::{SolCall as _, SolValue as _, sol};
use leash::contracts::abi::IERC20;
use leash::contracts::{ENTRY_POINT, NEXUS_FACTORY, Network, PRODUCTION_CONTRACTS, PoolFacts};
use leash::sandbox::market::square_root;
use leash::sandbox::{Flavour, local_network};
use serde_json::json;

use super::artifacts;
use super::chain::Chain;
use crate::failure::{Because, Failure, Outcome};

/// Deploys everything of the venue, from nonce 0: anvil's tenth account.
const DEPLOYER: Address = address!("a0Ee7A142d267C1f36714E4a8F75612F20a79720");
/// Moves the price: anvil's ninth account.
pub(crate) const TRADER: Address = address!("23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f");
/// Mints for whoever asks: anvil's eighth account.
pub(crate) const FAUCET: Address = address!("14dC79964da2C08b23698B3D3cc7Ca32193d9955");

/// Present on every anvil (<https://github.com/Arachnid/deterministic-deployment-proxy>).
pub(crate) const DETERMINISTIC_DEPLOYER: Address = address!("4e59b44847b379578588920cA78FbF26c0B4956C");
const ENTRY_POINT_SALT: B256 = b256!("90d8084deab30c2a37c45e8d47f49f2f7965183cb6990a98943ef94940681de3");
/// The paymaster mock also sets up for these EntryPoints (0.6, 0.8), which Leash never uses.
const OTHER_ENTRY_POINTS: [Address; 2] = [
    address!("5FF137D4b0FDCD49DcA30c7CF57E578a026d2789"),
    address!("4337084D9E255Ff0702461CF8895CE9E3b5Ff108"),
];
/// Answers the largest number to every call.
const ANSWERS_MAXIMUM: Bytes = Bytes::from_static(&[0x5f, 0x19, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3]);

/// Price at the start, whole quote per whole base.
const FIRST_PRICE: u64 = 2_500;
/// Base in the pool, over the whole price range: 20 million quote beside it, so that a swap of 1,000 moves
/// the price by 0.01 %.
const DEPTH_IN_BASE: u64 = 8_000;
/// The widest ticks of fee 500 (spacing 10).
const WIDEST_TICK: i32 = 887_270;
/// One day, what bundlers ask of a staked factory.
const UNSTAKE_DELAY_SECS: u32 = 86_400;

sol! {
    interface Venue {
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
        function addStake(uint32 unstakeDelaySec) external payable;
    }
}

/// EntryPoint v0.7, byte for byte, at its canonical address.
pub(crate) fn entry_point(chain: &Chain) -> Outcome<()> {
    let code = artifacts::npm_creation_code("@account-abstraction/contracts/artifacts/EntryPoint.json")?;
    let data = [ENTRY_POINT_SALT.as_slice(), &code].concat();
    chain.send(DEPLOYER_OF_ENTRY_POINT, Some(DETERMINISTIC_DEPLOYER), &data)?;
    let known = PRODUCTION_CONTRACTS.iter().find(|contract| contract.address == ENTRY_POINT);
    artifacts::pinned(known.because("The EntryPoint is not pinned")?, chain.code(ENTRY_POINT)?)?;
    for other in OTHER_ENTRY_POINTS {
        chain.set_code(other, &ANSWERS_MAXIMUM)?;
    }
    Ok(())
}

/// Not the deployer of the venue: its nonces are the venue's addresses.
const DEPLOYER_OF_ENTRY_POINT: Address = FAUCET;

/// Account, session module and policies, and the factory's stake.
pub(crate) fn account_contracts(chain: &Chain, flavour: Flavour) -> Outcome<()> {
    for (address, code) in artifacts::account_code(flavour)? {
        chain.set_code(address, &code)?;
    }
    let stake = Bytes::from(Venue::addStakeCall { unstakeDelaySec: UNSTAKE_DELAY_SECS }.abi_encode());
    let one_coin = "0xde0b6b3a7640000";
    chain.ask("anvil_setBalance", &json!([NEXUS_FACTORY, "0x1bc16d674ec80000"]))?;
    chain.ask("anvil_impersonateAccount", &json!([NEXUS_FACTORY]))?;
    let transaction = json!({ "from": NEXUS_FACTORY, "to": ENTRY_POINT, "data": stake, "value": one_coin });
    let receipt = chain.ask("eth_sendTransactionSync", &json!([transaction]))?;
    chain.ask("anvil_stopImpersonatingAccount", &json!([NEXUS_FACTORY]))?;
    chain.ask("anvil_setBalance", &json!([NEXUS_FACTORY, "0x0"]))?;
    if receipt["status"] == "0x1" {
        Ok(())
    } else {
        Err(Failure::new("The account factory could not be staked."))
    }
}

/// The sponsor that the paymaster service deployed is the one of the table.
pub(crate) fn paymaster_stands(chain: &Chain, network: &Network) -> Outcome<()> {
    for sponsor in network.paymasters.iter().map(|sponsor| sponsor.address) {
        if chain.code(sponsor)?.is_empty() {
            return Err(Failure::new(format!(
                "No paymaster stands at {sponsor}, as the network table says."
            )));
        }
    }
    Ok(())
}

/// Tokens, Uniswap V3 and the pool, each asserted to stand where the table says.
pub(crate) fn venue(chain: &Chain) -> Outcome<()> {
    let (_, facts) = local_network();
    let token = |name: &str, symbol: &str, decimals: u8| -> Outcome<Address> {
        let code = artifacts::own_creation_code("DemoToken")?;
        let arguments = (name.to_owned(), symbol.to_owned(), U256::from(decimals)).abi_encode_params();
        chain.deploy(DEPLOYER, &[code, arguments].concat())
    };
    let base = token("Demo Wrapped Ether", facts.base.symbol, facts.base.decimals)?;
    stands_at("WETH", base, facts.base.address)?;
    let quote = token("Demo Dollar", facts.quote.symbol, facts.quote.decimals)?;
    stands_at("USDC", quote, facts.quote.address)?;
    let uniswap = |artifact: &str, arguments: Vec<u8>| -> Outcome<Address> {
        let code = artifacts::npm_creation_code(&format!("@uniswap/{artifact}"))?;
        chain.deploy(DEPLOYER, &[code, arguments].concat())
    };
    let factory =
        uniswap("v3-core/artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory.json", Vec::new())?;
    // No descriptor: nobody looks at the picture of a position here.
    let positions = uniswap(
        "v3-periphery/artifacts/contracts/NonfungiblePositionManager.sol/NonfungiblePositionManager.json",
        (factory, base, Address::ZERO).abi_encode_params(),
    )?;
    let router = uniswap(
        "swap-router-contracts/artifacts/contracts/SwapRouter02.sol/SwapRouter02.json",
        (Address::ZERO, factory, positions, base).abi_encode_params(),
    )?;
    stands_at("SwapRouter02", router, facts.router)?;
    let quoter = uniswap(
        "swap-router-contracts/artifacts/contracts/lens/QuoterV2.sol/QuoterV2.json",
        (factory, base).abi_encode_params(),
    )?;
    stands_at("QuoterV2", quoter, facts.quoter)?;
    pool(chain, facts, positions)?;
    let pool = if chain.code(facts.pool)?.is_empty() { Address::ZERO } else { facts.pool };
    stands_at("The pool", pool, facts.pool)?;
    endow(chain, facts, TRADER, facts.router)
}

fn pool(chain: &Chain, facts: &PoolFacts, positions: Address) -> Outcome<()> {
    endow(chain, facts, DEPLOYER, positions)?;
    let unit = |decimals: u8| U256::from(10).pow(U256::from(decimals));
    let base = U256::from(DEPTH_IN_BASE) * unit(facts.base.decimals);
    let quote = U256::from(DEPTH_IN_BASE * FIRST_PRICE) * unit(facts.quote.decimals);
    let base_is_first = facts.base.address < facts.quote.address;
    let (token0, token1) = ordered(base_is_first, facts.base.address, facts.quote.address);
    let (amount0, amount1) = ordered(base_is_first, base, quote);
    let fee = U24::from(facts.fee);
    let sqrt_price = U160::from(square_root::of_ratio(amount1, amount0));
    let create =
        Venue::createAndInitializePoolIfNecessaryCall { token0, token1, fee, sqrtPriceX96: sqrt_price };
    chain.send(DEPLOYER, Some(positions), &create.abi_encode())?;
    let widest = I24::try_from(WIDEST_TICK).because("A tick has 24 bits")?;
    let params = Venue::MintParams {
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
    chain.send(DEPLOYER, Some(positions), &Venue::mintCall { params }.abi_encode()).map(drop)
}

fn ordered<T>(as_given: bool, one: T, other: T) -> (T, T) {
    if as_given { (one, other) } else { (other, one) }
}

/// Gives `who` more of both tokens than it can ever trade, and lets `spender` take them.
fn endow(chain: &Chain, facts: &PoolFacts, who: Address, spender: Address) -> Outcome<()> {
    for token in [facts.base.address, facts.quote.address] {
        let mint = IERC20::mintCall { to: who, amount: U256::from(1_u8) << 120 };
        chain.send(who, Some(token), &mint.abi_encode())?;
        chain.send(who, Some(token), &IERC20::approveCall { spender, amount: U256::MAX }.abi_encode())?;
    }
    Ok(())
}

fn stands_at(name: &str, found: Address, expected: Address) -> Outcome<()> {
    if found == expected {
        return Ok(());
    }
    Err(Failure::new(format!("{name} stands at {found}, but the network table says {expected}.")))
}
