//! Terms as texts in a form, and back. One grammar for numbers: digits and one point.

use super::{FieldRefusal, SizeBy, TermsText};
use crate::contracts::PoolFacts;
use crate::market::Interval;
use crate::trading::{Guards, Sizing, StrategyTerms, Terms};
use crate::units::{Price, TokenAmount};

/// A price is written with at most this many decimals.
const PRICE_DECIMALS: u8 = 18;

/// Reads a form.
///
/// # Errors
/// One [`FieldRefusal`] for every field that is no number of its kind.
pub(super) fn parse(text: &TermsText, pool: &PoolFacts) -> Result<Terms, Vec<FieldRefusal>> {
    let mut form = Form { refusals: Vec::new() };
    let buy_lot = form.amount("buy_lot", &text.buy_lot, pool.quote.decimals);
    let sell_lot = form.amount("sell_lot", &text.sell_lot, pool.base.decimals);
    let lots_per_trade = form.count("lots_per_trade", &text.lots_per_trade);
    let buy_lots = form.count("buy_lots", &text.buy_lots);
    let sell_lots = form.count("sell_lots", &text.sell_lots);
    let uses = form.count("uses", &text.uses);
    let lifetime_secs = form.scaled("hours", &text.hours, 3_600);
    let lowest_sell = form.price("lowest_sell", &text.lowest_sell);
    let highest_buy = form.price("highest_buy", &text.highest_buy);
    let slippage_bps = form.scaled("slippage_percent", &text.slippage_percent, 100);
    let fast = form.count("fast", &text.fast);
    let slow = form.count("slow", &text.slow);
    let interval = form.count("interval_secs", &text.interval_secs);
    let trend = form.optional_count("trend", &text.trend);
    let hysteresis_bps = form.optional_bps("hysteresis_percent", &text.hysteresis_percent);
    let size_bps = form.optional_bps("size_percent", &text.size_percent);
    let guards = Guards {
        stop_loss_bps: form.optional_bps("stop_loss_percent", &text.stop_loss_percent),
        take_profit_bps: form.optional_bps("take_profit_percent", &text.take_profit_percent),
        trailing_stop_bps: form.optional_bps("trailing_stop_percent", &text.trailing_stop_percent),
        cooldown_candles: form.optional_count("cooldown_candles", &text.cooldown_candles),
        drawdown_bps: form.optional_bps("drawdown_percent", &text.drawdown_percent),
        daily_loss_bps: form.optional_bps("daily_loss_percent", &text.daily_loss_percent),
        trades_per_hour: form.optional_count("trades_per_hour", &text.trades_per_hour),
    };
    let (Some(lowest_sell), Some(highest_buy)) = (lowest_sell, highest_buy) else {
        return Err(form.refusals);
    };
    if !form.refusals.is_empty() {
        return Err(form.refusals);
    }
    Ok(Terms {
        buy_lot,
        sell_lot,
        lots_per_trade,
        buy_lots,
        sell_lots,
        uses,
        lifetime_secs,
        lowest_sell,
        highest_buy,
        slippage_bps: u32::try_from(slippage_bps).unwrap_or(u32::MAX),
        may_renounce: text.may_renounce,
        strategy: StrategyTerms {
            fast,
            slow,
            interval: Interval(interval),
            trend,
            hysteresis_bps,
            holds: text.holds,
        },
        sizing: match text.size_by {
            SizeBy::Lots => Sizing::Lots,
            SizeBy::Share => Sizing::Share { bps: size_bps },
            SizeBy::Volatility => Sizing::Volatility { bps: size_bps },
        },
        guards,
    })
}

/// Writes `terms` into a form.
pub(super) fn format(terms: &Terms, pool: &PoolFacts) -> TermsText {
    let (size_by, size_bps) = match terms.sizing {
        Sizing::Lots => (SizeBy::Lots, 0),
        Sizing::Share { bps } => (SizeBy::Share, bps),
        Sizing::Volatility { bps } => (SizeBy::Volatility, bps),
    };
    let guards = terms.guards;
    TermsText {
        buy_lot: terms.buy_lot.format(pool.quote.decimals),
        sell_lot: terms.sell_lot.format(pool.base.decimals),
        lots_per_trade: terms.lots_per_trade.to_string(),
        buy_lots: terms.buy_lots.to_string(),
        sell_lots: terms.sell_lots.to_string(),
        uses: terms.uses.to_string(),
        hours: hours(terms.lifetime_secs),
        lowest_sell: price_text(terms.lowest_sell),
        highest_buy: price_text(terms.highest_buy),
        slippage_percent: TokenAmount::from_raw(u128::from(terms.slippage_bps)).format(2),
        fast: terms.strategy.fast.to_string(),
        slow: terms.strategy.slow.to_string(),
        interval_secs: terms.strategy.interval.0.to_string(),
        trend: count_or_off(terms.strategy.trend),
        hysteresis_percent: percent_or_off(terms.strategy.hysteresis_bps),
        holds: terms.strategy.holds,
        size_by,
        size_percent: percent_or_off(size_bps),
        stop_loss_percent: percent_or_off(guards.stop_loss_bps),
        take_profit_percent: percent_or_off(guards.take_profit_bps),
        trailing_stop_percent: percent_or_off(guards.trailing_stop_bps),
        cooldown_candles: count_or_off(guards.cooldown_candles),
        drawdown_percent: percent_or_off(guards.drawdown_bps),
        daily_loss_percent: percent_or_off(guards.daily_loss_bps),
        trades_per_hour: count_or_off(guards.trades_per_hour),
        may_renounce: terms.may_renounce,
    }
}

/// A price as it stands in the form.
pub(super) fn price_text(price: Price) -> String {
    TokenAmount::from_raw(price.scaled()).format(PRICE_DECIMALS)
}

fn count_or_off(count: u32) -> String {
    if count == 0 { String::new() } else { count.to_string() }
}

fn percent_or_off(bps: u32) -> String {
    if bps == 0 { String::new() } else { TokenAmount::from_raw(bps.into()).format(2) }
}

/// Hours with as many decimals as whole seconds need: 60 s are 0.016667 h, which reads back as 60 s.
fn hours(secs: u64) -> String {
    let millionths = (u128::from(secs) * 1_000_000).div_ceil(3_600);
    TokenAmount::from_raw(millionths).format(6)
}

/// Collects what is wrong while reading on.
struct Form {
    refusals: Vec<FieldRefusal>,
}

impl Form {
    fn refuse(&mut self, field: &str, sentence: String) {
        self.refusals.push(FieldRefusal { field: field.to_owned(), sentence });
    }

    fn amount(&mut self, field: &str, text: &str, decimals: u8) -> TokenAmount {
        TokenAmount::parse(text, decimals).unwrap_or_else(|error| {
            self.refuse(field, error.to_string());
            TokenAmount::ZERO
        })
    }

    fn count(&mut self, field: &str, text: &str) -> u32 {
        let amount = self.amount(field, text, 0);
        u32::try_from(amount.0).unwrap_or_else(|_| {
            self.refuse(field, format!("“{}” is too large", text.chars().take(40).collect::<String>()));
            0
        })
    }

    /// A decimal number times `unit`, in whole units rounded down.
    fn scaled(&mut self, field: &str, text: &str, unit: u64) -> u64 {
        let amount = self.amount(field, text, 6);
        amount.checked_ratio(unit, 1_000_000).and_then(|whole| u64::try_from(whole.0).ok()).unwrap_or_else(
            || {
                self.refuse(field, format!("“{}” is too large", text.chars().take(40).collect::<String>()));
                0
            },
        )
    }

    /// Nothing written is zero.
    fn optional_count(&mut self, field: &str, text: &str) -> u32 {
        if text.trim().is_empty() { 0 } else { self.count(field, text) }
    }

    /// A percentage in hundredths of a percent; nothing written is zero.
    fn optional_bps(&mut self, field: &str, text: &str) -> u32 {
        let bps = if text.trim().is_empty() { 0 } else { self.scaled(field, text, 100) };
        u32::try_from(bps).unwrap_or(u32::MAX)
    }

    fn price(&mut self, field: &str, text: &str) -> Option<Price> {
        let refusals = self.refusals.len();
        let amount = self.amount(field, text, PRICE_DECIMALS);
        let price = u128::try_from(amount.0).ok().and_then(|scaled| Price::from_scaled(scaled).ok());
        if price.is_none() && self.refusals.len() == refusals {
            self.refuse(field, "a price is more than nothing, and less than 10^20".to_owned());
        }
        price
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::Address;

    use super::*;
    use crate::contracts::Token;

    fn pool() -> PoolFacts {
        let token = |symbol, decimals| Token { symbol, decimals, address: Address::ZERO };
        PoolFacts {
            pool: Address::ZERO,
            fee: 500,
            router: Address::ZERO,
            quoter: Address::ZERO,
            base: token("WETH", 18),
            quote: token("USDC", 6),
        }
    }

    fn good() -> TermsText {
        let text = |text: &str| text.to_owned();
        TermsText {
            buy_lot: text("100"),
            sell_lot: text("0.03"),
            lots_per_trade: text("3"),
            buy_lots: text("10"),
            sell_lots: text("12"),
            uses: text("20"),
            hours: text("24"),
            lowest_sell: text("2000"),
            highest_buy: text("3000.5"),
            slippage_percent: text("0.5"),
            fast: text("5"),
            slow: text("15"),
            interval_secs: text("2"),
            trend: text("50"),
            hysteresis_percent: text("0.1"),
            holds: false,
            size_by: SizeBy::Volatility,
            size_percent: text("0.5"),
            stop_loss_percent: text("5"),
            take_profit_percent: String::new(),
            trailing_stop_percent: text("7.25"),
            cooldown_candles: text("3"),
            drawdown_percent: String::new(),
            daily_loss_percent: text("4"),
            trades_per_hour: text("6"),
            may_renounce: true,
        }
    }

    #[test]
    fn a_form_reads_and_writes_the_same_terms() {
        let terms = parse(&good(), &pool()).expect("it reads");
        assert_eq!(terms.buy_lot, TokenAmount::from_raw(100_000_000));
        assert_eq!(terms.lifetime_secs, 86_400);
        assert_eq!(terms.slippage_bps, 50);
        assert_eq!((terms.strategy.trend, terms.strategy.hysteresis_bps), (50, 10));
        assert_eq!(terms.sizing, Sizing::Volatility { bps: 50 });
        let Guards { stop_loss_bps, take_profit_bps, trailing_stop_bps, .. } = terms.guards;
        assert_eq!((stop_loss_bps, take_profit_bps, trailing_stop_bps), (500, 0, 725));
        assert_eq!(format(&terms, &pool()), good());
        for secs in [60, 61, 600, 3_599, 86_399] {
            let terms = Terms { lifetime_secs: secs, ..terms };
            assert_eq!(parse(&format(&terms, &pool()), &pool()), Ok(terms));
        }
    }

    #[test]
    fn every_bad_field_is_named() {
        let check = |change: fn(&mut TermsText), field: &str| {
            let mut text = good();
            change(&mut text);
            let refusals = parse(&text, &pool()).expect_err(field);
            assert_eq!(refusals.iter().map(|refusal| refusal.field.as_str()).collect::<Vec<_>>(), [field]);
        };
        check(|text| text.buy_lot = "ten".into(), "buy_lot");
        check(|text| text.buy_lot = "1.0000001".into(), "buy_lot");
        check(|text| text.sell_lot = "-1".into(), "sell_lot");
        check(|text| text.uses = "1.5".into(), "uses");
        check(|text| text.fast = "5000000000".into(), "fast");
        check(|text| text.lowest_sell = "0".into(), "lowest_sell");
        check(|text| text.highest_buy = "9".repeat(30), "highest_buy");
        check(|text| text.hours = "".into(), "hours");
        check(|text| text.stop_loss_percent = "five".into(), "stop_loss_percent");
        check(|text| text.trend = "1.5".into(), "trend");
    }
}
