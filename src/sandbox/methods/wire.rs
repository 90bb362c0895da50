//! Blocks, transactions, receipts and logs as JSON, with the fields that clients read.

use alloy_primitives::{Address, B256, Bloom, BloomInput, U256, hex};
use serde_json::{Map, Value};

use super::super::chain::{BLOCK_GAS_LIMIT, Chain, ChainLog, Header, Receipt, legacy_v};
use crate::evm::{AccessListItem, Fees};

/// keccak of an empty list, as every block says of its uncles.
const NO_UNCLES: &str = "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347";

/// An object of these fields. (`json!` writes the code for every field anew, which a tab then has to load.)
pub(super) fn object(fields: &mut [(&str, Value)]) -> Value {
    let mut object = Map::new();
    for (name, value) in fields {
        object.insert((*name).to_owned(), value.take());
    }
    Value::Object(object)
}

/// A number as clients read it.
pub(super) fn quantity(number: impl TryInto<U256>) -> Value {
    quantity_of(number.try_into().unwrap_or(U256::MAX))
}

fn quantity_of(number: U256) -> Value {
    Value::String(format!("{number:#x}"))
}

/// A byte string, a hash or an address.
pub(super) fn hexed(bytes: &[u8]) -> Value {
    Value::String(hex::encode_prefixed(bytes))
}

fn address(address: Option<Address>) -> Value {
    address.map_or(Value::Null, |address| hexed(address.as_slice()))
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

/// A block, with whole transactions or their hashes.
pub(super) fn block(chain: &Chain, header: &Header, is_whole: bool) -> Value {
    let hashes = chain.transactions_of(header.number).into_iter();
    let transactions =
        hashes.map(|hash| if is_whole { transaction(chain, hash) } else { hexed(hash.as_slice()) });
    let mut bloom = Bloom::ZERO;
    for receipt in chain.receipts_of(header.number) {
        receipt.logs.iter().for_each(|log| add_to_bloom(&mut bloom, log));
    }
    object(&mut [
        ("number", quantity(header.number)),
        ("hash", hexed(header.hash.as_slice())),
        ("parentHash", hexed(header.parent_hash.as_slice())),
        ("timestamp", quantity(header.timestamp)),
        ("baseFeePerGas", quantity(header.base_fee)),
        ("gasUsed", quantity(header.gas_used)),
        ("gasLimit", quantity(BLOCK_GAS_LIMIT)),
        ("miner", address(Some(Address::ZERO))),
        ("mixHash", hexed(header.prev_randao.as_slice())),
        ("stateRoot", hexed(header.state_digest.as_slice())),
        ("transactionsRoot", hexed(header.transactions_digest.as_slice())),
        ("receiptsRoot", hexed(header.receipts_digest.as_slice())),
        ("logsBloom", hexed(bloom.as_slice())),
        ("difficulty", text("0x0")),
        ("totalDifficulty", text("0x0")),
        ("extraData", text("0x")),
        ("nonce", text("0x0000000000000000")),
        ("sha3Uncles", text(NO_UNCLES)),
        ("uncles", Value::Array(Vec::new())),
        ("size", text("0x0")),
        ("blobGasUsed", text("0x0")),
        ("excessBlobGas", text("0x0")),
        ("parentBeaconBlockRoot", hexed(B256::ZERO.as_slice())),
        ("transactions", Value::Array(transactions.collect())),
    ])
}

/// A transaction, mined or waiting; null where it is not remembered.
pub(super) fn transaction(chain: &Chain, hash: B256) -> Value {
    let Some(transaction) = chain.transaction(hash) else { return Value::Null };
    let receipt = chain.receipt(hash);
    let (message, parts) = (&transaction.message, transaction.signature);
    let place = |field: fn(&Receipt) -> Value| receipt.as_ref().map_or(Value::Null, field);
    let parity = quantity(u8::from(parts.y_is_odd));
    let mut fields = vec![
        ("hash", hexed(hash.as_slice())),
        ("type", quantity(transaction.kind)),
        ("chainId", quantity(chain.chain_id())),
        ("nonce", quantity(transaction.nonce())),
        ("from", address(Some(message.from))),
        ("to", address(message.to)),
        ("value", quantity(message.value)),
        ("gas", quantity(message.gas_limit)),
        ("input", hexed(&message.data)),
        ("r", quantity(parts.r)),
        ("s", quantity(parts.s)),
        ("blockHash", place(|receipt| hexed(receipt.block_hash.as_slice()))),
        ("blockNumber", place(|receipt| quantity(receipt.block))),
        ("transactionIndex", place(|receipt| quantity(receipt.transaction_index))),
        ("gasPrice", quantity(receipt.as_ref().map_or(message.fees.max(), |receipt| receipt.gas_price))),
    ];
    if transaction.kind == 0 {
        fields.push(("v", quantity(legacy_v(chain.chain_id(), parts.y_is_odd))));
    } else {
        fields.push(("v", parity.clone()));
        fields.push(("yParity", parity));
        fields.push(("accessList", Value::Array(message.access_list.iter().map(access_list_item).collect())));
    }
    if let Fees::Dynamic { max, max_priority } = message.fees {
        fields.push(("maxFeePerGas", quantity(max)));
        fields.push(("maxPriorityFeePerGas", quantity(max_priority)));
    }
    object(&mut fields)
}

fn access_list_item(item: &AccessListItem) -> Value {
    let slots = item.slots.iter().map(|slot| hexed(slot.as_slice())).collect();
    object(&mut [("address", address(Some(item.address))), ("storageKeys", Value::Array(slots))])
}

/// A receipt.
pub(super) fn receipt(receipt: &Receipt) -> Value {
    let mut bloom = Bloom::ZERO;
    receipt.logs.iter().for_each(|log| add_to_bloom(&mut bloom, log));
    object(&mut [
        ("transactionHash", hexed(receipt.transaction.as_slice())),
        ("transactionIndex", quantity(receipt.transaction_index)),
        ("blockHash", hexed(receipt.block_hash.as_slice())),
        ("blockNumber", quantity(receipt.block)),
        ("from", address(Some(receipt.from))),
        ("to", address(receipt.to)),
        ("type", quantity(receipt.kind)),
        ("status", quantity(u8::from(receipt.success))),
        ("gasUsed", quantity(receipt.gas_used)),
        ("cumulativeGasUsed", quantity(receipt.cumulative_gas)),
        ("effectiveGasPrice", quantity(receipt.gas_price)),
        ("contractAddress", address(receipt.created)),
        ("logs", Value::Array(receipt.logs.iter().map(log).collect())),
        ("logsBloom", hexed(bloom.as_slice())),
    ])
}

/// A log.
pub(super) fn log(log: &ChainLog) -> Value {
    let topics = log.log.topics().iter().map(|topic| hexed(topic.as_slice())).collect();
    object(&mut [
        ("address", address(Some(log.log.address))),
        ("topics", Value::Array(topics)),
        ("data", hexed(&log.log.data.data)),
        ("blockNumber", quantity(log.block)),
        ("blockHash", hexed(log.block_hash.as_slice())),
        ("blockTimestamp", quantity(log.timestamp)),
        ("transactionHash", hexed(log.transaction.as_slice())),
        ("transactionIndex", quantity(log.transaction_index)),
        ("logIndex", quantity(log.index)),
        ("removed", Value::Bool(false)),
    ])
}

fn add_to_bloom(bloom: &mut Bloom, log: &ChainLog) {
    bloom.accrue(BloomInput::Raw(log.log.address.as_slice()));
    for topic in log.log.topics() {
        bloom.accrue(BloomInput::Raw(topic.as_slice()));
    }
}
