//! The machine's state as plain data for the page.

mod journal;

pub(super) use journal::{Shown, cause, fill_words, title};

use alloy_primitives::Address;
use qrcodegen::{QrCode, QrCodeEcc};

use crate::app::event::AccountFacts;
use crate::app::export::ExportHead;
use crate::app::grants::{GrantLife, StoredGrant, side_of};
use crate::app::{
    AccountView, ExportFile, ExportFormat, GrantView, MarkerView, MarketView, NetworkOption, NetworkView,
    PermissionView, PnlView, SessionState, Snapshot, TraderStatus, preview, terms_text,
};
use crate::contracts::{NETWORKS, PoolFacts};
use crate::session::Leg;
use crate::trading::{Outlook, Purpose, RemainingLots, RiskRefused, Side};
use crate::units::{Price, TokenAmount};
use crate::venue::UniswapV3;

use super::Machine;
use super::flight::Step;
use super::start::Lock;

/// Up to 0.0001 native coin is tolerated and counted as loss.
const TOLERATED_WEI: u128 = 100_000_000_000_000;
/// Between plan and fill there is never more.
const LONGEST_FLIGHT_SECS: u64 = 86_400;
/// Renewal is offered when this little time is left, in seconds.
const RENEWAL_SECS: u64 = 1_800;

pub(super) fn snapshot(machine: &Machine) -> Snapshot {
    let pool = machine.services.network.pool.as_ref();
    Snapshot {
        network: network(machine),
        market: market(machine),
        wallet: machine.wallet.view(machine.services.network.chain_id),
        account: machine.account.as_ref().zip(pool).map(|(facts, pool)| account(machine, facts, pool)),
        default_terms: machine.suggested.as_ref().map(|(.., terms)| terms.clone()),
        preview: machine.preview.clone(),
        grant: machine.current_grant().zip(pool).map(|(kept, pool)| grant(machine, kept, pool)),
        trader: trader(machine),
        pnl: pool.and_then(|pool| pnl(machine, pool)),
        reference: machine.reference_view(),
        decisions: machine.decisions.view(),
        paper: pool.and_then(|pool| machine.paper_view(pool)),
        journal: machine.shown.rows.clone(),
        journal_page: machine.shown.page.clone(),
        headlines: machine.shown.headlines.clone(),
        audit: machine.desk.audit.clone(),
        ending: machine.ending.as_ref().map(|ending| ending.view.clone()),
        prompt: machine.prompt.clone(),
        notices: machine.notices.clone(),
    }
}

fn network(machine: &Machine) -> NetworkView {
    let services = &machine.services;
    let mut missing: Vec<String> = services.network.missing();
    if let Some(Err(failure)) = &machine.flavour {
        missing.push(failure.sentence.clone());
    }
    if let Some(Err(failure)) = &machine.bundler {
        missing.push(failure.sentence.clone());
    }
    NetworkView {
        id: services.network.id.to_owned(),
        name: services.network.name.to_owned(),
        chain_id: services.network.chain_id,
        is_local: services.network.is_local(),
        options: NETWORKS
            .iter()
            .map(|network| NetworkOption { id: network.id.to_owned(), name: network.name.to_owned() })
            .collect(),
        flavour: machine.flavour.as_ref().and_then(|flavour| flavour.as_ref().ok().copied()),
        missing,
        was_run: services.network.was_run,
        explorer: services.network.explorer.map(str::to_owned),
        endpoints: [services.node_url.clone(), services.bundler_url.clone(), services.paymaster_url.clone()],
        services: services.options(),
        has_keys: services.keys.each_ref().map(|key| !key.is_empty()),
        policy: services.policy.clone(),
    }
}

fn market(machine: &Machine) -> MarketView {
    let feed = &machine.feed;
    let pool = machine.services.network.pool.as_ref();
    let terms = feed.strategy_terms();
    let average = |value: f64| Price::from_f64(value).brief();
    MarketView {
        base: pool.map(|pool| pool.base.symbol.to_owned()).unwrap_or_default(),
        quote: pool.map(|pool| pool.quote.symbol.to_owned()).unwrap_or_default(),
        price: feed.price().map(Price::brief),
        read_at_millis: feed.read_at().0,
        price_at_secs: feed.last_tick().map_or(0, |tick| tick.at.0),
        block: feed.block(),
        block_at_secs: feed.block_at().0,
        strategy: (terms.fast, terms.slow, terms.interval.0),
        averages: feed.averages().map(|(fast, slow)| (average(fast), average(slow))),
        trouble: feed.trouble.as_ref().map(|failure| failure.sentence.clone()),
    }
}

/// Why this owner or account cannot be granted for, when so.
pub(super) fn account_refusal(facts: &AccountFacts) -> Option<String> {
    if facts.owner_has_code {
        return Some("This owner is itself a contract (or a wallet upgraded by EIP-7702). Leash does not work with such owners yet; use a plain account.".to_owned());
    }
    if facts.ether() > TokenAmount::from_raw(TOLERATED_WEI) {
        return Some(format!(
            "The smart account holds {} ETH, which a stolen session key could burn as gas. Withdraw it first.",
            facts.ether().format(18)
        ));
    }
    None
}

fn account(machine: &Machine, facts: &AccountFacts, pool: &PoolFacts) -> AccountView {
    AccountView {
        address: facts.address.to_string(),
        is_deployed: facts.is_deployed,
        base: facts.base.brief(pool.base.decimals),
        quote: facts.quote.brief(pool.quote.decimals),
        owner_base: facts.owner_base.brief(pool.base.decimals),
        owner_quote: facts.owner_quote.brief(pool.quote.decimals),
        ether: facts.ether().format(18),
        has_faucet: machine.services.network.endpoints.faucet.is_some(),
        qr: machine.account_code.clone(),
        refusal: account_refusal(facts),
    }
}

/// An address as a picture to take with a phone: one row of text per row of modules. Making one takes longer than all
/// the rest of a snapshot.
pub(super) fn code_of(address: Address) -> Vec<String> {
    let text = address.to_string();
    let Ok(code) = QrCode::encode_text(&text, QrCodeEcc::Medium) else { return Vec::new() };
    let dark = |x: i32, y: i32| if code.get_module(x, y) { '#' } else { ' ' };
    (0..code.size()).map(|y| (0..code.size()).map(|x| dark(x, y)).collect()).collect()
}

fn grant(machine: &Machine, kept: &StoredGrant, pool: &PoolFacts) -> GrantView {
    let facts = machine.facts.as_ref().filter(|facts| facts.grant_id == kept.id());
    let permission = |leg: Leg| permission(kept, facts.map(|facts| facts.leg(leg)), leg, pool);
    let is_live = facts.is_some_and(|facts| facts.buy.is_enabled || facts.sell.is_enabled);
    let remaining =
        RemainingLots { buy: lots_left(kept, facts, Leg::Buy), sell: lots_left(kept, facts, Leg::Sell) };
    let ether = machine.account.as_ref().map_or(TokenAmount::ZERO, AccountFacts::ether);
    let loss = machine.feed.price().filter(|_| kept.is_alive());
    GrantView {
        session_key: kept.session_key().to_string(),
        state: match kept.life {
            GrantLife::Active | GrantLife::Successor if is_live => SessionState::Live,
            GrantLife::Active | GrantLife::Successor => SessionState::Signed,
            GrantLife::Ending => SessionState::Ending,
            GrantLife::Revoked => SessionState::Revoked,
            GrantLife::Expired => SessionState::Expired,
        },
        valid_until_secs: kept.valid_until().0,
        permissions: Leg::BOTH.into_iter().map(permission).collect(),
        stolen_key_loss: loss.map_or_else(
            || "nothing: the session is over".to_owned(),
            |price| preview::live_loss(&kept.terms, remaining, price, pool, ether),
        ),
        sentences: machine.sentences.as_ref().map(|(_, said)| said.clone()).unwrap_or_default(),
        band: UniswapV3::new(*pool).band_in_words(&kept.terms),
        terms: terms_text::format(&kept.terms, pool),
        renewal: renewal(machine, kept),
        read_at_block: if facts.is_some() { machine.feed.block() } else { 0 },
    }
}

fn lots_left(kept: &StoredGrant, facts: Option<&crate::app::event::GrantFacts>, leg: Leg) -> u64 {
    let all = match leg {
        Leg::Buy => kept.terms.buy_lots,
        Leg::Sell => kept.terms.sell_lots,
    };
    let Some(facts) = facts else { return all.into() };
    super::trade::allowance(kept, facts, leg).lots_left
}

fn permission(
    kept: &StoredGrant,
    facts: Option<&crate::app::event::PermissionFacts>,
    leg: Leg,
    pool: &PoolFacts,
) -> PermissionView {
    let permission = kept.signed.grant().leg(leg);
    let spec = permission.spec();
    let side = side_of(leg);
    let token = if side == Side::Buy { pool.quote } else { pool.base };
    // What was last read of a session that is over was read before its end.
    let facts_alive = facts.filter(|_| kept.is_alive());
    let is_enabled = facts_alive.is_some_and(|facts| facts.is_enabled);
    let is_enableable =
        facts_alive.is_some_and(|facts| !facts.is_enabled && facts.signature_nonce == permission.nonce());
    let is_dead = !kept.is_alive() || (facts.is_some() && !is_enabled && !is_enableable);
    let unspent = Default::default();
    let spent = facts.map_or(&unspent, |facts| &facts.spent);
    let budget = TokenAmount(spec.remaining_swap_budget(&unspent));
    let left = if is_dead { TokenAmount::ZERO } else { TokenAmount(spec.remaining_swap_budget(spent)) };
    let amount = |amount: TokenAmount| format!("{} {}", amount.brief(token.decimals), token.symbol);
    let permille = left.checked_mul(1_000).map_or(0, |scaled| scaled.whole_lots(budget));
    let uses_left = if is_dead { 0 } else { spec.remaining_uses(spent) };
    PermissionView {
        side,
        id: permission.id().0.to_string(),
        is_enabled,
        is_enableable,
        budget_left: amount(left),
        budget: amount(budget),
        budget_left_permille: u32::try_from(permille).unwrap_or(1_000),
        uses_left: u64::try_from(uses_left).unwrap_or(u64::MAX),
        uses: u64::try_from(spec.uses).unwrap_or(u64::MAX),
    }
}

/// Why renewing is a good idea now, when it is.
fn renewal(machine: &Machine, kept: &StoredGrant) -> Option<String> {
    if kept.life != GrantLife::Active {
        return None;
    }
    let left = kept.valid_until().secs_since(machine.chain_now());
    if left < RENEWAL_SECS.min(kept.terms.lifetime_secs / 4) {
        return Some("The session ends soon.".to_owned());
    }
    let price = machine.feed.price()?;
    let (low, high) = (kept.terms.lowest_sell, kept.terms.highest_buy);
    if price < low {
        return Some("The price is below the band: this leash cannot sell here.".to_owned());
    }
    if price > high {
        return Some("The price is above the band: this leash cannot buy here.".to_owned());
    }
    let quarter = (high.scaled() - low.scaled()) / 4;
    let is_near = price.scaled() < low.scaled() + quarter || price.scaled() > high.scaled() - quarter;
    is_near.then(|| "The price has used half of its band on one side.".to_owned())
}

fn trader(machine: &Machine) -> TraderStatus {
    if let Some(airborne) = machine.flight.newest() {
        return TraderStatus::Busy { step: step(airborne.purpose, airborne.step) };
    }
    let Some(kept) = machine.live_grant() else { return TraderStatus::Watching };
    if let Some(failure) = &machine.halted {
        return TraderStatus::Halted { why: failure.sentence.clone() };
    }
    if kept.life != GrantLife::Active {
        return TraderStatus::Waiting { why: "The session is being ended.".to_owned() };
    }
    if machine.settings.is_paused {
        return TraderStatus::Paused;
    }
    if machine.lock != Lock::Held {
        return TraderStatus::OtherTab;
    }
    if let Some(trouble) = &machine.feed.trouble {
        return TraderStatus::Halted { why: trouble.sentence.clone() };
    }
    if let Some((reason, left_secs)) = machine.open_breaker() {
        let why = format!("No new trades: {}.", RiskRefused::BreakerOpen { reason, left_secs });
        return TraderStatus::Halted { why };
    }
    if let Some(alarm) = machine.alarm() {
        return TraderStatus::Halted { why: format!("No new trades: {alarm}.") };
    }
    TraderStatus::Waiting { why: why_waiting(machine) }
}

fn step(purpose: Purpose, step: Step) -> String {
    let what = match purpose {
        Purpose::Trade(order) if order.side == Side::Buy => "A purchase",
        Purpose::Trade(_) => "A sale",
        Purpose::Replacement => "A harmless replacement",
        Purpose::Renounce | Purpose::OwnerRevoke => "Ending the session",
        Purpose::Withdraw => "The withdrawal",
        Purpose::Recovered => "An operation that was found on chain",
    };
    let where_it_is = match step {
        Step::Preparing => "is being prepared",
        Step::Signing => "is being signed",
        Step::Sending => "is being sent",
        Step::Waiting => "is waiting to be mined",
        Step::Settling => "was mined, and waits until its block can hardly be replaced",
    };
    format!("{what} {where_it_is}.")
}

/// The distance to the next cross, and what would block it now.
fn why_waiting(machine: &Machine) -> String {
    let outlook = machine.feed.outlook();
    let (distance, next) = match outlook {
        Some(Outlook::Warming { have, need }) => {
            return format!("The averages are warming up: {have} of {need} candles.");
        }
        Some(Outlook::Quiet { distance_bps, leaning }) => {
            let next = if *leaning == Side::Buy { Side::Sell } else { Side::Buy };
            let where_fast = if *leaning == Side::Buy { "above" } else { "below" };
            (
                format!("The fast average is {:.3} % {where_fast} the slow one", distance_bps.abs() / 100.0),
                next,
            )
        }
        Some(Outlook::Signal(cross)) => {
            let next = if cross.side == Side::Buy { Side::Sell } else { Side::Buy };
            ("The averages have just crossed".to_owned(), next)
        }
        Some(outlook @ Outlook::AgainstTrend { .. }) => (format!("At the last close {outlook}"), Side::Sell),
        Some(Outlook::Holding) => return "What was bought is held.".to_owned(),
        None => return "Waiting for the first candle to close.".to_owned(),
    };
    let verb = if next == Side::Buy { "buys" } else { "sells" };
    let gate = match machine.gate(next) {
        Some(Ok(lots)) => format!("the next cross {verb} {lots} {}", if lots == 1 { "lot" } else { "lots" }),
        Some(Err(refused)) => format!("at the next cross nothing would happen: {refused}"),
        None => "the account's state is being read".to_owned(),
    };
    let last = machine
        .last_refusal
        .as_ref()
        .map(|last| format!(" Last signal: {}.", last.trim_end_matches('.')))
        .unwrap_or_default();
    format!("{distance}; {gate}.{last}")
}

fn pnl(machine: &Machine, pool: &PoolFacts) -> Option<PnlView> {
    machine.account.as_ref()?;
    let price = machine.feed.price()?;
    let position = machine.position();
    let pair = UniswapV3::new(*pool).pair();
    let quote = |text: String| format!("{text} {}", pool.quote.symbol);
    Some(PnlView {
        position: format!("{} {}", position.base().brief(pool.base.decimals), pool.base.symbol),
        average_cost: position.average_cost(&pair).map(|price| quote(price.brief())),
        realised: quote(position.realised().brief(pool.quote.decimals)),
        unrealised: quote(position.unrealised(price, &pair).brief(pool.quote.decimals)),
        total: quote(position.total(price, &pair).brief(pool.quote.decimals)),
        fees: quote(position.fees().brief(pool.quote.decimals)),
        gas: format!("{} ETH", TokenAmount(machine.shown.gas).brief(18)),
    })
}

/// The whole journal of the shown account, oldest first; none where no pool gives its amounts a meaning.
pub(super) fn export(machine: &Machine, format: ExportFormat) -> Option<ExportFile> {
    let pool = machine.services.network.pool.as_ref()?;
    let rows: Vec<_> = machine.entries_here().map(|entry| journal::export_row(entry, pool)).collect();
    let chain_id = machine.services.network.chain_id;
    let here = machine.grants.iter().filter(|grant| grant.signed.grant().chain_id() == chain_id);
    let grants = here.filter_map(|grant| Some((grant.id(), grant.signed.to_bytes().ok()?.into()))).collect();
    Some(ExportFile::journal(&ExportHead { chain_id, grants }, &rows, pool, format))
}

/// Every fill that the chart reaches back to as a marker: of real ones it is told by the journal alone.
pub(super) fn markers(machine: &Machine) -> Vec<MarkerView> {
    let Some(pool) = machine.services.network.pool.as_ref() else { return Vec::new() };
    let since = machine.feed.drawing().since();
    let newest = machine.entries_here().rev();
    let reached = newest.take_while(|entry| entry.planned_at.plus_secs(LONGEST_FLIGHT_SECS) >= since);
    let mut traded: Vec<_> = reached.filter_map(|entry| journal::marker(entry, pool)).collect();
    traded.reverse();
    traded.extend(machine.paper_markers());
    traded
}
