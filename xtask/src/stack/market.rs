//! The market of the local stack: one trader with bottomless pockets who moves the pool along a course, and
//! does what tests tell it through the control endpoint.

use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use alloy_primitives::U256;
use leash::contracts::PoolFacts;
use leash::contracts::abi::IUniswapV3Pool;
use leash::sandbox::market::{ExactSwap, Path, SEED, Swap, Wish, square_root};
use leash::units::{Price, TokenAmount};
use serde_json::{Value, json};

use super::chain::Chain;
use super::deploy::TRADER;
use super::replay::Replay;
use crate::failure::{Because, Failure, Outcome};
use crate::stop::Stop;

/// How far back the first swap lies: two hours.
const HISTORY_SECS: u64 = 7_200;
/// Seconds between two swaps of the past.
const FAR_STEP_SECS: u64 = 5;
/// The last two minutes have a swap a second, which warms up the fastest candles.
const NEAR_SECS: u64 = 120;

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
            if let Some(swap) = Swap::between(self.facts, sqrt_price, target) {
                self.chain.post(TRADER, self.facts.router, &swap.call_data(self.facts, TRADER))?;
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
        if let Some(swap) = Swap::between(self.facts, current, target) {
            self.set_block_time(&state)?;
            let data = swap.call_data(self.facts, TRADER);
            state.pending = Some(self.chain.post(TRADER, self.facts.router, &data)?);
        }
        Ok(())
    }

    /// The pool's price now.
    pub(crate) fn price(&self) -> Outcome<Price> {
        price(&self.chain, self.facts)
    }

    /// Does what a test asks; answers the price, block time and settings after it.
    pub(crate) fn steer(&self, wish: &Value) -> Outcome<Value> {
        let wish = Wish::read(self.facts, wish).map_err(Failure::new)?;
        let mut state = self.state()?;
        state.is_paused = wish.pause.unwrap_or(state.is_paused);
        state.step_secs = wish.step_secs.unwrap_or(state.step_secs);
        if let Some((target, steps)) = wish.target {
            self.move_to(&state, square_root::of_price(self.facts, target), steps)?;
        }
        for _ in 0..wish.run {
            let current = self.sqrt_price()?;
            let price = square_root::to_price(self.facts, current).because("The pool has no price")?;
            let Some(next) = state.course.after(price) else { break };
            self.swap_now(&state, current, square_root::of_price(self.facts, next))?;
        }
        if let Some(ExactSwap { from, to, amount_in }) = wish.swap {
            self.send(&state, &Swap::exactly(from, to, amount_in.0))?;
        }
        Ok(json!({
            "price": TokenAmount::from_raw(price(&self.chain, self.facts)?.scaled()).format(18),
            "timestamp": self.chain.now()?,
            "pause": state.is_paused,
            "step_secs": state.step_secs,
        }))
    }

    /// `steps` swaps in equal parts of the square root price.
    fn move_to(&self, state: &State, target: U256, steps: u64) -> Outcome<()> {
        let start = self.sqrt_price()?;
        for step in 1..=steps {
            let part = (start * U256::from(steps - step) + target * U256::from(step)) / U256::from(steps);
            self.swap_now(state, self.sqrt_price()?, part)?;
        }
        Ok(())
    }

    fn swap_now(&self, state: &State, current: U256, target: U256) -> Outcome<()> {
        Swap::between(self.facts, current, target).map_or(Ok(()), |swap| self.send(state, &swap))
    }

    fn send(&self, state: &State, swap: &Swap) -> Outcome<()> {
        self.set_block_time(state)?;
        let data = swap.call_data(self.facts, TRADER);
        self.chain.send_now(TRADER, self.facts.router, &data).map(drop)
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
