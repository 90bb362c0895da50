//! Blocks, transactions, receipts and logs as JSON, with the fields that clients read.

use alloy_primitives::{Address, B256, Bloom, BloomInput, U256, hex};
use serde_json::{Value, json};

use super::super::chain::{BLOCK_GAS_LIMIT, Chain, ChainLog, Header, Receipt, Transaction, legacy_v};
use crate::evm::Fees;

/// keccak of an empty list, as every block says of its uncles.
const NO_UNCLES: &str = "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347";

pub(super) fn quantity(number: impl TryInto<U256>) -> Value {
    json!(format!("{:#x}", number.try_into().unwrap_or(U256::MAX)))
}

/// A block, with whole transactions or their hashes.
pub(super) fn block(chain: &Chain, header: &Header, is_whole: bool) -> Value {
    let hashes = chain.transactions_of(header.number);
    let transactions: Vec<Value> = if is_whole {
        hashes.iter().map(|hash| transaction(chain, *hash)).collect()
    } else {
        hashes.iter().map(|hash| json!(hash)).collect()
    };
    let mut bloom = Bloom::ZERO;
    for receipt in chain.receipts_of(header.number) {
        receipt.logs.iter().for_each(|log| add_to_bloom(&mut bloom, log));
    }
    json!({
        "number": quantity(header.number),
        "hash": header.hash,
        "parentHash": header.parent_hash,
        "timestamp": quantity(header.timestamp),
        "baseFeePerGas": quantity(header.base_fee),
        "gasUsed": quantity(header.gas_used),
        "gasLimit": quantity(BLOCK_GAS_LIMIT),
        "miner": Address::ZERO,
        "mixHash": header.prev_randao,
        "stateRoot": header.state_digest,
        "transactionsRoot": header.transactions_digest,
        "receiptsRoot": header.receipts_digest,
        "logsBloom": bloom,
        "difficulty": "0x0",
        "totalDifficulty": "0x0",
        "extraData": "0x",
        "nonce": "0x0000000000000000",
        "sha3Uncles": NO_UNCLES,
        "uncles": [],
        "size": "0x0",
        "blobGasUsed": "0x0",
        "excessBlobGas": "0x0",
        "parentBeaconBlockRoot": B256::ZERO,
        "transactions": transactions,
    })
}

/// A transaction, mined or waiting; null where it is not remembered.
pub(super) fn transaction(chain: &Chain, hash: B256) -> Value {
    let Some(found) = chain.transaction(hash) else { return Value::Null };
    let mut value = bare_transaction(chain.chain_id(), found);
    let receipt = chain.receipt(hash);
    value["blockHash"] = json!(receipt.as_ref().map(|receipt| receipt.block_hash));
    value["blockNumber"] = json!(receipt.as_ref().map(|receipt| quantity(receipt.block)));
    value["transactionIndex"] = json!(receipt.as_ref().map(|receipt| quantity(receipt.transaction_index)));
    let price = receipt.map_or(found.message.fees.max(), |receipt| receipt.gas_price);
    value["gasPrice"] = quantity(price);
    value
}

fn bare_transaction(chain_id: u64, transaction: &Transaction) -> Value {
    let message = &transaction.message;
    let parts = transaction.signature;
    let list = message.access_list.iter();
    let list: Vec<_> =
        list.map(|item| json!({ "address": item.address, "storageKeys": item.slots })).collect();
    let mut value = json!({
        "hash": transaction.hash,
        "type": quantity(transaction.kind),
        "chainId": quantity(chain_id),
        "nonce": quantity(transaction.nonce()),
        "from": message.from,
        "to": message.to,
        "value": quantity(message.value),
        "gas": quantity(message.gas_limit),
        "input": hex::encode_prefixed(&message.data),
        "r": quantity(parts.r),
        "s": quantity(parts.s),
    });
    if transaction.kind == 0 {
        value["v"] = quantity(legacy_v(chain_id, parts.y_is_odd));
    } else {
        value["v"] = quantity(u8::from(parts.y_is_odd));
        value["yParity"] = quantity(u8::from(parts.y_is_odd));
        value["accessList"] = json!(list);
    }
    if let Fees::Dynamic { max, max_priority } = message.fees {
        value["maxFeePerGas"] = quantity(max);
        value["maxPriorityFeePerGas"] = quantity(max_priority);
    }
    value
}

pub(super) fn receipt(receipt: &Receipt) -> Value {
    let mut bloom = Bloom::ZERO;
    receipt.logs.iter().for_each(|log| add_to_bloom(&mut bloom, log));
    json!({
        "transactionHash": receipt.transaction,
        "transactionIndex": quantity(receipt.transaction_index),
        "blockHash": receipt.block_hash,
        "blockNumber": quantity(receipt.block),
        "from": receipt.from,
        "to": receipt.to,
        "type": quantity(receipt.kind),
        "status": quantity(u8::from(receipt.success)),
        "gasUsed": quantity(receipt.gas_used),
        "cumulativeGasUsed": quantity(receipt.cumulative_gas),
        "effectiveGasPrice": quantity(receipt.gas_price),
        "contractAddress": receipt.created,
        "logs": receipt.logs.iter().map(log).collect::<Vec<_>>(),
        "logsBloom": bloom,
    })
}

pub(super) fn log(log: &ChainLog) -> Value {
    json!({
        "address": log.log.address,
        "topics": log.log.topics(),
        "data": hex::encode_prefixed(&log.log.data.data),
        "blockNumber": quantity(log.block),
        "blockHash": log.block_hash,
        "blockTimestamp": quantity(log.timestamp),
        "transactionHash": log.transaction,
        "transactionIndex": quantity(log.transaction_index),
        "logIndex": quantity(log.index),
        "removed": false,
    })
}

fn add_to_bloom(bloom: &mut Bloom, log: &ChainLog) {
    bloom.accrue(BloomInput::Raw(log.log.address.as_slice()));
    for topic in log.log.topics() {
        bloom.accrue(BloomInput::Raw(topic.as_slice()));
    }
}
