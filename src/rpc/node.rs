//! The node: blocks, code, balances, calls, receipts, fees.

use std::rc::Rc;

use alloy_primitives::{Address, B256, Bytes, Log, U256};
use alloy_sol_types::SolCall;
use futures_util::future::{try_join, try_join_all};
use serde_json::{Value, json};

use super::asker::{Asker, ETH_CALL, Reply};
use super::node_logs::{ChainLog, read_log};
use super::wire::{ShapeError, Wire};
use super::{Peer, PeerRole, RpcError};
use crate::account::Fees;
use crate::ports::Transport;
use crate::units::UnixSecs;

/// Which state is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockTag {
    /// The newest block the node has.
    Latest,
    /// The state after this block: several reads of one moment.
    Number(u64),
}

impl BlockTag {
    pub(super) fn to_wire(self) -> Value {
        match self {
            Self::Latest => json!("latest"),
            Self::Number(number) => json!(format!("{number:#x}")),
        }
    }
}

/// The head of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockHeader {
    /// Its number.
    pub number: u64,
    /// Its hash.
    pub hash: B256,
    /// Block time: the only clock that expiry and candles know.
    pub timestamp: UnixSecs,
    /// Base fee in wei per gas; `None` before EIP-1559.
    pub base_fee: Option<u128>,
}

/// A mined transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionReceipt {
    /// Its hash.
    pub hash: B256,
    /// Whether it ran through.
    pub success: bool,
    /// Its block.
    pub block: u64,
    /// Gas it used.
    pub gas_used: u64,
    /// Wei per gas that were paid; `None` where a node does not say.
    pub gas_price: Option<u128>,
    /// What it logged.
    pub logs: Vec<ChainLog>,
}

impl TransactionReceipt {
    /// The bare logs, as the pure rooms read them.
    pub fn bare_logs(&self) -> Vec<Log> {
        self.logs.iter().map(|log| log.log.clone()).collect()
    }
}

/// A node.
#[derive(Debug)]
pub struct Node {
    pub(super) asker: Asker,
}

impl Node {
    /// The node behind `transport`, called `name` (its host) in messages.
    pub fn new(transport: Rc<dyn Transport>, name: &str) -> Self {
        Self { asker: Asker::new(transport, PeerRole::Node, name) }
    }

    /// Who it is, for messages.
    pub const fn peer(&self) -> &Peer {
        self.asker.peer()
    }

    /// `eth_chainId`.
    ///
    /// # Errors
    /// [`RpcError`].
    pub fn chain_id(&self) -> Reply<'_, u64> {
        self.asker.ask("eth_chainId", json!([]), |wire| wire.u64())
    }

    /// The head of a block; a block the node does not have is a [`RpcError::Shape`].
    ///
    /// # Errors
    /// [`RpcError`].
    pub fn block(&self, at: BlockTag) -> Reply<'_, BlockHeader> {
        self.asker.ask("eth_getBlockByNumber", json!([at.to_wire(), false]), |wire| read_header(&wire))
    }

    /// The head of a block, or `None` where the node has none (any more): nodes may forget old ones (EIP-4444).
    ///
    /// # Errors
    /// [`RpcError`].
    pub fn block_if_kept(&self, number: u64) -> Reply<'_, Option<BlockHeader>> {
        let read = |wire: Wire<'_>| wire.present().map(|wire| read_header(&wire)).transpose();
        let params = json!([BlockTag::Number(number).to_wire(), false]);
        self.asker.ask("eth_getBlockByNumber", params, read)
    }

    /// Runtime code; empty where there is none.
    ///
    /// # Errors
    /// [`RpcError`].
    pub fn code(&self, address: Address, at: BlockTag) -> Reply<'_, Bytes> {
        self.asker.ask("eth_getCode", json!([address, at.to_wire()]), |wire| wire.bytes())
    }

    /// Native coin in wei.
    ///
    /// # Errors
    /// [`RpcError`].
    pub fn balance(&self, address: Address, at: BlockTag) -> Reply<'_, U256> {
        self.asker.ask("eth_getBalance", json!([address, at.to_wire()]), |wire| wire.quantity())
    }

    /// How many transactions `address` has sent.
    ///
    /// # Errors
    /// [`RpcError`].
    pub fn transaction_count(&self, address: Address, at: BlockTag) -> Reply<'_, u64> {
        self.asker.ask("eth_getTransactionCount", json!([address, at.to_wire()]), |wire| wire.u64())
    }

    /// `eth_call` from nobody in particular; the raw return data.
    ///
    /// # Errors
    /// [`RpcError::Reverted`] with the revert data, and every other [`RpcError`].
    pub fn call(&self, to: Address, data: &[u8], at: BlockTag) -> Reply<'_, Bytes> {
        self.call_from(None, to, data, at)
    }

    /// `eth_call` as if by `from`.
    ///
    /// # Errors
    /// As [`Node::call`].
    pub fn call_from(
        &self,
        from: Option<Address>,
        to: Address,
        data: &[u8],
        at: BlockTag,
    ) -> Reply<'_, Bytes> {
        self.asker.ask(ETH_CALL, call_params(from, to, data, at), |wire| wire.bytes())
    }

    /// Calls a view and decodes what it returns, strictly: short, long and dirty words are refused.
    ///
    /// # Errors
    /// As [`Node::call`].
    pub fn view<C: SolCall<Return: 'static>>(
        &self,
        to: Address,
        call: &C,
        at: BlockTag,
    ) -> Reply<'_, C::Return> {
        self.view_as(to, call, at, |returned| returned)
    }

    /// [`Node::view`], with what is returned put in other words.
    pub(super) fn view_as<C: SolCall<Return: 'static>, T: 'static>(
        &self,
        to: Address,
        call: &C,
        at: BlockTag,
        words: fn(C::Return) -> T,
    ) -> Reply<'_, T> {
        let read = move |wire: Wire<'_>| {
            let wrong = |problem| ShapeError { field: format!("the result of {}", C::SIGNATURE), problem };
            let returned = wire.bytes()?;
            if returned.is_empty() {
                return Err(wrong("is empty, so there is no such contract"));
            }
            // The decoder itself does not mind bytes after the end.
            if returned.len() % 32 != 0 {
                return Err(wrong("is not made of whole words"));
            }
            let decoded = C::abi_decode_returns_validate(&returned);
            decoded.map(words).map_err(|_| wrong("is not encoded as it should be"))
        };
        self.asker.ask(ETH_CALL, call_params(None, to, &call.abi_encode(), at), read)
    }

    /// Several views at once, in the order of `calls`.
    ///
    /// # Errors
    /// The first error.
    pub async fn view_all<C: SolCall<Return: 'static>>(
        &self,
        calls: &[(Address, C)],
        at: BlockTag,
    ) -> Result<Vec<C::Return>, RpcError> {
        try_join_all(calls.iter().map(|(to, call)| self.view(*to, call, at))).await
    }

    /// A mined transaction, or `None` while there is none.
    ///
    /// # Errors
    /// [`RpcError`].
    pub fn receipt(&self, hash: B256) -> Reply<'_, Option<TransactionReceipt>> {
        let read = move |wire: Wire<'_>| wire.present().map(|wire| read_receipt(&wire, hash)).transpose();
        self.asker.ask("eth_getTransactionReceipt", json!([hash]), read)
    }

    /// Fees for now: twice the base fee plus the tip the node suggests.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn fees(&self) -> Result<Fees, RpcError> {
        let (head, max_priority) = try_join(self.block(BlockTag::Latest), self.max_priority_fee()).await?;
        let base = head.base_fee.unwrap_or_default();
        Ok(Fees { max: base.saturating_mul(2).saturating_add(max_priority), max_priority })
    }

    /// The tip that the node suggests, in wei per gas.
    ///
    /// # Errors
    /// [`RpcError`].
    pub fn max_priority_fee(&self) -> Reply<'_, u128> {
        self.asker.ask("eth_maxPriorityFeePerGas", json!([]), |wire| wire.u128())
    }
}

/// `data` and `input` both: older nodes know the first name only, newer ones prefer the second.
fn call_params(from: Option<Address>, to: Address, data: &[u8], at: BlockTag) -> Value {
    let data = Bytes::copy_from_slice(data);
    let mut call = json!({ "to": to, "data": data, "input": data });
    if let Some(from) = from {
        call["from"] = json!(from);
    }
    json!([call, at.to_wire()])
}

fn read_header(wire: &Wire<'_>) -> Result<BlockHeader, ShapeError> {
    Ok(BlockHeader {
        number: wire.field("number")?.u64()?,
        hash: wire.field("hash")?.b256()?,
        timestamp: UnixSecs(wire.field("timestamp")?.u64()?),
        base_fee: wire.optional("baseFeePerGas")?.map(|fee| fee.u128()).transpose()?,
    })
}

/// Reads a receipt, which must be that of `expected`.
pub(super) fn read_receipt(wire: &Wire<'_>, expected: B256) -> Result<TransactionReceipt, ShapeError> {
    let hash = wire.field("transactionHash")?;
    if hash.b256()? != expected {
        return hash.wrong("is of another transaction");
    }
    let status = wire.field("status")?;
    let success = match status.u64()? {
        0 => false,
        1 => true,
        _ => return status.wrong("is neither 0 nor 1"),
    };
    let logs = wire.field("logs")?.list(20_000)?;
    Ok(TransactionReceipt {
        hash: expected,
        success,
        block: wire.field("blockNumber")?.u64()?,
        gas_used: wire.field("gasUsed")?.u64()?,
        gas_price: wire.optional("effectiveGasPrice")?.map(|price| price.u128()).transpose()?,
        logs: logs.iter().filter_map(|log| read_log(log).transpose()).collect::<Result<_, _>>()?,
    })
}

#[cfg(test)]
mod tests;
