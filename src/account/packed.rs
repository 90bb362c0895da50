//! How an operation leaves the tab: packed for the EntryPoint, or as bytes for the journal.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall;
use thiserror::Error;

use super::UserOperation;
use crate::contracts::abi::IEntryPoint::{PackedUserOperation, handleOpsCall};

/// First byte of a stored operation.
const STORED_VERSION: u8 = 1;

/// Why stored bytes are not an operation.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StoredOperationError {
    /// Written by another version of Leash.
    #[error("the stored operation has format {0}, which this version does not know")]
    Version(u8),
    /// Cut short, too long or altered.
    #[error("the stored operation is damaged")]
    Damaged,
}

impl UserOperation {
    /// The `PackedUserOperation` struct of EntryPoint v0.7.
    pub fn pack(&self) -> PackedUserOperation {
        let draft = self.draft();
        let init_code = draft.factory.as_ref().map(|(factory, data)| join(&[factory.as_slice(), data]));
        let sponsored = draft.sponsorship.as_ref().map(|sponsorship| {
            join(&[sponsorship.paymaster.as_slice(), sponsorship.gas_limits().as_slice(), &sponsorship.data])
        });
        PackedUserOperation {
            sender: draft.sender,
            nonce: draft.nonce,
            initCode: init_code.unwrap_or_default(),
            callData: draft.call_data.clone(),
            accountGasLimits: draft.account_gas_limits(),
            preVerificationGas: U256::from(draft.gas.pre_verification),
            gasFees: draft.gas_fees(),
            paymasterAndData: sponsored.unwrap_or_default(),
            signature: self.signature().clone(),
        }
    }

    /// The operation as the journal keeps it: a version byte, then postcard.
    ///
    /// # Errors
    /// [`StoredOperationError::Damaged`], which memory alone could cause.
    pub fn to_bytes(&self) -> Result<Vec<u8>, StoredOperationError> {
        postcard::to_extend(self, vec![STORED_VERSION]).map_err(|_| StoredOperationError::Damaged)
    }

    /// Reads what [`UserOperation::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`StoredOperationError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StoredOperationError> {
        let (version, rest) = bytes.split_first().ok_or(StoredOperationError::Damaged)?;
        if *version != STORED_VERSION {
            return Err(StoredOperationError::Version(*version));
        }
        match postcard::take_from_bytes(rest) {
            Ok((operation, [])) => Ok(operation),
            _ => Err(StoredOperationError::Damaged),
        }
    }
}

/// Calldata of `EntryPoint.handleOps`, for whoever bundles themselves; `beneficiary` gets the fees.
pub fn handle_ops_call_data(operations: &[UserOperation], beneficiary: Address) -> Bytes {
    let ops = operations.iter().map(UserOperation::pack).collect();
    handleOpsCall { ops, beneficiary }.abi_encode().into()
}

fn join(parts: &[&[u8]]) -> Bytes {
    parts.concat().into()
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use alloy_primitives::{address, bytes};

    use super::*;
    use crate::account::{Fees, GasLimits, Sponsorship, UserOperationDraft};

    fn operation() -> UserOperation {
        let draft = UserOperationDraft {
            sender: address!("c98eb58c3436f9512788a1cf45f5aa7d06240f06"),
            nonce: U256::from(7),
            factory: Some((address!("000000001d1d5004a02bafab9de2d6ce5b7b13de"), bytes!("ea6d13ac"))),
            call_data: bytes!("e9ae5c53"),
            fees: Fees { max: 9, max_priority: 8 },
            gas: GasLimits { pre_verification: 1, verification: 2, call: 3 },
            sponsorship: Some(Sponsorship {
                paymaster: address!("38aef040ceb057b62e1598f5c265946a4e4bab4c"),
                verification_gas: 4,
                post_op_gas: 5,
                data: bytes!("01"),
            }),
        };
        draft.sign_with(bytes!("00ff"))
    }

    #[test]
    fn the_journal_gives_back_what_it_was_given() {
        let stored = operation().to_bytes().expect("memory suffices");
        assert_eq!(UserOperation::from_bytes(&stored), Ok(operation()));
        let alone = operation().draft().clone();
        let alone = UserOperationDraft { factory: None, sponsorship: None, ..alone }.sign_with(Bytes::new());
        assert_eq!(UserOperation::from_bytes(&alone.to_bytes().expect("memory suffices")), Ok(alone));
    }

    #[test]
    fn damaged_bytes_are_no_operation() {
        let stored = operation().to_bytes().expect("memory suffices");
        for cut in 0..stored.len() {
            assert_eq!(
                UserOperation::from_bytes(&stored[..cut]),
                Err(StoredOperationError::Damaged),
                "{cut}"
            );
        }
        let longer = [stored.as_slice(), &[0]].concat();
        assert_eq!(UserOperation::from_bytes(&longer), Err(StoredOperationError::Damaged));
        let newer = [&[2], &stored[1..]].concat();
        assert_eq!(UserOperation::from_bytes(&newer), Err(StoredOperationError::Version(2)));
    }

    #[test]
    fn every_field_but_the_signature_is_hashed() {
        let signed = operation();
        let hash = signed.hash(31_337);
        assert_ne!(signed.hash(1), hash, "the chain");
        assert_eq!(signed.draft().clone().sign_with(Bytes::new()).hash(31_337), hash, "not the signature");
        let check = |field: &str, alter: fn(&mut UserOperationDraft)| {
            let mut draft = signed.draft().clone();
            alter(&mut draft);
            assert_ne!(draft.hash(31_337), hash, "{field}");
        };
        check("sender", |draft| draft.sender = Address::ZERO);
        check("nonce", |draft| draft.nonce += U256::from(1));
        check("factory", |draft| draft.factory = None);
        check("call data", |draft| draft.call_data = Bytes::new());
        check("fee", |draft| draft.fees.max += 1);
        check("priority fee", |draft| draft.fees.max_priority += 1);
        check("gas before", |draft| draft.gas.pre_verification += 1);
        check("gas of verification", |draft| draft.gas.verification += 1);
        check("gas of calls", |draft| draft.gas.call += 1);
        check("sponsor", |draft| draft.sponsorship = None);
    }
}
