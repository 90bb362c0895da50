//! One purchase, then nothing: what the others are measured by.

use serde::{Deserialize, Serialize};

use super::Outlook;
use super::crossover::{EmaCrossover, Place};
use crate::market::Candle;
use crate::trading::{Cause, Side, Signal, StrategyTerms};

/// It buys at the first close at which the averages of its terms are warm, which is where a crossover of them could
/// begin: so both are compared over the same time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BuyAndHold {
    averages: EmaCrossover,
    has_asked: bool,
}

impl BuyAndHold {
    pub(super) const fn new(terms: StrategyTerms) -> Self {
        Self { averages: EmaCrossover::new(terms, 0), has_asked: false }
    }

    pub(super) fn on_close(&mut self, candle: &Candle) -> Outlook {
        let is_new = self.averages.place_of(candle) != Place::Seen;
        let _crosses_count_for_nothing = self.averages.on_close(candle);
        if !is_new || self.has_asked || self.averages.averages().is_none() {
            return self.outlook();
        }
        self.has_asked = true;
        let Candle { open_at, close, .. } = *candle;
        Outlook::Signal(Signal { side: Side::Buy, candle_open_at: open_at, close, cause: Cause::Start })
    }

    pub(super) const fn ask_again(&mut self) {
        self.has_asked = false;
    }

    pub(super) fn averages(&self) -> Option<(f64, f64)> {
        self.averages.averages()
    }

    pub(super) fn outlook(&self) -> Outlook {
        let outlook = self.averages.outlook();
        let is_warming = matches!(outlook, Outlook::Warming { .. });
        if is_warming && !self.has_asked { outlook } else { Outlook::Holding }
    }
}
