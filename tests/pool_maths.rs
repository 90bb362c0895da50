//! What the quoter answers before a swap is what the router then pays, to the wei, and the price ends where it said.
//!
//! Play money is filled by the quoter's answer, so its maths must be the pool's own. Each walk begins at the genesis,
//! lays positions over the pool so that swaps cross ticks, and swaps amounts of every magnitude both ways. Messages
//! run right in the machine: where no block is open nothing can be taken back, and so nothing piles up.
//!
//! `LEASH_POOL_SWAPS` says how many swaps there are, `LEASH_POOL_SEED` draws others. `cargo xtask genesis` makes the
//! state that they begin with.

#[path = "differential/dice.rs"]
mod dice;
#[path = "support/genesis.rs"]
mod genesis;
#[path = "pool_maths/pool.rs"]
mod pool;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use alloy_primitives::U256;
use leash::evm::World;

use dice::Dice;
use genesis::genesis;
use pool::{Pool, Swap};

/// Swaps of the ordinary test: what a build without optimization does in ten to twenty seconds.
const SWAPS: u64 = 5_000;
/// Swaps from one genesis: the price wanders far, and yet not to the ends of the pool, where a swap is not filled.
const SWAPS_OF_A_WALK: u64 = 100;
/// Positions of chance under each walk, beside the one over all prices.
const POSITIONS: usize = 6;

#[test]
fn the_quoter_tells_every_swap_to_the_wei() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let swaps = number("LEASH_POOL_SWAPS").unwrap_or(SWAPS);
    let seed = number("LEASH_POOL_SEED").unwrap_or(7);
    let start = genesis().world();
    let next = AtomicU64::new(0);
    let one_after_the_other = || {
        let mut told = Told::default();
        loop {
            let walk = next.fetch_add(1, Ordering::Relaxed);
            let left = swaps.saturating_sub(walk * SWAPS_OF_A_WALK).min(SWAPS_OF_A_WALK);
            if left == 0 {
                return told;
            }
            let mut dice = Dice::new(seed);
            let mut dice = Dice::new(dice.roll() ^ walk);
            wander(&start, &mut dice, left, &mut told).unwrap_or_else(|why| panic!("walk {walk}: {why}"));
        }
    };
    let told = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(one_after_the_other)).collect();
        let told = threads.into_iter().map(|thread| thread.join().expect("every swap is as quoted"));
        told.fold(Told::default(), Told::and)
    });
    eprintln!("seed {seed}: {told}");
    assert_eq!(told.swaps, swaps);
    // Nothing passes by nothing moving.
    assert!(told.crossed > swaps / 10 && told.moved > swaps / 2, "{told}");
    assert!(told.bits.0 == 1 && told.bits.1 > 60, "{told}");
}

/// A walk from the genesis; the first answer that was not kept, if any.
fn wander(start: &World, dice: &mut Dice, swaps: u64, told: &mut Told) -> Result<(), String> {
    let mut pool = Pool::new(start.clone());
    for _ in 0..POSITIONS {
        pool.provide(dice);
    }
    for step in 0..swaps {
        let swap = pool.draw(dice);
        let (price, before) = (pool.price(), pool.balances());
        let quote = pool.quote(&swap);
        pool.pass_time(dice.below(90));
        let paid = pool.swap(&swap);
        let is_kept = paid == quote.out
            && pool.balances() == swap.settled(before, quote.out)
            && pool.price() == quote.price_after;
        if !is_kept {
            let (balances, after) = (pool.balances(), pool.price());
            return Err(format!(
                "{swap:?} at {price}, step {step}: {quote:?}, but it paid {paid}: {before:?} became {balances:?}, and the price {after}"
            ));
        }
        told.note(&swap, price, quote.price_after, quote.crossed);
    }
    Ok(())
}

/// What the swaps were like.
#[derive(Clone, Copy, Default)]
struct Told {
    swaps: u64,
    /// Bought base.
    bought: u64,
    /// Moved the price.
    moved: u64,
    /// Initialised ticks that were crossed.
    crossed: u64,
    /// Bits of the smallest and the largest amount.
    bits: (usize, usize),
    /// Lowest and highest square root price.
    prices: (U256, U256),
}

impl Told {
    fn note(&mut self, swap: &Swap, before: U256, after: U256, crossed: u32) {
        let bits = swap.amount_in.bit_len();
        let once = Self {
            swaps: 1,
            bought: u64::from(!swap.sells_base),
            moved: u64::from(before != after),
            crossed: u64::from(crossed),
            bits: (bits, bits),
            prices: (before.min(after), before.max(after)),
        };
        *self = self.and(once);
    }

    fn and(self, other: Self) -> Self {
        if self.swaps == 0 || other.swaps == 0 {
            return if self.swaps == 0 { other } else { self };
        }
        Self {
            swaps: self.swaps + other.swaps,
            bought: self.bought + other.bought,
            moved: self.moved + other.moved,
            crossed: self.crossed + other.crossed,
            bits: (self.bits.0.min(other.bits.0), self.bits.1.max(other.bits.1)),
            prices: (self.prices.0.min(other.prices.0), self.prices.1.max(other.prices.1)),
        }
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { swaps, bought, moved, crossed, bits, prices } = self;
        let sold = swaps - bought;
        write!(
            f,
            "{swaps} swaps, {bought} purchases and {sold} sales of {} to {} bits; {moved} moved the price, over {crossed} ticks, between {} and {}",
            bits.0, bits.1, prices.0, prices.1
        )
    }
}
