//! The market of the local stack: one trader with bottomless pockets who moves the pool along a course, and
//! does what tests tell it through the control endpoint.

use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use alloy_primitives::aliases::U24;
use alloy_primitives::{Address, U160, U256};
use alloy_sol_types::SolCall as _;
use leash::contracts::PoolFacts;
use leash::contracts::abi::{ISwapRouter02, IUniswapV3Pool};
use leash::units::{Price, TokenAmount};
use serde_json::{Value, json};

use super::chain::Chain;
use super::deploy::TRADER;
use super::path::Path;
use super::replay::Replay;
use super::square_root;
use crate::failure::{Because, Failure, Outcome};
use crate::stop::Stop;

/// The walk that every stack starts with.
const SEED: u64 = 0x1ea5_4001;
/// How far back the first swap lies: two hours.
const HISTORY_SECS: u64 = 7_200;
/// Seconds between two swaps of the past.
const FAR_STEP_SECS: u64 = 5;
/// The last two minutes have a swap a second, which warms up the fastest candles.
const NEAR_SECS: u64 = 120;
/// More than any step needs; the price limit ends a swap, not the amount.
const PLENTY: U256 = U256::from_limbs([0, 1 << 48, 0, 0]);
/// A steering request may not hold the market longer than this many swaps.
const MOST_STEPS: u64 = 5_000;

/// Where the price goes next.
#[derive(Debug)]
pub(crate) enum Course {
    /// Seeded.
    Walk(Path),
    /// From a file.
    Replay(Replay),
}

#[derive(Debug)]
struct State {
    course: Course,
    is_paused: bool,
    /// Block time per swap where the market runs faster than the wall clock.
    step_secs: Option<u64>,
    /// The bot's last swap, while no block holds it.
    pending: Option<Value>,
}

/// The pool and its mover.
#[derive(Debug)]
pub(crate) struct Market {
    chain: Chain,
    facts: &'static PoolFacts,
    state: Mutex<State>,
}

impl Market {
    /// A market on the deployed pool, on its seeded walk from the price it has.
    pub(crate) fn open(chain: Chain, facts: &'static PoolFacts) -> Outcome<Self> {
        let anchor = price(&chain, facts)?;
        let course = Course::Walk(Path::new(SEED, anchor));
        let state = State { course, is_paused: false, step_secs: None, pending: None };
        Ok(Self { chain, facts, state: Mutex::new(state) })
    }

    /// Two hours of swaps before now, each in a block of its own; how many.
    pub(crate) fn write_history(&self, stop: &Stop) -> Outcome<u64> {
        let mut state = self.state()?;
        self.chain.ask("evm_setAutomine", &json!([false]))?;
        let mut sqrt_price = self.sqrt_price()?;
        let mut time = wall_clock()? - HISTORY_SECS;
        let mut swaps = 0;
        while time <= wall_clock()? {
            stop.check()?;
            let price = square_root::to_price(self.facts, sqrt_price).because("The pool has no price")?;
            let Some(next) = state.course.after(price) else { break };
            let target = square_root::of_price(self.facts, next);
            if target != sqrt_price {
                self.chain.post(TRADER, self.facts.router, &self.swap_to(sqrt_price, target))?;
                self.chain.ask("evm_mine", &json!([{ "timestamp": time }]))?;
                sqrt_price = target;
                swaps += 1;
            }
            time += if wall_clock()?.saturating_sub(time) > NEAR_SECS { FAR_STEP_SECS } else { 1 };
        }
        self.chain.ask("evm_setAutomine", &json!([true]))?;
        // From here on the chain's clock is the wall clock.
        self.chain.ask("evm_setNextBlockTimestamp", &json!([wall_clock()?.max(time)]))?;
        self.chain.ask("evm_mine", &json!([]))?;
        Ok(swaps)
    }

    /// Follows the closes of a file from now on.
    pub(crate) fn follow(&self, replay: Replay) -> Outcome<()> {
        self.state()?.course = Course::Replay(replay);
        Ok(())
    }

    /// One step of the bot, unless it is paused or its last swap still waits for a block.
    pub(crate) fn tick(&self) -> Outcome<()> {
        let mut state = self.state()?;
        if state.is_paused {
            return Ok(());
        }
        if let Some(hash) = &state.pending {
            if !self.chain.is_mined(hash)? {
                return Ok(());
            }
            state.pending = None;
        }
        let current = self.sqrt_price()?;
        let price = square_root::to_price(self.facts, current).because("The pool has no price")?;
        let Some(next) = state.course.after(price) else {
            state.is_paused = true;
            return Ok(());
        };
        let target = square_root::of_price(self.facts, next);
        if target != current {
            self.set_block_time(&state)?;
            state.pending =
                Some(self.chain.post(TRADER, self.facts.router, &self.swap_to(current, target))?);
        }
        Ok(())
    }

    /// Does what a test asks: any of `pause`, `step_secs`, `target` with `steps`, `run`, `swap`, in this order.
    /// Answers the price, block time and settings after it.
    pub(crate) fn steer(&self, wish: &Value) -> Outcome<Value> {
        let known = ["pause", "step_secs", "target", "steps", "run", "swap"];
        let fields = wish.as_object().because("leash_market takes one object")?;
        if let Some(unknown) = fields.keys().find(|key| !known.contains(&key.as_str())) {
            return Err(Failure::new(format!("leash_market does not know `{unknown}`")));
        }
        let mut state = self.state()?;
        if let Some(pause) = fields.get("pause") {
            state.is_paused = pause.as_bool().because("`pause` is true or false")?;
        }
        if let Some(secs) = fields.get("step_secs") {
            state.step_secs = if secs.is_null() { None } else { Some(count("step_secs", secs)?) };
        }
        if let Some(target) = fields.get("target") {
            let steps = fields.get("steps").map_or(Ok(1), |steps| count("steps", steps))?;
            self.move_to(&state, decimal(target, 18)?, steps)?;
        }
        if let Some(run) = fields.get("run") {
            for _ in 0..count("run", run)? {
                let current = self.sqrt_price()?;
                let price = square_root::to_price(self.facts, current).because("The pool has no price")?;
                let Some(next) = state.course.after(price) else { break };
                self.swap_now(&state, current, square_root::of_price(self.facts, next))?;
            }
        }
        if let Some(swap) = fields.get("swap") {
            self.swap_exactly(&state, swap)?;
        }
        Ok(json!({
            "price": TokenAmount::from_raw(price(&self.chain, self.facts)?.scaled()).format(18),
            "timestamp": self.chain.now()?,
            "pause": state.is_paused,
            "step_secs": state.step_secs,
        }))
    }

    /// `steps` swaps in equal parts of the square root price.
    fn move_to(&self, state: &State, target: TokenAmount, steps: u64) -> Outcome<()> {
        let scaled = u128::try_from(target.0).ok().and_then(|scaled| Price::from_scaled(scaled).ok());
        let target = square_root::of_price(self.facts, scaled.because("`target` is no price")?);
        let start = self.sqrt_price()?;
        for step in 1..=steps {
            let part = (start * U256::from(steps - step) + target * U256::from(step)) / U256::from(steps);
            self.swap_now(state, self.sqrt_price()?, part)?;
        }
        Ok(())
    }

    fn swap_now(&self, state: &State, current: U256, target: U256) -> Outcome<()> {
        if current == target {
            return Ok(());
        }
        self.set_block_time(state)?;
        self.chain.send_now(TRADER, self.facts.router, &self.swap_to(current, target)).map(drop)
    }

    /// `{"token_in": "USDC", "amount_in": "1000"}`.
    fn swap_exactly(&self, state: &State, swap: &Value) -> Outcome<()> {
        let (base, quote) = (self.facts.base, self.facts.quote);
        let (from, to) = match swap["token_in"].as_str() {
            Some(symbol) if symbol == base.symbol => (base, quote),
            Some(symbol) if symbol == quote.symbol => (quote, base),
            _ => {
                return Err(Failure::new(format!("`token_in` is {} or {}", base.symbol, quote.symbol)));
            }
        };
        let amount = decimal(&swap["amount_in"], from.decimals)?;
        self.set_block_time(state)?;
        let call = self.swap_call(from.address, to.address, amount.0, U256::ZERO);
        self.chain.send_now(TRADER, self.facts.router, &call).map(drop)
    }

    /// A swap that stops when the pool's square root price is `target`.
    fn swap_to(&self, current: U256, target: U256) -> Vec<u8> {
        let sells_first_token = target < current;
        let (base, quote) = (self.facts.base.address, self.facts.quote.address);
        let sells_base = sells_first_token == square_root::base_is_first(self.facts);
        let (from, to) = if sells_base { (base, quote) } else { (quote, base) };
        self.swap_call(from, to, PLENTY, target)
    }

    fn swap_call(&self, from: Address, to: Address, amount_in: U256, limit: U256) -> Vec<u8> {
        let params = ISwapRouter02::ExactInputSingleParams {
            tokenIn: from,
            tokenOut: to,
            fee: U24::from(self.facts.fee),
            recipient: TRADER,
            amountIn: amount_in,
            amountOutMinimum: U256::ZERO,
            sqrtPriceLimitX96: U160::from(limit),
        };
        ISwapRouter02::exactInputSingleCall { params }.abi_encode()
    }

    fn set_block_time(&self, state: &State) -> Outcome<()> {
        let Some(secs) = state.step_secs else { return Ok(()) };
        let next = self.chain.now()? + secs;
        self.chain.ask("evm_setNextBlockTimestamp", &json!([next])).map(drop)
    }

    fn sqrt_price(&self) -> Outcome<U256> {
        sqrt_price(&self.chain, self.facts)
    }

    fn state(&self) -> Outcome<std::sync::MutexGuard<'_, State>> {
        self.state.lock().because("The market thread died")
    }
}

impl Course {
    fn after(&mut self, price: Price) -> Option<Price> {
        match self {
            Self::Walk(path) => Some(path.after(price)),
            Self::Replay(replay) => replay.after(price),
        }
    }
}

fn sqrt_price(chain: &Chain, facts: &PoolFacts) -> Outcome<U256> {
    Ok(U256::from(chain.read(facts.pool, &IUniswapV3Pool::slot0Call {})?.sqrtPriceX96))
}

fn price(chain: &Chain, facts: &PoolFacts) -> Outcome<Price> {
    square_root::to_price(facts, sqrt_price(chain, facts)?).because("The pool has no price")
}

/// Seconds since 1970 on this machine.
pub(crate) fn wall_clock() -> Outcome<u64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map(|duration| duration.as_secs()).because("This machine's clock is before 1970")
}

fn decimal(value: &Value, decimals: u8) -> Outcome<TokenAmount> {
    let parsed = value.as_str().and_then(|text| TokenAmount::parse(text, decimals).ok());
    parsed.because(format!("{value} is not a decimal number as a string"))
}

fn count(name: &str, value: &Value) -> Outcome<u64> {
    let number = value.as_u64().filter(|number| (1..=MOST_STEPS).contains(number));
    number.because(format!("`{name}` is a whole number from 1 to {MOST_STEPS}"))
}
