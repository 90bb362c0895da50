//! Which sizes and protections may be chosen, and the nearest ones that may.

use super::{FieldProblem, Guards, Sizing, Terms, TermsContext};
use crate::units::TokenAmount;

/// Hundredths of a percent in a whole.
const WHOLE_BPS: u32 = 10_000;

impl Sizing {
    const fn most_bps(self) -> u32 {
        match self {
            Self::Lots => 0,
            Self::Share { .. } => Self::MOST_SHARE_BPS,
            Self::Volatility { .. } => Self::MOST_SWING_BPS,
        }
    }

    /// The nearest size that may be chosen.
    #[must_use]
    pub(in crate::trading) fn mended(self) -> Self {
        let held = |bps: u32| bps.clamp(1, self.most_bps());
        match self {
            Self::Lots => self,
            Self::Share { bps } => Self::Share { bps: held(bps) },
            Self::Volatility { bps } => Self::Volatility { bps: held(bps) },
        }
    }
}

impl Terms {
    /// What is wrong with size and protections; a part of [`Terms::check`].
    pub fn check_conduct(&self, context: &TermsContext) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        let mut refuse =
            |field: &'static str, sentence: String| problems.push(FieldProblem { field, sentence });
        if self.sizing.mended() != self.sizing {
            let most = percent(self.sizing.most_bps());
            refuse("size_percent", format!("The size of a purchase goes from 0.01 % to {most} %."));
        }
        let Guards { stop_loss_bps, trailing_stop_bps, .. } = self.guards;
        let deepest = self.deepest_stop_bps(context);
        for (field, what, bps) in [
            ("stop_loss_percent", "A stop loss", stop_loss_bps),
            ("trailing_stop_percent", "A trailing stop", trailing_stop_bps),
        ] {
            if bps > deepest {
                let (low, price) = (self.lowest_sell.brief(), context.price.brief());
                let (bps, deepest) = (percent(bps), percent(deepest));
                let why = format!(
                    "{what} of {bps} % below today's price of {price} is under {low}, where this leash cannot sell: \
                     at most {deepest} %, or a lower “No sale below”."
                );
                refuse(field, why);
            }
        }
        let (most, count) = (percent(Guards::MOST_BPS), Guards::MOST_COUNT);
        for (field, bps) in [
            ("take_profit_percent", self.guards.take_profit_bps),
            ("drawdown_percent", self.guards.drawdown_bps),
            ("daily_loss_percent", self.guards.daily_loss_bps),
        ] {
            if bps > Guards::MOST_BPS {
                refuse(field, format!("A protection goes up to {most} %; 0 turns it off."));
            }
        }
        for (field, number) in [
            ("cooldown_candles", self.guards.cooldown_candles),
            ("trades_per_hour", self.guards.trades_per_hour),
        ] {
            if number > Guards::MOST_COUNT {
                refuse(field, format!("At most {count}; 0 turns it off."));
            }
        }
        problems
    }

    /// The nearest size and protections that may be chosen.
    pub(in crate::trading) fn mend_conduct(&mut self, context: &TermsContext) {
        self.sizing = self.sizing.mended();
        let deepest = self.deepest_stop_bps(context);
        let guards = &mut self.guards;
        for stop in [&mut guards.stop_loss_bps, &mut guards.trailing_stop_bps] {
            *stop = (*stop).min(deepest);
        }
        for share in [&mut guards.take_profit_bps, &mut guards.drawdown_bps, &mut guards.daily_loss_bps] {
            *share = (*share).min(Guards::MOST_BPS);
        }
        for count in [&mut guards.cooldown_candles, &mut guards.trades_per_hour] {
            *count = (*count).min(Guards::MOST_COUNT);
        }
    }

    /// The farthest below the live price that a sale is still allowed: a stop beyond it would not stop anything.
    fn deepest_stop_bps(&self, context: &TermsContext) -> u32 {
        let (low, price) = (self.lowest_sell.scaled(), context.price.scaled());
        let step = (price / u128::from(WHOLE_BPS)).max(1);
        let above = price.saturating_sub(low) / step;
        u32::try_from(above).unwrap_or(u32::MAX).min(Guards::MOST_BPS)
    }
}

fn percent(bps: u32) -> String {
    TokenAmount::from_raw(bps.into()).format(2)
}

#[cfg(test)]
mod tests {
    use super::super::terms::samples::{PAIR, base, price, quote, terms};
    use super::*;

    fn context() -> TermsContext {
        let (quote_balance, base_balance) = (quote("1000"), base("0"));
        TermsContext { quote_balance, base_balance, price: price(1_800), pair: PAIR, is_local: false }
    }

    #[test]
    fn a_stop_that_could_not_sell_is_refused_with_the_deepest_that_can() {
        let check = |bps: u32, refused: Option<&str>| {
            let guards = Guards { stop_loss_bps: bps, ..Guards::default() };
            let terms = Terms { guards, ..terms() };
            let problems = terms.check_conduct(&context());
            assert_eq!(problems.first().map(|problem| problem.sentence.as_str()), refused, "{bps}");
        };
        check(0, None);
        check(1_666, None);
        let why = "A stop loss of 16.67 % below today's price of 1800 is under 1500, where this leash cannot sell: \
                   at most 16.66 %, or a lower “No sale below”.";
        check(1_667, Some(why));
    }

    #[test]
    fn each_limit_is_refused_in_its_field_and_mended() {
        let check = |change: fn(&mut Terms), field: &str| {
            let mut terms = terms();
            change(&mut terms);
            let problems = terms.check_conduct(&context());
            assert_eq!(problems.iter().map(|problem| problem.field).collect::<Vec<_>>(), [field]);
            terms.mend_conduct(&context());
            assert_eq!(terms.check_conduct(&context()), [], "{field}");
        };
        check(|terms| terms.sizing = Sizing::Share { bps: 0 }, "size_percent");
        check(|terms| terms.sizing = Sizing::Share { bps: 10_001 }, "size_percent");
        check(|terms| terms.sizing = Sizing::Volatility { bps: 1_001 }, "size_percent");
        check(|terms| terms.guards.stop_loss_bps = 9_999, "stop_loss_percent");
        check(|terms| terms.guards.trailing_stop_bps = u32::MAX, "trailing_stop_percent");
        check(|terms| terms.guards.take_profit_bps = 9_001, "take_profit_percent");
        check(|terms| terms.guards.drawdown_bps = 9_001, "drawdown_percent");
        check(|terms| terms.guards.daily_loss_bps = 9_001, "daily_loss_percent");
        check(|terms| terms.guards.cooldown_candles = 1_001, "cooldown_candles");
        check(|terms| terms.guards.trades_per_hour = 1_001, "trades_per_hour");
    }
}
