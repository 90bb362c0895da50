//! The UserOperation of ERC-4337 v0.7: a draft that grows, then a sealed one that is hashed and signed.

use alloy_primitives::{Address, B256, Bytes, U256};
use serde::{Deserialize, Serialize};

/// keccak256 over operation, EntryPoint and chain id, computed here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct UserOperationHash(pub B256);

/// Gas limits of an operation, in gas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GasLimits {
    /// `preVerificationGas`.
    pub pre_verification: u64,
    /// `verificationGasLimit`.
    pub verification: u64,
    /// `callGasLimit`.
    pub call: u64,
}

/// Fees per gas in wei.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fees {
    /// `maxFeePerGas`.
    pub max: u128,
    /// `maxPriorityFeePerGas`.
    pub max_priority: u128,
}

/// Who pays, and the sponsor's word for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sponsorship {
    /// The paymaster contract.
    pub paymaster: Address,
    /// `paymasterVerificationGasLimit`.
    pub verification_gas: u64,
    /// `paymasterPostOpGasLimit`.
    pub post_op_gas: u64,
    /// `paymasterData`.
    pub data: Bytes,
}

/// An operation without gas, sponsor and signature yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserOperationDraft {
    /// The account.
    pub sender: Address,
    /// Key and sequence.
    pub nonce: U256,
    /// Factory and its calldata, when the account does not exist yet.
    pub factory: Option<(Address, Bytes)>,
    /// What the account is called with.
    pub call_data: Bytes,
    /// Fees.
    pub fees: Fees,
    /// Gas limits; zero until estimated.
    pub gas: GasLimits,
    /// The sponsor; `None` for the owner's own transaction.
    pub sponsorship: Option<Sponsorship>,
}

/// A complete, signed operation. Only [`UserOperationDraft::sign_with`] makes one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserOperation {
    sender: Address,
    nonce: U256,
    factory: Option<(Address, Bytes)>,
    call_data: Bytes,
    fees: Fees,
    gas: GasLimits,
    sponsorship: Option<Sponsorship>,
    signature: Bytes,
}

impl UserOperationDraft {
    /// The operation with its `signature`, whose hash ([`UserOperationHash`]) does not cover it.
    pub fn sign_with(self, signature: Bytes) -> UserOperation {
        let Self { sender, nonce, factory, call_data, fees, gas, sponsorship } = self;
        UserOperation { sender, nonce, factory, call_data, fees, gas, sponsorship, signature }
    }
}

impl UserOperation {
    /// The account.
    pub const fn sender(&self) -> Address {
        self.sender
    }

    /// Key and sequence.
    pub const fn nonce(&self) -> U256 {
        self.nonce
    }

    /// Factory and its calldata, when it creates the account.
    pub const fn factory(&self) -> Option<&(Address, Bytes)> {
        self.factory.as_ref()
    }

    /// What the account is called with.
    pub const fn call_data(&self) -> &Bytes {
        &self.call_data
    }

    /// Fees.
    pub const fn fees(&self) -> Fees {
        self.fees
    }

    /// Gas limits.
    pub const fn gas(&self) -> GasLimits {
        self.gas
    }

    /// The sponsor.
    pub const fn sponsorship(&self) -> Option<&Sponsorship> {
        self.sponsorship.as_ref()
    }

    /// The signature in the validator's layout.
    pub const fn signature(&self) -> &Bytes {
        &self.signature
    }
}
