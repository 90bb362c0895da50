//! What became of operations, by the EntryPoint's own events: the only word that counts.

use std::ops::RangeInclusive;

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolEvent;

use super::{ChainLog, LogFilter, Node, RpcError};
use crate::account::UserOperationHash;
use crate::contracts::ENTRY_POINT;
use crate::contracts::abi::IEntryPoint::{UserOperationEvent, UserOperationRevertReason};

/// An operation that was mined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationOutcome {
    /// Which.
    pub hash: UserOperationHash,
    /// Its account.
    pub sender: Address,
    /// Who paid; zero for the account itself.
    pub paymaster: Address,
    /// Key and sequence it consumed.
    pub nonce: U256,
    /// Whether its calls ran through. Validation keeps its effects either way.
    pub success: bool,
    /// What the payer paid, in wei.
    pub gas_cost_wei: U256,
    /// Gas charged.
    pub gas_used: U256,
    /// Block of inclusion.
    pub block: u64,
    /// Hash of that block.
    pub block_hash: B256,
    /// Transaction of inclusion.
    pub transaction: B256,
}

/// Why the calls of an operation did not run through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationRevert {
    /// Which.
    pub hash: UserOperationHash,
    /// Selector and arguments of the error.
    pub reason: Bytes,
}

impl OperationOutcome {
    /// The event in `log`; `None` for every other log.
    pub fn from_log(log: &ChainLog) -> Option<Self> {
        if log.log.address != ENTRY_POINT {
            return None;
        }
        let event = UserOperationEvent::decode_log_validate(&log.log).ok()?.data;
        Some(Self {
            hash: UserOperationHash(event.userOpHash),
            sender: event.sender,
            paymaster: event.paymaster,
            nonce: event.nonce,
            success: event.success,
            gas_cost_wei: event.actualGasCost,
            gas_used: event.actualGasUsed,
            block: log.block,
            block_hash: log.block_hash,
            transaction: log.transaction,
        })
    }
}

impl OperationRevert {
    /// The event in `log`; `None` for every other log.
    pub fn from_log(log: &ChainLog) -> Option<Self> {
        if log.log.address != ENTRY_POINT {
            return None;
        }
        let event = UserOperationRevertReason::decode_log_validate(&log.log).ok()?.data;
        Some(Self { hash: UserOperationHash(event.userOpHash), reason: event.revertReason })
    }
}

impl Node {
    /// Every operation of `sender` that was mined in `blocks`, in the order of the chain.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn outcomes_of(
        &self,
        sender: Address,
        blocks: RangeInclusive<u64>,
    ) -> Result<Vec<OperationOutcome>, RpcError> {
        let filter =
            operation_filter(UserOperationEvent::SIGNATURE_HASH, vec![], vec![sender.into_word()], blocks);
        let logs = self.logs(&filter).await?;
        Ok(logs.iter().filter_map(OperationOutcome::from_log).collect())
    }

    /// What became of one operation in `blocks`; `None` when it was not mined there.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn outcome(
        &self,
        hash: UserOperationHash,
        blocks: RangeInclusive<u64>,
    ) -> Result<Option<OperationOutcome>, RpcError> {
        let filter = operation_filter(UserOperationEvent::SIGNATURE_HASH, vec![hash.0], vec![], blocks);
        let logs = self.logs(&filter).await?;
        Ok(logs.iter().find_map(OperationOutcome::from_log))
    }

    /// Why the calls of one operation did not run through; `None` when nothing was said.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn revert_reason(
        &self,
        hash: UserOperationHash,
        blocks: RangeInclusive<u64>,
    ) -> Result<Option<Bytes>, RpcError> {
        let signature = UserOperationRevertReason::SIGNATURE_HASH;
        let logs = self.logs(&operation_filter(signature, vec![hash.0], vec![], blocks)).await?;
        Ok(logs.iter().find_map(OperationRevert::from_log).map(|revert| revert.reason))
    }
}

fn operation_filter(
    signature: B256,
    hashes: Vec<B256>,
    senders: Vec<B256>,
    blocks: RangeInclusive<u64>,
) -> LogFilter {
    LogFilter { addresses: vec![ENTRY_POINT], topics: vec![vec![signature], hashes, senders], blocks }
}
