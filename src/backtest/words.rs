//! A run's figures in words, the same on the command line and on the page.

use std::fmt;

use super::{History, Needs, Report, Run, Setup, Sweep};
use crate::units::Price;

/// Names and values, in reading order.
pub fn figures(history: &History, setup: &Setup, run: &Run) -> Vec<(&'static str, String)> {
    let report = Report::of(run, history.interval);
    let or_none = |figure: Option<String>| figure.unwrap_or_else(|| "none".to_owned());
    let counted = format!(
        "{} of {} s, {} holes, {} doubles",
        history.candles.len(),
        history.interval.0,
        history.holes,
        history.doubles
    );
    let trades =
        format!("{}, of which {} sales; {} signals refused", report.trades, report.sales, run.refused.len());
    vec![
        ("Candles", counted),
        ("Strategy", setup.terms.strategy.to_string()),
        ("Worth", format!("{:.2} → {:.2}", report.worth.0, report.worth.1)),
        ("Net profit", format!("{:+.2}", report.net_profit)),
        ("Return", percent(report.total_return)),
        ("Buy and hold", percent(report.buy_and_hold_return)),
        ("Pool fees", format!("{:.2}", report.fees)),
        ("Trades", trades),
        ("Win rate", or_none(report.win_rate.map(percent))),
        ("Profit factor", or_none(report.profit_factor.map(|factor| format!("{factor:.2}")))),
        ("Expectancy", or_none(report.expectancy.map(|mean| format!("{mean:.2} a sale")))),
        ("Sharpe, a year", or_none(report.sharpe.map(|ratio| format!("{ratio:.2}")))),
        ("Sortino, a year", or_none(report.sortino.map(|ratio| format!("{ratio:.2}")))),
        ("Deepest fall", format!("{}, longest {}", percent(report.max_drawdown), days(report.drawdown_secs))),
        ("In the market", format!("{} of the time", percent(report.time_in_market))),
        ("Exposure", format!("{} of the worth", percent(report.exposure))),
        ("Decisions", run.decisions.to_string()),
    ]
}

/// A share as a percentage.
pub fn percent(share: f64) -> String {
    format!("{:.2} %", share * 100.0)
}

fn days(secs: u64) -> String {
    format!("{:.1} days", f64::from(u32::try_from(secs).unwrap_or(u32::MAX)) / 86_400.0)
}

/// Whether a choice among the pairs of `sweep` means anything.
pub fn agreement(sweep: &Sweep) -> String {
    let Some(agreement) = sweep.agreement() else {
        return "Too few pairs to say whether the choice means anything.".to_owned();
    };
    let meaning = match agreement {
        strong if strong > 0.5 => "what was good there was mostly good after it",
        weak if weak > 0.2 => "what was good there was little better after it",
        _ => "what was good there was no better after it: the choice is luck",
    };
    format!("Order of the pairs there and after it: {agreement:.2} of 1, so {meaning}.")
}

impl fmt::Display for Needs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let price = |price: Option<Price>| price.map_or_else(|| "any price".to_owned(), Price::brief);
        write!(
            formatter,
            "{} lots to buy up to {}, {} lots to sell down to {}, {} uses a day",
            self.buy_lots,
            price(self.highest_buy),
            self.sell_lots,
            price(self.lowest_sell),
            self.uses
        )
    }
}
