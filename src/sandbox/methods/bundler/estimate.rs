//! How much gas an operation needs: each step measured by itself, then the whole tried with the EntryPoint until
//! the limits are enough.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use serde_json::{Value, json};

use super::bundle::{EXECUTOR, intrinsic_gas, objection};
use super::refusal::Moment;
use crate::account::{Fees, GasLimits, UserOperation, handle_ops_call_data};
use crate::contracts::ENTRY_POINT;
use crate::contracts::abi::IAccount::validateUserOpCall;
use crate::contracts::abi::IPaymaster::{postOpCall, validatePaymasterUserOpCall};
use crate::evm::{Execution, Message};
use crate::sandbox::chain::{Chain, ChainError};
use crate::sandbox::methods::Refusal;
use crate::sandbox::methods::wire::quantity;

/// While measuring, every step may use this much.
const ROOMY: u64 = 10_000_000;
/// The least for calls: even nothing has to be started.
const LEAST_CALL_GAS: u64 = 9_000;
/// What the EntryPoint does for an operation outside its limits.
const OVERHEAD_GAS: u64 = 40_000;
/// The signature of an operation to be estimated may be compressed, and nobody's to less than the real one: a
/// hundred bytes at the price of data.
const LONGER_SIGNATURE_GAS: u64 = 1_600;
/// A limit that was too low is raised by an eighth, so often at most.
const MOST_RAISES: usize = 24;

/// What an operation needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Needs {
    verification: u64,
    call: u64,
    sponsor_verification: u64,
    sponsor_post_op: u64,
}

/// The answer to `eth_estimateUserOperationGas`. Signatures and times are not looked at: the signature of an
/// operation to be estimated is nobody's.
///
/// # Errors
/// The EntryPoint's refusal; -32521 where the calls would revert.
pub(super) fn estimate(chain: &mut Chain, operation: &UserOperation) -> Result<Value, Refusal> {
    let roomy =
        Needs { verification: ROOMY, call: ROOMY, sponsor_verification: ROOMY, sponsor_post_op: ROOMY };
    // At no fee nobody has to have paid before the limits are known.
    let free = limited(operation, roomy, Fees::default());
    refuse(chain, &free)?;
    let mut needs = measure(chain, &free)?;
    needs.call = needs.call.max(LEAST_CALL_GAS);
    raise_verification(chain, operation, &mut needs)?;
    let limits = limited(operation, needs, operation.fees());
    refuse(chain, &limits)?;
    let mut told = json!({
        "preVerificationGas": quantity(limits.gas().pre_verification),
        "verificationGasLimit": quantity(needs.verification),
        "callGasLimit": quantity(needs.call),
    });
    if operation.sponsorship().is_some() {
        told["paymasterVerificationGasLimit"] = quantity(needs.sponsor_verification);
        told["paymasterPostOpGasLimit"] = quantity(needs.sponsor_post_op);
    }
    Ok(told)
}

/// What the bundler itself pays for an operation and cannot measure on chain: the transaction, the data at the
/// price of data, the EntryPoint's work around it. What is filled in after an estimate counts by its length alone.
pub(super) fn pre_verification_gas(operation: &UserOperation) -> u64 {
    let mut draft = operation.draft().clone();
    let full = |bytes: &Bytes| Bytes::from(vec![0xff; bytes.len()]);
    draft.fees = Fees { max: u128::MAX, max_priority: u128::MAX };
    draft.gas = GasLimits { pre_verification: u64::MAX, verification: u64::MAX, call: u64::MAX };
    if let Some(sponsorship) = &mut draft.sponsorship {
        (sponsorship.verification_gas, sponsorship.post_op_gas) = (u64::MAX, u64::MAX);
        sponsorship.data = full(&sponsorship.data);
    }
    let filled = draft.sign_with(full(operation.signature()));
    OVERHEAD_GAS + intrinsic_gas(&handle_ops_call_data(&[filled], EXECUTOR))
}

/// The operation with other limits and fees.
fn limited(operation: &UserOperation, needs: Needs, fees: Fees) -> UserOperation {
    let mut draft = operation.draft().clone();
    draft.fees = fees;
    let pre_verification = pre_verification_gas(operation) + LONGER_SIGNATURE_GAS;
    draft.gas = GasLimits { pre_verification, verification: needs.verification, call: needs.call };
    if let Some(sponsorship) = &mut draft.sponsorship {
        sponsorship.verification_gas = needs.sponsor_verification;
        sponsorship.post_op_gas = needs.sponsor_post_op;
    }
    draft.sign_with(operation.signature().clone())
}

/// Codes of signatures and times.
const fn is_overlooked(code: u8) -> bool {
    matches!(code, 22 | 24 | 32 | 34)
}

fn refuse(chain: &Chain, operation: &UserOperation) -> Result<(), Refusal> {
    let found = objection(chain, operation)?;
    match found.filter(|found| !is_overlooked(found.code())) {
        Some(found) => Err(found.refusal(Moment::Estimating)),
        None => Ok(()),
    }
}

/// Tries the EntryPoint with these limits and raises the one that is too low. What a step used is not yet enough
/// of a limit: every call inside keeps a 64th back, and the EntryPoint's own work counts, taking the fee among it.
fn raise_verification(chain: &Chain, operation: &UserOperation, needs: &mut Needs) -> Result<(), Refusal> {
    for _ in 0..MOST_RAISES {
        let tried = limited(operation, *needs, operation.fees());
        let found = objection(chain, &tried)?;
        let limit = match found.map_or(0, |found| found.code()) {
            13 | 15 | 23 | 26 => &mut needs.verification,
            33 | 36 => &mut needs.sponsor_verification,
            _ => break,
        };
        *limit += *limit / 8 + 1;
    }
    Ok(())
}

/// Runs each step as the EntryPoint would, one on top of the other, and takes everything back.
fn measure(chain: &mut Chain, operation: &UserOperation) -> Result<Needs, Refusal> {
    let hash = operation.hash(chain.chain_id()).0;
    let measured = chain.rehearse(|run| Steps { run, operation, hash }.needs());
    match measured? {
        Ok(needs) => Ok(needs),
        Err(reverted) => {
            let words = "UserOperation reverted during simulation with reason:";
            Err(Refusal::new(-32_521, format!("{words} {}", reverted.output)))
        }
    }
}

struct Steps<'a> {
    run: &'a mut dyn FnMut(&Message) -> Result<Execution, ChainError>,
    operation: &'a UserOperation,
    hash: B256,
}

impl Steps<'_> {
    /// What every step used; or how the calls failed.
    fn needs(&mut self) -> Result<Result<Needs, Execution>, ChainError> {
        let verification = self.create()? + self.validate()?;
        let (sponsor_verification, context) = self.sponsor()?;
        let call = match self.call()? {
            Ok(gas) => gas,
            Err(reverted) => return Ok(Err(reverted)),
        };
        let sponsor_post_op = self.post_op(context)?;
        Ok(Ok(Needs { verification, call, sponsor_verification, sponsor_post_op }))
    }

    /// Gas of a call itself, without what a transaction costs, and what it returned.
    fn step(&mut self, from: Address, to: Address, data: Bytes) -> Result<(u64, Execution), ChainError> {
        let intrinsic = intrinsic_gas(&data);
        let done = (self.run)(&Message::view(from, to, data, ROOMY + intrinsic))?;
        Ok(((done.gas_used + done.gas_refunded).saturating_sub(intrinsic), done))
    }

    fn create(&mut self) -> Result<u64, ChainError> {
        let Some((factory, data)) = self.operation.factory() else { return Ok(0) };
        // The EntryPoint's constructor made it first.
        let sender_creator = ENTRY_POINT.create(1);
        self.step(sender_creator, *factory, data.clone()).map(|(gas, _)| gas)
    }

    fn validate(&mut self) -> Result<u64, ChainError> {
        let call = validateUserOpCall {
            userOp: self.operation.pack(),
            userOpHash: self.hash,
            missingAccountFunds: U256::ZERO,
        };
        self.step(ENTRY_POINT, self.operation.sender(), call.abi_encode().into()).map(|(gas, _)| gas)
    }

    fn sponsor(&mut self) -> Result<(u64, Bytes), ChainError> {
        let Some(sponsorship) = self.operation.sponsorship() else { return Ok((0, Bytes::new())) };
        let call = validatePaymasterUserOpCall {
            userOp: self.operation.pack(),
            userOpHash: self.hash,
            maxCost: U256::ZERO,
        };
        let (gas, done) = self.step(ENTRY_POINT, sponsorship.paymaster, call.abi_encode().into())?;
        let answer = validatePaymasterUserOpCall::abi_decode_returns(&done.output);
        Ok((gas, answer.map(|answer| answer.context).unwrap_or_default()))
    }

    /// The calls' gas, or how they failed. Each level of calls keeps a 64th back, so that an eighth more is enough
    /// for seven levels.
    fn call(&mut self) -> Result<Result<u64, Execution>, ChainError> {
        let data = self.operation.call_data().clone();
        if data.is_empty() {
            return Ok(Ok(0));
        }
        let (gas, done) = self.step(ENTRY_POINT, self.operation.sender(), data)?;
        Ok(if done.is_success() { Ok(gas + gas / 8) } else { Err(done) })
    }

    fn post_op(&mut self, context: Bytes) -> Result<u64, ChainError> {
        let sponsorship = self.operation.sponsorship().filter(|_| !context.is_empty());
        let Some(sponsorship) = sponsorship else { return Ok(0) };
        let call =
            postOpCall { mode: 0, context, actualGasCost: U256::ZERO, actualUserOpFeePerGas: U256::ZERO };
        let (gas, _) = self.step(ENTRY_POINT, sponsorship.paymaster, call.abi_encode().into())?;
        Ok(gas + gas / 4)
    }
}
