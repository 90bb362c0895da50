//! Who the chain is and what gas costs.

use serde_json::{Value, json};

use super::super::chain::SUGGESTED_TIP;
use super::params::Params;
use super::wire::quantity;
use super::{Answer, Sandbox, fee_history};

/// What the sandbox calls itself.
const CLIENT_VERSION: &str = concat!("leash-sandbox/v", env!("CARGO_PKG_VERSION"));

/// Answers a method of this family.
pub(super) fn answer(sandbox: &mut Sandbox, method: &str, params: &Value) -> Answer {
    let chain = sandbox.chain();
    Some(match method {
        "eth_chainId" => Ok(quantity(chain.chain_id())),
        "net_version" => Ok(json!(chain.chain_id().to_string())),
        "net_listening" => Ok(json!(true)),
        "eth_syncing" => Ok(json!(false)),
        "web3_clientVersion" => Ok(json!(CLIENT_VERSION)),
        "eth_gasPrice" => Ok(quantity(u128::from(chain.next_base_fee()) + SUGGESTED_TIP)),
        "eth_maxPriorityFeePerGas" => Ok(quantity(SUGGESTED_TIP)),
        "eth_feeHistory" => fee_history::answer(chain, Params::new(params)),
        _ => return None,
    })
}
