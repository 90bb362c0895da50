//! One trader with bottomless pockets who moves the pool along the walk, in blocks of its own.

use alloy_primitives::{Address, B256, Bytes, U256, address};
use alloy_sol_types::SolCall as _;
use serde::{Deserialize, Serialize};

use super::{ExactSwap, Mood, Path, Swap, Wish, square_root};
use crate::contracts::PoolFacts;
use crate::contracts::abi::IUniswapV3Pool;
use crate::evm::{Fees, Message};
use crate::sandbox::chain::{BlockId, Chain, ChainError, SUGGESTED_TIP};
use crate::units::{Price, UnixSecs};

/// Moves the price: the same account as on the local stack.
pub const TRADER: Address = address!("23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f");
/// Chain seconds between two steps of the walk, in the history too, so that it looks like what follows.
const STEP_SECS: u64 = 2;
/// Steps that one swap of the history takes at once, or opening the page would take as long again,
const FAR_STEPS: u64 = 5;
/// but for its last two minutes, which warm up the fastest candles.
const NEAR_SECS: u64 = 120;
/// A market that slept does not catch up more than this many steps.
const MOST_STEPS: u64 = 500;
/// A swap needs a third of it.
const GAS: u64 = 500_000;

/// The pool's mover and where its course is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Market {
    path: Path,
    /// Of the walk that it is on.
    seed: u64,
    is_paused: bool,
    /// Block time per swap where the market runs ahead of the chain's clock.
    step_secs: Option<u64>,
    /// When the next step is due.
    next: UnixSecs,
    /// The last step's swap, while no block holds it.
    pending: Option<B256>,
}

impl Market {
    /// A market on the pool of `facts`, walking from the price it has; `None` while there is no pool.
    pub fn open(chain: &Chain, facts: &PoolFacts, seed: u64) -> Option<Self> {
        let anchor = price(chain, facts)?;
        let next = UnixSecs(chain.now().0 + STEP_SECS);
        let path = Path::new(seed, anchor);
        Some(Self { path, seed, is_paused: false, step_secs: None, next, pending: None })
    }

    /// The swaps before `end`, each in a block of its own, from `secs` before it.
    ///
    /// # Errors
    /// [`ChainError`] where the trader cannot swap.
    pub fn write_history(
        &mut self,
        chain: &mut Chain,
        facts: &PoolFacts,
        end: UnixSecs,
        secs: u64,
    ) -> Result<(), ChainError> {
        let mut left = secs;
        while left > 0 {
            let steps = if left > NEAR_SECS { FAR_STEPS } else { 1 };
            self.step(chain, facts, UnixSecs(end.0.saturating_sub(left)), steps)?;
            left = left.saturating_sub(steps * STEP_SECS);
        }
        self.next = end;
        Ok(())
    }

    /// Takes the steps that fell due by the chain's clock.
    ///
    /// # Errors
    /// [`ChainError`] where the trader cannot swap.
    pub fn catch_up(&mut self, chain: &mut Chain, facts: &PoolFacts) -> Result<(), ChainError> {
        let now = chain.now();
        let earliest = now.0.saturating_sub(MOST_STEPS * STEP_SECS);
        self.next = self.next.max(UnixSecs(earliest));
        while self.next <= now {
            let due = self.next;
            self.next = UnixSecs(due.0 + STEP_SECS);
            if !self.is_paused {
                self.step(chain, facts, due, 1)?;
            }
        }
        Ok(())
    }

    /// Whether it stands still.
    pub const fn is_paused(&self) -> bool {
        self.is_paused
    }

    /// Block seconds per swap, where the market runs ahead of the chain's clock.
    pub const fn step_secs(&self) -> Option<u64> {
        self.step_secs
    }

    /// Lets it go on or stand still.
    pub const fn pause(&mut self, pause: bool) {
        self.is_paused = pause;
    }

    /// The mood of its walk.
    pub const fn mood(&self) -> Mood {
        self.path.mood
    }

    /// Changes the mood of its walk.
    pub const fn set_mood(&mut self, mood: Mood) {
        self.path.mood = mood;
    }

    /// Goes on from here as the walk of another seed.
    pub fn reseed(&mut self, seed: u64) {
        self.seed = seed;
        self.path.reseed(seed);
    }

    /// The seed of its walk.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// Moves the price at once by so many hundredths of a percent of it, and the walk's anchor with it.
    ///
    /// # Errors
    /// [`ChainError`] where the trader cannot swap.
    pub fn shock(&mut self, chain: &mut Chain, facts: &PoolFacts, bps: i32) -> Result<(), ChainError> {
        let Some(price) = price(chain, facts) else { return Ok(()) };
        let target = self.path.shock(price, bps);
        self.move_to(chain, facts, square_root::of_price(facts, target), 1)
    }

    /// Does what is wished, in the order of its fields.
    ///
    /// # Errors
    /// [`ChainError`] where the trader cannot swap.
    pub fn grant(&mut self, chain: &mut Chain, facts: &PoolFacts, wish: &Wish) -> Result<(), ChainError> {
        self.is_paused = wish.pause.unwrap_or(self.is_paused);
        self.step_secs = wish.step_secs.unwrap_or(self.step_secs);
        if let Some((target, steps)) = wish.target {
            self.move_to(chain, facts, square_root::of_price(facts, target), steps)?;
        }
        for _ in 0..wish.run {
            let Some(price) = price(chain, facts) else { break };
            let next = self.path.after(price);
            self.move_to(chain, facts, square_root::of_price(facts, next), 1)?;
        }
        if let Some(ExactSwap { from, to, amount_in }) = wish.swap {
            self.swap_now(chain, facts, &Swap::exactly(from, to, amount_in.0))?;
        }
        Ok(())
    }

    /// So many steps of the walk by one swap, in a block of second `due`.
    fn step(
        &mut self,
        chain: &mut Chain,
        facts: &PoolFacts,
        due: UnixSecs,
        steps: u64,
    ) -> Result<(), ChainError> {
        if let Some(pending) = self.pending {
            if chain.receipt(pending).is_none() {
                return Ok(());
            }
            self.pending = None;
        }
        let Some((current, price)) = root(chain, facts).zip(price(chain, facts)) else { return Ok(()) };
        let target = (0..steps).fold(price, |price, _| self.path.after(price));
        let target = square_root::of_price(facts, target);
        let Some(swap) = Swap::between(facts, current, target) else { return Ok(()) };
        if chain.automine() && self.step_secs.is_none() {
            return chain.submit_at(message(chain, facts, &swap), due).map(drop);
        }
        self.set_block_time(chain)?;
        let hash = chain.submit(message(chain, facts, &swap))?;
        self.pending = chain.receipt(hash).is_none().then_some(hash);
        Ok(())
    }

    /// `steps` swaps in equal parts of the square root price.
    fn move_to(
        &mut self,
        chain: &mut Chain,
        facts: &PoolFacts,
        target: U256,
        steps: u64,
    ) -> Result<(), ChainError> {
        let Some(start) = root(chain, facts) else { return Ok(()) };
        for step in 1..=steps {
            let part = (start * U256::from(steps - step) + target * U256::from(step)) / U256::from(steps);
            let Some(current) = root(chain, facts) else { break };
            if let Some(swap) = Swap::between(facts, current, part) {
                self.swap_now(chain, facts, &swap)?;
            }
        }
        Ok(())
    }

    /// In a block at once, also where blocks are made on demand.
    fn swap_now(&self, chain: &mut Chain, facts: &PoolFacts, swap: &Swap) -> Result<(), ChainError> {
        self.set_block_time(chain)?;
        chain.submit(message(chain, facts, swap))?;
        if !chain.automine() {
            chain.mine();
        }
        Ok(())
    }

    fn set_block_time(&self, chain: &mut Chain) -> Result<(), ChainError> {
        let Some(secs) = self.step_secs else { return Ok(()) };
        chain.set_next_timestamp(chain.head().timestamp.saturating_add(secs))
    }
}

fn message(chain: &Chain, facts: &PoolFacts, swap: &Swap) -> Message {
    let max = 2 * u128::from(chain.next_base_fee()) + SUGGESTED_TIP;
    Message {
        from: TRADER,
        to: Some(facts.router),
        value: U256::ZERO,
        data: swap.call_data(facts, TRADER).into(),
        gas_limit: GAS,
        fees: Fees::Dynamic { max, max_priority: SUGGESTED_TIP },
        nonce: None,
        access_list: Vec::new(),
    }
}

/// The pool's square root price; `None` where there is no pool, or one that nobody opened.
fn root(chain: &Chain, facts: &PoolFacts) -> Option<U256> {
    let data = Bytes::from(IUniswapV3Pool::slot0Call {}.abi_encode());
    let done = chain.call(&Message::view(TRADER, facts.pool, data, GAS), BlockId::Latest).ok()?;
    let slot = IUniswapV3Pool::slot0Call::abi_decode_returns(&done.output).ok()?;
    Some(U256::from(slot.sqrtPriceX96)).filter(|root| !root.is_zero())
}

/// The pool's price.
pub fn price(chain: &Chain, facts: &PoolFacts) -> Option<Price> {
    square_root::to_price(facts, root(chain, facts)?)
}
