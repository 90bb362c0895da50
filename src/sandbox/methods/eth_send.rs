//! Sending: signed bytes always, unsigned transactions only where accounts are unlocked.

use alloy_primitives::B256;
use serde_json::{Value, json};

use super::super::chain::{BLOCK_GAS_LIMIT, BlockId, Chain, SUGGESTED_TIP};
use super::super::genesis::DEV_ACCOUNTS;
use super::params::{Param, Params};
use super::{Answer, Refusal, Sandbox, eth_state, wire};
use crate::evm::{Fees, Message, StateOverrides};

/// Answers a method of this family.
pub(super) fn answer(sandbox: &mut Sandbox, method: &str, params: &Value) -> Answer {
    let is_unlocked = sandbox.options().is_unlocked;
    let chain = sandbox.chain_mut();
    let params = Params::new(params);
    Some(match method {
        "eth_sendRawTransaction" => raw(chain, params).map(|hash| json!(hash)),
        "eth_sendRawTransactionSync" => raw(chain, params).and_then(|hash| mined(chain, hash)),
        "eth_accounts" if is_unlocked => Ok(json!(DEV_ACCOUNTS)),
        "eth_accounts" => Ok(json!([])),
        "eth_sendTransaction" if is_unlocked => unsigned(chain, params).map(|hash| json!(hash)),
        "eth_sendTransactionSync" if is_unlocked => {
            unsigned(chain, params).and_then(|hash| mined(chain, hash))
        }
        _ => return None,
    })
}

fn raw(chain: &mut Chain, params: Params<'_>) -> Result<B256, Refusal> {
    Ok(chain.submit_raw(&params.at(0)?.bytes()?)?)
}

fn unsigned(chain: &mut Chain, params: Params<'_>) -> Result<B256, Refusal> {
    let wish = params.at(0)?;
    if wish.field("from")?.is_none() {
        return wish.wrong("has no sender");
    }
    let message = completed(chain, &wish)?;
    Ok(chain.submit(message)?)
}

/// The transaction that is wished for, with the gas and the fees that it leaves open.
pub(super) fn completed(chain: &Chain, wish: &Param<'_>) -> Result<Message, Refusal> {
    let mut message = eth_state::message(wish)?;
    if wish.field("gas")?.is_none() {
        message.gas_limit = gas_for(chain, &message);
    }
    if wish.field("gasPrice")?.is_none() {
        let max = wish.read("maxFeePerGas", Param::u128)?;
        message.fees = fees_for(chain, max, wish.read("maxPriorityFeePerGas", Param::u128)?);
    }
    Ok(message)
}

/// What it needs; one that fails is sent all the same, as whoever sends it wishes.
fn gas_for(chain: &Chain, message: &Message) -> u64 {
    let free = Message { fees: Fees::Flat(0), nonce: None, ..message.clone() };
    chain.estimate_gas(&free, BlockId::Pending, &StateOverrides::new()).unwrap_or(BLOCK_GAS_LIMIT)
}

/// What was named; otherwise the suggested tip, and twice the base fee with it.
fn fees_for(chain: &Chain, max: Option<u128>, tip: Option<u128>) -> Fees {
    let max_priority = tip.unwrap_or(SUGGESTED_TIP.min(max.unwrap_or(u128::MAX)));
    let twice = u128::from(chain.next_base_fee()).saturating_mul(2);
    Fees::Dynamic { max: max.unwrap_or(twice.saturating_add(max_priority)), max_priority }
}

/// The receipt, if a block holds it already.
fn mined(chain: &Chain, hash: B256) -> Result<Value, Refusal> {
    match chain.receipt(hash) {
        Some(receipt) => Ok(wire::receipt(&receipt)),
        None => Err(Refusal {
            code: 4,
            message: "the transaction waits for a block".into(),
            data: Some(json!(hash)),
        }),
    }
}
