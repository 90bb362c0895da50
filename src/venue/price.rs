//! Reading the pool's price, and the least a swap may bring.

use alloy_primitives::aliases::U160;
use alloy_primitives::{B256, Log, U512};
use alloy_sol_types::SolEvent;

use super::UniswapV3;
use crate::contracts::abi::IUniswapV3Pool::Swap;
use crate::market::PriceTick;
use crate::units::{Price, PriceError, TokenAmount, UnixSecs};

/// Hundredths of a percent in a whole.
const WHOLE_BPS: u32 = 10_000;

/// The least that a swap may bring: its quote less the slippage, but never less than the sealed floor, which is
/// the last line and not the working price. Slippage above 100 % counts as 100 %.
pub fn minimum_out(floor: TokenAmount, quote: TokenAmount, slippage_bps: u32) -> TokenAmount {
    let kept = WHOLE_BPS.saturating_sub(slippage_bps);
    // Only a quote beyond 2^242 overflows; nothing lies below it but nothing, so the floor holds then.
    let working = quote.checked_ratio(kept.into(), WHOLE_BPS.into()).unwrap_or(TokenAmount::ZERO);
    floor.max(working)
}

impl UniswapV3 {
    /// The price that `slot0` or a `Swap` tells as `sqrtPriceX96`: the square root of raw token1 per raw token0,
    /// times 2^96. Token0 is the one with the lower address.
    ///
    /// # Errors
    /// [`PriceError`] for a pool that was never initialised and for prices beyond reason.
    pub fn price(&self, sqrt_price_x96: U160) -> Result<Price, PriceError> {
        let root = U512::from(sqrt_price_x96);
        // 160 bits squared are 320, so this cannot wrap.
        let (token1, token0) = (root * root, U512::ONE << 192_usize);
        let (base, quote) = (self.facts().base, self.facts().quote);
        let (quote_raw, base_raw) =
            if base.address < quote.address { (token1, token0) } else { (token0, token1) };
        if root.is_zero() {
            return Err(PriceError::Zero);
        }
        Price::from_ratio(quote_raw, base_raw, quote.decimals, base.decimals)
    }

    /// Topic of the pool's `Swap` events, for asking for them.
    pub const fn swap_topic() -> B256 {
        Swap::SIGNATURE_HASH
    }

    /// The price after a swap, from its log; `None` for every other log.
    ///
    /// # Errors
    /// [`PriceError`].
    pub fn tick(&self, log: &Log, block: u64, at: UnixSecs) -> Result<Option<PriceTick>, PriceError> {
        if log.address != self.facts().pool {
            return Ok(None);
        }
        let Ok(swap) = Swap::decode_log_validate(log) else { return Ok(None) };
        let price = self.price(swap.sqrtPriceX96)?;
        Ok(Some(PriceTick { at, block, price }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contracts::PoolFacts;
    use crate::venue::samples;
    use alloy_primitives::{U256, address, uint};

    /// Both orders of the tokens: base first, and base second.
    fn both_orders() -> [UniswapV3; 2] {
        let facts = samples::FACTS;
        let low = address!("0000000000000000000000000000000000000011");
        let high = address!("0000000000000000000000000000000000000022");
        let order = |base_address, quote_address| {
            let mut facts: PoolFacts = facts;
            (facts.base.address, facts.quote.address) = (base_address, quote_address);
            UniswapV3::new(facts)
        };
        [order(low, high), order(high, low)]
    }

    #[test]
    fn a_price_is_read_in_both_orders_of_the_tokens() {
        // 2,500 USDC (6 decimals) per WETH (18): sqrt(2500e6 / 1e18) = 5e-5, and sqrt(1e18 / 2500e6) = 20,000.
        let [base_first, base_second] = both_orders();
        let whole = Price::from_scaled(2_500 * Price::SCALE).expect("a price");
        let root: U160 = U160::from(5) * (U160::ONE << 96_usize) / U160::from(100_000);
        let read = base_first.price(root).expect("a price").to_f64();
        assert!((read - 2_500.0).abs() < 1e-9, "{read}");
        assert_eq!(base_second.price(U160::from(20_000) << 96_usize), Ok(whole));
    }

    #[test]
    fn no_price_and_absurd_prices_are_refused() {
        let [base_first, base_second] = both_orders();
        assert_eq!(base_first.price(U160::ZERO), Err(PriceError::Zero));
        assert_eq!(base_second.price(U160::ZERO), Err(PriceError::Zero));
        assert_eq!(base_first.price(U160::MAX), Err(PriceError::Absurd));
        assert_eq!(base_second.price(U160::MAX), Err(PriceError::Zero));
        assert_eq!(base_second.price(U160::ONE), Err(PriceError::Absurd));
    }

    #[test]
    fn a_swap_of_this_pool_is_a_tick() {
        let venue = UniswapV3::new(samples::FACTS);
        let tick = venue.tick(&samples::swap_log(), 0x15d, UnixSecs(9)).expect("a price").expect("a tick");
        assert_eq!((tick.block, tick.at), (0x15d, UnixSecs(9)));
        // 100 USDC bought 0.03326… WETH there, of which the pool kept 0.05 %.
        let price = tick.price.to_f64();
        assert!((2_990.0..3_010.0).contains(&price), "{price}");
        let mut foreign = samples::swap_log();
        foreign.address = samples::FACTS.router;
        assert_eq!(venue.tick(&foreign, 1, UnixSecs(1)), Ok(None));
        let mut cut = samples::swap_log();
        cut.data = alloy_primitives::LogData::new_unchecked(cut.topics().to_vec(), cut.data.data.slice(..64));
        assert_eq!(venue.tick(&cut, 1, UnixSecs(1)), Ok(None));
    }

    #[test]
    fn the_floor_is_the_last_line() {
        let check = |floor: u128, quote: u128, bps: u32, expected: u128| {
            let least = minimum_out(TokenAmount::from_raw(floor), TokenAmount::from_raw(quote), bps);
            assert_eq!(least, TokenAmount::from_raw(expected), "{floor} {quote} {bps}");
        };
        check(900, 1_000, 50, 995);
        check(999, 1_000, 50, 999);
        check(900, 100, 50, 900);
        check(900, 1_000, 0, 1_000);
        check(900, 1_000, 20_000, 900);
        let floor = TokenAmount(uint!(7_U256));
        assert_eq!(minimum_out(floor, TokenAmount(U256::MAX), 50), floor);
    }
}
