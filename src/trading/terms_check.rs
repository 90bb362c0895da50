//! Which terms may be granted.
//!
//! Nothing that can be bought may be unsellable, the band must hold the price, and no limit may be empty: terms
//! that break this are refused with a sentence before anybody is asked to sign.

use super::{Pair, Terms};
use crate::units::{Price, TokenAmount};

/// What terms are held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TermsContext {
    /// Quote tokens in the account.
    pub quote_balance: TokenAmount,
    /// Base tokens in the account.
    pub base_balance: TokenAmount,
    /// The live price.
    pub price: Price,
    /// The pool's tokens.
    pub pair: Pair,
    /// Whether this is a chain for trying things out, where an end may be near and candles short.
    pub is_local: bool,
}

/// A field that cannot be granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    /// The field of the form: `buy_lot`, `hours`, `slippage_percent`, …
    pub field: &'static str,
    /// Why, for a layman.
    pub sentence: String,
}

impl TermsContext {
    /// Everything in the account, in quote units at the live price.
    pub fn wealth(&self) -> TokenAmount {
        let base = self.pair.worth(self.base_balance, self.price);
        TokenAmount(self.quote_balance.0.saturating_add(base.0))
    }

    /// 10 minutes, so that a trade can end before the grant does; 1 minute where things are tried out.
    pub const fn shortest_lifetime_secs(&self) -> u64 {
        if self.is_local { 60 } else { 600 }
    }

    /// A minute on live networks: shorter candles are noise, and a sponsor's patience is finite.
    pub const fn shortest_interval_secs(&self) -> u32 {
        if self.is_local { 1 } else { 60 }
    }
}

impl Terms {
    /// A day.
    pub const LONGEST_LIFETIME_SECS: u64 = 86_400;
    /// 0.05 %: less refuses honest trades.
    pub const LEAST_SLIPPAGE_BPS: u32 = 5;
    /// 3 %: more invites being traded against.
    pub const MOST_SLIPPAGE_BPS: u32 = 300;
    /// Each lot is a swap of its own in the operation, at about 62,000 gas.
    pub const MOST_LOTS_PER_TRADE: u32 = 20;
    /// More than a day of two-second candles could use.
    pub const MOST_LOTS: u32 = 100_000;

    /// Why these terms cannot be granted, field by field; empty when they can.
    pub fn check(&self, context: &TermsContext) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        self.check_lots(context, &mut problems);
        self.check_budgets(&mut problems);
        self.check_band(context, &mut problems);
        self.check_limits(context, &mut problems);
        problems.extend(self.check_conduct(context));
        problems
    }

    /// Uses that let every lot be traded alone, and one more for ending the session.
    pub fn least_uses(&self) -> u32 {
        self.buy_lots.max(self.sell_lots).saturating_add(1)
    }

    fn check_lots(&self, context: &TermsContext, problems: &mut Vec<FieldProblem>) {
        let Pair { base_decimals, quote_decimals, .. } = context.pair;
        let wealth = context.wealth();
        if wealth.is_zero() {
            problems.push(problem("buy_lot", "The account is empty: deposit tokens first."));
        } else if self.buy_lot.is_zero() {
            problems.push(problem("buy_lot", "A lot must be more than nothing."));
        } else if self.buy_lot > wealth {
            let (lot, all) = (self.buy_lot.format(quote_decimals), wealth.format(quote_decimals));
            let why = format!("A buy lot of {lot} is more than everything in the account, worth {all}.");
            problems.push(problem("buy_lot", why));
        } else if self.buy_lot > context.quote_balance && self.sell_lot > context.base_balance {
            let why = "The account holds less than one lot of either token, so no trade could begin.";
            problems.push(problem("buy_lot", why));
        }
        if self.sell_lot.is_zero() {
            problems.push(problem("sell_lot", "A lot must be more than nothing."));
            return;
        }
        let (least, lot) = (self.buy_floor(&context.pair), self.sell_lot.format(base_decimals));
        if self.sell_lot > least {
            let least = least.format(base_decimals);
            let why = format!(
                "A sell lot of {lot} is more than the {least} that one buy lot brings at the highest price: what \
                 was bought could not be sold."
            );
            problems.push(problem("sell_lot", why));
        }
        if self.sell_floor(&context.pair).is_zero() {
            let why = format!("A sell lot of {lot} brings less than the smallest unit at the lowest price.");
            problems.push(problem("sell_lot", why));
        }
    }

    fn check_budgets(&self, problems: &mut Vec<FieldProblem>) {
        let range = |field, value: u32, most: u32, what: &str| {
            let sentence = format!("{what} from 1 to {most}, not {value}.");
            (!(1..=most).contains(&value)).then_some(FieldProblem { field, sentence })
        };
        let per_trade = "Lots in one trade go";
        problems.extend(range("lots_per_trade", self.lots_per_trade, Self::MOST_LOTS_PER_TRADE, per_trade));
        problems.extend(range("buy_lots", self.buy_lots, Self::MOST_LOTS, "Lots for buying go"));
        problems.extend(range("sell_lots", self.sell_lots, Self::MOST_LOTS, "Lots for selling go"));
        let (buy, sell) = (self.buy_lots, self.sell_lots);
        if sell < buy {
            let why =
                format!("{sell} lots for selling are fewer than {buy} for buying: some would be stuck.");
            problems.push(problem("sell_lots", why));
        }
        if self.lots_per_trade > buy.min(sell) && self.lots_per_trade <= Self::MOST_LOTS_PER_TRADE {
            let why = format!("{} lots in one trade are more than a whole budget.", self.lots_per_trade);
            problems.push(problem("lots_per_trade", why));
        }
        let most_uses = Self::MOST_LOTS.saturating_mul(2);
        if self.uses < self.least_uses() {
            let (trades, least) = (buy.max(sell), self.least_uses());
            let why = format!(
                "{trades} lots can take {trades} trades, and one use is kept for ending the session: at least \
                 {least} uses, not {}.",
                self.uses
            );
            problems.push(problem("uses", why));
        } else if self.uses > most_uses {
            problems.push(problem("uses", format!("At most {most_uses} uses, not {}.", self.uses)));
        }
    }

    fn check_band(&self, context: &TermsContext, problems: &mut Vec<FieldProblem>) {
        let price = context.price.brief();
        if self.lowest_sell >= context.price {
            let low = self.lowest_sell.brief();
            let why =
                format!("Below {low} this leash cannot sell, and the price is {price}: choose a lower one.");
            problems.push(problem("lowest_sell", why));
        }
        if self.highest_buy <= context.price {
            let high = self.highest_buy.brief();
            let why =
                format!("Above {high} this leash cannot buy, and the price is {price}: choose a higher one.");
            problems.push(problem("highest_buy", why));
        }
    }

    fn check_limits(&self, context: &TermsContext, problems: &mut Vec<FieldProblem>) {
        let shortest = context.shortest_lifetime_secs();
        if self.lifetime_secs < shortest {
            let why = format!("The grant must last at least {} minutes.", shortest / 60);
            problems.push(problem("hours", why));
        }
        if self.lifetime_secs > Self::LONGEST_LIFETIME_SECS {
            problems.push(problem("hours", "The grant may last at most 24 hours."));
        }
        if !(Self::LEAST_SLIPPAGE_BPS..=Self::MOST_SLIPPAGE_BPS).contains(&self.slippage_bps) {
            problems.push(problem("slippage_percent", "Slippage goes from 0.05 % to 3 %."));
        }
        if let Err(refused) = self.strategy.check() {
            problems.push(FieldProblem {
                field: refused.field(&self.strategy),
                sentence: format!("{}.", capital(refused)),
            });
        }
        if self.strategy.holds {
            let why = "Buy and hold never sells, so a leash would only lock up what it bought. It can be tried on the \
                       past and on paper; for a leash choose averages that cross.";
            problems.push(problem("fast", why));
        }
        let least = context.shortest_interval_secs();
        if (1..least).contains(&self.strategy.interval.0) {
            let why = format!("On this network a candle lasts at least {least} seconds.");
            problems.push(problem("interval_secs", why));
        }
    }
}

fn problem(field: &'static str, sentence: impl Into<String>) -> FieldProblem {
    FieldProblem { field, sentence: sentence.into() }
}

/// The sentence with a capital first letter.
fn capital(sentence: impl ToString) -> String {
    let mut sentence = sentence.to_string();
    if let Some(first) = sentence.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::super::StrategyTerms;
    use super::super::terms::samples::{PAIR, base, price, quote, terms};
    use super::*;
    use crate::market::Interval;

    fn context() -> TermsContext {
        TermsContext {
            quote_balance: quote("1000"),
            base_balance: TokenAmount::ZERO,
            price: price(1_800),
            pair: PAIR,
            is_local: false,
        }
    }

    #[test]
    fn sound_terms_pass_and_are_not_mended() {
        let terms = terms();
        assert_eq!(terms.check(&context()), []);
        assert_eq!(terms.mend(&context()), Some(terms));
    }

    #[test]
    fn each_refusal_names_its_field_and_is_mended() {
        let check = |change: fn(&mut Terms), field: &str, sentence: &str| {
            let mut terms = terms();
            change(&mut terms);
            let problems = terms.check(&context());
            let found =
                problems.iter().any(|problem| problem.field == field && problem.sentence.contains(sentence));
            assert!(found, "{field}: {sentence} not in {problems:?}");
            assert!(terms.mend(&context()).is_some(), "{field}: {sentence}");
        };
        check(|terms| terms.buy_lot = TokenAmount::ZERO, "buy_lot", "more than nothing");
        check(|terms| terms.buy_lot = quote("1000.01"), "buy_lot", "more than everything in the account");
        check(|terms| terms.buy_lot = TokenAmount::from_raw(1), "sell_lot", "could not be sold");
        check(|terms| terms.sell_lot = TokenAmount::ZERO, "sell_lot", "more than nothing");
        check(|terms| terms.sell_lot = base("0.051"), "sell_lot", "could not be sold");
        check(|terms| terms.lots_per_trade = 0, "lots_per_trade", "from 1 to 20");
        check(|terms| terms.lots_per_trade = 21, "lots_per_trade", "from 1 to 20");
        check(|terms| terms.lots_per_trade = 11, "lots_per_trade", "more than a whole budget");
        check(|terms| terms.buy_lots = 0, "buy_lots", "from 1 to");
        check(|terms| terms.sell_lots = 0, "sell_lots", "from 1 to");
        check(|terms| terms.sell_lots = 9, "sell_lots", "some would be stuck");
        check(|terms| terms.uses = 12, "uses", "at least 13 uses");
        check(|terms| terms.uses = u32::MAX, "uses", "At most");
        check(|terms| terms.lowest_sell = price(1_800), "lowest_sell", "cannot sell");
        check(|terms| terms.highest_buy = price(1_800), "highest_buy", "cannot buy");
        check(|terms| terms.lifetime_secs = 0, "hours", "at least 10 minutes");
        check(|terms| terms.lifetime_secs = 599, "hours", "at least 10 minutes");
        check(|terms| terms.lifetime_secs = 86_401, "hours", "at most 24 hours");
        check(|terms| terms.slippage_bps = 0, "slippage_percent", "from 0.05 % to 3 %");
        check(|terms| terms.slippage_bps = 301, "slippage_percent", "from 0.05 % to 3 %");
        check(|terms| terms.strategy.fast = 0, "fast", "An average needs at least 2 candles");
        check(|terms| terms.strategy.slow = 12, "slow", "never cross");
        check(|terms| terms.strategy.holds = true, "fast", "Buy and hold never sells");
        check(|terms| terms.strategy.slow = 5, "slow", "must be shorter");
        check(|terms| terms.strategy.slow = 2_000_000_000, "slow", "more than the 1000");
        check(|terms| terms.strategy.interval = Interval(0), "interval_secs", "1 second to 1 day");
        check(|terms| terms.strategy.interval = Interval(2), "interval_secs", "at least 60 seconds");
    }

    #[test]
    fn balances_decide_what_can_begin() {
        let check = |of_quote: &str, of_base: &str, fields: &[&str]| {
            let context =
                TermsContext { quote_balance: quote(of_quote), base_balance: base(of_base), ..context() };
            let found: Vec<_> = terms().check(&context).iter().map(|problem| problem.field).collect();
            assert_eq!(found, fields, "{of_quote} and {of_base}");
        };
        check("100", "0", &[]);
        check("99.99", "0", &["buy_lot"]);
        check("0", "0", &["buy_lot"]);
        check("0", "0.06", &[]);
        check("20", "0.049", &["buy_lot"]);
        check("90", "0.049", &["buy_lot"]);
    }

    #[test]
    fn an_empty_account_cannot_be_mended() {
        let empty = TermsContext { quote_balance: TokenAmount::ZERO, ..context() };
        assert_eq!(terms().mend(&empty), None);
    }

    #[test]
    fn short_ends_and_candles_are_for_trying_out() {
        let local = TermsContext { is_local: true, ..context() };
        let strategy = StrategyTerms::crossover(5, 15, Interval(2));
        let short = Terms { lifetime_secs: 60, strategy, ..terms() };
        assert_eq!(short.check(&local), []);
        assert_eq!(short.check(&context()).len(), 2);
        assert_eq!(Terms { lifetime_secs: 59, ..terms() }.check(&local).len(), 1);
    }

    #[test]
    fn a_sale_for_nothing_is_refused() {
        let dust = Terms { sell_lot: TokenAmount::from_raw(1), ..terms() };
        assert_eq!(dust.check(&context())[0].field, "sell_lot");
    }
}
