//! The nearest terms that may be granted.

use alloy_primitives::U256;

use super::{Pair, StrategyTerms, Terms, TermsContext};
use crate::market::Interval;
use crate::units::TokenAmount;

impl Terms {
    /// The nearest terms that can be granted; `None` where the account is too small for any. Terms that can be
    /// granted come back as they are.
    pub fn mend(&self, context: &TermsContext) -> Option<Self> {
        let mut mended = *self;
        mended.mend_band(context);
        mended.mend_lots(context);
        mended.mend_budgets();
        mended.mend_limits(context);
        mended.mend_conduct(context);
        mended.check(context).is_empty().then_some(mended)
    }

    /// A tenth away from the price where the edge is on its wrong side.
    fn mend_band(&mut self, context: &TermsContext) {
        if self.lowest_sell >= context.price {
            self.lowest_sell = context.price.times_percent(90);
        }
        if self.highest_buy <= context.price {
            self.highest_buy = context.price.times_percent(110);
        }
    }

    fn mend_lots(&mut self, context: &TermsContext) {
        let wealth = context.wealth();
        if self.buy_lot.is_zero() {
            self.buy_lot = tenth(wealth);
        }
        self.buy_lot = self.buy_lot.min(wealth);
        self.fit_sell_lot(&context.pair);
        self.mend_dust(context, wealth);
        if self.buy_lot > context.quote_balance && self.sell_lot > context.base_balance {
            let base_worth = wealth.saturating_sub(context.quote_balance);
            if context.quote_balance >= base_worth {
                self.buy_lot = context.quote_balance;
                self.fit_sell_lot(&context.pair);
            } else {
                self.sell_lot = context.base_balance;
            }
        }
    }

    fn fit_sell_lot(&mut self, pair: &Pair) {
        let least = self.buy_floor(pair);
        self.sell_lot = if self.sell_lot.is_zero() { least } else { self.sell_lot.min(least) };
    }

    /// Lots so small that a sale at the lowest price brings less than a unit: a tenth of the account instead, and
    /// if that is still nothing, a band of a tenth to both sides.
    fn mend_dust(&mut self, context: &TermsContext, wealth: TokenAmount) {
        if self.sell_floor(&context.pair).is_zero() {
            self.buy_lot = self.buy_lot.max(tenth(wealth));
            self.sell_lot = self.buy_floor(&context.pair);
        }
        if self.sell_floor(&context.pair).is_zero() {
            self.lowest_sell = context.price.times_percent(90);
            self.highest_buy = context.price.times_percent(110);
            self.sell_lot = self.buy_floor(&context.pair);
        }
    }

    fn mend_budgets(&mut self) {
        self.buy_lots = self.buy_lots.clamp(1, Self::MOST_LOTS);
        self.sell_lots = self.sell_lots.clamp(self.buy_lots, Self::MOST_LOTS);
        let most = Self::MOST_LOTS_PER_TRADE.min(self.buy_lots);
        self.lots_per_trade = self.lots_per_trade.clamp(1, most);
        self.uses = self.uses.clamp(self.least_uses(), Self::MOST_LOTS.saturating_mul(2));
    }

    fn mend_limits(&mut self, context: &TermsContext) {
        let shortest = context.shortest_lifetime_secs();
        self.lifetime_secs = self.lifetime_secs.clamp(shortest, Self::LONGEST_LIFETIME_SECS);
        self.slippage_bps = self.slippage_bps.clamp(Self::LEAST_SLIPPAGE_BPS, Self::MOST_SLIPPAGE_BPS);
        let strategy = self.strategy.mended();
        let secs = strategy.interval.0.max(context.shortest_interval_secs());
        self.strategy = StrategyTerms { interval: Interval(secs), ..strategy };
    }
}

fn tenth(wealth: TokenAmount) -> TokenAmount {
    TokenAmount(wealth.0 / U256::from(10))
}

#[cfg(test)]
mod tests {
    use super::super::terms::samples::{PAIR, price, quote};
    use super::super::{Guards, Sizing};
    use super::*;
    use crate::units::Price;
    use proptest::prelude::*;

    fn context() -> TermsContext {
        let base_balance = TokenAmount::ZERO;
        TermsContext {
            quote_balance: quote("1000"),
            base_balance,
            price: price(1_800),
            pair: PAIR,
            is_local: false,
        }
    }

    proptest! {
        #[test]
        fn whatever_was_written_the_nearest_terms_pass(
            (buy_lot, sell_lot) in (any::<u128>(), any::<u128>()),
            (lots_per_trade, buy_lots, sell_lots, uses) in (any::<u32>(), any::<u32>(), any::<u32>(), any::<u32>()),
            (lifetime_secs, slippage_bps) in (any::<u64>(), any::<u32>()),
            (lowest, highest) in (price_around(), price_around()),
            (fast, slow, secs) in (any::<u32>(), any::<u32>(), any::<u32>()),
            (of_quote, of_base) in (1_000_000_u128..1_000_000_000_000, 0_u128..1_000_000_000_000_000_000_000),
            (trend, shares) in (any::<u32>(), any::<[u32; 8]>()),
            is_local in any::<bool>(),
        ) {
            let context = TermsContext {
                quote_balance: TokenAmount::from_raw(of_quote),
                base_balance: TokenAmount::from_raw(of_base),
                is_local,
                ..context()
            };
            let written = Terms {
                buy_lot: TokenAmount::from_raw(buy_lot),
                sell_lot: TokenAmount::from_raw(sell_lot),
                lots_per_trade, buy_lots, sell_lots, uses, lifetime_secs, slippage_bps,
                lowest_sell: lowest,
                highest_buy: highest,
                may_renounce: true,
                strategy: StrategyTerms { trend, hysteresis_bps: shares[0], ..StrategyTerms::crossover(fast, slow, Interval(secs)) },
                sizing: if is_local { Sizing::Share { bps: shares[1] } } else { Sizing::Volatility { bps: shares[1] } },
                guards: Guards {
                    stop_loss_bps: shares[2],
                    take_profit_bps: shares[3],
                    trailing_stop_bps: shares[4],
                    cooldown_candles: shares[5],
                    drawdown_bps: shares[6],
                    daily_loss_bps: shares[7],
                    trades_per_hour: trend,
                },
            };
            let mended = written.mend(&context);
            prop_assert!(mended.is_some(), "{:?}", written.check(&context));
            let mended = mended.expect("just seen");
            prop_assert_eq!(mended.check(&context), []);
            prop_assert_eq!(mended.mend(&context), Some(mended));
            if written.check(&context).is_empty() {
                prop_assert_eq!(mended, written);
            }
        }
    }

    fn price_around() -> impl Strategy<Value = Price> {
        (1_u128..1_000_000).prop_map(price)
    }
}
