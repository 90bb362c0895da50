//! Trades as a table for spreadsheets, and a whole run for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Needs, Report, Run, Setup, Trade};
use crate::trading::{Pair, Side};
use crate::units::{Price, TokenAmount, UnixSecs};

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

/// A run as JSON: what was tried, its figures as numbers (money in whole quote tokens, shares of one), the smallest
/// grant that would have been enough, every trade and every refusal.
pub fn summary(setup: &Setup, run: &Run) -> String {
    let Setup { terms, pair, quote, base, cost_bps, depth, is_leashed } = setup;
    let report = Report::of(run, terms.strategy.interval);
    let amount = |amount: TokenAmount| amount.format(pair.quote_decimals);
    let trade = |trade: &Trade| {
        json!({
            "closed_at_unix_s": trade.fill.at.0,
            "side": if trade.order.side == Side::Buy { "buy" } else { "sell" },
            "lots": trade.order.lots,
            "close": trade.order.signal.close.brief(),
            "base": trade.fill.base.format(pair.base_decimals),
            "quote": amount(trade.fill.quote),
            "result": trade.result,
            "reason": trade.order.signal.to_string(),
        })
    };
    let needs = |needs: Needs| {
        json!({
            "buy_lots": needs.buy_lots,
            "sell_lots": needs.sell_lots,
            "uses": needs.uses,
            "lowest_sell": needs.lowest_sell.map(Price::brief),
            "highest_buy": needs.highest_buy.map(Price::brief),
        })
    };
    let refused = |(at, why): &(UnixSecs, String)| json!({ "candle": at.0, "why": why });
    let file = json!({
        "format": "leash-backtest-1",
        "setup": {
            "strategy": terms.strategy.to_string(),
            "interval_secs": terms.strategy.interval.0,
            "quote": amount(*quote),
            "base": base.format(pair.base_decimals),
            "buy_lot": amount(terms.buy_lot),
            "sell_lot": terms.sell_lot.format(pair.base_decimals),
            "pool_fee_millionths": pair.fee_millionths,
            "cost_bps": cost_bps,
            "pool_depth": amount(*depth),
            "is_leashed": is_leashed,
        },
        "figures": {
            "worth_at_start": report.worth.0,
            "worth_at_end": report.worth.1,
            "net_profit": report.net_profit,
            "total_return": report.total_return,
            "buy_and_hold_return": report.buy_and_hold_return,
            "pool_fees": report.fees,
            "trades": report.trades,
            "sales": report.sales,
            "win_rate": report.win_rate,
            "profit_factor": report.profit_factor,
            "expectancy": report.expectancy,
            "sharpe_a_year": report.sharpe,
            "sortino_a_year": report.sortino,
            "max_drawdown": report.max_drawdown,
            "drawdown_secs": report.drawdown_secs,
            "exposure": report.exposure,
            "time_in_market": report.time_in_market,
        },
        "decisions_hash": run.decisions,
        "smallest_grant": Needs::of(run).filter(|_| !is_leashed).map(needs),
        "trades": run.trades.iter().map(trade).collect::<Vec<Value>>(),
        "refused": run.refused.iter().map(refused).collect::<Vec<Value>>(),
    });
    serde_json::to_string_pretty(&file).unwrap_or_default()
}
