//! What the policies' getters return, read into typed values.
//!
//! Two traps: before the first use everything reads zero, and after removal the old numbers stay. So ask
//! `isPermissionEnabled` first, and take [`Spent::default`] for a permission that is signed and never used.

use alloy_primitives::{Address, FixedBytes, U256};
use thiserror::Error;

use super::spec::read_action_config;
use super::{ActionRules, ParamRule, SpecError, Spent, SpentAmount};
use crate::units::UnixSecs;

/// Bytes that are not what the getter returns.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StateError {
    /// Not one word, or a number out of range.
    #[error("the chain's answer about the session is malformed")]
    Malformed,
    /// Rules that cannot be read.
    #[error(transparent)]
    Rules(#[from] SpecError),
    /// The chain holds other rules than those that were signed.
    #[error("the chain holds other rules for {selector} of {target} than those that were signed")]
    OtherRules {
        /// Whose function.
        target: Address,
        /// Which.
        selector: FixedBytes<4>,
    },
}

/// `getTimeFrameConfig`: the last second, zero when the permission was never used.
///
/// # Errors
/// [`StateError::Malformed`].
pub fn decode_time_frame(result: &[u8]) -> Result<UnixSecs, StateError> {
    let frame = decode_number(result)?;
    u64::try_from(frame >> 48)
        .ok()
        .filter(|until| until >> 48 == 0)
        .map(UnixSecs)
        .ok_or(StateError::Malformed)
}

/// `getUsageLimit` and `getUsed`: operations.
///
/// # Errors
/// [`StateError::Malformed`].
pub fn decode_uses(result: &[u8]) -> Result<u128, StateError> {
    u128::try_from(decode_number(result)?).map_err(|_| StateError::Malformed)
}

/// `actionConfigs` (3,136 bytes): the rules that stand on chain, each with what its budget has used. Empty when the
/// permission was never used.
///
/// # Errors
/// [`StateError`].
pub fn decode_action_config(result: &[u8]) -> Result<Vec<(ParamRule, U256)>, StateError> {
    Ok(read_action_config(result)?)
}

impl Spent {
    /// Adds what `actionConfigs` returned for `action`.
    ///
    /// # Errors
    /// [`StateError`], also when other rules stand there than those that were signed.
    pub fn add_action_config(&mut self, action: &ActionRules, result: &[u8]) -> Result<(), StateError> {
        let (target, selector) = (action.target, action.selector);
        let on_chain = decode_action_config(result)?;
        if on_chain.is_empty() {
            return Ok(());
        }
        if !on_chain.iter().map(|(rule, _)| rule).eq(&action.rules) {
            return Err(StateError::OtherRules { target, selector });
        }
        let amount = |(rule, used): (ParamRule, U256)| {
            rule.budget.map(|_| SpentAmount { target, selector, word: rule.word, used })
        };
        self.amounts.extend(on_chain.into_iter().filter_map(amount));
        Ok(())
    }
}

fn decode_number(result: &[u8]) -> Result<U256, StateError> {
    <[u8; 32]>::try_from(result).map(U256::from_be_bytes).map_err(|_| StateError::Malformed)
}
