//! What trading made of an account so far: the position, since when it is held, and how each sale ended.

use serde::{Deserialize, Serialize};

use super::{Arrival, Fill, Pair, Position, Side};
use crate::units::{SignedAmount, TokenAmount, UnixSecs};

/// The account's record, with the position in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Track {
    moves: Vec<Movement>,
    position: Position,
    levels: Vec<(u64, TokenAmount)>,
    sales: Vec<Sale>,
    trades: Vec<UnixSecs>,
    best: SignedAmount,
}

/// Tokens that came or went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Movement {
    /// By a trade.
    Traded(Fill),
    /// Otherwise.
    Arrived(Arrival),
}

/// How a sale ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sale {
    /// Block time.
    pub at: UnixSecs,
    /// What it brought more, or less, than what was sold had cost, in quote units.
    pub result: SignedAmount,
}

impl Track {
    /// What these arrivals and fills, each oldest first, led to. Nothing of it is kept anywhere: what the chain takes
    /// back, or tells late, is left out or put in its place.
    pub fn replay<'a>(
        arrivals: impl IntoIterator<Item = &'a Arrival>,
        fills: impl IntoIterator<Item = &'a Fill>,
        pair: &Pair,
    ) -> Self {
        let mut track = Self::default();
        let mut fills = fills.into_iter().peekable();
        for arrival in arrivals {
            while let Some(fill) = fills.next_if(|fill| fill.block <= arrival.block) {
                track.apply(fill, pair);
            }
            track.arrive(arrival, pair);
        }
        fills.for_each(|fill| track.apply(fill, pair));
        track
    }

    /// Tokens came or went other than by a trade.
    pub fn arrive(&mut self, arrival: &Arrival, pair: &Pair) {
        if arrival.is_in {
            self.position.deposit(arrival.base, arrival.price, pair);
        } else {
            self.position.withdraw(arrival.base);
        }
        self.moves.push(Movement::Arrived(*arrival));
        self.levels.push((arrival.block, self.position.base()));
    }

    /// A trade happened.
    pub fn apply(&mut self, fill: &Fill, pair: &Pair) {
        let before = self.position.realised();
        self.position.apply(fill, pair);
        self.moves.push(Movement::Traded(*fill));
        self.trades.push(fill.at);
        if fill.side == Side::Sell {
            let result = self.position.realised().minus(before);
            self.sales.push(Sale { at: fill.at, result });
            self.best = self.best.max(self.position.realised());
        }
        self.levels.push((fill.block, self.position.base()));
    }

    /// Everything it is made of, in order.
    pub fn moves(&self) -> &[Movement] {
        &self.moves
    }

    /// What is held and what it cost.
    pub const fn position(&self) -> &Position {
        &self.position
    }

    /// The block since which at least `lot` is held.
    pub fn opened(&self, lot: TokenAmount) -> Option<u64> {
        let held = self.levels.iter().rev().take_while(|(_, base)| base.whole_lots(lot) > 0);
        held.last().map(|(block, _)| *block)
    }

    /// Sales, oldest first.
    pub fn sales(&self) -> &[Sale] {
        &self.sales
    }

    /// How many trades happened after `moment`.
    pub fn trades_since(&self, moment: UnixSecs) -> usize {
        self.trades.iter().rev().take_while(|at| **at > moment).count()
    }

    /// The best that all sales together ever came to; never less than nothing.
    pub const fn best(&self) -> SignedAmount {
        self.best
    }
}

#[cfg(test)]
mod tests {
    use super::super::terms::samples::{PAIR, base, price, quote};
    use super::*;

    #[test]
    fn a_position_is_open_from_its_first_lot_to_its_last() {
        let lot = base("0.5");
        let fill = |block: u64, side: Side, of_base: &str, of_quote: &str| Fill {
            side,
            base: base(of_base),
            quote: quote(of_quote),
            block,
            at: UnixSecs(block * 10),
        };
        let arrival = |block: u64, is_in: bool, of_base: &str| Arrival {
            block,
            is_in,
            base: base(of_base),
            price: price(1_000),
        };
        let check = |arrivals: &[Arrival], fills: &[Fill], opened: Option<u64>, results: &[&str]| {
            let track = Track::replay(arrivals, fills, &PAIR);
            assert_eq!(track.opened(lot), opened, "{fills:?}");
            let found: Vec<_> = track.sales().iter().map(|sale| sale.result.format(6)).collect();
            assert_eq!(found, results, "{fills:?}");
        };
        let (buy, sell) = (fill(3, Side::Buy, "1", "1000"), fill(5, Side::Sell, "0.6", "660"));
        check(&[], &[], None, &[]);
        check(&[], &[buy], Some(3), &[]);
        check(&[], &[buy, sell], None, &["+60"]);
        check(&[], &[buy, fill(4, Side::Buy, "1", "900"), sell], Some(3), &["+90"]);
        check(&[arrival(2, true, "0.4")], &[buy], Some(3), &[]);
        check(&[arrival(2, true, "0.5")], &[buy], Some(2), &[]);
        check(&[arrival(2, true, "0.5"), arrival(4, false, "1.1")], &[buy], None, &[]);
        let again = fill(9, Side::Buy, "1", "500");
        check(&[], &[buy, sell, again], Some(9), &["+60"]);
    }

    #[test]
    fn the_best_is_what_was_won_at_its_height() {
        let trade = |at: u64, side: Side, of_quote: &str| Fill {
            side,
            base: base("1"),
            quote: quote(of_quote),
            block: at,
            at: UnixSecs(at),
        };
        let fills = [
            trade(1, Side::Buy, "1000"),
            trade(2, Side::Sell, "1100"),
            trade(3, Side::Buy, "1000"),
            trade(4, Side::Sell, "700"),
        ];
        let track = Track::replay(&[], &fills, &PAIR);
        assert_eq!(track.best().format(6), "+100");
        assert_eq!(track.trades_since(UnixSecs(2)), 2);
    }
}
