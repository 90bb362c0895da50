//! The picture in words, for those who do not see it.

use super::scene::readable;
use super::{ChartModel, clock_time};
use crate::trading::Side;

/// Most trades told one by one.
const TOLD_TRADES: usize = 5;

/// What a glance at the chart tells: span, last price, extremes, order of the averages, latest trades. Times are
/// UTC.
pub fn describe(model: &ChartModel) -> String {
    let (Some(first), Some(last)) = (model.points.first(), model.points.last()) else {
        return "No candles yet.".to_owned();
    };
    let extreme = |pick: fn(f64, f64) -> f64, start: f64, index: usize| {
        model.points.iter().map(|point| point.ohlc[index]).fold(start, pick)
    };
    let mut sentences = vec![
        format!(
            "{} of {} s, from {} to {} UTC.",
            counted(model.points.len(), "candle"),
            model.interval_secs,
            clock_time(first.open_at_secs),
            clock_time(last.open_at_secs)
        ),
        format!(
            "Last price {}, lowest {}, highest {}.",
            readable(last.ohlc[3]),
            readable(extreme(f64::min, f64::INFINITY, 2)),
            readable(extreme(f64::max, f64::NEG_INFINITY, 1))
        ),
    ];
    sentences.push(match last.fast.zip(last.slow) {
        Some((fast, slow)) => {
            let order = if fast > slow { "above" } else { "not above" };
            format!("The fast average, {}, is {order} the slow one, {}.", readable(fast), readable(slow))
        }
        None => "The averages need more candles.".to_owned(),
    });
    sentences.push(match model.markers.len() {
        0 => "No trades.".to_owned(),
        count if count > TOLD_TRADES => format!("{count} trades, the latest {TOLD_TRADES}:"),
        count => format!("{}:", counted(count, "trade")),
    });
    let told = &model.markers[model.markers.len().saturating_sub(TOLD_TRADES)..];
    sentences.extend(told.iter().map(|marker| {
        let word = match marker.side {
            Side::Buy => "bought",
            Side::Sell => "sold",
        };
        format!("{word} at {} for {};", clock_time(marker.at_secs), readable(marker.price))
    }));
    let text = sentences.join(" ");
    text.strip_suffix(';').map_or(text.clone(), |text| format!("{text}."))
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::super::scene::samples::{model, point};
    use super::*;

    #[test]
    fn a_chart_is_told_in_sentences() {
        assert_eq!(describe(&ChartModel::default()), "No candles yet.");
        let one = ChartModel {
            interval_secs: 2,
            points: vec![point(1_700_000_000, 1_800.0)],
            ..ChartModel::default()
        };
        assert_eq!(
            describe(&one),
            "1 candle of 2 s, from 22:13:20 to 22:13:20 UTC. Last price 1800.00, lowest 1798.00, highest 1802.00. \
             The averages need more candles. No trades."
        );
        let text = describe(&model(100));
        assert!(text.contains("3 trades: bought at 22:15:58 for 1800.00; sold at"), "{text}");
        assert!(text.ends_with('.'), "{text}");
    }

    #[test]
    fn only_the_latest_trades_are_told() {
        let mut model = model(100);
        model.markers = model.markers.repeat(4);
        let text = describe(&model);
        assert!(text.contains("12 trades, the latest 5:"), "{text}");
        assert_eq!(text.matches(" for ").count(), 5, "{text}");
    }
}
