//! The rules that terms would seal, without anybody to seal them: what trades without a chain are held against, on
//! paper and in the lab.

use alloy_primitives::{Address, B256, U256};

use crate::account::execute_call_data;
use crate::backtest::{PaperTrader, Rules};
use crate::contracts::PoolFacts;
use crate::session::{Grant, Leg, Spent};
use crate::trading::{Order, RiskApproved, Terms};
use crate::units::{TokenAmount, UnixSecs};
use crate::venue::{GrantKeys, UniswapV3, leg_of, minimum_out};

/// Stands for an account that does not exist.
const NOBODY: Address = Address::repeat_byte(0x11);

/// The grant that a trader's terms would make, and what is used up of it.
#[derive(Debug)]
pub(super) struct SealedRules {
    venue: UniswapV3,
    chain_id: u64,
    sealed: Option<Sealed>,
}

/// One grant after the other, each with counters of its own.
#[derive(Debug)]
struct Sealed {
    grant: Grant,
    /// Which of the trader's grants it is.
    number: u64,
    spent: [Spent; 2],
}

impl Sealed {
    fn new(terms: &Terms, venue: &UniswapV3, chain_id: u64, number: u64, now: UnixSecs) -> Option<Self> {
        let (buy_salt, sell_salt) = (B256::repeat_byte(1), B256::repeat_byte(2));
        let keys = GrantKeys { session_key: NOBODY, buy_salt, sell_salt };
        let valid_until = now.plus_secs(terms.lifetime_secs);
        let (buy, sell) = venue.permissions(terms, NOBODY, keys, valid_until).ok()?;
        let grant = Grant::new(NOBODY, chain_id, (&buy, U256::ZERO), (&sell, U256::ZERO)).ok()?;
        Some(Self { grant, number, spent: [Spent::default(), Spent::default()] })
    }
}

impl SealedRules {
    pub(super) const fn new(pool: PoolFacts, chain_id: u64) -> Self {
        Self { venue: UniswapV3::new(pool), chain_id, sealed: None }
    }

    /// Whether these terms can be written as rules at all.
    pub(super) fn can_seal(&self, terms: &Terms, now: UnixSecs) -> bool {
        Sealed::new(terms, &self.venue, self.chain_id, 1, now).is_some()
    }
}

impl Rules for SealedRules {
    /// The trade as it would be sent, held against what it would be held against on chain.
    fn permit(
        &mut self,
        trader: &PaperTrader,
        order: &RiskApproved<Order>,
        out: TokenAmount,
        now: UnixSecs,
    ) -> Result<(), String> {
        let (terms, number) = (trader.setup().terms, trader.grant_number());
        let Order { side, lots, .. } = *order.item();
        if self.sealed.as_ref().is_none_or(|sealed| sealed.number != number) {
            self.sealed = Sealed::new(&terms, &self.venue, self.chain_id, number, now);
        }
        let sealed = self.sealed.as_mut().ok_or("these terms cannot be written as on-chain rules")?;
        let floor = self.venue.floor(&terms, side).map_err(|error| error.to_string())?;
        let per_lot = out.checked_ratio(1, lots.into()).unwrap_or(out);
        let least = minimum_out(floor, per_lot, terms.slippage_bps);
        if per_lot < least {
            return Err("the pool would give less than the worst price allows".to_owned());
        }
        let calls =
            self.venue.trade_calls(order, &terms, NOBODY, least).map_err(|error| error.to_string())?;
        let leg = leg_of(side);
        let spent = &mut sealed.spent[usize::from(leg == Leg::Sell)];
        let after = sealed.grant.permits(leg, &execute_call_data(&calls), spent, now);
        *spent = after.map_err(|violation| format!("the grant’s rules would refuse it: {violation}"))?;
        Ok(())
    }
}
