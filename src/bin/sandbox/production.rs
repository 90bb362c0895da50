//! Production contracts from a live network's node.

use leash::contracts::KnownContract;
use leash::ports::Transport;
use leash::sandbox::ProductionCode;
use serde_json::json;

/// Fetches the code of every contract of `pins` and takes it, if each has its pinned hash.
///
/// # Errors
/// A sentence: the node's failure, or which contract is another one.
pub(crate) async fn fetch(node: &dyn Transport, pins: &[KnownContract]) -> Result<ProductionCode, String> {
    let mut codes = Vec::new();
    for pin in pins {
        let answer = node.request("eth_getCode", json!([pin.address, "latest"])).await;
        let answer = answer.map_err(|error| format!("The node {error}."))?;
        let code = answer.as_str().and_then(|text| text.parse().ok());
        codes.push(code.ok_or_else(|| format!("The node answers no code for {}.", pin.name))?);
    }
    ProductionCode::check(pins, codes).map_err(|refused| refused.to_string())
}
