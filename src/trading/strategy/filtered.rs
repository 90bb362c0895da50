//! Averages that cross, with less noise: only above the trend is bought, and only a wide cross counts.

use serde::{Deserialize, Serialize};

use super::Outlook;
use super::crossover::{EmaCrossover, Place};
use crate::market::{Candle, Ema};
use crate::trading::{Side, StrategyTerms};

/// A crossover with hysteresis, and the trend where one is asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FilteredCrossover {
    crossover: EmaCrossover,
    slow: u32,
    trend: Option<(u32, Ema)>,
}

impl FilteredCrossover {
    pub(super) fn new(terms: StrategyTerms) -> Self {
        let trend = (terms.trend > 0).then(|| (terms.trend, Ema::new(terms.trend)));
        Self { crossover: EmaCrossover::new(terms, terms.hysteresis_bps), slow: terms.slow, trend }
    }

    pub(super) fn on_close(&mut self, candle: &Candle) -> Outlook {
        let place = self.crossover.place_of(candle);
        let outlook = self.crossover.on_close(candle);
        if place == Place::Seen {
            return self.outlook();
        }
        let close = candle.close.to_f64();
        let trend = self.trend.as_mut().map(|(period, ema)| {
            if place == Place::BehindGap {
                *ema = Ema::new(*period);
            }
            (*period, ema.push(close))
        });
        match (outlook, trend) {
            (Outlook::Signal(signal), Some((candles, Some(trend))))
                if signal.side == Side::Buy && close <= trend =>
            {
                Outlook::AgainstTrend { candles }
            }
            (Outlook::Signal(signal), Some((_, None))) if signal.side == Side::Buy => self.outlook(),
            (outlook @ Outlook::Signal(_), _) => outlook,
            _ => self.outlook(),
        }
    }

    pub(super) fn averages(&self) -> Option<(f64, f64)> {
        self.crossover.averages()
    }

    /// Warm once the trend is, too.
    pub(super) fn outlook(&self) -> Outlook {
        let outlook = self.crossover.outlook();
        let Some((period, trend)) = self.trend else { return outlook };
        let need = self.slow.max(period);
        if let Outlook::Warming { have, .. } = outlook {
            return Outlook::Warming { have: have.max(trend.seen()), need };
        }
        if trend.value().is_none() {
            return Outlook::Warming { have: trend.seen(), need };
        }
        outlook
    }
}
