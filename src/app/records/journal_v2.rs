//! The journal's second layout: every trade was caused by a cross.

use serde::Deserialize;
#[cfg(test)]
use serde::Serialize;

use super::journal_v3::Unsealed;
use super::{RecordError, decode};
use crate::trading::{Cause, JournalEntry, Order, Side, Signal};
use crate::units::{Price, UnixSecs};

/// [`crate::trading::Purpose`] as it was until then.
#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(test, derive(Serialize))]
pub(super) enum Purpose {
    Trade { side: Side, lots: u32, cross: Cross },
    Replacement,
    Renounce,
    OwnerRevoke,
    Withdraw,
    Recovered,
}

#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(test, derive(Serialize))]
pub(super) struct Cross {
    side: Side,
    candle_open_at: UnixSecs,
    close: Price,
    fast_before: f64,
    slow_before: f64,
    fast: f64,
    slow: f64,
}

impl Purpose {
    pub(super) const fn into_current(self) -> crate::trading::Purpose {
        use crate::trading::Purpose as Current;
        match self {
            Self::Trade { side, lots, cross } => {
                let Cross { candle_open_at, close, fast_before, slow_before, fast, slow, .. } = cross;
                let cause = Cause::Cross { fast_before, slow_before, fast, slow };
                let signal = Signal { side: cross.side, candle_open_at, close, cause };
                Current::Trade(Order { side, lots, signal })
            }
            Self::Replacement => Current::Replacement,
            Self::Renounce => Current::Renounce,
            Self::OwnerRevoke => Current::OwnerRevoke,
            Self::Withdraw => Current::Withdraw,
            Self::Recovered => Current::Recovered,
        }
    }
}

pub(super) fn read(body: &[u8]) -> Result<JournalEntry, RecordError> {
    let old: Unsealed<Purpose> = decode(body)?;
    Ok(old.into_current(Purpose::into_current))
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{Address, B256};

    use super::*;
    use crate::app::records::{checksum, read as read_record};
    use crate::trading::OrderState;

    #[test]
    fn what_the_second_version_wrote_is_read() {
        let close = Price::from_scaled(1_800 * Price::SCALE).expect("not zero");
        let cross = Cross {
            side: Side::Sell,
            candle_open_at: UnixSecs(60),
            close,
            fast_before: 4.0,
            slow_before: 3.0,
            fast: 1.0,
            slow: 2.0,
        };
        let entry = Unsealed {
            id: 7,
            chain_id: 31_337,
            account: Address::repeat_byte(1),
            grant_id: B256::repeat_byte(2),
            purpose: Purpose::Trade { side: Side::Sell, lots: 3, cross },
            planned_at: UnixSecs(61),
            planned_at_block: 9,
            signed: None,
            state: OrderState::Planned,
            history: Vec::new(),
        };
        let body = postcard::to_allocvec(&entry).expect("it can be written");
        let record = [&[2][..], &checksum(2, &body).to_be_bytes(), &body].concat();
        let read: JournalEntry = read_record(&record).expect("it reads");
        let cause = Cause::Cross { fast_before: 4.0, slow_before: 3.0, fast: 1.0, slow: 2.0 };
        let signal = Signal { side: Side::Sell, candle_open_at: UnixSecs(60), close, cause };
        let order = Order { side: Side::Sell, lots: 3, signal };
        assert_eq!(read.purpose, crate::trading::Purpose::Trade(order));
        assert_eq!((read.id, read.planned_at_block, read.state), (7, 9, OrderState::Planned));
    }
}
