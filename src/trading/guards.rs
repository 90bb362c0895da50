//! Protections that the trader keeps on top of what the chain enforces: some get out of a position, the others keep
//! from getting into one. None of them can stop a sale.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Cause, Pair, Side, Signal, Terms, Track};
use crate::market::{Candle, Interval};
use crate::units::{Price, SignedAmount, TokenAmount, UnixSecs};

/// Hundredths of a percent in a whole.
const WHOLE_BPS: u32 = 10_000;
const HOUR_SECS: u64 = 3_600;
const DAY_SECS: u64 = 86_400;

/// What to protect from; a zero is a protection that is off. Shares are in hundredths of a percent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guards {
    /// Sells when a close is so far below the position's average cost.
    pub stop_loss_bps: u32,
    /// Sells when a close is so far above it.
    pub take_profit_bps: u32,
    /// Sells when a close is so far below the highest one since the position was opened.
    pub trailing_stop_bps: u32,
    /// Buys nothing for so many candles after a sale at a loss.
    pub cooldown_candles: u32,
    /// Buys nothing once the result has fallen so far from its best, as a share of what the account was worth then.
    pub drawdown_bps: u32,
    /// Buys nothing while the sales of the last 24 hours together lost such a share of the account.
    pub daily_loss_bps: u32,
    /// Buys nothing once so many trades happened within the last hour.
    pub trades_per_hour: u32,
}

/// Why nothing is bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GuardReason {
    /// The last sale was at a loss.
    Cooldown {
        /// Until the next purchase may be.
        left_secs: u64,
    },
    /// The result fell too far.
    Drawdown {
        /// How far, in hundredths of a percent.
        bps: u32,
    },
    /// The last day lost too much.
    DailyLoss {
        /// How much, in hundredths of a percent.
        bps: u32,
    },
    /// Enough was traded.
    TradesPerHour {
        /// How many trades.
        trades: u32,
    },
}

impl fmt::Display for GuardReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cooldown { left_secs } => {
                write!(formatter, "the last sale was at a loss; buying goes on in {left_secs} s")
            }
            Self::Drawdown { bps } => {
                write!(formatter, "the result has fallen by {} from its best", Percent(*bps))
            }
            Self::DailyLoss { bps } => {
                write!(formatter, "the sales of the last 24 hours lost {} of the account", Percent(*bps))
            }
            Self::TradesPerHour { trades: 1 } => formatter.write_str("a trade was made within the last hour"),
            Self::TradesPerHour { trades } => {
                write!(formatter, "{trades} trades were made within the last hour")
            }
        }
    }
}

/// Hundredths of a percent, for reading: `3.1 %`.
#[derive(Clone, Copy, Debug)]
pub(in crate::trading) struct Percent(pub(in crate::trading) u32);

impl Percent {
    /// How far apart two prices are, as a share of the first.
    pub(in crate::trading) fn between(from: Price, to: Price) -> Self {
        let (from, apart) = (from.scaled(), from.scaled().abs_diff(to.scaled()));
        let share = apart / (from / u128::from(WHOLE_BPS)).max(1);
        Self(u32::try_from(share).unwrap_or(u32::MAX))
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} %", TokenAmount::from_raw(self.0.into()).format(2))
    }
}

impl Terms {
    /// The sale that a protection asks for at the close of `candle`, when at least a lot is held. `height` is the
    /// highest close since the position was opened.
    pub fn protective_sale(
        &self,
        track: &Track,
        height: Option<Price>,
        candle: &Candle,
        pair: &Pair,
    ) -> Option<Signal> {
        let Guards { stop_loss_bps, take_profit_bps, trailing_stop_bps, .. } = self.guards;
        let is_off = stop_loss_bps == 0 && take_profit_bps == 0 && trailing_stop_bps == 0;
        if is_off || track.position().base().whole_lots(self.sell_lot) == 0 {
            return None;
        }
        let close = candle.close;
        let is_below = |from: Price, bps: u32| bps > 0 && close <= from.times_bps(WHOLE_BPS - bps);
        let is_above = |from: Price, bps: u32| bps > 0 && close >= from.times_bps(WHOLE_BPS + bps);
        let cost = track.position().average_cost(pair);
        let stop = cost.filter(|cost| is_below(*cost, stop_loss_bps)).map(|cost| Cause::StopLoss { cost });
        let trail = || {
            let height = height.filter(|height| is_below(*height, trailing_stop_bps))?;
            Some(Cause::TrailingStop { height })
        };
        let profit = || {
            let cost = cost.filter(|cost| is_above(*cost, take_profit_bps))?;
            Some(Cause::TakeProfit { cost })
        };
        let cause = stop.or_else(trail).or_else(profit)?;
        Some(Signal { side: Side::Sell, candle_open_at: candle.open_at, close, cause })
    }
}

impl Guards {
    /// The farthest that any share may be set.
    pub const MOST_BPS: u32 = 9_000;
    /// Most candles of a cooldown, and most trades an hour.
    pub const MOST_COUNT: u32 = 1_000;

    /// What keeps from buying at block time `now`, if anything: `worth` is everything in the account in quote units,
    /// base tokens at `price`.
    pub fn against_buying(
        &self,
        track: &Track,
        (price, worth): (Price, TokenAmount),
        pair: &Pair,
        interval: Interval,
        now: UnixSecs,
    ) -> Option<GuardReason> {
        let total = track.position().total(price, pair);
        let checks: [&dyn Fn() -> Option<GuardReason>; 4] = [
            &|| self.cooldown(track, interval, now),
            &|| {
                let bps = share_lost(track.best().minus(total), worth)?;
                (self.drawdown_bps > 0 && bps >= self.drawdown_bps).then_some(GuardReason::Drawdown { bps })
            },
            &|| {
                let bps = share_lost(SignedAmount::ZERO.minus(result_of_day(track, now)), worth)?;
                (self.daily_loss_bps > 0 && bps >= self.daily_loss_bps)
                    .then_some(GuardReason::DailyLoss { bps })
            },
            &|| {
                let since = UnixSecs(now.0.saturating_sub(HOUR_SECS));
                let trades = u32::try_from(track.trades_since(since)).unwrap_or(u32::MAX);
                (self.trades_per_hour > 0 && trades >= self.trades_per_hour)
                    .then_some(GuardReason::TradesPerHour { trades })
            },
        ];
        checks.into_iter().find_map(|check| check())
    }

    fn cooldown(&self, track: &Track, interval: Interval, now: UnixSecs) -> Option<GuardReason> {
        let last = track.sales().last().filter(|sale| sale.result.is_loss())?;
        let ends = last.at.plus_secs(u64::from(self.cooldown_candles) * interval.secs());
        (ends > now).then(|| GuardReason::Cooldown { left_secs: ends.secs_since(now) })
    }
}

fn result_of_day(track: &Track, now: UnixSecs) -> SignedAmount {
    let since = UnixSecs(now.0.saturating_sub(DAY_SECS));
    let recent = track.sales().iter().rev().take_while(|sale| sale.at > since);
    recent.fold(SignedAmount::ZERO, |sum, sale| sum.plus(sale.result))
}

/// `lost` as a share of what the account had been worth without it; none where nothing was lost.
fn share_lost(lost: SignedAmount, worth: TokenAmount) -> Option<u32> {
    let lost = Some(lost).filter(|lost| !lost.is_loss())?.magnitude();
    let before = worth.checked_add(lost)?;
    let share = lost.checked_mul(WHOLE_BPS.into())?.whole_lots(before);
    (!lost.is_zero()).then(|| u32::try_from(share).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests;
