//! Holds a saved journal against the chain.

use alloy_primitives::B256;
use futures_util::future::try_join_all;

use crate::account::account_init_data;
use crate::app::audit::{Found, SavedJournal, lines};
use crate::app::services::Services;
use crate::app::{Environment, Failure, ProofLine};
use crate::contracts::PoolFacts;
use crate::rpc::{BlockTag, Node, OperationOutcome};
use crate::units::UnixSecs;
use crate::venue::UniswapV3;

/// Receipts asked for at once.
const AT_ONCE: usize = 16;

pub(super) async fn audit(
    environment: &Environment,
    services: &Services,
    file: &[u8],
) -> Result<Vec<ProofLine>, Failure> {
    let saved = SavedJournal::read(file)?;
    let (network, pool) = (services.network, services.network.pool.as_ref());
    if saved.chain_id != network.chain_id {
        let sentence =
            format!("This journal is of chain {}, and the page is on {}.", saved.chain_id, network.name);
        return Err(Failure::new(sentence).with_advice("Choose its network, then check it again."));
    }
    let pool =
        pool.ok_or_else(|| Failure::new("This network has no pool, so its trades have no meaning here."))?;
    let node = services.node(environment);
    let head = node.block(BlockTag::Latest).await?;
    let outcomes = node.outcomes_of(saved.account(), saved.first_block()..=head.number).await?;
    let mut found = Vec::with_capacity(outcomes.len());
    for some in outcomes.chunks(AT_ONCE) {
        let reads = some.iter().map(|outcome| moved(&node, &saved, outcome, pool));
        found.extend(try_join_all(reads).await?);
    }
    let mut owners = Vec::new();
    for owner in saved.owners() {
        let at = BlockTag::Number(head.number);
        if node.account_address(account_init_data(owner), B256::ZERO, at).await? == saved.account() {
            owners.push(owner);
        }
    }
    Ok(lines(&saved, &owners, &found, pool))
}

/// `outcome` with what moved, where a session key traded.
async fn moved(
    node: &Node,
    saved: &SavedJournal,
    outcome: &OperationOutcome,
    pool: &PoolFacts,
) -> Result<Found, Failure> {
    let outcome = outcome.clone();
    if !outcome.success || !saved.is_trade(outcome.nonce) {
        return Ok(Found { outcome, fill: None });
    }
    let receipt = node.receipt(outcome.transaction).await?;
    let receipt = receipt.ok_or_else(|| Failure::new("The node lost a block meanwhile; check again."))?;
    // No line speaks of its time.
    let at = UnixSecs::default();
    let fill = UniswapV3::new(*pool).fill_from_logs(&receipt.bare_logs(), outcome.sender, outcome.block, at);
    Ok(Found { outcome, fill })
}
