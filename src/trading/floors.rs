//! What the sealed worst prices are worth: the least a lot brings, and what a thief of the key could cost.

use alloy_primitives::U256;
use serde::{Deserialize, Serialize};

use super::{Side, Terms};
use crate::units::{Price, TokenAmount};

/// What the arithmetic of a pool's two tokens needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// Decimals of the base token.
    pub base_decimals: u8,
    /// Decimals of the quote token.
    pub quote_decimals: u8,
    /// What the pool keeps of every amount paid in, in millionths: 500 is 0.05 %.
    pub fee_millionths: u32,
}

impl Pair {
    /// What `base` is worth in quote units at `price`, held at 2^256 - 1.
    pub fn worth(&self, base: TokenAmount, price: Price) -> TokenAmount {
        let worth = price.quote_for_base(base, self.base_decimals, self.quote_decimals);
        worth.unwrap_or(TokenAmount(U256::MAX))
    }
}

/// Lots that the chain would still let each side trade.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemainingLots {
    /// Of buying.
    pub buy: u64,
    /// Of selling.
    pub sell: u64,
}

/// What somebody with the session key could cost the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StolenKeyLoss {
    /// At the live price: every remaining lot traded at its floor, in quote units.
    pub at_this_price: TokenAmount,
    /// Native coin in account and deposit, which could be burnt as gas, in wei.
    pub ether: TokenAmount,
    /// At any price: the whole budget for buying, in quote units.
    pub quote_at_any_price: TokenAmount,
    /// At any price: the whole budget for selling, in base units.
    pub base_at_any_price: TokenAmount,
}

impl Terms {
    /// The least base tokens that one buy lot may bring: the lot at the highest price, sealed into the grant.
    /// Rounded down; zero when that is less than one unit, and for amounts beyond reason.
    pub fn buy_floor(&self, pair: &Pair) -> TokenAmount {
        let floor = self.highest_buy.base_for_quote(self.buy_lot, pair.base_decimals, pair.quote_decimals);
        floor.unwrap_or(TokenAmount::ZERO)
    }

    /// The least quote tokens that one sell lot may bring: the lot at the lowest price, sealed into the grant.
    /// Rounded down; zero when that is less than one unit, and for amounts beyond reason.
    pub fn sell_floor(&self, pair: &Pair) -> TokenAmount {
        let floor = self.lowest_sell.quote_for_base(self.sell_lot, pair.base_decimals, pair.quote_decimals);
        floor.unwrap_or(TokenAmount::ZERO)
    }

    /// What one lot of `side` spends.
    pub const fn lot(&self, side: Side) -> TokenAmount {
        match side {
            Side::Buy => self.buy_lot,
            Side::Sell => self.sell_lot,
        }
    }

    /// Lots granted, before any use.
    pub fn all_lots(&self) -> RemainingLots {
        RemainingLots { buy: self.buy_lots.into(), sell: self.sell_lots.into() }
    }

    /// How far `price` has gone from the middle of the band to its nearer edge: 0 in the middle, 100 at an edge
    /// or beyond. From 50 on a new band is worth offering.
    pub fn band_used_percent(&self, price: Price) -> u8 {
        let (low, high) = (self.lowest_sell.scaled(), self.highest_buy.scaled());
        let middle = low.midpoint(high);
        let half = high.abs_diff(middle).max(1);
        // Divided before it is multiplied, so that no band is too wide for the arithmetic.
        let percent = price.scaled().abs_diff(middle) / half.div_ceil(100).max(1);
        u8::try_from(percent.min(100)).unwrap_or(100)
    }

    /// The loss with `remaining` lots at `price`. Amounts beyond 2^256 are held there.
    pub fn stolen_key_loss(
        &self,
        remaining: RemainingLots,
        price: Price,
        pair: &Pair,
        ether: TokenAmount,
    ) -> StolenKeyLoss {
        let times = |amount: TokenAmount, lots: u64| TokenAmount(amount.0.saturating_mul(U256::from(lots)));
        let buy_lot_loss = self.buy_lot.saturating_sub(pair.worth(self.buy_floor(pair), price));
        let sell_lot_loss = pair.worth(self.sell_lot, price).saturating_sub(self.sell_floor(pair));
        let both =
            times(buy_lot_loss, remaining.buy).0.saturating_add(times(sell_lot_loss, remaining.sell).0);
        StolenKeyLoss {
            at_this_price: TokenAmount(both),
            ether,
            quote_at_any_price: times(self.buy_lot, remaining.buy),
            base_at_any_price: times(self.sell_lot, remaining.sell),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::terms::samples;
    use super::*;

    #[test]
    fn floors_are_the_lot_at_the_worst_price() {
        let terms = samples::terms();
        assert_eq!(terms.buy_floor(&samples::PAIR).format(18), "0.05", "100 at 2000");
        assert_eq!(terms.sell_floor(&samples::PAIR).format(6), "75", "0.05 at 1500");
    }

    #[test]
    fn a_thief_costs_the_way_from_the_price_to_the_floors() {
        let check = |price: u128, buy: u64, sell: u64, expected: &str| {
            let loss = samples::terms().stolen_key_loss(
                RemainingLots { buy, sell },
                samples::price(price),
                &samples::PAIR,
                TokenAmount::from_raw(7),
            );
            assert_eq!(loss.at_this_price.format(6), expected, "{price} {buy} {sell}");
            assert_eq!(loss.ether, TokenAmount::from_raw(7));
        };
        // At 1800 a buy lot of 100 brings 0.05, worth 90; a sell lot worth 90 brings 75.
        check(1_800, 1, 0, "10");
        check(1_800, 0, 1, "15");
        check(1_800, 10, 12, "280");
        check(1_800, 0, 0, "0");
        // Beyond the band one side gains and counts as nothing.
        check(2_400, 1, 0, "0");
        check(1_200, 0, 1, "0");
    }

    #[test]
    fn the_band_is_used_from_its_middle_on() {
        let check = |price: u128, percent: u8| {
            assert_eq!(samples::terms().band_used_percent(samples::price(price)), percent, "{price}");
        };
        check(1_750, 0);
        check(1_875, 50);
        check(1_625, 50);
        check(2_000, 100);
        check(1_500, 100);
        check(9_000, 100);
        check(1, 100);
    }

    #[test]
    fn at_any_price_it_is_the_whole_budget() {
        let terms = samples::terms();
        let loss =
            terms.stolen_key_loss(terms.all_lots(), samples::price(1_800), &samples::PAIR, TokenAmount::ZERO);
        assert_eq!(loss.quote_at_any_price.format(6), "1000");
        assert_eq!(loss.base_at_any_price.format(18), "0.6");
    }
}
