//! What an exchange says on its public line.

use serde_json::Value;

use super::wire::ShapeError;
use crate::units::{Price, TokenAmount};

/// Exchanges write prices with far fewer.
const DECIMALS: u8 = 18;

/// The price between best bid and best ask of a Binance book ticker
/// (<https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams>).
///
/// # Errors
/// [`ShapeError`], also for a book whose sides have crossed.
pub fn read_book_ticker(text: &str) -> Result<Price, ShapeError> {
    let wrong = |problem| ShapeError { field: "the exchange’s message".to_owned(), problem };
    let message: Value = serde_json::from_str(text).map_err(|_| wrong("is no JSON"))?;
    let side = |name: &str| {
        let text = message.get(name).and_then(Value::as_str);
        let amount = text.and_then(|text| TokenAmount::parse(text, DECIMALS).ok());
        let scaled = amount.and_then(|amount| u128::try_from(amount.0).ok());
        scaled
            .and_then(|scaled| Price::from_scaled(scaled).ok())
            .ok_or_else(|| wrong("lacks a bid or an ask"))
    };
    let (bid, ask) = (side("b")?, side("a")?);
    if bid > ask {
        return Err(wrong("has a bid above its ask"));
    }
    Price::from_scaled(bid.scaled().midpoint(ask.scaled())).map_err(|_| wrong("has no usable price"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_price_is_between_bid_and_ask() {
        // The example of the documentation, with another pair's prices.
        let text =
            r#"{"u":400900217,"s":"ETHUSDC","b":"2500.10000000","B":"31.2","a":"2500.30000000","A":"40.6"}"#;
        assert_eq!(read_book_ticker(text).map(Price::brief), Ok("2500.2".to_owned()));
        let equal = r#"{"b":"1","a":"1"}"#;
        assert_eq!(read_book_ticker(equal).map(Price::brief), Ok("1".to_owned()));
    }

    #[test]
    fn whatever_else_it_says_is_refused() {
        let hostile = [
            "",
            "[]",
            "null",
            "<html>",
            r#"{"b":"2500.1"}"#,
            r#"{"b":2500.1,"a":2500.3}"#,
            r#"{"b":"0","a":"0"}"#,
            r#"{"b":"-1","a":"1"}"#,
            r#"{"b":"1e3","a":"1e3"}"#,
            r#"{"b":"NaN","a":"NaN"}"#,
            r#"{"b":"2","a":"1"}"#,
            r#"{"b":"999999999999999999999999999999999999999999","a":"999999999999999999999999999999999999999999"}"#,
        ];
        for text in hostile {
            assert!(read_book_ticker(text).is_err(), "{text}");
        }
    }
}
