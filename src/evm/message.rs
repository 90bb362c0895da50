//! What is run, where, and how it ended.

use alloy_primitives::{Address, B256, Bytes, Log, U256};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What a message offers to pay per gas, in wei.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fees {
    /// One price (before EIP-1559).
    Flat(u128),
    /// At most `max` in all, of which at most `max_priority` is a tip (EIP-1559).
    Dynamic {
        /// Base fee and tip together.
        max: u128,
        /// The tip.
        max_priority: u128,
    },
}

impl Fees {
    /// The most that one gas may cost.
    pub const fn max(self) -> u128 {
        match self {
            Self::Flat(price) => price,
            Self::Dynamic { max, .. } => max,
        }
    }

    /// The tip over `base_fee`; `None` where not even that is offered.
    pub fn tip(self, base_fee: u64) -> Option<u128> {
        let over = self.max().checked_sub(u128::from(base_fee))?;
        Some(match self {
            Self::Flat(_) => over,
            Self::Dynamic { max_priority, .. } => over.min(max_priority),
        })
    }

    /// What one gas costs in a block with `base_fee`.
    pub fn price(self, base_fee: u64) -> u128 {
        self.tip(base_fee).map_or(self.max(), |tip| u128::from(base_fee).saturating_add(tip))
    }
}

/// An address and the storage slots that a message announces (EIP-2930).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessListItem {
    /// The contract.
    pub address: Address,
    /// Its slots.
    pub slots: Vec<B256>,
}

/// A call or a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who pays and calls.
    pub from: Address,
    /// Whom; `None` deploys.
    pub to: Option<Address>,
    /// Wei sent along.
    pub value: U256,
    /// Selector and arguments, or creation code.
    pub data: Bytes,
    /// Most gas it may use.
    pub gas_limit: u64,
    /// What it pays.
    pub fees: Fees,
    /// The sender's count; `None` takes the one that is due.
    pub nonce: Option<u64>,
    /// What it announces to touch.
    pub access_list: Vec<AccessListItem>,
}

impl Message {
    /// A call for nothing but its answer: no fees, no value.
    pub const fn view(from: Address, to: Address, data: Bytes, gas_limit: u64) -> Self {
        Self {
            from,
            to: Some(to),
            value: U256::ZERO,
            data,
            gas_limit,
            fees: Fees::Flat(0),
            nonce: None,
            access_list: Vec::new(),
        }
    }
}

/// The block in which a message runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockContext {
    /// EIP-155.
    pub chain_id: u64,
    /// Height.
    pub number: u64,
    /// Seconds since 1970.
    pub timestamp: u64,
    /// Wei per gas.
    pub base_fee: u64,
    /// Most gas of the block.
    pub gas_limit: u64,
    /// Answers PREVRANDAO.
    pub prev_randao: B256,
    /// Gets the tips.
    pub beneficiary: Address,
}

/// A message that ran, whether or not it reached its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// How it ended.
    pub outcome: Outcome,
    /// Gas to be paid.
    pub gas_used: u64,
    /// Gas that was given back for cleared storage, already taken off `gas_used`.
    pub gas_refunded: u64,
    /// What it returned, the deployed code, or the revert data.
    pub output: Bytes,
    /// What it logged; empty unless it succeeded.
    pub logs: Vec<Log>,
    /// Where it deployed.
    pub created: Option<Address>,
}

impl Execution {
    /// Whether it ran through.
    pub fn is_success(&self) -> bool {
        self.outcome == Outcome::Success
    }
}

/// How a message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It ran through.
    Success,
    /// The contract refused; the output says why.
    Reverted,
    /// The machine stopped it, and all its gas is gone.
    Halted(Halt),
}

/// Why the machine stopped a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Halt {
    /// Gas ran out.
    #[error("out of gas")]
    OutOfGas,
    /// INVALID, or no instruction at all.
    #[error("invalid opcode")]
    InvalidOpcode,
    /// A jump to where none may lead.
    #[error("invalid jump destination")]
    InvalidJump,
    /// Too little or too much on the stack.
    #[error("stack underflow or overflow")]
    Stack,
    /// The code to deploy is too long or begins with 0xEF, or the address is taken.
    #[error("the contract cannot be created")]
    Creation,
    /// Anything else.
    #[error("the machine stopped")]
    Other,
}

/// Why a message did not run at all; the world is as before.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Rejection {
    /// It was already used.
    #[error("nonce too low: the next nonce is {next}, the transaction has {given}")]
    NonceTooLow {
        /// Due.
        next: u64,
        /// Given.
        given: u64,
    },
    /// An earlier one is missing.
    #[error("nonce too high: the next nonce is {next}, the transaction has {given}")]
    NonceTooHigh {
        /// Due.
        next: u64,
        /// Given.
        given: u64,
    },
    /// Gas and value together cost more than the sender has.
    #[error("insufficient funds for gas * price + value: {needed} wei are needed, {balance} are there")]
    InsufficientFunds {
        /// Wei.
        needed: U256,
        /// Wei.
        balance: U256,
    },
    /// The offered price is below the block's.
    #[error("max fee per gas less than block base fee")]
    FeeBelowBase,
    /// The tip is above the whole price.
    #[error("max priority fee per gas higher than max fee per gas")]
    TipAboveFee,
    /// More gas than a block has.
    #[error("the transaction's gas limit exceeds the block gas limit")]
    GasAboveBlock,
    /// Less gas than the message costs before it begins.
    #[error("intrinsic gas too low: {needed} are needed, {limit} are given")]
    GasBelowIntrinsic {
        /// Gas.
        needed: u64,
        /// Gas.
        limit: u64,
    },
    /// Creation code beyond EIP-3860.
    #[error("max initcode size exceeded")]
    InitCodeTooLong,
    /// Signed for another chain.
    #[error("the transaction is for another chain")]
    ChainId,
    /// It asked for something this machine does not have.
    #[error("{0}")]
    Unsupported(String),
}
