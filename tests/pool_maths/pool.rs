//! The pool of the genesis, its quoter and its router, by messages to the machine.

use alloy_primitives::aliases::{I24, U24};
use alloy_primitives::{Address, Bytes, U160, U256};
use alloy_sol_types::{SolCall, sol};
use leash::contracts::PoolFacts;
use leash::contracts::abi::{IERC20, IQuoterV2, ISwapRouter02, IUniswapV3Pool};
use leash::evm::{BlockContext, Execution, Message, World, call, execute};
use leash::sandbox::market::TRADER;
use leash::sandbox::{DEFAULT_START, DEV_ACCOUNTS, local_network};

use crate::dice::Dice;

/// Owns the liquidity of the genesis, and has approved the position manager.
const PROVIDER: Address = DEV_ACCOUNTS[9];
/// Which of its creations the position manager is: behind two tokens and the factory.
const POSITIONS_NONCE: u64 = 3;
/// Far more than any swap needs.
const GAS: u64 = 30_000_000;
/// Between two ticks of the fee.
const TICK_SPACING: i32 = 10;
/// How far from the price a position may begin, in spacings: a price half as high or twice as high.
const FAR: u64 = 700;

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
        function mint(MintParams params) external payable returns (uint256 tokenId, uint128 liquidity, uint256 amount0, uint256 amount1);
    }
}

/// A swap of exactly so much, for whatever it brings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Swap {
    pub(crate) sells_base: bool,
    /// In the smallest unit of what is sold.
    pub(crate) amount_in: U256,
}

impl Swap {
    /// What somebody holds, base first, once this has brought `out`.
    pub(crate) fn settled(&self, [base, quote]: [U256; 2], out: U256) -> [U256; 2] {
        if self.sells_base {
            [base - self.amount_in, quote + out]
        } else {
            [base + out, quote - self.amount_in]
        }
    }
}

/// An answer of the quoter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quote {
    pub(crate) out: U256,
    /// Square root price.
    pub(crate) price_after: U256,
    /// Initialised ticks.
    pub(crate) crossed: u32,
}

/// The world around the pool.
pub(crate) struct Pool {
    world: World,
    block: BlockContext,
    facts: &'static PoolFacts,
}

impl Pool {
    pub(crate) fn new(world: World) -> Self {
        let block = BlockContext {
            chain_id: local_network().0.chain_id,
            number: 1,
            timestamp: DEFAULT_START.0,
            gas_limit: GAS,
            ..BlockContext::default()
        };
        Self { world, block, facts: local_network().1 }
    }

    /// What comes is of a later block.
    pub(crate) fn pass_time(&mut self, secs: u64) {
        self.block.number += 1;
        self.block.timestamp += secs;
    }

    /// A position of any width near the price, thinner or thicker than what lies there.
    pub(crate) fn provide(&mut self, dice: &mut Dice) {
        let (base, quote) = (self.facts.base.address, self.facts.quote.address);
        let tick = self.slot().tick.as_i32() / TICK_SPACING;
        let mut spacings = |limit: u64| i32::try_from(dice.below(limit)).expect("few");
        let lower = tick + spacings(2 * FAR) - i32::try_from(FAR).expect("few");
        let upper = lower + 1 + spacings(FAR);
        let on_tick = |spacings: i32| I24::try_from(spacings * TICK_SPACING).expect("24 bits");
        let params = Positions::MintParams {
            token0: base.min(quote),
            token1: base.max(quote),
            fee: U24::from(self.facts.fee),
            tickLower: on_tick(lower),
            tickUpper: on_tick(upper),
            amount0Desired: self.holding(base.min(quote), self.facts.pool) >> (1 + dice.below(8)),
            amount1Desired: self.holding(base.max(quote), self.facts.pool) >> (1 + dice.below(8)),
            amount0Min: U256::ZERO,
            amount1Min: U256::ZERO,
            recipient: PROVIDER,
            deadline: U256::MAX,
        };
        self.send(PROVIDER, PROVIDER.create(POSITIONS_NONCE), Positions::mintCall { params });
    }

    /// A swap either way, of any number of bits up to half of what the pool has.
    pub(crate) fn draw(&self, dice: &mut Dice) -> Swap {
        let sells_base = *dice.pick(&[true, false]);
        let token = if sells_base { self.facts.base } else { self.facts.quote };
        let most: U256 = self.holding(token.address, self.facts.pool) >> 1;
        let bits = dice.below(u64::try_from(most.bit_len()).expect("few"));
        // The highest bit is set, the others are of chance.
        let low = U256::from_be_slice(&dice.bytes(32)) & ((U256::ONE << bits) - U256::ONE);
        Swap { sells_base, amount_in: (U256::ONE << bits) | low }
    }

    pub(crate) fn quote(&self, swap: &Swap) -> Quote {
        let (token_in, token_out) = self.tokens(swap);
        let params = IQuoterV2::QuoteExactInputSingleParams {
            tokenIn: token_in,
            tokenOut: token_out,
            amountIn: swap.amount_in,
            fee: U24::from(self.facts.fee),
            sqrtPriceLimitX96: U160::ZERO,
        };
        let told = self.ask(self.facts.quoter, IQuoterV2::quoteExactInputSingleCall { params });
        Quote {
            out: told.amountOut,
            price_after: U256::from(told.sqrtPriceX96After),
            crossed: told.initializedTicksCrossed,
        }
    }

    /// What the router says it paid.
    pub(crate) fn swap(&mut self, swap: &Swap) -> U256 {
        let (token_in, token_out) = self.tokens(swap);
        let params = ISwapRouter02::ExactInputSingleParams {
            tokenIn: token_in,
            tokenOut: token_out,
            fee: U24::from(self.facts.fee),
            recipient: TRADER,
            amountIn: swap.amount_in,
            amountOutMinimum: U256::ZERO,
            sqrtPriceLimitX96: U160::ZERO,
        };
        self.send(TRADER, self.facts.router, ISwapRouter02::exactInputSingleCall { params })
    }

    /// The pool's square root price.
    pub(crate) fn price(&self) -> U256 {
        U256::from(self.slot().sqrtPriceX96)
    }

    /// What the trader has of base and of quote.
    pub(crate) fn balances(&self) -> [U256; 2] {
        [self.facts.base, self.facts.quote].map(|token| self.holding(token.address, TRADER))
    }

    fn tokens(&self, swap: &Swap) -> (Address, Address) {
        let (base, quote) = (self.facts.base.address, self.facts.quote.address);
        if swap.sells_base { (base, quote) } else { (quote, base) }
    }

    fn slot(&self) -> IUniswapV3Pool::slot0Return {
        self.ask(self.facts.pool, IUniswapV3Pool::slot0Call {})
    }

    fn holding(&self, token: Address, account: Address) -> U256 {
        self.ask(token, IERC20::balanceOfCall { account })
    }

    fn ask<C: SolCall>(&self, to: Address, asked: C) -> C::Return {
        let message = message(TRADER, to, &asked);
        answer::<C>(call(&self.world, 0, &self.block, &message, &Vec::new()).expect("it runs"))
    }

    fn send<C: SolCall>(&mut self, from: Address, to: Address, sent: C) -> C::Return {
        let message = message(from, to, &sent);
        answer::<C>(execute(&mut self.world, &self.block, &message).expect("it runs"))
    }
}

fn message(from: Address, to: Address, call: &impl SolCall) -> Message {
    Message::view(from, to, Bytes::from(call.abi_encode()), GAS)
}

fn answer<C: SolCall>(done: Execution) -> C::Return {
    assert!(done.is_success(), "{}: {:?} {}", C::SIGNATURE, done.outcome, done.output);
    C::abi_decode_returns(&done.output).expect("the answer's types")
}
