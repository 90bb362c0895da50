//! The node: blocks, code, balances, calls, receipts, fees.

use std::rc::Rc;

use alloy_primitives::{Address, B256, Bytes, Log, U256};
use alloy_sol_types::SolCall;
use futures_util::future::{try_join, try_join_all};
use serde_json::{Value, json};

use super::asker::Asker;
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
    pub async fn chain_id(&self) -> Result<u64, RpcError> {
        self.asker.ask("eth_chainId", json!([]), |wire| wire.u64()).await
    }

    /// The head of a block; a block the node does not have is a [`RpcError::Shape`].
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn block(&self, at: BlockTag) -> Result<BlockHeader, RpcError> {
        let read = |wire: Wire<'_>| {
            Ok(BlockHeader {
                number: wire.field("number")?.u64()?,
                hash: wire.field("hash")?.b256()?,
                timestamp: UnixSecs(wire.field("timestamp")?.u64()?),
                base_fee: wire.optional("baseFeePerGas")?.map(|fee| fee.u128()).transpose()?,
            })
        };
        self.asker.ask("eth_getBlockByNumber", json!([at.to_wire(), false]), read).await
    }

    /// Runtime code; empty where there is none.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn code(&self, address: Address, at: BlockTag) -> Result<Bytes, RpcError> {
        self.asker.ask("eth_getCode", json!([address, at.to_wire()]), |wire| wire.bytes()).await
    }

    /// Native coin in wei.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn balance(&self, address: Address, at: BlockTag) -> Result<U256, RpcError> {
        self.asker.ask("eth_getBalance", json!([address, at.to_wire()]), |wire| wire.quantity()).await
    }

    /// How many transactions `address` has sent.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn transaction_count(&self, address: Address, at: BlockTag) -> Result<u64, RpcError> {
        self.asker.ask("eth_getTransactionCount", json!([address, at.to_wire()]), |wire| wire.u64()).await
    }

    /// `eth_call` from nobody in particular; the raw return data.
    ///
    /// # Errors
    /// [`RpcError::Reverted`] with the revert data, and every other [`RpcError`].
    pub async fn call(&self, to: Address, data: &[u8], at: BlockTag) -> Result<Bytes, RpcError> {
        self.call_from(None, to, data, at).await
    }

    /// `eth_call` as if by `from`.
    ///
    /// # Errors
    /// As [`Node::call`].
    pub async fn call_from(
        &self,
        from: Option<Address>,
        to: Address,
        data: &[u8],
        at: BlockTag,
    ) -> Result<Bytes, RpcError> {
        const METHOD: &str = "eth_call";
        // `data` and `input` both: older nodes know the first name only, newer ones prefer the second.
        let data = Bytes::copy_from_slice(data);
        let mut call = json!({ "to": to, "data": data, "input": data });
        if let Some(from) = from {
            call["from"] = json!(from);
        }
        let answer = self.asker.ask(METHOD, json!([call, at.to_wire()]), |wire| wire.bytes()).await;
        answer.map_err(|error| match error.revert_data() {
            Some(data) => RpcError::Reverted { peer: self.peer().clone(), method: METHOD, data },
            None => error,
        })
    }

    /// Calls a view and decodes what it returns, strictly: short, long and dirty words are refused.
    ///
    /// # Errors
    /// As [`Node::call`].
    pub async fn view<C: SolCall>(&self, to: Address, call: &C, at: BlockTag) -> Result<C::Return, RpcError> {
        let returned = self.call(to, &call.abi_encode(), at).await?;
        let wrong = |problem| {
            let shape = ShapeError { field: format!("the result of {}", C::SIGNATURE), problem };
            self.asker.shape_error("eth_call", shape)
        };
        if returned.is_empty() {
            return Err(wrong("is empty, so there is no such contract"));
        }
        // The decoder itself does not mind bytes after the end.
        if returned.len() % 32 != 0 {
            return Err(wrong("is not made of whole words"));
        }
        C::abi_decode_returns_validate(&returned).map_err(|_| wrong("is not encoded as it should be"))
    }

    /// Several views at once, in the order of `calls`.
    ///
    /// # Errors
    /// The first error.
    pub async fn view_all<C: SolCall>(
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
    pub async fn receipt(&self, hash: B256) -> Result<Option<TransactionReceipt>, RpcError> {
        let read = |wire: Wire<'_>| wire.present().map(|wire| read_receipt(&wire, hash)).transpose();
        self.asker.ask("eth_getTransactionReceipt", json!([hash]), read).await
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
    pub async fn max_priority_fee(&self) -> Result<u128, RpcError> {
        self.asker.ask("eth_maxPriorityFeePerGas", json!([]), |wire| wire.u128()).await
    }
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
