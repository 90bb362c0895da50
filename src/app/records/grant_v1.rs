//! A grant's first layout: its terms had two averages and nothing besides.

use serde::Deserialize;
#[cfg(test)]
use serde::Serialize;

use super::{RecordError, decode};
use crate::app::grants::{GrantLife, GrantRecord};
use crate::market::Interval;
use crate::trading::{Guards, Sizing, StrategyTerms, Terms};
use crate::units::{Price, TokenAmount, UnixSecs};

#[derive(Deserialize)]
#[cfg_attr(test, derive(Serialize))]
struct Grant {
    signed: Vec<u8>,
    terms: OldTerms,
    signed_at: UnixSecs,
    life: GrantLife,
}

#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(test, derive(Serialize))]
struct OldTerms {
    buy_lot: TokenAmount,
    sell_lot: TokenAmount,
    lots_per_trade: u32,
    buy_lots: u32,
    sell_lots: u32,
    uses: u32,
    lifetime_secs: u64,
    lowest_sell: Price,
    highest_buy: Price,
    slippage_bps: u32,
    may_renounce: bool,
    strategy: (u32, u32, Interval),
}

pub(super) fn read(body: &[u8]) -> Result<GrantRecord, RecordError> {
    let Grant { signed, terms: old, signed_at, life } = decode(body)?;
    let (fast, slow, interval) = old.strategy;
    let terms = Terms {
        buy_lot: old.buy_lot,
        sell_lot: old.sell_lot,
        lots_per_trade: old.lots_per_trade,
        buy_lots: old.buy_lots,
        sell_lots: old.sell_lots,
        uses: old.uses,
        lifetime_secs: old.lifetime_secs,
        lowest_sell: old.lowest_sell,
        highest_buy: old.highest_buy,
        slippage_bps: old.slippage_bps,
        may_renounce: old.may_renounce,
        strategy: StrategyTerms::crossover(fast, slow, interval),
        sizing: Sizing::Lots,
        guards: Guards::default(),
    };
    Ok(GrantRecord { signed, terms, signed_at, life })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::records::{checksum, read as read_record, write};

    #[test]
    fn what_the_first_version_wrote_is_read() {
        let price = Price::from_scaled(1_800 * Price::SCALE).expect("not zero");
        let terms = OldTerms {
            buy_lot: TokenAmount::from_raw(100),
            sell_lot: TokenAmount::from_raw(50),
            lots_per_trade: 3,
            buy_lots: 10,
            sell_lots: 12,
            uses: 20,
            lifetime_secs: 86_400,
            lowest_sell: price,
            highest_buy: price,
            slippage_bps: 50,
            may_renounce: true,
            strategy: (5, 15, Interval(60)),
        };
        let old = Grant { signed: vec![1, 2, 3], terms, signed_at: UnixSecs(9), life: GrantLife::Active };
        let body = postcard::to_allocvec(&old).expect("it can be written");
        let record = [&[1][..], &checksum(1, &body).to_be_bytes(), &body].concat();
        let read: GrantRecord = read_record(&record).expect("it reads");
        assert_eq!((&read.signed, read.signed_at, read.life), (&old.signed, UnixSecs(9), GrantLife::Active));
        assert_eq!((read.terms.uses, read.terms.lowest_sell), (20, price));
        assert_eq!(read.terms.strategy, StrategyTerms::crossover(5, 15, Interval(60)));
        assert_eq!((read.terms.sizing, read.terms.guards), (Sizing::Lots, Guards::default()));
        let again: GrantRecord = read_record(&write(&read).expect("it writes")).expect("it reads");
        assert_eq!(again.terms, read.terms);
    }
}
