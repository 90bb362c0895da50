//! Terms to start from: a twentieth of the account a lot, a band around the price, a day.

use alloy_primitives::U256;

use super::{Guards, Pair, Sizing, StrategyTerms, Terms, TermsContext};
use crate::market::Interval;
use crate::units::{Price, TokenAmount};

impl StrategyTerms {
    /// 12 and 26 candles of a minute.
    pub const MINUTE: Self = Self::crossover(12, 26, Interval(60));
    /// 12 and 26 candles of five minutes.
    pub const FIVE_MINUTES: Self = Self::crossover(12, 26, Interval(300));
    /// 5 and 15 candles of two seconds, for trying things out.
    pub const LOCAL: Self = Self::crossover(5, 15, Interval(2));

    /// 3 and 8 candles of twenty seconds: at thirty times the speed a cross every few seconds.
    pub const SANDBOX: Self = Self::crossover(3, 8, Interval(20));

    /// The nearest averages that can cross.
    #[must_use]
    pub(in crate::trading) fn mended(self) -> Self {
        let fast = self.fast.clamp(2, Self::LONGEST - 1);
        let slow = self.slow.clamp(2, Self::LONGEST);
        let interval = Interval(self.interval.0.clamp(1, Self::LONGEST_INTERVAL));
        let (fast, slow) = match fast.cmp(&slow) {
            std::cmp::Ordering::Less => (fast, slow),
            std::cmp::Ordering::Equal => (fast, fast + 1),
            std::cmp::Ordering::Greater => (slow, fast),
        };
        let trend = if self.trend == 0 { 0 } else { self.trend.clamp(2, Self::LONGEST) };
        let hysteresis_bps = self.hysteresis_bps.min(Self::MOST_HYSTERESIS_BPS);
        Self { fast, slow, interval, trend, hysteresis_bps, holds: false }
    }
}

impl Terms {
    /// Sensible terms for the account and price in `context`. For an empty account they are an example, worked
    /// out for 1000 quote tokens, which is refused until something is deposited.
    ///
    /// Buying gets 10 lots of a twentieth each, two at a time: half of the account. The band is 10 % to both sides
    /// (15 % where things are tried out, since the price there is made to move). Selling gets as many lots as the bought and the
    /// held tokens could make at the lowest price, where a buy lot brings the most.
    pub fn sensible(context: &TermsContext) -> Self {
        let width = if context.is_local { 15 } else { 10 };
        let wealth = Some(context.wealth()).filter(|wealth| !wealth.is_zero());
        let wealth = wealth.unwrap_or_else(|| example_wealth(&context.pair));
        let mut terms = Self {
            buy_lot: round(wealth.checked_ratio(1, 20).unwrap_or(wealth)),
            sell_lot: TokenAmount::ZERO,
            lots_per_trade: 2,
            buy_lots: 10,
            sell_lots: 0,
            uses: 0,
            lifetime_secs: Self::LONGEST_LIFETIME_SECS,
            lowest_sell: round_price(context.price.times_percent(100 - width)),
            highest_buy: round_price(context.price.times_percent(100 + width)),
            slippage_bps: 50,
            may_renounce: true,
            strategy: if context.is_local { StrategyTerms::LOCAL } else { StrategyTerms::MINUTE },
            sizing: Sizing::Lots,
            guards: Guards::default(),
        };
        terms.sell_lot = round(terms.buy_floor(&context.pair));
        terms.sell_lots = terms.lots_to_sell(context);
        // Five uses to spare for trades that the pool refuses.
        terms.uses = terms.least_uses().saturating_add(5);
        terms.mend(context).unwrap_or(terms)
    }

    /// Lots that all bought and held base tokens could make.
    fn lots_to_sell(&self, context: &TermsContext) -> u32 {
        let Pair { base_decimals, quote_decimals, .. } = context.pair;
        let budget = TokenAmount(self.buy_lot.0.saturating_mul(U256::from(self.buy_lots)));
        let bought = self.lowest_sell.base_for_quote(budget, base_decimals, quote_decimals);
        let bought = bought.unwrap_or(TokenAmount::ZERO);
        let lots = bought.whole_lots(self.sell_lot) + context.base_balance.whole_lots(self.sell_lot);
        u32::try_from(lots).unwrap_or(u32::MAX).clamp(self.buy_lots, Self::MOST_LOTS)
    }
}

fn example_wealth(pair: &Pair) -> TokenAmount {
    let unit = 10_u128.checked_pow(pair.quote_decimals.into()).unwrap_or(1);
    TokenAmount::from_raw(unit.saturating_mul(1_000))
}

/// The amount in two significant digits, rounded down: a lot of 48, not of 48.273519.
fn round(amount: TokenAmount) -> TokenAmount {
    let digits = amount.0.checked_log10().map_or(1, |log| log + 1);
    let step = U256::from(10).pow(U256::from(digits.saturating_sub(2)));
    TokenAmount(amount.0 / step * step)
}

/// The price in three significant digits, rounded down.
fn round_price(price: Price) -> Price {
    let digits = price.scaled().ilog10() + 1;
    let step = 10_u128.pow(digits.saturating_sub(3));
    Price::from_scaled(price.scaled() / step * step).unwrap_or(price)
}

#[cfg(test)]
mod tests {
    use super::super::terms::samples::{PAIR, base, price, quote};
    use super::*;
    use proptest::prelude::*;

    fn context(of_quote: &str, of_base: &str, is_local: bool) -> TermsContext {
        let (quote_balance, base_balance) = (quote(of_quote), base(of_base));
        TermsContext { quote_balance, base_balance, price: price(1_800), pair: PAIR, is_local }
    }

    #[test]
    fn lots_come_from_the_balance_in_round_numbers() {
        let terms = Terms::sensible(&context("1000", "0", false));
        assert_eq!(terms.buy_lot, quote("50"));
        assert_eq!((terms.lowest_sell, terms.highest_buy), (price(1_620), price(1_980)));
        assert_eq!(terms.sell_lot, base("0.025"), "50 at 1980 is 0.02525");
        assert_eq!((terms.buy_lots, terms.sell_lots, terms.uses), (10, 12, 18));
        assert_eq!(terms.strategy, StrategyTerms::MINUTE);
        assert_eq!(Terms::sensible(&context("1000", "0", true)).strategy, StrategyTerms::LOCAL);
    }

    #[test]
    fn an_empty_account_sees_an_example_that_is_refused() {
        let empty = context("0", "0", false);
        let terms = Terms::sensible(&empty);
        assert_eq!(terms.buy_lot, quote("50"));
        let problems = terms.check(&empty);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].sentence.contains("deposit"), "{problems:?}");
    }

    proptest! {
        #[test]
        fn they_can_be_granted_for_any_balance_price_and_decimals(
            cents in 1_u128..10_000_000_000,
            millionths_of_base in 0_u128..1_000_000_000,
            price_cents in 10_u128..100_000_000,
            base_decimals in 6_u8..=18,
            quote_decimals in 6_u8..=18,
            is_local in any::<bool>(),
        ) {
            let unit = |decimals: u8| 10_u128.pow(decimals.into());
            let price = Price::from_scaled(price_cents * Price::SCALE / 100).expect("not zero");
            let context = TermsContext {
                quote_balance: TokenAmount::from_raw(cents * 100 * unit(quote_decimals - 2)),
                base_balance: TokenAmount::from_raw(millionths_of_base * unit(base_decimals - 6)),
                price,
                pair: Pair { base_decimals, quote_decimals, fee_millionths: 500 },
                is_local,
            };
            let terms = Terms::sensible(&context);
            let floor = terms.buy_floor(&context.pair);
            // A lot worth less than a few units of a coarse, dear token cannot be sold: none can be sensible.
            prop_assume!(floor.0 >= alloy_primitives::U256::from(100));
            prop_assert_eq!(terms.check(&context), []);
        }
    }
}
