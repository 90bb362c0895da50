//! Blocks, transactions, receipts and logs.

use alloy_primitives::B256;
use serde_json::{Value, json};

use super::super::chain::{BlockId, Chain, ChainError, LogFilter};
use super::params::{Param, Params};
use super::wire::{self, quantity};
use super::{Answer, Refusal, Sandbox};

/// Most blocks of one `eth_getLogs`.
const MOST_BLOCKS: u64 = 100_000;
/// Most logs of one answer.
const MOST_LOGS: usize = 10_000;
/// Most addresses, or topics of one position, in a filter.
const MOST_CHOICES: usize = 1_000;

/// Answers a method of this family.
pub(super) fn answer(sandbox: &mut Sandbox, method: &str, params: &Value) -> Answer {
    let chain = sandbox.chain();
    let params = Params::new(params);
    Some(match method {
        "eth_blockNumber" => Ok(quantity(chain.head().number)),
        "eth_getBlockByNumber" | "eth_getBlockByHash" => block(chain, params),
        "eth_getBlockTransactionCountByNumber" | "eth_getBlockTransactionCountByHash" => {
            params.at(0).and_then(|id| id.block()).map(|id| match chain.header(id) {
                Some(header) => quantity(chain.transactions_of(header.number).len()),
                None => Value::Null,
            })
        }
        "eth_getBlockReceipts" => params.at(0).and_then(|id| id.block()).map(|id| match chain.header(id) {
            Some(header) => {
                json!(chain.receipts_of(header.number).iter().map(wire::receipt).collect::<Vec<_>>())
            }
            None => Value::Null,
        }),
        "eth_getTransactionByHash" => hash(params).map(|hash| wire::transaction(chain, hash)),
        "eth_getTransactionReceipt" => {
            hash(params).map(|hash| chain.receipt(hash).map_or(Value::Null, |found| wire::receipt(&found)))
        }
        "eth_getLogs" => logs(chain, params),
        _ => return None,
    })
}

fn hash(params: Params<'_>) -> Result<B256, Refusal> {
    params.at(0)?.b256()
}

/// There is no block in the making: pending means the newest.
fn block(chain: &Chain, params: Params<'_>) -> Result<Value, Refusal> {
    let id = params.at(0)?.block()?;
    let is_whole = params.optional(1).map_or(Ok(false), |whole| whole.boolean())?;
    Ok(chain.header(id).map_or(Value::Null, |header| wire::block(chain, header, is_whole)))
}

fn logs(chain: &Chain, params: Params<'_>) -> Result<Value, Refusal> {
    let wish = params.at(0)?;
    let (first, last) = match wish.field("blockHash")? {
        Some(hash) => {
            let height = chain.height(BlockId::Hash(hash.b256()?))?;
            (height, height)
        }
        None => (end(chain, wish.field("fromBlock")?)?, end(chain, wish.field("toBlock")?)?),
    };
    if first > chain.head().number {
        return Err(ChainError::OutOfRange { height: chain.head().number, asked: first }.into());
    }
    if last.min(chain.head().number).saturating_sub(first) >= MOST_BLOCKS {
        return Err(Refusal::new(-32005, format!("the range is limited to {MOST_BLOCKS} blocks")));
    }
    let found = chain.logs(first, last, &filter(&wish)?, MOST_LOGS);
    if found.len() > MOST_LOGS {
        return Err(Refusal::new(-32005, format!("more than {MOST_LOGS} logs: ask for a smaller range")));
    }
    Ok(json!(found.iter().map(wire::log).collect::<Vec<_>>()))
}

/// An end of a range may lie ahead of the head.
fn end(chain: &Chain, param: Option<Param<'_>>) -> Result<u64, Refusal> {
    let id = param.map_or(Ok(BlockId::Latest), |param| param.block())?;
    if let BlockId::Number(number) = id { Ok(number) } else { Ok(chain.height(id)?) }
}

fn filter(wish: &Param<'_>) -> Result<LogFilter, Refusal> {
    let mut filter = LogFilter::default();
    if let Some(address) = wish.field("address")? {
        filter.addresses = several(&address)?.iter().map(|item| item.address()).collect::<Result<_, _>>()?;
    }
    if let Some(topics) = wish.field("topics")? {
        for position in topics.list(4)? {
            let any = match position.value.is_null() {
                true => Vec::new(),
                false => several(&position)?.iter().map(|item| item.b256()).collect::<Result<_, _>>()?,
            };
            filter.topics.push(any);
        }
    }
    Ok(filter)
}

/// One, or a list of several.
fn several<'a>(param: &Param<'a>) -> Result<Vec<Param<'a>>, Refusal> {
    if param.value.is_array() { param.list(MOST_CHOICES) } else { Ok(vec![param.clone()]) }
}
