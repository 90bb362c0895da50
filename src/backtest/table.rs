//! Trades as a table for spreadsheets.

use std::fmt::Write as _;

use super::Trade;
use crate::trading::{Pair, Side};

/// The trades as CSV with a header: numbers only, so that no cell can be taken for a formula.
pub fn table(trades: &[Trade], pair: &Pair) -> String {
    let head = "closed_at_unix_s,side,lots,close,base,quote,result\n".to_owned();
    trades.iter().fold(head, |mut table, trade| {
        let side = if trade.order.side == Side::Buy { "buy" } else { "sell" };
        let result = trade.result.map(|result| format!("{result:.6}")).unwrap_or_default();
        let _infallible = writeln!(
            table,
            "{},{side},{},{},{},{},{result}",
            trade.fill.at.0,
            trade.order.lots,
            trade.order.signal.close.brief(),
            trade.fill.base.format(pair.base_decimals),
            trade.fill.quote.format(pair.quote_decimals),
        );
        table
    })
}
