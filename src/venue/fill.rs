//! What a trade really moved: the tokens between account and pool, by the tokens' own logs.

use alloy_primitives::{Address, Log, U256};
use alloy_sol_types::SolEvent;

use super::UniswapV3;
use crate::contracts::abi::IERC20::Transfer;
use crate::trading::{Fill, Side};
use crate::units::{TokenAmount, UnixSecs};

/// Tokens that went into and out of the account.
#[derive(Clone, Copy, Default)]
struct Flow {
    into: U256,
    out_of: U256,
}

impl UniswapV3 {
    /// The trade in `logs` (of one operation, or of its whole transaction), mined in `block` at `at`. `None` when
    /// nothing was traded, or in both directions: that is no trade of ours.
    pub fn fill_from_logs(&self, logs: &[Log], account: Address, block: u64, at: UnixSecs) -> Option<Fill> {
        let base = self.flow(logs, self.facts().base.address, account)?;
        let quote = self.flow(logs, self.facts().quote.address, account)?;
        let fill = |side: Side, base: U256, quote: U256| {
            let (base, quote) = (TokenAmount(base), TokenAmount(quote));
            Some(Fill { side, base, quote, block, at })
        };
        match (base.into.is_zero(), base.out_of.is_zero(), quote.into.is_zero(), quote.out_of.is_zero()) {
            (false, true, true, false) => fill(Side::Buy, base.into, quote.out_of),
            (true, false, false, true) => fill(Side::Sell, base.out_of, quote.into),
            _ => None,
        }
    }

    fn flow(&self, logs: &[Log], token: Address, account: Address) -> Option<Flow> {
        let pool = self.facts().pool;
        let mut flow = Flow::default();
        for log in logs.iter().filter(|log| log.address == token) {
            let Ok(transfer) = Transfer::decode_log_validate(log) else { continue };
            if (transfer.from, transfer.to) == (pool, account) {
                flow.into = flow.into.checked_add(transfer.value)?;
            }
            if (transfer.from, transfer.to) == (account, pool) {
                flow.out_of = flow.out_of.checked_add(transfer.value)?;
            }
        }
        Some(flow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::venue::samples;

    const VENUE: UniswapV3 = UniswapV3::new(samples::FACTS);
    const AT: UnixSecs = UnixSecs(5);

    fn transfer(token: Address, from: Address, to: Address, value: u64) -> Log {
        let event = Transfer { from, to, value: U256::from(value) };
        Log { address: token, data: event.encode_log_data() }
    }

    #[test]
    fn fills_are_what_moved_between_account_and_pool() {
        let (account, pool) = (samples::ACCOUNT, samples::FACTS.pool);
        let (base, quote) = (samples::FACTS.base.address, samples::FACTS.quote.address);
        let stranger = Address::repeat_byte(9);
        let check = |logs: &[Log], expected: Option<(Side, u128, u128)>| {
            let fill = VENUE.fill_from_logs(logs, account, 7, AT);
            let expected = expected.map(|(side, base, quote)| Fill {
                side,
                base: TokenAmount::from_raw(base),
                quote: TokenAmount::from_raw(quote),
                block: 7,
                at: AT,
            });
            assert_eq!(fill, expected);
        };
        let (base_in, quote_out) = (transfer(base, pool, account, 3), transfer(quote, account, pool, 9));
        let (base_out, quote_in) = (transfer(base, account, pool, 2), transfer(quote, pool, account, 8));
        check(&[base_in.clone(), quote_out.clone()], Some((Side::Buy, 3, 9)));
        check(
            &[base_in.clone(), quote_out.clone(), quote_out.clone(), base_in.clone()],
            Some((Side::Buy, 6, 18)),
        );
        check(&[quote_in.clone(), base_out.clone()], Some((Side::Sell, 2, 8)));
        check(&[], None);
        check(std::slice::from_ref(&quote_out), None);
        check(&[base_in.clone(), quote_out.clone(), base_out, quote_in], None);
        let others = [transfer(base, pool, stranger, 3), transfer(quote, stranger, pool, 9)];
        check(&others, None);
        check(&[others[0].clone(), base_in, quote_out, others[1].clone()], Some((Side::Buy, 3, 9)));
    }

    #[test]
    fn the_logs_of_a_mined_trade_are_a_fill() {
        let fill = VENUE.fill_from_logs(&samples::mined_logs(), samples::ACCOUNT, 0x15d, AT).expect("a fill");
        assert_eq!(fill.side, Side::Buy);
        assert_eq!(
            (fill.base.format(18), fill.quote.format(6)),
            ("0.033265214427458917".into(), "100".into())
        );
    }
}
