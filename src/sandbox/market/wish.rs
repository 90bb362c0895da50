//! `leash_market`: what people and tests may ask of a market.

use serde_json::Value;

use crate::contracts::{PoolFacts, Token};
use crate::units::{Price, TokenAmount};

/// A wish may not hold the market longer than this many swaps.
const MOST_STEPS: u64 = 5_000;

/// What is asked, in the order in which it is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// `pause`: whether the market stands still from now on.
    pub pause: Option<bool>,
    /// `step_secs`: block time per swap; `Some(None)` goes back to the chain's own clock.
    pub step_secs: Option<Option<u64>>,
    /// `target` with `steps`: a price, and in how many equal parts of the square root it is reached.
    pub target: Option<(Price, u64)>,
    /// `run`: so many steps along the course, at once.
    pub run: u64,
    /// `swap`: one swap of an exact amount.
    pub swap: Option<ExactSwap>,
}

/// `{"token_in": "USDC", "amount_in": "1000"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExactSwap {
    /// What is sold.
    pub from: Token,
    /// What is bought.
    pub to: Token,
    /// In the smallest unit of `from`.
    pub amount_in: TokenAmount,
}

impl Wish {
    /// Reads the object that `leash_market` takes.
    ///
    /// # Errors
    /// A sentence that names the field.
    pub fn read(facts: &PoolFacts, wish: &Value) -> Result<Self, String> {
        let known = ["pause", "step_secs", "target", "steps", "run", "swap"];
        let fields = wish.as_object().ok_or("leash_market takes one object")?;
        if let Some(unknown) = fields.keys().find(|key| !known.contains(&key.as_str())) {
            return Err(format!("leash_market does not know `{unknown}`"));
        }
        let mut read = Self::default();
        if let Some(pause) = fields.get("pause") {
            read.pause = Some(pause.as_bool().ok_or("`pause` is true or false")?);
        }
        if let Some(secs) = fields.get("step_secs") {
            read.step_secs = Some(if secs.is_null() { None } else { Some(count("step_secs", secs)?) });
        }
        if let Some(target) = fields.get("target") {
            let scaled = u128::try_from(decimal(target, 18)?.0).ok();
            let price = scaled.and_then(|scaled| Price::from_scaled(scaled).ok());
            let steps = fields.get("steps").map_or(Ok(1), |steps| count("steps", steps))?;
            read.target = Some((price.ok_or("`target` is no price")?, steps));
        }
        if let Some(run) = fields.get("run") {
            read.run = count("run", run)?;
        }
        if let Some(swap) = fields.get("swap") {
            read.swap = Some(ExactSwap::read(facts, swap)?);
        }
        Ok(read)
    }
}

impl ExactSwap {
    fn read(facts: &PoolFacts, swap: &Value) -> Result<Self, String> {
        let (base, quote) = (facts.base, facts.quote);
        let (from, to) = match swap["token_in"].as_str() {
            Some(symbol) if symbol == base.symbol => (base, quote),
            Some(symbol) if symbol == quote.symbol => (quote, base),
            _ => return Err(format!("`token_in` is {} or {}", base.symbol, quote.symbol)),
        };
        Ok(Self { from, to, amount_in: decimal(&swap["amount_in"], from.decimals)? })
    }
}

fn decimal(value: &Value, decimals: u8) -> Result<TokenAmount, String> {
    let parsed = value.as_str().and_then(|text| TokenAmount::parse(text, decimals).ok());
    parsed.ok_or_else(|| format!("{value} is not a decimal number as a string"))
}

fn count(name: &str, value: &Value) -> Result<u64, String> {
    let number = value.as_u64().filter(|number| (1..=MOST_STEPS).contains(number));
    number.ok_or_else(|| format!("`{name}` is a whole number from 1 to {MOST_STEPS}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::contracts::network_by_id;

    fn read(wish: Value) -> Result<Wish, String> {
        let facts = network_by_id("local").and_then(|network| network.pool).expect("a pool in the table");
        Wish::read(&facts, &wish)
    }

    #[test]
    fn every_field_is_read() {
        let wish = read(json!({
            "pause": true, "step_secs": 60, "target": "2600.5", "steps": 3, "run": 9,
            "swap": { "token_in": "USDC", "amount_in": "1000" },
        }))
        .expect("all are known");
        assert_eq!((wish.pause, wish.step_secs, wish.run), (Some(true), Some(Some(60)), 9));
        let price = Price::from_scaled(2_600_500_000_000_000_000_000).expect("not zero");
        assert_eq!(wish.target, Some((price, 3)));
        let swap = wish.swap.expect("a swap");
        assert_eq!((swap.from.symbol, swap.amount_in), ("USDC", TokenAmount::from_raw(1_000_000_000)));
        assert_eq!(read(json!({ "step_secs": null })).map(|wish| wish.step_secs), Ok(Some(None)));
        assert_eq!(read(json!({})), Ok(Wish::default()));
    }

    #[test]
    fn mistakes_are_named() {
        for (wish, sentence) in [
            (json!([]), "leash_market takes one object"),
            (json!({ "stop": true }), "leash_market does not know `stop`"),
            (json!({ "pause": 1 }), "`pause` is true or false"),
            (json!({ "run": 0 }), "`run` is a whole number from 1 to 5000"),
            (json!({ "step_secs": 5_001 }), "`step_secs` is a whole number from 1 to 5000"),
            (json!({ "target": 2_500 }), "2500 is not a decimal number as a string"),
            (json!({ "target": "0" }), "`target` is no price"),
            (json!({ "swap": { "token_in": "DAI" } }), "`token_in` is WETH or USDC"),
        ] {
            assert_eq!(read(wish.clone()), Err(sentence.to_owned()), "{wish}");
        }
    }
}
