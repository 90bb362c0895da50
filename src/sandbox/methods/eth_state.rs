//! What the state says, and what a call would do.

use alloy_primitives::{Address, Bytes, U256};
use serde_json::Value;

use super::super::chain::{BLOCK_GAS_LIMIT, BlockId, Chain};
use super::params::{self, Param, Params};
use super::wire::{hexed, quantity};
use super::{Answer, Refusal, Sandbox};
use crate::evm::{AccessListItem, AccountOverride, Fees, Message, StateOverrides};

/// Most entries of an access list, and slots of one.
const LONGEST_ACCESS_LIST: usize = 10_000;

/// Answers a method of this family.
pub(super) fn answer(sandbox: &mut Sandbox, method: &str, params: &Value) -> Answer {
    let chain = sandbox.chain();
    let params = Params::new(params);
    Some(match method {
        "eth_getBalance" => state(chain, params, 1)
            .map(|(address, depth)| quantity(chain.world().head_at(address, depth).balance)),
        "eth_getCode" => {
            state(chain, params, 1).map(|(address, depth)| hexed(&chain.world().code_at(address, depth)))
        }
        "eth_getStorageAt" => storage(chain, params),
        "eth_getTransactionCount" => count(chain, params),
        "eth_call" => call(chain, params),
        "eth_estimateGas" => estimate(chain, params),
        _ => return None,
    })
}

/// The address at the first place, and the depth of the block at `block`.
fn state(chain: &Chain, params: Params<'_>, block: usize) -> Result<(Address, usize), Refusal> {
    Ok((params.at(0)?.address()?, chain.depth(params.block(block)?)?))
}

fn storage(chain: &Chain, params: Params<'_>) -> Result<Value, Refusal> {
    let slot = params.at(1)?.quantity()?;
    let (address, depth) = state(chain, params, 2)?;
    Ok(hexed(&chain.world().slot_at(address, slot, depth).to_be_bytes::<32>()))
}

fn count(chain: &Chain, params: Params<'_>) -> Result<Value, Refusal> {
    if params.block(1)? == BlockId::Pending {
        return Ok(quantity(chain.pending_nonce(params.at(0)?.address()?)));
    }
    let (address, depth) = state(chain, params, 1)?;
    Ok(quantity(chain.world().head_at(address, depth).nonce))
}

fn call(chain: &Chain, params: Params<'_>) -> Result<Value, Refusal> {
    let message = message(&params.at(0)?)?;
    let overrides = params.optional(2).map_or(Ok(StateOverrides::new()), |wish| overrides(&wish))?;
    let done = chain.call_with(&message, params.block(1)?, &overrides)?;
    match Refusal::of_execution(&done) {
        Some(refusal) => Err(refusal),
        None => Ok(hexed(&done.output)),
    }
}

fn estimate(chain: &Chain, params: Params<'_>) -> Result<Value, Refusal> {
    let message = message(&params.at(0)?)?;
    let overrides = params.optional(2).map_or(Ok(StateOverrides::new()), |wish| overrides(&wish))?;
    Ok(quantity(chain.estimate_gas(&message, params.block(1)?, &overrides)?))
}

/// A call or transaction object. Without a gas limit it may use a whole block.
pub(super) fn message(wish: &Param<'_>) -> Result<Message, Refusal> {
    let price = wish.read("gasPrice", Param::u128)?;
    let max = wish.read("maxFeePerGas", Param::u128)?;
    let max_priority = wish.read("maxPriorityFeePerGas", Param::u128)?;
    let fees = match (price, max, max_priority) {
        (Some(_), Some(_), _) | (Some(_), _, Some(_)) => {
            return wish.wrong("has both a gas price and an EIP-1559 fee");
        }
        (Some(price), None, None) => Fees::Flat(price),
        (None, None, None) => Fees::Flat(0),
        (None, max, tip) => {
            let tip = tip.unwrap_or_default();
            Fees::Dynamic { max: max.unwrap_or(tip), max_priority: tip }
        }
    };
    Ok(Message {
        from: wish.read("from", Param::address)?.unwrap_or_default(),
        to: wish.read("to", Param::address)?,
        value: wish.read("value", Param::quantity)?.unwrap_or_default(),
        data: data(wish)?,
        gas_limit: wish.read("gas", Param::u64)?.unwrap_or(BLOCK_GAS_LIMIT),
        fees,
        nonce: wish.read("nonce", Param::u64)?,
        access_list: access_list(wish)?,
    })
}

/// `input`, or `data` as older clients say; where both are there, they must agree.
fn data(wish: &Param<'_>) -> Result<Bytes, Refusal> {
    let input = wish.read("input", Param::bytes)?;
    let data = wish.read("data", Param::bytes)?;
    match (input, data) {
        (Some(input), Some(data)) if input != data => wish.wrong("has an input and other data"),
        (input, data) => Ok(input.or(data).unwrap_or_default()),
    }
}

fn access_list(wish: &Param<'_>) -> Result<Vec<AccessListItem>, Refusal> {
    let Some(list) = wish.field("accessList")? else { return Ok(Vec::new()) };
    let item = |item: &Param<'_>| {
        let Some(address) = item.field("address")? else { return item.wrong("has no address") };
        let slots = match item.field("storageKeys")? {
            Some(keys) => {
                keys.list(LONGEST_ACCESS_LIST)?.iter().map(Param::b256).collect::<Result<_, _>>()?
            }
            None => Vec::new(),
        };
        Ok(AccessListItem { address: address.address()?, slots })
    };
    list.list(LONGEST_ACCESS_LIST)?.iter().map(item).collect()
}

/// By address: any of balance, nonce, code, state (the whole storage) and stateDiff.
fn overrides(wish: &Param<'_>) -> Result<StateOverrides, Refusal> {
    let mut overrides = StateOverrides::new();
    for (key, wish) in wish.fields()? {
        let Ok(address) = key.parse::<Address>() else { return wish.wrong("is not named by an address") };
        let (whole, slots) = (wish.field("state")?, wish.field("stateDiff")?);
        if whole.is_some() && slots.is_some() {
            return wish.wrong("has both a state and a stateDiff");
        }
        let account = AccountOverride {
            balance: wish.read("balance", Param::quantity)?,
            nonce: wish.read("nonce", Param::u64)?,
            code: wish.read("code", Param::bytes)?,
            storage: whole.as_ref().map(words).transpose()?,
            slots: slots.as_ref().map(words).transpose()?.unwrap_or_default(),
        };
        overrides.push((address, account));
    }
    Ok(overrides)
}

fn words(wish: &Param<'_>) -> Result<Vec<(U256, U256)>, Refusal> {
    let word = |(key, value): (&str, Param<'_>)| {
        let Some(slot) = params::quantity(key) else { return value.wrong("is not named by a slot") };
        Ok((slot, value.quantity()?))
    };
    wish.fields()?.into_iter().map(word).collect()
}
