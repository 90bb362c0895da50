//! From a closed candle to an order on its way, or to the reason why not.

use std::rc::Rc;

use alloy_primitives::B256;

use crate::account::Fees;
use crate::app::event::{Command, GrantFacts};
use crate::app::grants::{GrantLife, StoredGrant, side_of};
use crate::app::operation::{Authority, SignedOperation};
use crate::app::{Failure, NoticeLevel};
use crate::backtest::Told;
use crate::session::Leg;
use crate::trading::{
    Allowance, BreakerReason, Fill, GuardReason, LAST_BUYING_SECS, Order, Outlook, Pair, Purpose,
    RiskApproved, RiskContext, RiskRefused, Side, Signal, assess, open_breaker,
};
use crate::units::TokenAmount;
use crate::venue::{UniswapV3, leg_of, minimum_out};

use super::Machine;
use super::flight::Takeoff;
use super::second_opinion::Close;
use super::start::Lock;

/// A price older than this many candles is not traded on.
const STALE_CANDLES: u64 = 2;
/// On live networks nothing new is begun in the last minutes of a session.
const LAST_SECS: u64 = 60;
/// On the local chain, where sessions of a minute exist for tests.
const LAST_SECS_LOCAL: u64 = 15;
/// However long its candles are, a price is not traded on when it was read longer ago than this.
const STALE_SECS: u64 = 120;
/// A trade that is not signed and sent so soon after it was decided is of another time: the device slept.
const LONGEST_WAY_MILLIS: u64 = 60_000;
/// The sandbox's clock goes up to a thousand times as fast as what is computed by it.
const LONGEST_WAY_MILLIS_SANDBOX: u64 = 3_600_000;
/// A replacement offers at most this many times the fees of the trade in whose place it comes.
const MOST_FEE_TIMES: u128 = 10;
/// Said where it does.
pub(in crate::app::machine) const AT_MOST_FEES: &str = "The network's fees have risen, and a replacement offers at most ten times what the trade did. If even that is too little, both wait until fees fall or their time is over.";

impl Machine {
    /// Only the newest close may trade: what was missed is skipped, never caught up on. A protection speaks before the
    /// averages do. A signal for which there was no quote yet gets one with the next round, within the length of a
    /// candle and unless another one came.
    pub(super) fn on_closes(&mut self, closes: &[Outlook]) -> Vec<Command> {
        let waiting = self.unquoted.take();
        self.feed.note_opened(self.opened());
        let interval = self.feed.strategy_terms().interval;
        let sale = closes.last().and_then(|_| self.protective_sale());
        let crossed = match closes.last() {
            Some(Outlook::Signal(signal)) => Some(*signal),
            Some(Outlook::Warming { .. } | Outlook::AgainstTrend { .. } | Outlook::Holding) => None,
            Some(Outlook::Quiet { .. }) | None => waiting,
        };
        if self.live_grant().is_none() || !self.feed.has_history {
            return Vec::new();
        }
        let Some(signal) = sale.or(crossed) else {
            self.compare_decisions(closes.len(), Close::Quiet);
            return Vec::new();
        };
        // What waited for its quote was decided on at its own close.
        let is_newest =
            self.feed.closed().back().is_some_and(|newest| newest.open_at == signal.candle_open_at);
        let at_newest = |close| if is_newest { close } else { Close::Quiet };
        let closed_at = interval.next_open(signal.candle_open_at);
        if self.chain_now().secs_since(closed_at) > u64::from(interval.0) {
            self.compare_decisions(closes.len(), at_newest(Close::Missed));
            return Vec::new();
        }
        let (told, decided) = self.consider(&signal);
        let close = told.map_or(Close::Missed, |told| Close::Decided(Some(told), signal, decided.clone()));
        self.compare_decisions(closes.len(), at_newest(close));
        match decided {
            Ok(order) => self.trade(&order),
            Err(refused) => {
                self.decisions.refuse(&signal, closed_at, &refused.to_string(), false);
                self.last_refusal = Some(refused.to_string());
                Vec::new()
            }
        }
    }

    /// The block since which the live grant's account holds at least a lot.
    fn opened(&self) -> Option<u64> {
        self.track()?.opened(self.live_grant()?.terms.sell_lot)
    }

    /// The sale that a protection asks for at the last close.
    fn protective_sale(&self) -> Option<Signal> {
        let (grant, track) = (self.live_grant()?, self.track()?);
        let height = self.opened().and_then(|block| self.feed.height_since(block));
        grant.terms.protective_sale(track, height, self.feed.closed().back()?, &self.pair()?)
    }

    fn pair(&self) -> Option<Pair> {
        self.services.network.pool.map(|pool| UniswapV3::new(pool).pair())
    }

    /// What risk says to a signal now, and with what it was asked; nothing as long as the chain was not read.
    fn consider(&self, signal: &Signal) -> (Option<Box<Told>>, Result<RiskApproved<Order>, RiskRefused>) {
        let context = self.live_grant().and_then(|grant| self.risk_context(grant));
        let told = context.map(|context| Box::new(Told { at: self.chain_now(), context }));
        let decided = told.as_ref().map(|told| assess(*signal, &told.context));
        (told, decided.unwrap_or(Err(RiskRefused::StalePrice { age_secs: 0 })))
    }

    /// The first gate that would block a trade on this side now, or how many lots it would take.
    pub(super) fn gate(&self, side: Side) -> Option<Result<u32, RiskRefused>> {
        let grant = self.live_grant()?;
        let context = self.risk_context(grant)?;
        let price = self.feed.price()?;
        let signal = Signal::supposed(side, self.chain_now(), price);
        Some(assess(signal, &context).map(|order| order.item().lots))
    }

    fn risk_context(&self, grant: &StoredGrant) -> Option<RiskContext> {
        let account = self.account.as_ref()?;
        let is_current = |_: &&GrantFacts| self.facts_read_at >= self.facts_needed_from;
        let facts = self.facts.as_ref().filter(|facts| facts.grant_id == grant.id()).filter(is_current)?;
        let tick = self.feed.last_tick()?;
        let now = self.chain_now();
        let interval = u64::from(grant.terms.strategy.interval.0);
        let last_secs = if self.services.network.is_local() { LAST_SECS_LOCAL } else { LAST_SECS };
        let position = self.position();
        let sell = allowance(grant, facts, Leg::Sell);
        let pair = self.pair()?;
        let context = RiskContext {
            terms: grant.terms,
            pair,
            quote_balance: account.quote,
            base_balance: account.base,
            position: position.base(),
            // What was withdrawn does not wait to be sold.
            bought: self.bought_under(grant.id()).min(position.base()),
            buy: allowance(grant, facts, Leg::Buy),
            sell,
            price: tick.price,
            // A quiet pool has an old last swap but a live price; what ages is the reading of it.
            price_age_secs: self.now.millis_since(self.feed.read_at()) / 1_000,
            price_age_limit_secs: (interval * STALE_CANDLES).clamp(10, STALE_SECS),
            reference: self.reference(),
            left_secs: grant.valid_until().secs_since(now),
            least_left_secs: last_secs,
            least_buying_secs: if self.services.network.is_local() { 0 } else { LAST_BUYING_SECS },
            is_paused: self.settings.is_paused || grant.life != GrantLife::Active || self.halted.is_some(),
            is_other_tab: self.lock != Lock::Held,
            // Until the journal knows all that the chain does, nobody can say what is held.
            is_in_flight: self.flight.holds_trade_lane() || !self.is_accounted(),
            breaker: self.open_breaker(),
            alarm: self.alarm(),
            guard: None,
            swing: self.feed.swing(),
            // A permission to sell that is not live yet is rehearsed before anything is bought.
            is_sell_proven: sell.uses_left > 1,
        };
        Some(RiskContext { guard: self.guard(&context), ..context })
    }

    /// The protection that keeps the shown account from buying.
    fn guard(&self, context: &RiskContext) -> Option<GuardReason> {
        let interval = context.terms.strategy.interval;
        let worth = (context.price, context.worth());
        context.terms.guards.against_buying(self.track()?, worth, &context.pair, interval, self.chain_now())
    }

    /// The circuit breaker that keeps the shown account from trading, and the seconds until it closes.
    pub(super) fn open_breaker(&self) -> Option<(BreakerReason, u64)> {
        let (interval, now) = (self.feed.strategy_terms().interval, self.chain_now());
        let open = open_breaker(self.entries_here(), self.feed.closed().iter(), interval, now)?;
        Some((open.reason, open.until.secs_since(now)))
    }

    /// Base tokens that trades under this grant bought and have not sold again.
    fn bought_under(&self, grant_id: B256) -> TokenAmount {
        let fills = self
            .journal
            .iter()
            .filter(|entry| entry.grant_id == grant_id)
            .filter_map(|entry| entry.state.fill());
        fills.fold(TokenAmount::ZERO, |bought, fill| match fill.side {
            Side::Buy => bought.checked_add(fill.base).unwrap_or(bought),
            Side::Sell => bought.saturating_sub(fill.base),
        })
    }

    /// Whether a trade that was prepared may still be signed.
    pub(super) fn may_still_trade(&self) -> bool {
        let is_active = self.live_grant().is_some_and(|grant| grant.life == GrantLife::Active);
        let is_known_code = matches!(self.flavour, Some(Ok(_)));
        is_active
            && is_known_code
            && !self.settings.is_paused
            && self.lock == Lock::Held
            && self.halted.is_none()
    }

    /// How long after its decision a trade may be signed or sent.
    pub(super) fn longest_way_millis(&self) -> u64 {
        if self.services.network.is_sandbox() { LONGEST_WAY_MILLIS_SANDBOX } else { LONGEST_WAY_MILLIS }
    }

    fn trade(&mut self, order: &RiskApproved<Order>) -> Vec<Command> {
        let Some(takeoff) = self.trade_takeoff(order) else {
            self.unquoted = Some(order.item().signal);
            self.last_refusal = Some("there is no quote for this trade yet".to_owned());
            return Vec::new();
        };
        self.last_refusal = None;
        self.take_off(takeoff).map(|(_, commands)| commands).unwrap_or_default()
    }

    fn trade_takeoff(&self, order: &RiskApproved<Order>) -> Option<Takeoff> {
        let grant = self.live_grant()?;
        let facts = self.facts.as_ref()?;
        let pool = self.services.network.pool.as_ref()?;
        let account = self.account.as_ref()?.address;
        let venue = UniswapV3::new(*pool);
        let Order { side, lots, .. } = *order.item();
        let leg = leg_of(side);
        let floor = venue.floor(&grant.terms, side).ok()?;
        let amount_in = grant.terms.lot(side).checked_mul(u64::from(lots))?;
        let quoted = |(quoted_side, amount, out): &(Side, TokenAmount, TokenAmount)| {
            (*quoted_side == side && *amount == amount_in).then_some(*out)
        };
        let per_lot = self.quotes.iter().find_map(quoted)?.checked_ratio(1, u64::from(lots))?;
        let minimum = minimum_out(floor, per_lot, grant.terms.slippage_bps);
        let calls = venue.trade_calls(order, &grant.terms, account, minimum).ok()?;
        let enables = !facts.leg(leg).is_enabled;
        let sell_is_proven = facts.sell.is_enabled || side == Side::Sell;
        let rehearses_selling = (!sell_is_proven).then(|| vec![venue.harmless_call(Side::Sell)]);
        Some(Takeoff {
            purpose: Purpose::Trade(*order.item()),
            calls,
            authority: Authority::Session { grant: Rc::clone(&grant.signed), leg, enables },
            lane: grant.signed.grant().trade_lane(),
            nonce: Some(facts.trade_nonce),
            fees: None,
            rehearses_selling,
        })
    }

    /// The trades that the next cross may cause, so that their quotes are at hand when it comes.
    pub(super) fn quotes_wanted(&self) -> Vec<(Side, TokenAmount)> {
        let Some(grant) = self.live_grant() else {
            return [self.exit_quote(), self.paper_quote()].into_iter().flatten().collect();
        };
        let wanted = |side: Side| {
            let lots = self.gate(side)?.ok()?;
            Some((side, grant.terms.lot(side).checked_mul(u64::from(lots))?))
        };
        [wanted(Side::Buy), wanted(Side::Sell), self.exit_quote()].into_iter().flatten().collect()
    }

    /// All that is held, for leaving at any time.
    fn exit_quote(&self) -> Option<(Side, TokenAmount)> {
        let held = self.account.as_ref()?.base;
        (!held.is_zero()).then_some((Side::Sell, held))
    }

    /// The same nonce for a call that changes nothing.
    pub(super) fn replace_stuck(&mut self, stuck: &SignedOperation) -> Option<Vec<Command>> {
        let grant = self.live_grant()?;
        let Purpose::Trade(order) = stuck.entry.purpose else { return None };
        let pool = self.services.network.pool.as_ref()?;
        let leg = leg_of(order.side);
        let enables = self.facts.as_ref().is_none_or(|facts| !facts.leg(leg).is_enabled);
        let asked = self.facts.as_ref().and_then(|facts| facts.fees);
        let offer = raised(stuck.operation.fees(), asked);
        let takeoff = Takeoff {
            purpose: Purpose::Replacement,
            calls: vec![UniswapV3::new(*pool).harmless_call(order.side)],
            authority: Authority::Session { grant: Rc::clone(&grant.signed), leg, enables },
            lane: grant.signed.grant().trade_lane(),
            nonce: Some(stuck.operation.nonce()),
            fees: Some(offer),
            rehearses_selling: None,
        };
        let (_, commands) = self.take_off(takeoff)?;
        let failure = Failure::new(
            "A trade was not mined in time. It is being replaced by a harmless operation; nothing else trades until one of the two is mined.",
        );
        let advice = if offer == most_fees(stuck.operation.fees()) { AT_MOST_FEES } else { "" };
        self.notify(NoticeLevel::Warning, &failure.with_advice(advice));
        Some(commands)
    }

    /// Balances that were read before a fill are moved by it until the next round; later ones have it in them.
    pub(super) fn on_fill(&mut self, fill: &Fill) {
        let is_older = self.facts_read_at < fill.block;
        let Some(account) = self.account.as_mut().filter(|_| is_older) else { return };
        match fill.side {
            Side::Buy => {
                account.base = account.base.checked_add(fill.base).unwrap_or(account.base);
                account.quote = account.quote.saturating_sub(fill.quote);
            }
            Side::Sell => {
                account.base = account.base.saturating_sub(fill.base);
                account.quote = account.quote.checked_add(fill.quote).unwrap_or(account.quote);
            }
        }
    }
}

/// What a replacement offers: a quarter more than the stuck trade, since bundlers ask for at least a tenth more, or what
/// the network asks by now where that is more; never more than [`most_fees`].
fn raised(stuck: Fees, asked: Option<Fees>) -> Fees {
    let more = |fee: u128| fee.saturating_add(fee / 4).saturating_add(1);
    let (asked, most) = (asked.unwrap_or_default(), most_fees(stuck));
    Fees {
        max: more(stuck.max).max(asked.max).min(most.max),
        max_priority: more(stuck.max_priority).max(asked.max_priority).min(most.max_priority),
    }
}

/// The most that a replacement may offer. The trade offered what the network asked for when it was decided.
pub(in crate::app::machine) const fn most_fees(stuck: Fees) -> Fees {
    const fn most(fee: u128) -> u128 {
        fee.saturating_mul(MOST_FEE_TIMES)
    }
    Fees { max: most(stuck.max), max_priority: most(stuck.max_priority) }
}

/// What the chain leaves one side.
pub(super) fn allowance(grant: &StoredGrant, facts: &GrantFacts, leg: Leg) -> Allowance {
    let on_chain = facts.leg(leg);
    if !on_chain.is_enabled && !facts.is_enableable(&grant.signed, leg) {
        return Allowance::default();
    }
    let spec = grant.signed.grant().leg(leg).spec();
    let side = side_of(leg);
    let budget_left = spec.remaining_swap_budget(&on_chain.spent);
    let uses_left = spec.remaining_uses(&on_chain.spent);
    Allowance {
        lots_left: TokenAmount(budget_left).whole_lots(grant.terms.lot(side)),
        uses_left: u64::try_from(uses_left).unwrap_or(u64::MAX),
    }
}
