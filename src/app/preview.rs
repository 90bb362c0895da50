//! What terms would allow, before anything is signed: checks, the nearest terms that pass, one sentence per
//! rule from the very bytes, and what a thief of the key could cost.

use std::sync::LazyLock;

use alloy_primitives::{Address, B256, U256};

use super::{FieldRefusal, Preview, SizeBy, TermsText, terms_text};
use crate::contracts::{PoolFacts, TIME_FRAME_POLICY};
use crate::session::{Grant, GrantError, Leg, PermissionId, SentenceError, grind_pair_salt, sentences};
use crate::trading::{RemainingLots, StolenKeyLoss, Terms, TermsContext};
use crate::units::{Price, TokenAmount, UnixSecs};
use crate::venue::{GrantKeys, PermissionsError, UniswapV3};

/// What a preview is made from.
#[derive(Debug)]
pub(super) struct PreviewContext {
    pub(super) pool: PoolFacts,
    pub(super) chain_id: u64,
    pub(super) terms: TermsContext,
    pub(super) account: Address,
    pub(super) ether: TokenAmount,
    pub(super) now: UnixSecs,
    /// The live grant's terms, when these would renew it.
    pub(super) live: Option<Terms>,
}

/// The grant that `terms` stand for.
pub(super) fn build(
    venue: &UniswapV3,
    chain_id: u64,
    terms: &Terms,
    key: &GrantKey,
) -> Result<Grant, BuildError> {
    let (buy, sell) = venue.permissions(terms, key.account, key.keys, key.valid_until)?;
    Ok(Grant::new(key.account, chain_id, (&buy, U256::ZERO), (&sell, U256::ZERO))?)
}

/// Why terms cannot become a grant.
#[derive(Debug, thiserror::Error)]
pub(super) enum BuildError {
    /// No rules say this.
    #[error("{0}")]
    Permissions(#[from] PermissionsError),
    /// The rules do not make a grant.
    #[error("{0}")]
    Grant(#[from] GrantError),
}

/// What makes a grant this one: whose account, which key, which salts, until when.
#[derive(Clone, Copy, Debug)]
pub(super) struct GrantKey {
    pub(super) account: Address,
    pub(super) keys: GrantKeys,
    pub(super) valid_until: UnixSecs,
}

/// A salt for selling whose id shares its first 16 bits with the one for buying, as the pair rule needs.
pub(super) fn pair_salt(session_key: Address, buy_salt: B256, seed: B256) -> B256 {
    grind_pair_salt(session_key, PermissionId::from_parts(session_key, buy_salt), seed)
}

/// One sentence per rule of both legs, read back from the bytes.
pub(super) fn sentences_of(grant: &Grant, venue: &UniswapV3) -> Result<Vec<String>, SentenceError> {
    let mut all = sentences(grant, Leg::Buy, venue)?;
    for sentence in sentences(grant, Leg::Sell, venue)? {
        if !all.contains(&sentence) {
            all.push(sentence);
        }
    }
    Ok(all)
}

/// What `text` would allow in `context`.
pub(super) fn of(text: TermsText, context: &PreviewContext) -> Preview {
    let terms = match terms_text::parse(&text, &context.pool) {
        Ok(terms) => terms,
        Err(refusals) => return Preview { terms: text, refusals, ..Preview::default() },
    };
    let refusal = |problem: crate::trading::FieldProblem| FieldRefusal {
        field: problem.field.to_owned(),
        sentence: problem.sentence,
    };
    let refusals: Vec<_> = terms.check(&context.terms).into_iter().map(refusal).collect();
    let nearest = (!refusals.is_empty()).then(|| terms.mend(&context.terms)).flatten();
    let mut preview = Preview {
        nearest: nearest.map(|terms| terms_text::format(&terms, &context.pool)),
        band: UniswapV3::new(context.pool).band_in_words(&terms),
        changes: context.live.as_ref().map(|live| changes(live, &terms, &context.pool)).unwrap_or_default(),
        explanations: explanations(&terms),
        terms: text,
        refusals,
        ..Preview::default()
    };
    let loss =
        terms.stolen_key_loss(terms.all_lots(), context.terms.price, &context.terms.pair, context.ether);
    preview.stolen_key_loss = loss_now(&loss, &context.pool);
    preview.at_any_price = loss_ever(&loss, &context.pool);
    if preview.refusals.is_empty() {
        write_rules(&mut preview, &terms, context);
    }
    preview
}

/// Stands for the key that does not exist yet, with its salts: they are ground once, not with every letter that is typed.
static UNBORN: LazyLock<GrantKeys> = LazyLock::new(|| {
    let (session_key, buy_salt) = (Address::repeat_byte(0x11), B256::repeat_byte(0x11));
    GrantKeys { session_key, buy_salt, sell_salt: pair_salt(session_key, buy_salt, B256::ZERO) }
});

/// The rules as they will be signed, but for the key: it is born when the person decides to sign.
fn write_rules(preview: &mut Preview, terms: &Terms, context: &PreviewContext) {
    let venue = UniswapV3::new(context.pool);
    let GrantKeys { session_key, .. } = *UNBORN;
    let key = GrantKey {
        account: context.account,
        keys: *UNBORN,
        valid_until: context.now.plus_secs(terms.lifetime_secs),
    };
    let written = build(&venue, context.chain_id, terms, &key).map_err(|error| error.to_string());
    let said = |grant: Grant| {
        let sentences = sentences_of(&grant, &venue).map_err(|error| error.to_string())?;
        Ok((sentences, compare_before(&grant)))
    };
    match written.and_then(said) {
        Ok((sentences, compare)) => {
            preview.sentences = sentences.iter().map(|sentence| name_unborn(sentence, session_key)).collect();
            preview.compare = compare;
        }
        Err(why) => preview.refusals.push(FieldRefusal {
            field: String::new(),
            sentence: format!("These terms cannot be written as on-chain rules: {why}."),
        }),
    }
}

/// The key has no address yet: it is made when the person decides to sign.
fn name_unborn(sentence: &str, placeholder: Address) -> String {
    sentence.replace(
        &format!("The key {placeholder}, which lives in this browser,"),
        "A new key, made in this browser when you sign,",
    )
}

/// What to compare in the wallet's window, as the wallet writes it.
pub(super) fn compare(grant: &Grant) -> Vec<(String, String)> {
    let mut rows = compare_before(grant);
    rows.push((
        "sessionValidatorInitData (session key)".to_owned(),
        grant.session_key().to_string().to_lowercase(),
    ));
    let policies = &grant.leg(Leg::Buy).session().userOpPolicies;
    let frames = policies.iter().enumerate().filter(|(_, policy)| policy.policy == TIME_FRAME_POLICY);
    let ends = grant.leg(Leg::Buy).spec().valid_until.0;
    rows.extend(frames.map(|(index, policy)| {
        (
            format!("userOpPolicies[{index}].initData (its first half: when it ends, {ends} in hex)"),
            policy.initData.to_string(),
        )
    }));
    rows
}

/// The part that is known before there is a key.
fn compare_before(grant: &Grant) -> Vec<(String, String)> {
    let row = |label: &str, value: String| (label.to_owned(), value);
    vec![
        row("Primary type", "MultiChainSession".to_owned()),
        row("account", grant.account().to_string()),
        row("chainId", grant.chain_id().to_string()),
    ]
}

/// What a thief could cost at the live price.
pub(super) fn loss_now(loss: &StolenKeyLoss, pool: &PoolFacts) -> String {
    let ether =
        if loss.ether.is_zero() { String::new() } else { format!(" and {} ETH", loss.ether.format(18)) };
    format!("{} {}{ether}", loss.at_this_price.format(pool.quote.decimals), pool.quote.symbol)
}

/// What holds at any price.
pub(super) fn loss_ever(loss: &StolenKeyLoss, pool: &PoolFacts) -> String {
    format!(
        "{} {} and {} {}",
        loss.quote_at_any_price.format(pool.quote.decimals),
        pool.quote.symbol,
        loss.base_at_any_price.format(pool.base.decimals),
        pool.base.symbol
    )
}

/// What is left to lose of a live grant.
pub(super) fn live_loss(
    terms: &Terms,
    remaining: RemainingLots,
    price: Price,
    pool: &PoolFacts,
    ether: TokenAmount,
) -> String {
    let pair = UniswapV3::new(*pool).pair();
    loss_now(&terms.stolen_key_loss(remaining, price, &pair, ether), pool)
}

fn explanations(terms: &Terms) -> Vec<String> {
    let mut all = vec![
        "A hardware wallet may show only a fingerprint for a message of this size; then compare on a wallet that shows it in full, or do not sign.".to_owned(),
    ];
    if terms.may_renounce {
        all.push("The wallet will show “permitAdminAccess: true”. Here it allows one thing: the session key may end its own two permissions. It can do nothing else there.".to_owned());
    }
    all
}

/// The difference to the live grant in words.
fn changes(old: &Terms, new: &Terms, pool: &PoolFacts) -> Vec<String> {
    let (old, new) = (terms_text::format(old, pool), terms_text::format(new, pool));
    let (base, quote) = (pool.base.symbol, pool.quote.symbol);
    let rows = [
        ("Buy lot", &old.buy_lot, &new.buy_lot, quote),
        ("Sell lot", &old.sell_lot, &new.sell_lot, base),
        ("Lots per trade", &old.lots_per_trade, &new.lots_per_trade, ""),
        ("Budget for buying", &old.buy_lots, &new.buy_lots, "lots"),
        ("Budget for selling", &old.sell_lots, &new.sell_lots, "lots"),
        ("Uses", &old.uses, &new.uses, ""),
        ("Ends after", &old.hours, &new.hours, "hours"),
        ("Lowest sell price", &old.lowest_sell, &new.lowest_sell, quote),
        ("Highest buy price", &old.highest_buy, &new.highest_buy, quote),
        ("Slippage", &old.slippage_percent, &new.slippage_percent, "%"),
        ("Fast average", &old.fast, &new.fast, "candles"),
        ("Slow average", &old.slow, &new.slow, "candles"),
        ("Candle", &old.interval_secs, &new.interval_secs, "s"),
        ("Strategy", &strategy(&old), &strategy(&new), ""),
        ("Trend", &old.trend, &new.trend, "candles"),
        ("Averages apart by", &old.hysteresis_percent, &new.hysteresis_percent, "%"),
        ("Size of a purchase", &size(&old), &size(&new), ""),
        ("Stop loss", &old.stop_loss_percent, &new.stop_loss_percent, "%"),
        ("Take profit", &old.take_profit_percent, &new.take_profit_percent, "%"),
        ("Trailing stop", &old.trailing_stop_percent, &new.trailing_stop_percent, "%"),
        ("Cooldown", &old.cooldown_candles, &new.cooldown_candles, "candles"),
        ("Most drawdown", &old.drawdown_percent, &new.drawdown_percent, "%"),
        ("Most loss in a day", &old.daily_loss_percent, &new.daily_loss_percent, "%"),
        ("Most trades in an hour", &old.trades_per_hour, &new.trades_per_hour, ""),
    ];
    let changed = rows.into_iter().filter(|(_, old, new, _)| old != new);
    let or_off = |text: &str| if text.is_empty() { "off".to_owned() } else { text.to_owned() };
    let line = |(label, old, new, unit): (&str, &String, &String, &str)| {
        format!("{label}: {} → {} {unit}", or_off(old), or_off(new)).trim_end().to_owned()
    };
    let mut all: Vec<_> = changed.map(line).collect();
    if old.may_renounce != new.may_renounce {
        all.push(format!("May end itself: {} → {}", yes_no(old.may_renounce), yes_no(new.may_renounce)));
    }
    all.push(
        "The budgets and uses start anew, and the old session is ended before the new one trades.".to_owned(),
    );
    all
}

fn strategy(terms: &TermsText) -> String {
    if terms.holds { "buy and hold" } else { "averages that cross" }.to_owned()
}

fn size(terms: &TermsText) -> String {
    match terms.size_by {
        SizeBy::Lots => "lots per trade".to_owned(),
        SizeBy::Share => format!("{} % of the balance", terms.size_percent),
        SizeBy::Volatility => format!("{} % of the worth per swing", terms.size_percent),
    }
}

const fn yes_no(is_true: bool) -> &'static str {
    if is_true { "yes" } else { "no" }
}

#[cfg(test)]
mod compare;
#[cfg(test)]
mod decimals;
