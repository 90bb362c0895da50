//! Production contracts from a live network's node, and which contracts a new chain begins on.

use leash::contracts::KnownContract;
use leash::ports::Transport;
use leash::sandbox::{Genesis, PinnedCode};
use serde_json::json;

use crate::keeping::Keeping;

/// Fetches the code of every contract of `pins` and takes it, if each has its pinned hash.
///
/// # Errors
/// A sentence: the node's failure, or which contract is another one.
pub(crate) async fn fetch(node: &dyn Transport, pins: &[KnownContract]) -> Result<PinnedCode, String> {
    let mut codes = Vec::new();
    for pin in pins {
        let answer = node.request("eth_getCode", json!([pin.address, "latest"])).await;
        let answer = answer.map_err(|error| format!("The node {error}."))?;
        let code = answer.as_str().and_then(|text| text.parse().ok());
        codes.push(code.ok_or_else(|| format!("The node answers no code for {}.", pin.name))?);
    }
    PinnedCode::check(pins, codes).map_err(|refused| refused.to_string())
}

/// [`fetch`], and kept for the next new chain.
///
/// # Errors
/// As there; or what storage says.
pub(crate) async fn fetch_and_keep(
    node: &dyn Transport,
    pins: &[KnownContract],
    keeping: &Keeping,
) -> Result<(), String> {
    let code = fetch(node, pins).await?;
    keeping.keep_production(&code.to_bytes()).await.map_err(|error| error.to_string())
}

/// Puts the contracts in their places that were chosen: production code that was kept, or the stand-ins. Where
/// neither was, `genesis` stays as it is.
///
/// # Errors
/// A sentence: what was kept is not what the pins say, and is thrown away. Then `genesis` stays as it is.
pub(crate) async fn settle(
    keeping: &Keeping,
    genesis: &mut Genesis,
    production: &[KnownContract],
    stand_ins: &[KnownContract],
) -> Result<(), String> {
    if let Some(kept) = keeping.production().await {
        match PinnedCode::from_bytes(production, &kept) {
            Ok(code) => code.settle(genesis),
            Err(refused) => {
                // Where it cannot be thrown away, it is refused again.
                let _forgotten = keeping.forget_production().await;
                return Err(format!("The stored production contracts are not used: {refused}"));
            }
        }
    } else if keeping.are_stand_ins_chosen().await {
        match PinnedCode::within(genesis, stand_ins) {
            Ok(code) => code.settle(genesis),
            Err(refused) => return Err(format!("There are no stand-ins to go back to: {refused}")),
        }
    }
    Ok(())
}
