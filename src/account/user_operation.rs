//! The UserOperation of ERC-4337 v0.7: a draft that grows, then a sealed one that is hashed and signed.

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, Keccak256, U256, keccak256};
use serde::{Deserialize, Serialize};

use crate::contracts::ENTRY_POINT;

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    draft: UserOperationDraft,
    signature: Bytes,
}

impl UserOperationDraft {
    /// The operation with its `signature`, whose hash ([`UserOperationHash`]) does not cover it.
    pub fn sign_with(self, signature: Bytes) -> UserOperation {
        UserOperation { draft: self, signature }
    }

    /// What is signed on chain `chain_id`, equal to `EntryPoint.getUserOpHash`
    /// (<https://eips.ethereum.org/EIPS/eip-4337>). Hashed piece by piece: nothing is copied together.
    pub fn hash(&self, chain_id: u64) -> UserOperationHash {
        let mut words = [0_u8; 8 * 32];
        let mut put = |index: usize, word: &[u8; 32]| words[index * 32..][..32].copy_from_slice(word);
        put(0, &self.sender.into_word());
        put(1, &self.nonce.to_be_bytes());
        put(2, &self.init_code_hash());
        put(3, &keccak256(&self.call_data));
        put(4, &self.account_gas_limits());
        put(5, &U256::from(self.gas.pre_verification).to_be_bytes());
        put(6, &self.gas_fees());
        put(7, &self.paymaster_and_data_hash());
        let operation = keccak256(words);
        let mut outer = [0_u8; 3 * 32];
        outer[..32].copy_from_slice(operation.as_slice());
        outer[32..64].copy_from_slice(ENTRY_POINT.into_word().as_slice());
        outer[88..].copy_from_slice(&chain_id.to_be_bytes());
        UserOperationHash(keccak256(outer))
    }

    /// `verificationGasLimit ‖ callGasLimit`, 16 bytes each.
    pub(super) fn account_gas_limits(&self) -> B256 {
        halves(self.gas.verification.into(), self.gas.call.into())
    }

    /// `maxPriorityFeePerGas ‖ maxFeePerGas`, 16 bytes each.
    pub(super) fn gas_fees(&self) -> B256 {
        halves(self.fees.max_priority, self.fees.max)
    }

    fn init_code_hash(&self) -> B256 {
        let Some((factory, data)) = &self.factory else { return KECCAK256_EMPTY };
        let mut hasher = Keccak256::new();
        hasher.update(factory);
        hasher.update(data);
        hasher.finalize()
    }

    fn paymaster_and_data_hash(&self) -> B256 {
        let Some(sponsorship) = &self.sponsorship else { return KECCAK256_EMPTY };
        let mut hasher = Keccak256::new();
        hasher.update(sponsorship.paymaster);
        hasher.update(sponsorship.gas_limits());
        hasher.update(&sponsorship.data);
        hasher.finalize()
    }
}

impl Sponsorship {
    /// `paymasterVerificationGasLimit ‖ paymasterPostOpGasLimit`, 16 bytes each.
    pub(super) fn gas_limits(&self) -> B256 {
        halves(self.verification_gas.into(), self.post_op_gas.into())
    }
}

impl UserOperation {
    /// What was signed on chain `chain_id`; see [`UserOperationDraft::hash`].
    pub fn hash(&self, chain_id: u64) -> UserOperationHash {
        self.draft.hash(chain_id)
    }

    /// Everything but the signature.
    pub const fn draft(&self) -> &UserOperationDraft {
        &self.draft
    }

    /// The account.
    pub const fn sender(&self) -> Address {
        self.draft.sender
    }

    /// Key and sequence.
    pub const fn nonce(&self) -> U256 {
        self.draft.nonce
    }

    /// Factory and its calldata, when it creates the account.
    pub const fn factory(&self) -> Option<&(Address, Bytes)> {
        self.draft.factory.as_ref()
    }

    /// What the account is called with.
    pub const fn call_data(&self) -> &Bytes {
        &self.draft.call_data
    }

    /// Fees.
    pub const fn fees(&self) -> Fees {
        self.draft.fees
    }

    /// Gas limits.
    pub const fn gas(&self) -> GasLimits {
        self.draft.gas
    }

    /// The sponsor.
    pub const fn sponsorship(&self) -> Option<&Sponsorship> {
        self.draft.sponsorship.as_ref()
    }

    /// The signature in the validator's layout.
    pub const fn signature(&self) -> &Bytes {
        &self.signature
    }
}

fn halves(upper: u128, lower: u128) -> B256 {
    let mut word = [0; 32];
    word[..16].copy_from_slice(&upper.to_be_bytes());
    word[16..].copy_from_slice(&lower.to_be_bytes());
    B256::new(word)
}
