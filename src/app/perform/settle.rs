//! What became of an operation, and proof that a session is over: by the chain's own words.

use alloy_primitives::{Address, B256, Bytes};
use futures_util::future::try_join;

use crate::account::{NonceKey, Revert, UserOperationHash};
use crate::app::event::{Outcome, Proof, SettlePlan, Settlement};
use crate::app::services::Services;
use crate::app::{Environment, Failure, ProofLine};
use crate::rpc::{BlockTag, Node, OperationOutcome};
use crate::session::{Leg, SignedGrant};
use crate::trading::Inclusion;
use crate::units::UnixSecs;
use crate::venue::UniswapV3;

/// What used a nonce may be so many blocks older than the plan that has it: the node that told the nonce may have lagged.
const LAG_BLOCKS: u64 = 64;

/// Looks for an operation. What is found on one node is found; what is not found may be there all the same, so
/// before it is given up a second source is asked: the network's other node, else the bundler.
pub(super) async fn settle(environment: &Environment, plan: &SettlePlan) -> Result<Settlement, Failure> {
    let first = look(&plan.services.node(environment), plan).await?;
    let Settlement::Pending { now, .. } = first else { return Ok(first) };
    if !plan.asks_second_source {
        return Ok(first);
    }
    let second = match plan.services.spare_node(environment) {
        Some(node) => look(&node, plan).await?,
        None => ask_bundler(environment, plan, now).await?,
    };
    // The one that lags decides what time it is.
    Ok(match second {
        Settlement::Pending { now: other, .. } => {
            Settlement::Pending { now: now.min(other), is_confirmed: true }
        }
        found @ (Settlement::Included(_) | Settlement::Replaced { .. }) => found,
    })
}

async fn look(node: &Node, plan: &SettlePlan) -> Result<Settlement, Failure> {
    let head = node.block(BlockTag::Latest).await?;
    let blocks = plan.from_block..=head.number;
    let hash = UserOperationHash(plan.operation_hash);
    if let Some(found) = node.outcome(hash, blocks.clone()).await? {
        return included(node, plan, &found).await.map(Settlement::Included);
    }
    let (lane, sequence) = NonceKey::split(plan.nonce);
    let next = node.operation_nonce(plan.sender, lane.key(), BlockTag::Number(head.number)).await?;
    let (_, next) = NonceKey::split(next);
    if next <= sequence {
        return Ok(Settlement::Pending { now: head.timestamp, is_confirmed: false });
    }
    let blocks = plan.from_block.saturating_sub(LAG_BLOCKS)..=head.number;
    let others = node.outcomes_of(plan.sender, blocks).await?;
    match others.iter().find(|other| other.nonce == plan.nonce) {
        // It came between the first question and this one.
        Some(winner) if winner.hash == hash => included(node, plan, winner).await.map(Settlement::Included),
        Some(winner) => Ok(Settlement::Replaced { by: winner.hash.0 }),
        None => Err(between_two_states()),
    }
}

/// A bundler that says it was mined is no proof, but reason enough to ask the node again. One that does not know
/// the method has no word in this.
async fn ask_bundler(
    environment: &Environment,
    plan: &SettlePlan,
    now: UnixSecs,
) -> Result<Settlement, Failure> {
    let bundler = plan.services.bundler(environment);
    match bundler.receipt(UserOperationHash(plan.operation_hash)).await {
        Ok(Some(_)) => Err(between_two_states()),
        Err(error) if error.is_outage() => Err(error.into()),
        Ok(None) | Err(_) => Ok(Settlement::Pending { now, is_confirmed: false }),
    }
}

/// The nonce is used, or the event is there, but not yet what must come with it.
fn between_two_states() -> Failure {
    Failure::new("The node is between two states of the chain; it is asked again.")
}

async fn included(node: &Node, plan: &SettlePlan, found: &OperationOutcome) -> Result<Outcome, Failure> {
    let (receipt, block) =
        try_join(node.receipt(found.transaction), node.block(BlockTag::Number(found.block))).await?;
    // Without it the trade would be settled as one in which nothing moved.
    let receipt = receipt.ok_or_else(between_two_states)?;
    let fill = match plan.services.network.pool.as_ref() {
        Some(pool) if found.success && plan.may_trade => UniswapV3::new(*pool).fill_from_logs(
            &receipt.bare_logs(),
            plan.sender,
            found.block,
            block.timestamp,
        ),
        _ => None,
    };
    let revert_reason = if found.success { None } else { Some(reason(node, plan, found.block).await?) };
    Ok(Outcome {
        inclusion: Inclusion {
            success: found.success,
            block: found.block,
            block_hash: found.block_hash,
            transaction: found.transaction,
        },
        block_at: block.timestamp,
        gas_cost_wei: found.gas_cost_wei,
        fill,
        revert_reason,
    })
}

async fn reason(node: &Node, plan: &SettlePlan, block: u64) -> Result<String, Failure> {
    let data = node.revert_reason(UserOperationHash(plan.operation_hash), block..=block).await?;
    let revert = Revert::decode(&data.unwrap_or_else(Bytes::new));
    let cause = revert.cause();
    let is_slippage = matches!(cause, Revert::Message(text) if text == "Too little received");
    if is_slippage {
        return Ok("the price moved beyond your slippage before it was mined.".to_owned());
    }
    if *cause == Revert::Empty {
        return Ok("its calls ran out of gas or failed without a reason.".to_owned());
    }
    Ok(revert.sentence())
}

/// Reads the proof that neither leg can ever trade again.
pub(super) async fn prove(
    environment: &Environment,
    services: &Services,
    signed: &SignedGrant,
) -> Result<Proof, Failure> {
    let node = services.node(environment);
    let head = node.block(BlockTag::Latest).await?;
    let at = BlockTag::Number(head.number);
    let account = signed.grant().account();
    let (buy, sell) =
        try_join(leg_lines(&node, signed, Leg::Buy, at), leg_lines(&node, signed, Leg::Sell, at)).await?;
    let mut lines = [buy, sell].concat();
    if let Some(pool) = services.network.pool.as_ref() {
        for token in [pool.quote, pool.base] {
            let allowance = node.allowance(token.address, account, pool.router, at).await?;
            lines.push(ProofLine {
                claim: format!("The router may take no {}", token.symbol),
                holds: allowance.is_zero(),
                evidence: format!("allowance = {}", allowance.format(token.decimals)),
            });
        }
    }
    Ok(Proof { block: head.number, lines })
}

async fn leg_lines(
    node: &Node,
    signed: &SignedGrant,
    leg: Leg,
    at: BlockTag,
) -> Result<Vec<ProofLine>, Failure> {
    let permission = signed.grant().leg(leg);
    let (id, account): (B256, Address) = (permission.id().0, signed.grant().account());
    let (is_enabled, nonce) =
        try_join(node.is_permission_enabled(id, account, at), node.enable_nonce(id, account, at)).await?;
    let name = match leg {
        Leg::Buy => "buying",
        Leg::Sell => "selling",
    };
    Ok(vec![
        ProofLine {
            claim: format!("The permission for {name} is off"),
            holds: !is_enabled,
            evidence: format!("isPermissionEnabled = {is_enabled}"),
        },
        ProofLine {
            claim: format!("Your signature for {name} can never be used again"),
            holds: nonce > permission.nonce(),
            evidence: format!("getNonce = {nonce}, signed with {}", permission.nonce()),
        },
    ])
}

#[cfg(test)]
mod tests;
