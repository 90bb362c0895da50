//! What verifying costs, measured on the production contracts: the smallest `verificationGasLimit` that passed.
//!
//! Known before anything is signed, so that a grant which no bundler of the network would take is refused early.

/// Deploys the account and enables the buy permission with two actions.
const DEPLOY_AND_ENABLE: u64 = 1_852_344;
/// The same with the pair rule.
const DEPLOY_AND_ENABLE_PAIR: u64 = 2_317_276;
/// Enables the sell permission on an account that exists.
const ENABLE: u64 = 1_587_815;
/// The same with the pair rule.
const ENABLE_PAIR: u64 = 2_067_762;
/// Uses an enabled permission for one lot.
const USE: u64 = 172_274;
/// Each further lot: 214,999 - 192,792, rounded up.
const FURTHER_LOT: u64 = 23_000;

/// What an operation does while it is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// Creates the account and enables a permission.
    DeployAndEnable,
    /// Enables a permission.
    Enable,
    /// Acts under an enabled one.
    Use,
}

/// Gas that verifying an operation of `lots` lots needs at least.
pub const fn expected_verification_gas(verification: Verification, with_pair: bool, lots: u32) -> u64 {
    let base = match (verification, with_pair) {
        (Verification::DeployAndEnable, false) => DEPLOY_AND_ENABLE,
        (Verification::DeployAndEnable, true) => DEPLOY_AND_ENABLE_PAIR,
        (Verification::Enable, false) => ENABLE,
        (Verification::Enable, true) => ENABLE_PAIR,
        (Verification::Use, _) => USE,
    };
    base + FURTHER_LOT * (lots.saturating_sub(1) as u64)
}
