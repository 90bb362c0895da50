//! Making the averages cross by moving the pool, one candle at a time.

use leash::app::Snapshot;
use serde_json::json;

use crate::support::person::Person;

/// How far the price moves per candle, in hundredths of a percent.
const STEP_BPS: u64 = 40;
/// Candles after which the averages must have crossed.
const MOST_CANDLES: usize = 60;

/// Which way the price goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trend {
    Up,
    Down,
}

impl Person {
    /// Halts the market's own movement; from now on only [`Person::trend`] moves it, two seconds a step.
    pub(crate) async fn hold_market(&self) {
        self.stack.market(json!({ "pause": true, "step_secs": 2 })).await;
    }

    /// Moves the price candle by candle until `is_seen`.
    pub(crate) async fn trend(&self, trend: Trend, what: &str, is_seen: impl Fn(&Snapshot) -> bool) -> Snapshot {
        for _ in 0..MOST_CANDLES {
            let seen = self.sees();
            if is_seen(&seen) {
                return seen;
            }
            self.candle(trend).await;
        }
        self.until(what, is_seen).await
    }

    /// One candle further, seen by the tab.
    pub(crate) async fn candle(&self, trend: Trend) {
        let answer = self.stack.market(json!({})).await;
        let price: f64 = answer["price"].as_str().expect("a price").parse().expect("a number");
        let factor = STEP_BPS as f64 / 10_000.0;
        let target = match trend {
            Trend::Up => price * (1.0 + factor),
            Trend::Down => price * (1.0 - factor),
        };
        let answer = self.stack.market(json!({ "target": format!("{target:.6}"), "steps": 1 })).await;
        let at = answer["timestamp"].as_u64().expect("a block time");
        self.until("the new candle", |seen| seen.market.block_at_secs >= at).await;
    }
}
