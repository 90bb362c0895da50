//! One round of reading, and two hours of history.

use std::ops::RangeInclusive;

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolValue;
use futures_util::future::{join_all, try_join, try_join3, try_join4, try_join5};

use crate::account::account_init_data;
use crate::app::event::{
    AccountFacts, GrantFacts, Observation, ObservePlan, PermissionFacts, Watch, Watched,
};
use crate::app::services::Services;
use crate::app::{Environment, Failure};
use crate::market::PriceTick;
use crate::rpc::{BlockHeader, BlockTag, LogFilter, Node};
use crate::session::{ActionRules, Leg, SignedGrant, Spent};
use crate::trading::Side;
use crate::units::{PriceError, TokenAmount, UnixSecs};
use crate::venue::UniswapV3;

/// Blocks asked for at most when the feed fell behind; what lies before them is a gap in what is known.
const MOST_BLOCKS_BEHIND: u64 = 3_600;

fn venue(services: &Services) -> Result<UniswapV3, Failure> {
    let pool = services.network.pool.as_ref();
    pool.map(|pool| UniswapV3::new(*pool)).ok_or_else(|| {
        Failure::new(format!("No pool is known on {}, so there is no price.", services.network.name))
    })
}

/// The pool's swaps of the last `secs`, oldest first.
pub(super) async fn history(
    environment: &Environment,
    services: &Services,
    secs: u64,
) -> Result<Vec<PriceTick>, Failure> {
    let venue = venue(services)?;
    let node = services.node(environment);
    let head = node.block(BlockTag::Latest).await?;
    let since = UnixSecs(head.timestamp.0.saturating_sub(secs));
    let first = block_at_or_before(&node, &head, since).await?;
    let ticks = swaps(&node, &venue, first.number..=head.number, &first, &head).await?;
    Ok(ticks.into_iter().filter(|tick| tick.at >= since).collect())
}

/// A block not long before `since`, found by halving; one that the node has forgotten counts as older.
async fn block_at_or_before(
    node: &Node,
    head: &BlockHeader,
    since: UnixSecs,
) -> Result<BlockHeader, Failure> {
    let (mut low, mut high) = (0, head.number);
    let mut found = None;
    while low < high {
        let middle = low + (high - low) / 2;
        match node.block_if_kept(middle).await? {
            Some(block) if block.timestamp >= since => high = middle,
            block => {
                low = middle + 1;
                found = block.or(found);
            }
        }
    }
    match found {
        Some(block) => Ok(block),
        None => Ok(node.block(BlockTag::Number(low)).await?),
    }
}

/// Swaps of a range of blocks as ticks. Where a node does not say a log's time, it is drawn straight between
/// the ends of the range: exact where blocks come evenly.
async fn swaps(
    node: &Node,
    venue: &UniswapV3,
    blocks: RangeInclusive<u64>,
    first: &BlockHeader,
    last: &BlockHeader,
) -> Result<Vec<PriceTick>, Failure> {
    let filter = LogFilter {
        addresses: vec![venue.facts().pool],
        topics: vec![vec![UniswapV3::swap_topic()]],
        blocks,
    };
    let logs = node.logs(&filter).await?;
    let between = |block: u64| {
        let span = last.number.saturating_sub(first.number).max(1);
        let secs = last.timestamp.secs_since(first.timestamp);
        first.timestamp.plus_secs(block.saturating_sub(first.number) * secs / span)
    };
    let tick = |log: &crate::rpc::ChainLog| {
        let at = log.block_at.unwrap_or_else(|| between(log.block));
        venue.tick(&log.log, log.block, at).transpose()
    };
    logs.iter().filter_map(tick).collect::<Result<_, _>>().map_err(|error| no_price(&error))
}

fn no_price(error: &PriceError) -> Failure {
    Failure::new("The pool gives no usable price, so nothing is traded.").with_details(&error.to_string())
}

/// One round: everything at one block.
pub(super) async fn observe(environment: &Environment, plan: &ObservePlan) -> Result<Observation, Failure> {
    let venue = venue(&plan.services)?;
    let node = plan.services.node(environment);
    let head = node.block(BlockTag::Latest).await?;
    let at = BlockTag::Number(head.number);
    let account = async {
        match plan.owner.filter(|_| plan.reads_account) {
            Some(owner) => account(&node, &venue, plan, owner, at).await.map(Some),
            None => Ok(None),
        }
    };
    let grant = async {
        match plan.grant.as_ref().filter(|_| plan.reads_account) {
            Some(grant) => grant_facts(environment, plan, &node, grant, &head).await.map(Some),
            None => Ok(None),
        }
    };
    let quotes = async { Ok(quotes(&node, &venue, &plan.quotes, at).await) };
    let (ticks, account, grant, quotes) =
        try_join4(news(&node, &venue, plan, &head), account, grant, quotes).await?;
    Ok(Observation {
        block: head.number,
        block_at: head.timestamp,
        read_at: environment.clock.now(),
        holds_lock: environment.lock.is_held(),
        is_behind_gap: is_gap(plan.after_block, head.number),
        ticks,
        quotes,
        account,
        grant,
    })
}

/// Whether both nodes of the network tell the same block of this height; nothing where one of them tells none.
pub(super) async fn nodes_agree(environment: &Environment, services: &Services, block: u64) -> Option<bool> {
    let (node, spare) = (services.node(environment), services.spare_node(environment)?);
    let (ours, theirs) = try_join(node.block_if_kept(block), spare.block_if_kept(block)).await.ok()?;
    Some(ours?.hash == theirs?.hash)
}

/// Whether more happened since `after_block` than is read.
const fn is_gap(after_block: u64, head: u64) -> bool {
    after_block > 0 && head.saturating_sub(after_block) > MOST_BLOCKS_BEHIND
}

/// What happened since the last round; the pool's own price where that is all there is to know.
async fn news(
    node: &Node,
    venue: &UniswapV3,
    plan: &ObservePlan,
    head: &BlockHeader,
) -> Result<Vec<PriceTick>, Failure> {
    if plan.after_block == 0 {
        return Ok(vec![price_now(node, venue, head).await?]);
    }
    if plan.after_block >= head.number {
        return Ok(Vec::new());
    }
    let is_gap = is_gap(plan.after_block, head.number);
    let from = if is_gap { head.number - MOST_BLOCKS_BEHIND + 1 } else { plan.after_block + 1 };
    let first = node.block(BlockTag::Number(from)).await?;
    let ticks = swaps(node, venue, from..=head.number, &first, head).await?;
    if is_gap && ticks.is_empty() { Ok(vec![price_now(node, venue, head).await?]) } else { Ok(ticks) }
}

async fn price_now(node: &Node, venue: &UniswapV3, head: &BlockHeader) -> Result<PriceTick, Failure> {
    let state = node.pool_state(venue.facts().pool, BlockTag::Number(head.number)).await?;
    if state.liquidity == 0 {
        return Err(Failure::new("The pool holds nothing to trade with, so there is no price."));
    }
    let price = venue.price(state.sqrt_price_x96).map_err(|error| no_price(&error))?;
    Ok(PriceTick { at: head.timestamp, block: head.number, price })
}

async fn account(
    node: &Node,
    venue: &UniswapV3,
    plan: &ObservePlan,
    owner: Address,
    at: BlockTag,
) -> Result<AccountFacts, Failure> {
    let address = match plan.account {
        Some(address) => address,
        None => node.account_address(account_init_data(owner), B256::ZERO, at).await?,
    };
    let (base, quote) = (venue.facts().base.address, venue.facts().quote.address);
    let balances = try_join4(
        node.token_balance(base, address, at),
        node.token_balance(quote, address, at),
        node.token_balance(base, owner, at),
        node.token_balance(quote, owner, at),
    );
    let codes = try_join3(node.code(address, at), node.code(owner, at), node.balance(address, at));
    let (balances, codes, deposit) = try_join3(balances, codes, node.deposit(address, at)).await?;
    let (base, quote, owner_base, owner_quote) = balances;
    let (code, owner_code, ether) = codes;
    Ok(AccountFacts {
        address,
        owner,
        is_deployed: !code.is_empty(),
        owner_has_code: !owner_code.is_empty(),
        base,
        quote,
        owner_base,
        owner_quote,
        ether_held: TokenAmount(ether),
        ether_deposited: TokenAmount(deposit.deposit),
    })
}

async fn grant_facts(
    environment: &Environment,
    plan: &ObservePlan,
    node: &Node,
    signed: &SignedGrant,
    head: &BlockHeader,
) -> Result<GrantFacts, Failure> {
    let at = BlockTag::Number(head.number);
    let grant = signed.grant();
    let account = grant.account();
    let bundler = plan.services.bundler(environment);
    let permissions =
        try_join(permission(node, signed, Leg::Buy, at), permission(node, signed, Leg::Sell, at));
    let ((buy, sell), watched, trade_nonce, end_nonce, fees) = try_join5(
        permissions,
        watched(node, plan.watch, account, head),
        async { Ok(node.operation_nonce(account, grant.trade_lane().key(), at).await?) },
        async { Ok(node.operation_nonce(account, grant.end_lane().key(), at).await?) },
        // The chain is read whether or not the bundler answers; an operation asks it again.
        async { Ok(bundler.fees(node).await.ok()) },
    )
    .await?;
    Ok(GrantFacts { grant_id: grant.id(), buy, sell, trade_nonce, end_nonce, watched, fees })
}

/// What the account did from then on.
async fn watched(
    node: &Node,
    watch: Option<Watch>,
    account: Address,
    head: &BlockHeader,
) -> Result<Option<Watched>, Failure> {
    let from_block = match watch {
        None => return Ok(None),
        Some(Watch::Block(block)) => block,
        Some(Watch::Moment(since)) => block_at_or_before(node, head, since).await?.number,
    };
    let operations = node.outcomes_of(account, from_block..=head.number).await?;
    Ok(Some(Watched { from_block, operations }))
}

/// What the chain says of one leg. Counters of a permission that is not enabled are those of an earlier life
/// (they stay behind after removal), so they count as nothing.
async fn permission(
    node: &Node,
    signed: &SignedGrant,
    leg: Leg,
    at: BlockTag,
) -> Result<PermissionFacts, Failure> {
    let account = signed.grant().account();
    let permission = signed.grant().leg(leg);
    let id = permission.id();
    let (is_enabled, signature_nonce, usage) = try_join3(
        node.is_permission_enabled(id.0, account, at),
        node.enable_nonce(id.0, account, at),
        node.usage(id.operation_config_id(account), account, at),
    )
    .await?;
    if !is_enabled {
        return Ok(PermissionFacts { signature_nonce, ..PermissionFacts::default() });
    }
    let mut spent = Spent { uses: usage.used, ..Spent::default() };
    let has_budget = |action: &&ActionRules| action.rules.iter().any(|rule| rule.budget.is_some());
    for action in permission.spec().actions.iter().filter(has_budget) {
        let config_id = id.action_config_id(account, action.target, action.selector);
        let config = node.action_config(config_id, account, at).await?;
        spent.add_action_config(action, &config.abi_encode()).map_err(|error| {
            Failure::new("The chain holds other rules than those that were signed. Trading has stopped.")
                .with_advice("Revoke the session.")
                .with_details(&error.to_string())
        })?;
    }
    Ok(PermissionFacts { is_enabled, signature_nonce, spent })
}

async fn quotes(
    node: &Node,
    venue: &UniswapV3,
    wanted: &[(Side, TokenAmount)],
    at: BlockTag,
) -> Vec<(Side, TokenAmount, TokenAmount)> {
    let facts = venue.facts();
    let quote = |(side, amount): &(Side, TokenAmount)| {
        let (side, amount) = (*side, *amount);
        let (token_in, token_out) = (venue.token_in(side), venue.token_out(side));
        async move {
            let out =
                node.quote(facts.quoter, token_in.address, token_out.address, facts.fee, amount, at).await;
            // A quote that fails means that the pool cannot fill it now; the others still count.
            out.ok().map(|out| (side, amount, out))
        }
    };
    join_all(wanted.iter().map(quote)).await.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use futures_util::FutureExt as _;
    use serde_json::{Value, json};

    use super::*;
    use crate::ports::ScriptedTransport;

    #[test]
    fn a_gap_begins_where_more_happened_than_is_read() {
        let check = |after_block: u64, head: u64, expected: bool| {
            assert_eq!(is_gap(after_block, head), expected, "{after_block} to {head}");
        };
        check(0, 1_000_000, false);
        check(1, 3_601, false);
        check(1, 3_602, true);
        check(100, 99, false);
    }

    /// A chain with a block every ten seconds, of which the node has those from `kept` on.
    fn found_since(head: u64, kept: u64, since: u64) -> u64 {
        let header = |number: u64| json!({ "number": format!("{number:#x}"), "hash": B256::ZERO, "timestamp": format!("{:#x}", number * 10) });
        let script = Rc::new(ScriptedTransport::default());
        // The halving's own order, which is the same whatever is looked for in the end.
        let (mut low, mut high) = (0, head);
        while low < high {
            let middle = low + (high - low) / 2;
            let is_kept = middle >= kept;
            script.expect("eth_getBlockByNumber", Ok(if is_kept { header(middle) } else { Value::Null }));
            if is_kept && middle * 10 >= since { high = middle } else { low = middle + 1 }
        }
        script.expect("eth_getBlockByNumber", Ok(header(low)));
        let node = Node::new(script, "node.example");
        let head =
            BlockHeader { number: head, hash: B256::ZERO, timestamp: UnixSecs(head * 10), base_fee: None };
        let found = block_at_or_before(&node, &head, UnixSecs(since)).now_or_never();
        found.expect("a script answers at once").expect("a block").number
    }

    #[test]
    fn history_begins_where_the_node_still_has_it() {
        assert_eq!(found_since(100, 0, 505), 50, "the last one before");
        assert_eq!(found_since(100, 0, 0), 0, "the chain is younger");
        assert_eq!(found_since(100, 60, 505), 60, "older ones are forgotten");
        assert_eq!(found_since(100, 100, 505), 100);
    }
}
