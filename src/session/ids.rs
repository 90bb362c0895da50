//! Names under which SmartSession and its policies keep things.

use alloy_primitives::{Address, B256, Bytes, FixedBytes, Keccak256, keccak256};
use alloy_sol_types::SolValue;

use super::{PermissionId, PermissionSpec};
use crate::contracts::K1_VALIDATOR;
use crate::contracts::abi::ISmartSession::Session;

impl PermissionId {
    /// The id of `session`: keccak256(abi.encode(validator, its data, salt)).
    pub fn of(session: &Session) -> Self {
        let named = (session.sessionValidator, session.sessionValidatorInitData.clone(), session.salt);
        Self(keccak256(named.abi_encode_params()))
    }

    /// The id of a session signed for by the K1 validator with `session_key`.
    pub fn from_parts(session_key: Address, salt: B256) -> Self {
        let key = Bytes::copy_from_slice(session_key.as_slice());
        Self(keccak256((K1_VALIDATOR, key, salt).abi_encode_params()))
    }

    /// Under this id the policies on whole operations keep what `account` used.
    pub fn operation_config_id(self, account: Address) -> B256 {
        hash_of(&[account.as_slice(), self.0.as_slice()])
    }

    /// Under this id the policies on one action keep what `account` used.
    pub fn action_config_id(self, account: Address, target: Address, selector: FixedBytes<4>) -> B256 {
        let action_policy_id = hash_of(&[self.0.as_slice(), action_id(target, selector).as_slice()]);
        hash_of(&[account.as_slice(), action_policy_id.as_slice()])
    }
}

impl PermissionSpec {
    /// The id its session will have; rules do not change it, so it is known before they are complete.
    pub fn id(&self) -> PermissionId {
        PermissionId(keccak256(id_preimage(self.session_key, self.salt).as_flattened()))
    }
}

/// abi.encode(K1 validator, 20 bytes of key, salt): five words, of which the third is the salt.
pub(super) fn id_preimage(session_key: Address, salt: B256) -> [[u8; 32]; 5] {
    let mut words = [[0; 32]; 5];
    words[0] = K1_VALIDATOR.into_word().0;
    words[1][31] = 0x60;
    words[2] = salt.0;
    words[3][31] = 20;
    words[4][..20].copy_from_slice(session_key.as_slice());
    words
}

/// The name of a function of a contract: keccak256(target ‖ selector).
pub fn action_id(target: Address, selector: FixedBytes<4>) -> B256 {
    hash_of(&[target.as_slice(), selector.as_slice()])
}

fn hash_of(parts: &[&[u8]]) -> B256 {
    let mut hasher = Keccak256::new();
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize()
}
