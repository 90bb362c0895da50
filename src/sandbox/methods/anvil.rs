//! What development chains let their owner do, by anvil's names; only where the sandbox is unlocked.

use serde_json::{Value, json};

use super::super::chain::Chain;
use super::params::Params;
use super::wire::quantity;
use super::{Answer, Refusal, Sandbox};

/// Answers a method of this family.
pub(super) fn answer(sandbox: &mut Sandbox, method: &str, params: &Value) -> Answer {
    if !sandbox.options().is_unlocked {
        return None;
    }
    act(sandbox.chain_mut(), method, Params::new(params)).transpose()
}

fn act(chain: &mut Chain, method: &str, params: Params<'_>) -> Result<Option<Value>, Refusal> {
    let address = || params.at(0)?.address();
    match method {
        // Every account may send here, so there is nothing to switch.
        "anvil_impersonateAccount" | "anvil_stopImpersonatingAccount" => drop(address()?),
        "anvil_setBalance" => chain.set_balance(address()?, params.at(1)?.quantity()?),
        "anvil_setNonce" => chain.set_nonce(address()?, params.at(1)?.u64()?),
        "anvil_setCode" => chain.set_code(address()?, params.at(1)?.bytes()?),
        "anvil_setStorageAt" => {
            chain.set_storage(address()?, params.at(1)?.quantity()?, params.at(2)?.quantity()?);
            return Ok(Some(json!(true)));
        }
        "evm_setAutomine" | "anvil_setAutomine" => chain.set_automine(params.at(0)?.boolean()?),
        "evm_mine" | "anvil_mine" => return mine(chain, params).map(Some),
        "evm_setNextBlockTimestamp" => chain.set_next_timestamp(params.at(0)?.u64()?)?,
        "evm_increaseTime" => {
            let secs = params.at(0)?.u64()?;
            chain.set_time(chain.now().plus_secs(secs))?;
            return Ok(Some(json!(secs)));
        }
        "txpool_status" => {
            let (ready, queued) = chain.waiting();
            return Ok(Some(json!({ "pending": quantity(ready), "queued": quantity(queued) })));
        }
        "anvil_reorg" => {
            let depth = usize::try_from(params.at(0)?.u64()?).unwrap_or(usize::MAX);
            return Ok(Some(json!(chain.reorganise(depth, true))));
        }
        _ => return Ok(None),
    }
    Ok(Some(Value::Null))
}

/// A second to mine at, or an object with one; without it, the time that it is.
fn mine(chain: &mut Chain, params: Params<'_>) -> Result<Value, Refusal> {
    let timestamp = match params.optional(0) {
        Some(wish) if wish.value.is_object() => wish.field("timestamp")?,
        wish => wish,
    };
    match timestamp {
        Some(timestamp) => chain.mine_at(timestamp.u64()?)?,
        None => chain.mine(),
    };
    Ok(json!("0x0"))
}
