//! The bundler (ERC-7769): tries operations with the EntryPoint's own code, and hands each over in a transaction of
//! its own. It keeps no reputation and traces no opcodes.

mod bundle;
mod estimate;
mod receipt;
mod refusal;

use alloy_primitives::B256;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::bundle::{bundle, objection, operation_gas};
pub(in crate::sandbox) use self::bundle::{mined_bundles, would_fail};
use self::estimate::{estimate, pre_verification_gas};
use self::refusal::Moment;
use super::operation_wire::{Completeness, read_operation, tell_operation};
use super::params::{Param, Params};
use super::wire::quantity;
use super::{Answer, Refusal, Sandbox};
use crate::account::{Fees, NonceKey, UserOperation};
use crate::contracts::ENTRY_POINT;
use crate::evm::Fees as Price;
use crate::sandbox::chain::{Chain, SUGGESTED_TIP};
use crate::sandbox::{OperationFault, drill};

/// Most gas that an operation may ask for in all.
const MOST_GAS: u64 = 30_000_000;
/// Operations that may wait.
const MOST_WAITING: usize = 1_000;
/// Operations that are remembered after they were handed over.
const MOST_REMEMBERED: usize = 256;

/// When operations are handed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Bundling {
    /// At once.
    #[default]
    Auto,
    /// When somebody says so.
    Manual,
}

/// An operation that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Waiting {
    operation: UserOperation,
    /// The newest block when the EntryPoint would have taken it.
    tried_on: B256,
}

/// A bundler with the operations that wait.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::sandbox) struct Bundler {
    /// By arrival; no two of one account in one lane.
    waiting: Vec<Waiting>,
    /// Handed over, by age.
    remembered: Vec<UserOperation>,
    bundling: Bundling,
}

/// Answers a method of this family.
pub(super) fn answer(sandbox: &mut Sandbox, method: &str, params: &Value) -> Answer {
    let Sandbox { chain, bundler, .. } = sandbox;
    let listed = Params::new(params);
    Some(match method {
        "eth_chainId" => Ok(quantity(chain.chain_id())),
        "eth_supportedEntryPoints" => Ok(json!([ENTRY_POINT])),
        "eth_estimateUserOperationGas" => {
            read_operation(params, Completeness::Draft).and_then(|operation| estimate(chain, &operation))
        }
        "eth_sendUserOperation" => {
            let taken = read_operation(params, Completeness::Final)
                .and_then(|operation| bundler.take(chain, operation));
            hand_over(sandbox);
            taken.map(|hash| json!(hash))
        }
        "eth_getUserOperationByHash" => {
            listed.at(0).and_then(|hash| hash.b256()).map(|hash| bundler.find(chain, hash))
        }
        "eth_getUserOperationReceipt" => {
            listed.at(0).and_then(|hash| hash.b256()).map(|hash| receipt::receipt(chain, hash))
        }
        "pimlico_getUserOperationGasPrice" => Ok(gas_price(chain)),
        "debug_bundler_setBundlingMode" => {
            let mode = listed.at(0).and_then(|mode| read_mode(&mode));
            bundler.bundling = mode.as_ref().map_or(bundler.bundling, |mode| *mode);
            hand_over(sandbox);
            mode.map(|_| json!("ok"))
        }
        _ => return None,
    })
}

fn read_mode(mode: &Param<'_>) -> Result<Bundling, Refusal> {
    match mode.text()? {
        "auto" => Ok(Bundling::Auto),
        "manual" => Ok(Bundling::Manual),
        _ => mode.wrong("is neither auto nor manual"),
    }
}

/// Hands over what waits, unless it has to wait on. What the EntryPoint does not take any more is dropped.
pub(in crate::sandbox) fn hand_over(sandbox: &mut Sandbox) {
    let is_held = sandbox.faults.operation == OperationFault::Stuck;
    if is_held || sandbox.bundler.bundling == Bundling::Manual {
        return;
    }
    for Waiting { operation, tried_on } in std::mem::take(&mut sandbox.bundler.waiting) {
        drill::provoke(sandbox, &operation);
        let Sandbox { chain, bundler, .. } = sandbox;
        let is_good = chain.head().hash == tried_on || matches!(objection(chain, &operation), Ok(None));
        if !is_good {
            continue;
        }
        let price = price_of(operation.fees(), chain.next_base_fee());
        if chain.submit(bundle(&operation, price)).is_ok() {
            bundler.remember(operation);
        }
    }
}

impl Bundler {
    fn remember(&mut self, operation: UserOperation) {
        if self.remembered.len() == MOST_REMEMBERED {
            self.remembered.remove(0);
        }
        self.remembered.push(operation);
    }

    /// Operations that wait.
    pub(in crate::sandbox) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Lets `operation` wait, if the EntryPoint would take it now.
    fn take(&mut self, chain: &Chain, operation: UserOperation) -> Result<B256, Refusal> {
        let hash_of = |operation: &UserOperation| operation.hash(chain.chain_id()).0;
        let hash = hash_of(&operation);
        if self.waiting.iter().any(|waiting| hash_of(&waiting.operation) == hash) {
            return Ok(hash);
        }
        check_gas(chain, &operation)?;
        let rival = self.rival_of(&operation)?;
        if let Some(objection) = objection(chain, &operation)? {
            return Err(objection.refusal(Moment::Sending));
        }
        let taken = Waiting { operation, tried_on: chain.head().hash };
        match rival {
            Some(place) => self.waiting[place] = taken,
            None if self.waiting.len() < MOST_WAITING => self.waiting.push(taken),
            None => return Err(Refusal::new(-32_005, "too many operations wait")),
        }
        Ok(hash)
    }

    /// The operation whose place `operation` would take: the same account in the same lane, or one that creates the
    /// account too. It has to pay a tenth more on both counts.
    fn rival_of(&self, operation: &UserOperation) -> Result<Option<usize>, Refusal> {
        let lane = |operation: &UserOperation| NonceKey::split(operation.nonce()).0;
        let waiting = self.waiting.iter().map(|waiting| &waiting.operation).enumerate();
        let of_account = waiting.filter(|(_, other)| other.sender() == operation.sender());
        for (place, other) in of_account {
            let words = if lane(other) == lane(operation) {
                "AA25 invalid account nonce: User operation already present in mempool"
            } else if other.factory().is_some() && operation.factory().is_some() {
                "AA10 sender already constructed: A conflicting userOperation with initCode for this sender is \
                 already in the mempool"
            } else {
                continue;
            };
            let (old, new) = (other.fees(), operation.fees());
            let is_raised = |old: u128, new: u128| new >= old.saturating_add(old / 10);
            if is_raised(old.max, new.max) && is_raised(old.max_priority, new.max_priority) {
                return Ok(Some(place));
            }
            return Err(Refusal::params(words));
        }
        Ok(None)
    }

    /// Where an operation is: waiting, or handed over and where.
    fn find(&self, chain: &Chain, hash: B256) -> Value {
        let waiting = self.waiting.iter().map(|waiting| &waiting.operation);
        let known = waiting.chain(self.remembered.iter().rev());
        let mut same = known.filter(|operation| operation.hash(chain.chain_id()).0 == hash);
        let Some(operation) = same.next() else { return Value::Null };
        let event = receipt::event_of(chain, hash);
        json!({
            "userOperation": tell_operation(operation),
            "entryPoint": ENTRY_POINT,
            "transactionHash": event.as_ref().map(|event| event.transaction),
            "blockHash": event.as_ref().map(|event| event.block_hash),
            "blockNumber": event.as_ref().map(|event| quantity(event.block)),
        })
    }
}

/// What the bundler looks at before it asks the EntryPoint.
fn check_gas(chain: &Chain, operation: &UserOperation) -> Result<(), Refusal> {
    let least_fee = u128::from(chain.next_base_fee());
    let fee = operation.fees().max;
    if fee < least_fee {
        return Err(Refusal::params(format!(
            "maxFeePerGas must be at least {least_fee} (current maxFeePerGas: {fee}) - use \
             pimlico_getUserOperationGasPrice to get the current gas price"
        )));
    }
    if operation_gas(operation) > MOST_GAS {
        return Err(Refusal::params(format!("an operation may use {MOST_GAS} gas at most")));
    }
    let (needed, given) = (pre_verification_gas(operation), operation.gas().pre_verification);
    if given < needed {
        let words = format!("preVerificationGas is not enough, required: {needed}, got: {given}");
        return Err(Refusal::new(-32_500, words));
    }
    Ok(())
}

/// What the operation pays per gas is what its bundle pays.
fn price_of(fees: Fees, base_fee: u64) -> Price {
    let base_fee = u128::from(base_fee);
    let tip = fees.max_priority.min(fees.max.saturating_sub(base_fee));
    Price::Dynamic { max: base_fee + tip, max_priority: tip }
}

/// Twice the base fee outlasts six full blocks.
fn gas_price(chain: &Chain) -> Value {
    let base_fee = u128::from(chain.next_base_fee());
    let speed = |percent: u128| {
        let tip = SUGGESTED_TIP * percent / 100;
        json!({ "maxFeePerGas": quantity(2 * base_fee + tip), "maxPriorityFeePerGas": quantity(tip) })
    };
    json!({ "slow": speed(100), "standard": speed(105), "fast": speed(110) })
}
