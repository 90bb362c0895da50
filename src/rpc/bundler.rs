//! The bundler (ERC-7769): estimates, takes and reports UserOperations. Its word on an outcome is a hint; the
//! EntryPoint's event decides.

use std::rc::Rc;

use alloy_primitives::{Address, B256, Bytes, U256};
use serde_json::{Value, json};

use super::asker::{Asker, Reply};
use super::node::read_receipt;
use super::operation_wire::{draft_json, operation_json};
use super::wire::{ShapeError, Wire};
use super::{Node, Peer, PeerRole, RpcError, TransactionReceipt};
use crate::account::{Fees, GasLimits, UserOperation, UserOperationDraft, UserOperationHash};
use crate::contracts::{Dialect, ENTRY_POINT};
use crate::ports::Transport;

/// Gas that an estimate may ask for at most: above it the answer is nonsense, whatever the network's cap.
const MAX_GAS: u64 = 100_000_000;

/// Fee per gas above which the answer is nonsense: 100,000 gwei.
const MAX_FEE: u128 = 100_000_000_000_000;

/// What an operation needs, as the bundler estimates it; to be padded before use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GasEstimate {
    /// The account's limits.
    pub gas: GasLimits,
    /// `paymasterVerificationGasLimit`, when it says.
    pub paymaster_verification: Option<u64>,
    /// `paymasterPostOpGasLimit`, when it says.
    pub paymaster_post_op: Option<u64>,
}

/// What the bundler says of an operation that was mined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationReceipt {
    /// Whether its calls ran through.
    pub success: bool,
    /// Its account.
    pub sender: Address,
    /// Key and sequence.
    pub nonce: U256,
    /// What the payer paid, in wei.
    pub gas_cost_wei: U256,
    /// The bundler's words for a revert.
    pub reason: Option<String>,
    /// The transaction.
    pub transaction: TransactionReceipt,
}

/// Where the bundler has an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperationLookup {
    /// Its transaction; `None` while it waits.
    pub transaction: Option<B256>,
    /// Its block; `None` while it waits.
    pub block: Option<u64>,
}

/// A bundler.
#[derive(Debug)]
pub struct Bundler {
    asker: Asker,
    dialect: Dialect,
}

impl Bundler {
    /// The bundler behind `transport`, called `name` (its host) in messages.
    pub fn new(transport: Rc<dyn Transport>, name: &str, dialect: Dialect) -> Self {
        Self { asker: Asker::new(transport, PeerRole::Bundler, name), dialect }
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

    /// The EntryPoints it serves.
    ///
    /// # Errors
    /// [`RpcError`].
    pub fn supported_entry_points(&self) -> Reply<'_, Vec<Address>> {
        let read = |wire: Wire<'_>| wire.list(32)?.iter().map(Wire::address).collect();
        self.asker.ask("eth_supportedEntryPoints", json!([]), read)
    }

    /// Gas for `draft`, signed for simulation with `signature` of the final length: the real enable part, and
    /// any 65 well-formed bytes of the session key.
    ///
    /// # Errors
    /// [`RpcError`]; a refusal keeps code, message and data for reading AA codes. Limits of nothing or of more
    /// than 100 million gas are a [`RpcError::Shape`].
    pub fn estimate(&self, draft: &UserOperationDraft, signature: &Bytes) -> Reply<'_, GasEstimate> {
        let params = json!([draft_json(draft, signature), ENTRY_POINT]);
        let read = |wire: Wire<'_>| {
            Ok(GasEstimate {
                gas: GasLimits {
                    pre_verification: sane_gas(&wire.field("preVerificationGas")?, 1)?,
                    verification: sane_gas(&wire.field("verificationGasLimit")?, 1)?,
                    call: sane_gas(&wire.field("callGasLimit")?, 1)?,
                },
                paymaster_verification: optional_gas(&wire, "paymasterVerificationGasLimit")?,
                paymaster_post_op: optional_gas(&wire, "paymasterPostOpGasLimit")?,
            })
        };
        self.asker.ask("eth_estimateUserOperationGas", params, read)
    }

    /// Hands the operation over. The hash that comes back is the bundler's word: compare it with the local one.
    ///
    /// # Errors
    /// [`RpcError`]; see [`Bundler::is_already_known`] for one that is none.
    pub fn send(&self, operation: &UserOperation) -> Reply<'_, UserOperationHash> {
        let params = json!([operation_json(operation), ENTRY_POINT]);
        self.asker.ask("eth_sendUserOperation", params, |wire| wire.b256().map(UserOperationHash))
    }

    /// Whether a refusal to take an operation means that it was taken before.
    pub fn is_already_known(error: &RpcError) -> bool {
        let hints = ["already known", "already in mempool", "already in the mempool", "already exists"];
        error.refusal().is_some_and(|(_, message, _)| {
            let message = message.to_ascii_lowercase();
            hints.iter().any(|hint| message.contains(hint))
        })
    }

    /// What became of an operation; `None` while it is not mined, or unknown.
    ///
    /// # Errors
    /// [`RpcError`]; also when the answer is about another operation or EntryPoint.
    pub fn receipt(&self, hash: UserOperationHash) -> Reply<'_, Option<OperationReceipt>> {
        let read = move |wire: Wire<'_>| wire.present().map(|wire| read_operation(&wire, hash)).transpose();
        self.asker.ask("eth_getUserOperationReceipt", json!([hash.0]), read)
    }

    /// Where the bundler has an operation; `None` when it does not know it.
    ///
    /// # Errors
    /// [`RpcError`].
    pub fn by_hash(&self, hash: UserOperationHash) -> Reply<'_, Option<OperationLookup>> {
        let read = |wire: Wire<'_>| {
            let Some(wire) = wire.present() else { return Ok(None) };
            Ok(Some(OperationLookup {
                transaction: wire.optional("transactionHash")?.map(|hash| hash.b256()).transpose()?,
                block: wire.optional("blockNumber")?.map(|block| block.u64()).transpose()?,
            }))
        };
        self.asker.ask("eth_getUserOperationByHash", json!([hash.0]), read)
    }

    /// Fees that this bundler takes now: by its own method, or from `node` for those without one.
    ///
    /// # Errors
    /// [`RpcError`]; fees of nothing, absurd ones, or a tip above the fee are a [`RpcError::Shape`].
    pub async fn fees(&self, node: &Node) -> Result<Fees, RpcError> {
        let (method, speed) = match self.dialect {
            Dialect::Pimlico => ("pimlico_getUserOperationGasPrice", "fast"),
            Dialect::Biconomy => ("biconomy_getGasFeeValues", "fast"),
            Dialect::Candide => return node.fees().await,
        };
        let is_loose = self.dialect == Dialect::Biconomy;
        let read = |wire: Wire<'_>| {
            let speed = wire.field(speed)?;
            let fee = |name: &str| {
                let field = speed.field(name)?;
                let fee = if is_loose { field.loose_u64().map(u128::from)? } else { field.u128()? };
                if fee > MAX_FEE { field.wrong("is absurdly high") } else { Ok(fee) }
            };
            let fees = Fees { max: fee("maxFeePerGas")?, max_priority: fee("maxPriorityFeePerGas")? };
            if fees.max == 0 || fees.max_priority > fees.max {
                return speed.wrong("has a fee of nothing, or below its tip");
            }
            Ok(fees)
        };
        self.asker.ask(method, json!([]), read).await
    }
}

fn sane_gas(wire: &Wire<'_>, least: u64) -> Result<u64, ShapeError> {
    let gas = wire.u64()?;
    if (least..=MAX_GAS).contains(&gas) { Ok(gas) } else { wire.wrong("is no sane amount of gas") }
}

pub(super) fn optional_gas(wire: &Wire<'_>, name: &str) -> Result<Option<u64>, ShapeError> {
    wire.optional(name)?.map(|gas| sane_gas(&gas, 0)).transpose()
}

fn read_operation(wire: &Wire<'_>, hash: UserOperationHash) -> Result<OperationReceipt, ShapeError> {
    let told = wire.field("userOpHash")?;
    if told.b256()? != hash.0 {
        return told.wrong("is of another operation");
    }
    if let Some(entry_point) = wire.optional("entryPoint")?
        && entry_point.address()? != ENTRY_POINT
    {
        return entry_point.wrong("is another EntryPoint");
    }
    let receipt = wire.field("receipt")?;
    let transaction = receipt.field("transactionHash")?.b256()?;
    Ok(OperationReceipt {
        success: wire.field("success")?.boolean()?,
        sender: wire.field("sender")?.address()?,
        nonce: wire.field("nonce")?.quantity()?,
        gas_cost_wei: wire.field("actualGasCost")?.quantity()?,
        reason: wire.optional("reason")?.map(|reason| reason.text().map(str::to_owned)).transpose()?,
        transaction: read_receipt(&receipt, transaction)?,
    })
}

/// The parts of an answer that sponsor and bundler share.
pub(super) fn override_gas(wire: &Wire<'_>) -> Result<Option<GasLimits>, ShapeError> {
    let Some(verification) = optional_gas(wire, "verificationGasLimit")? else { return Ok(None) };
    Ok(Some(GasLimits {
        pre_verification: sane_gas(&wire.field("preVerificationGas")?, 1)?,
        verification,
        call: sane_gas(&wire.field("callGasLimit")?, 1)?,
    }))
}

/// A chain id as paymasters want it.
pub(super) fn chain_id_json(chain_id: u64) -> Value {
    json!(format!("{chain_id:#x}"))
}

#[cfg(test)]
mod tests;
