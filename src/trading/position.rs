//! What is held, what it cost, and what came of it.

use alloy_primitives::ruint::UintTryFrom;
use alloy_primitives::{U256, U512};
use serde::{Deserialize, Serialize};

use super::{Fill, Pair, Side};
use crate::units::{Price, SignedAmount, TokenAmount};

/// One hundred percent of a pool fee.
const MILLION: u64 = 1_000_000;

/// The base tokens held, at average cost (each token costs what all of them cost on average, so selling part of
/// them leaves the average as it was). All numbers come from fills and arrivals, in smallest units; pool fees
/// are part of what was paid and received, so every result is net of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    base: TokenAmount,
    cost: TokenAmount,
    realised: SignedAmount,
    fees: TokenAmount,
}

/// Base tokens that came into the account, or left it, other than by a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// Block after which it was seen.
    pub block: u64,
    /// Whether they came; else they left.
    pub is_in: bool,
    /// How many, in the smallest unit.
    pub base: TokenAmount,
    /// The price of that moment.
    pub price: Price,
}

impl Position {
    /// Base tokens arrived from outside; they enter at the price of that moment.
    pub fn deposit(&mut self, base: TokenAmount, price: Price, pair: &Pair) {
        self.enter(base, pair.worth(base, price));
    }

    /// Base tokens left for outside: they take their share of the cost along, and nothing is gained or lost. More
    /// than is held empties the position.
    pub fn withdraw(&mut self, base: TokenAmount) {
        self.leave(base);
    }

    /// A trade happened. Sold tokens that were never seen arriving count as arrived at the trade's own price, so
    /// they bring no result.
    pub fn apply(&mut self, fill: &Fill, pair: &Pair) {
        match fill.side {
            Side::Buy => {
                self.add_fee(share(fill.quote, pair.fee_millionths.into(), MILLION));
                self.enter(fill.base, fill.quote);
            }
            Side::Sell => {
                let kept = MILLION.saturating_sub(pair.fee_millionths.into());
                self.add_fee(share(fill.quote, pair.fee_millionths.into(), kept));
                let known = fill.base.0.min(self.base.0);
                let received = mul_div(fill.quote.0, known, fill.base.0);
                let cost = self.leave(TokenAmount(known));
                self.realised = self.realised.plus(SignedAmount::difference(TokenAmount(received), cost));
            }
        }
    }

    /// Base tokens held.
    pub const fn base(&self) -> TokenAmount {
        self.base
    }

    /// What one whole base token cost on average; `None` when nothing is held, or what is held cost nothing.
    pub fn average_cost(&self, pair: &Pair) -> Option<Price> {
        Price::from_amounts(self.cost, pair.quote_decimals, self.base, pair.base_decimals).ok()
    }

    /// Result of all sales, in quote units.
    pub const fn realised(&self) -> SignedAmount {
        self.realised
    }

    /// What selling everything at `price` would add to the result, after the pool's fee, in quote units.
    pub fn unrealised(&self, price: Price, pair: &Pair) -> SignedAmount {
        let kept = MILLION.saturating_sub(pair.fee_millionths.into());
        SignedAmount::difference(share(pair.worth(self.base, price), kept, MILLION), self.cost)
    }

    /// Both results.
    pub fn total(&self, price: Price, pair: &Pair) -> SignedAmount {
        self.realised.plus(self.unrealised(price, pair))
    }

    /// Pool fees of all trades, in quote units; they are already part of the results.
    pub const fn fees(&self) -> TokenAmount {
        self.fees
    }

    fn enter(&mut self, base: TokenAmount, cost: TokenAmount) {
        self.base = TokenAmount(self.base.0.saturating_add(base.0));
        self.cost = TokenAmount(self.cost.0.saturating_add(cost.0));
    }

    /// Takes `base` out and returns the cost that it takes along, rounded up: rounding never makes a gain.
    fn leave(&mut self, base: TokenAmount) -> TokenAmount {
        let left = self.base.saturating_sub(base);
        let cost_left = TokenAmount(mul_div(self.cost.0, left.0, self.base.0));
        let taken = self.cost.saturating_sub(cost_left);
        (self.base, self.cost) = (left, cost_left);
        taken
    }

    fn add_fee(&mut self, fee: TokenAmount) {
        self.fees = TokenAmount(self.fees.0.saturating_add(fee.0));
    }
}

fn share(amount: TokenAmount, numerator: u64, denominator: u64) -> TokenAmount {
    TokenAmount(mul_div(amount.0, U256::from(numerator), U256::from(denominator)))
}

/// `amount * numerator / denominator`, rounded down, without losing the product's upper half; nothing for a
/// denominator of nothing.
fn mul_div(amount: U256, numerator: U256, denominator: U256) -> U256 {
    let product = amount.widening_mul::<256, 4, 512, 8>(numerator);
    let quotient = product.checked_div(U512::from(denominator)).unwrap_or(U512::ZERO);
    U256::uint_try_from(quotient).unwrap_or(U256::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::terms::samples::{PAIR, base, price, quote};
    use super::*;
    use crate::units::UnixSecs;
    use proptest::prelude::*;

    fn fill(side: Side, of_base: &str, of_quote: &str) -> Fill {
        Fill { side, base: base(of_base), quote: quote(of_quote), block: 1, at: UnixSecs(1) }
    }

    fn buy(of_base: &str, of_quote: &str) -> Fill {
        fill(Side::Buy, of_base, of_quote)
    }

    fn sell(of_base: &str, of_quote: &str) -> Fill {
        fill(Side::Sell, of_base, of_quote)
    }

    #[test]
    fn results_follow_the_average_cost() {
        let check = |fills: &[Fill], held: &str, average: Option<u128>, realised: &str| {
            let mut position = Position::default();
            for fill in fills {
                position.apply(fill, &PAIR);
            }
            assert_eq!(position.base(), base(held), "{fills:?}");
            assert_eq!(position.average_cost(&PAIR), average.map(price), "{fills:?}");
            assert_eq!(position.realised().format(PAIR.quote_decimals), realised, "{fills:?}");
        };
        check(&[], "0", None, "0");
        check(&[buy("1", "1000")], "1", Some(1_000), "0");
        check(&[buy("1", "1000"), buy("1", "2000")], "2", Some(1_500), "0");
        check(&[buy("1", "1000"), buy("1", "2000"), sell("1", "1800")], "1", Some(1_500), "+300");
        check(&[buy("1", "1000"), sell("0.5", "400")], "0.5", Some(1_000), "-100");
        check(&[buy("1", "1000"), sell("1", "1100"), buy("1", "900")], "1", Some(900), "+100");
        // Half of what is sold was never seen arriving: only the other half has a result.
        check(&[buy("1", "1000"), sell("2", "2400")], "0", None, "+200");
        check(&[sell("1", "1000")], "0", None, "0");
    }

    #[test]
    fn arrivals_enter_at_the_price_and_leave_without_a_result() {
        let mut position = Position::default();
        position.deposit(base("2"), price(1_000), &PAIR);
        assert_eq!(position.average_cost(&PAIR), Some(price(1_000)));
        position.withdraw(base("0.5"));
        assert_eq!(position.average_cost(&PAIR), Some(price(1_000)));
        position.withdraw(base("99"));
        assert_eq!((position.base(), position.realised()), (TokenAmount::ZERO, SignedAmount::ZERO));
    }

    #[test]
    fn fees_are_told_and_already_part_of_the_result() {
        let mut position = Position::default();
        position.apply(&buy("1", "1000"), &PAIR);
        assert_eq!(position.fees(), quote("0.5"), "0.05 % of what was paid in");
        assert_eq!(
            position.unrealised(price(1_000), &PAIR),
            SignedAmount::difference(quote("0"), quote("0.5"))
        );
        position.apply(&sell("1", "999.5"), &PAIR);
        assert_eq!(position.fees(), quote("1"), "0.05 % of the 1000 that were sold");
        assert_eq!(position.total(price(1), &PAIR).format(6), "-0.5");
    }

    #[test]
    fn huge_amounts_do_not_wrap() {
        let mut position = Position::default();
        let most = TokenAmount(U256::MAX);
        let huge = Fill { side: Side::Buy, base: most, quote: most, block: 1, at: UnixSecs(1) };
        position.apply(&huge, &PAIR);
        position.apply(&huge, &PAIR);
        position.apply(&Fill { side: Side::Sell, ..huge }, &PAIR);
        assert_eq!(position.realised(), SignedAmount::ZERO);
    }

    proptest! {
        /// Money is conserved: what was received less what was paid is the result plus the cost still held.
        #[test]
        fn realised_is_cash_flow_plus_cost_held(
            fills in prop::collection::vec((any::<bool>(), 1_u64..1_000_000, 1_u64..1_000_000), 1..40)
        ) {
            let mut position = Position::default();
            let mut cash = SignedAmount::ZERO;
            for (is_buy, base, quote) in fills {
                let side = if is_buy { Side::Buy } else { Side::Sell };
                let base = TokenAmount::from_raw(base.into());
                let quote = TokenAmount::from_raw(quote.into());
                if !is_buy && base > position.base() {
                    continue;
                }
                position.apply(&Fill { side, base, quote, block: 1, at: UnixSecs(1) }, &PAIR);
                let (got, paid) = if is_buy { (TokenAmount::ZERO, quote) } else { (quote, TokenAmount::ZERO) };
                cash = cash.plus(SignedAmount::difference(got, paid));
            }
            let held = SignedAmount::difference(position.cost, TokenAmount::ZERO);
            prop_assert_eq!(position.realised(), cash.plus(held));
        }
    }
}
