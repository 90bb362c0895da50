//! Circuit breakers: when to stop trading for a while although every limit would allow it.
//!
//! They are read off the journal and the candles each time, so nothing is kept that a restart could lose. An open
//! one closes by itself after some candles; then the next trade is the probe, and if that fails too, the breaker is
//! open again. Only new trades wait: what is on its way is settled, and ending the session works always.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{JournalEntry, OrderState, Purpose};
use crate::market::{Candle, Interval};
use crate::units::UnixSecs;

/// So many trades in a row that come to nothing open it.
const FAILURES: usize = 3;
/// Candles that it then stays open.
const FAILURE_CANDLES: u32 = 10;
/// A close this many hundredths of a percent from the one before is no market but an accident, or an attack.
const JUMP_BPS: u32 = 1_000;
/// Candles that must have closed calmly since.
const JUMP_CANDLES: u32 = 3;

/// Why a breaker is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BreakerReason {
    /// The last trades were all undone by the chain.
    Reverts,
    /// The last trades all came to nothing: refused, undone, or never mined.
    Failures,
    /// The price leapt within one candle.
    Jump {
        /// How far, in whole percent.
        percent: u32,
    },
}

impl fmt::Display for BreakerReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reverts => formatter.write_str("three trades in a row were undone by the chain"),
            Self::Failures => formatter.write_str("three trades in a row came to nothing"),
            Self::Jump { percent } => write!(formatter, "the price leapt by {percent} % within one candle"),
        }
    }
}

/// An open breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenBreaker {
    /// Why.
    pub reason: BreakerReason,
    /// When the next trade may be tried, in block time.
    pub until: UnixSecs,
}

/// The breaker that is open at block time `now` and stays so longest, if any. `entries` and `closed` are oldest
/// first.
pub fn open_breaker<'a>(
    entries: impl DoubleEndedIterator<Item = &'a JournalEntry>,
    closed: impl DoubleEndedIterator<Item = &'a Candle>,
    interval: Interval,
    now: UnixSecs,
) -> Option<OpenBreaker> {
    let open = [failures(entries, interval), jump(closed, interval)];
    open.into_iter().flatten().filter(|open| open.until > now).max_by_key(|open| open.until)
}

fn after(moment: UnixSecs, candles: u32, interval: Interval) -> UnixSecs {
    moment.plus_secs(u64::from(candles) * u64::from(interval.0))
}

fn failures<'a>(
    entries: impl DoubleEndedIterator<Item = &'a JournalEntry>,
    interval: Interval,
) -> Option<OpenBreaker> {
    let concluded =
        entries.rev().filter(|entry| matches!(entry.purpose, Purpose::Trade(_)) && entry.state.is_final());
    let failed: Vec<_> = concluded.take(FAILURES).take_while(|entry| !entry.state.succeeded()).collect();
    let newest = failed.first().filter(|_| failed.len() == FAILURES)?;
    let failed_at = newest.history.last().map_or(newest.planned_at, |change| change.at);
    let all_reverted = failed.iter().all(|entry| matches!(entry.state, OrderState::Settled { .. }));
    let reason = if all_reverted { BreakerReason::Reverts } else { BreakerReason::Failures };
    Some(OpenBreaker { reason, until: after(failed_at, FAILURE_CANDLES, interval) })
}

fn jump<'a>(closed: impl DoubleEndedIterator<Item = &'a Candle>, interval: Interval) -> Option<OpenBreaker> {
    let newest: Vec<_> = closed.rev().take(1 + usize::try_from(JUMP_CANDLES).ok()?).collect();
    let leap = newest.windows(2).find_map(|pair| {
        // Behind a hole nobody knows how fast it went.
        if interval.next_open(pair[1].open_at) != pair[0].open_at {
            return None;
        }
        let (now, before) = (pair[0].close.scaled(), pair[1].close.scaled());
        let bps = now.abs_diff(before).saturating_mul(10_000) / before.max(1);
        (bps >= JUMP_BPS.into()).then_some((pair[0].open_at, bps / 100))
    });
    let (open_at, percent) = leap?;
    let reason = BreakerReason::Jump { percent: u32::try_from(percent).unwrap_or(u32::MAX) };
    Some(OpenBreaker { reason, until: after(interval.next_open(open_at), JUMP_CANDLES, interval) })
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{Address, B256, U256};

    use super::super::terms::samples;
    use super::super::{Inclusion, Order, Side};
    use super::*;

    const MINUTE: Interval = Interval(60);

    fn settled(success: bool) -> OrderState {
        OrderState::Settled {
            inclusion: Inclusion { success, block: 1, block_hash: B256::ZERO, transaction: B256::ZERO },
            fill: None,
            revert_reason: None,
            gas_cost_wei: U256::ZERO,
        }
    }

    fn refused() -> OrderState {
        OrderState::Abandoned { why: "the sponsor refused".to_owned() }
    }

    /// Trades that ended a minute apart from second 60 on.
    fn journal(states: Vec<OrderState>) -> Vec<JournalEntry> {
        let order = Order { side: Side::Buy, lots: 1, signal: samples::signal(Side::Buy) };
        let entry = |(index, state): (usize, OrderState)| {
            let id = u64::try_from(index).expect("few") + 1;
            let mut entry = JournalEntry {
                id,
                chain_id: 31_337,
                account: Address::ZERO,
                grant_id: B256::ZERO,
                purpose: Purpose::Trade(order),
                planned_at: UnixSecs(60 * id - 5),
                planned_at_block: id,
                signed: None,
                seal: None,
                state: OrderState::Planned,
                history: Vec::new(),
            };
            entry.advance(state, UnixSecs(60 * id));
            entry
        };
        states.into_iter().enumerate().map(entry).collect()
    }

    fn candles(closes: &[u128]) -> Vec<Candle> {
        let at = |(index, whole): (usize, &u128)| {
            Candle::flat(UnixSecs(60 * u64::try_from(index).expect("few")), samples::price(*whole))
        };
        closes.iter().enumerate().map(at).collect()
    }

    #[test]
    fn three_failures_in_a_row_open_it_for_ten_candles() {
        let check = |states: Vec<OrderState>, now: u64, expected: Option<BreakerReason>| {
            let entries = journal(states.clone());
            let open = open_breaker(entries.iter(), [].iter(), MINUTE, UnixSecs(now));
            assert_eq!(open.map(|open| open.reason), expected, "{states:?} at {now}");
        };
        use BreakerReason::{Failures, Reverts};
        let no = || settled(false);
        check(vec![], 200, None);
        check(vec![no(), no()], 200, None);
        check(vec![no(), no(), no()], 181, Some(Reverts));
        check(vec![no(), no(), no()], 180 + 599, Some(Reverts));
        // Then one may be tried …
        check(vec![no(), no(), no()], 180 + 600, None);
        // … and shuts it again, or opens the way.
        check(vec![no(), no(), no(), no()], 241, Some(Reverts));
        check(vec![no(), no(), no(), settled(true)], 241, None);
        check(vec![no(), settled(true), no(), no()], 241, None);
        check(vec![refused(), no(), OrderState::Expired], 181, Some(Failures));
        // What is on its way says nothing yet.
        check(vec![no(), no(), no(), OrderState::Planned], 241, Some(Reverts));
    }

    #[test]
    fn other_operations_than_trades_do_not_count() {
        let mut entries = journal(vec![settled(false), settled(false), settled(false)]);
        entries[1].purpose = Purpose::Withdraw;
        assert_eq!(open_breaker(entries.iter(), [].iter(), MINUTE, UnixSecs(200)), None);
    }

    #[test]
    fn a_leap_of_the_price_opens_it_until_three_candles_were_calm() {
        let check = |closes: &[u128], now: u64, percent: Option<u32>| {
            let closed = candles(closes);
            let open = open_breaker([].iter(), closed.iter(), MINUTE, UnixSecs(now));
            let expected = percent.map(|percent| BreakerReason::Jump { percent });
            assert_eq!(open.map(|open| open.reason), expected, "{closes:?} at {now}");
        };
        check(&[1_000], 60, None);
        check(&[1_000, 1_099], 120, None);
        check(&[1_000, 1_100], 120, Some(10));
        check(&[1_000, 600], 120, Some(40));
        check(&[1_000, 600, 600, 601], 240, Some(40));
        check(&[1_000, 600, 600, 601, 602], 300, None);
        check(&[1_000, 600, 600, 601, 602, 603], 360, None);
        let mut torn = candles(&[1_000, 600]);
        torn[1].open_at = UnixSecs(6_000);
        assert_eq!(open_breaker([].iter(), torn.iter(), MINUTE, UnixSecs(6_060)), None, "behind a gap");
    }

    #[test]
    fn of_two_the_longer_one_is_told() {
        let entries = journal(vec![refused(), refused(), refused()]);
        let open = open_breaker(entries.iter(), candles(&[5, 1]).iter(), MINUTE, UnixSecs(181));
        assert_eq!(open, Some(OpenBreaker { reason: BreakerReason::Failures, until: UnixSecs(180 + 600) }));
    }
}
