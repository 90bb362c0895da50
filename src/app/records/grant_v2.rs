//! A grant's second layout: its strategy was always a crossover.

use serde::Deserialize;

use super::{RecordError, decode};
use crate::app::grants::{GrantLife, GrantRecord};
use crate::market::Interval;
use crate::trading::{Guards, Sizing, StrategyTerms, Terms};
use crate::units::{Price, TokenAmount, UnixSecs};

#[derive(Deserialize)]
struct Grant {
    signed: Vec<u8>,
    terms: OldTerms,
    signed_at: UnixSecs,
    life: GrantLife,
}

#[derive(Deserialize)]
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
    strategy: OldStrategy,
    sizing: Sizing,
    guards: Guards,
}

#[derive(Deserialize)]
struct OldStrategy {
    fast: u32,
    slow: u32,
    interval: Interval,
    trend: u32,
    hysteresis_bps: u32,
}

pub(super) fn read(body: &[u8]) -> Result<GrantRecord, RecordError> {
    let Grant { signed, terms: old, signed_at, life } = decode(body)?;
    let OldStrategy { fast, slow, interval, trend, hysteresis_bps } = old.strategy;
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
        strategy: StrategyTerms { fast, slow, interval, trend, hysteresis_bps, holds: false },
        sizing: old.sizing,
        guards: old.guards,
    };
    Ok(GrantRecord { signed, terms, signed_at, life })
}

#[cfg(test)]
mod tests {
    use alloy_primitives::hex;

    use super::*;
    use crate::app::records::{read as read_record, write};

    /// As that version wrote it.
    const WRITTEN: &str = "026b861212030102032000000000000000000000000000000000000000000000000000000000000000642000000000000000\
        00000000000000000000000000000000000000000000000032030a0c1480a305808080b98fe6a78294c301808080b98fe6a7\
        8294c3013201050f3c320a01fa01f4030000000000060900";

    #[test]
    fn what_the_second_version_wrote_is_read() {
        let record = hex::decode(WRITTEN).expect("hex");
        let read: GrantRecord = read_record(&record).expect("it reads");
        assert_eq!(
            (&read.signed[..], read.signed_at, read.life),
            (&[1, 2, 3][..], UnixSecs(9), GrantLife::Active)
        );
        let strategy =
            StrategyTerms { trend: 50, hysteresis_bps: 10, ..StrategyTerms::crossover(5, 15, Interval(60)) };
        assert_eq!(read.terms.strategy, strategy);
        assert_eq!(read.terms.sizing, Sizing::Share { bps: 250 });
        let guards = Guards { stop_loss_bps: 500, trades_per_hour: 6, ..Guards::default() };
        assert_eq!((read.terms.guards, read.terms.uses), (guards, 20));
        let again: GrantRecord = read_record(&write(&read).expect("it writes")).expect("it reads");
        assert_eq!(again.terms, read.terms);
    }
}
