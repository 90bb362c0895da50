//! Real candles instead of the seeded path: the closes of a CSV file, scaled to start at the current price.

use std::fs;
use std::path::Path;

use alloy_primitives::ruint::UintTryFrom as _;
use alloy_primitives::{U256, U512};
use leash::units::{Price, TokenAmount};

use crate::failure::{Because, Failure, Outcome};

/// Closes, oldest first, with 18 decimals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Replay {
    closes: Vec<U256>,
    next: usize,
    start: Option<Price>,
}

impl Replay {
    /// Reads a CSV file with the columns time, open, high, low, close, volume.
    pub(crate) fn read(path: &Path) -> Outcome<Self> {
        let text = fs::read_to_string(path).because(format!("Cannot read {}", path.display()))?;
        Self::parse(&text).because(format!("Cannot replay {}", path.display()))
    }

    fn parse(text: &str) -> Outcome<Self> {
        let mut closes = Vec::new();
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let close = line.split(',').nth(4).and_then(|cell| TokenAmount::parse(cell.trim(), 18).ok());
            match close {
                Some(close) if !close.is_zero() => closes.push(close.0),
                // Column names.
                _ if index == 0 => {}
                _ => return Err(Failure::new(format!("line {} has no close in column 5", index + 1))),
            }
        }
        if closes.is_empty() {
            Err(Failure::new("it has no candle"))
        } else {
            Ok(Self { closes, next: 0, start: None })
        }
    }

    /// The next close; `current` is the price that the first close stands for. `None` after the last.
    pub(crate) fn after(&mut self, current: Price) -> Option<Price> {
        let start = *self.start.get_or_insert(current);
        let close = *self.closes.get(self.next)?;
        self.next += 1;
        let scaled = U512::from(start.scaled()) * U512::from(close) / U512::from(self.closes[0]);
        let scaled = U256::uint_try_from(scaled).ok().and_then(|wide| u128::try_from(wide).ok())?;
        Price::from_scaled(scaled).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(whole: u128) -> Price {
        Price::from_scaled(whole * Price::SCALE).expect("not zero")
    }

    #[test]
    fn closes_are_scaled_to_the_current_price_and_end() {
        let mut replay = Replay::parse("t,open,high,low,close,volume\n1,1,1,1,100,5\n2,1,1,1,150.0,5\n")
            .expect("two candles");
        assert_eq!(replay.after(price(2_500)), Some(price(2_500)));
        assert_eq!(replay.after(price(9)), Some(price(3_750)));
        assert_eq!(replay.after(price(9)), None);
    }

    #[test]
    fn files_without_closes_are_refused() {
        for (text, why) in [
            ("", "it has no candle"),
            ("a,b,c,d,close,v\n", "it has no candle"),
            ("1,1,1,1,5,1\n1,1\n", "line 2 has no close in column 5"),
            ("1,1,1,1,5,1\n1,1,1,1,0,1\n", "line 2 has no close in column 5"),
        ] {
            assert_eq!(Replay::parse(text), Err(Failure::new(why)), "{text:?}");
        }
    }
}
