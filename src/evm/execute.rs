//! Running a message.

use std::convert::Infallible;

use alloy_primitives::{TxKind, U256};
use revm::ExecuteEvm as _;
use revm::context::result::{
    EVMError, ExecutionResult, HaltReason, InvalidTransaction, Output, ResultAndState,
};
use revm::context::transaction::{AccessList, AccessListItem as ListItem};
use revm::context::{BlockEnv, CfgEnv, Context, ContextSetters as _, Evm, Journal, TxEnv};
use revm::context_interface::block::BlobExcessGasAndPrice;
use revm::handler::instructions::EthInstructions;
use revm::handler::{EthFrame, Handler as _, MainnetHandler};
use revm::interpreter::interpreter::EthInterpreter;
use revm::primitives::hardfork::SpecId;

use super::message::{BlockContext, Execution, Fees, Halt, Message, Outcome, Rejection};
use super::precompiles::Precompiles;
use super::view::{StateOverrides, View};
use super::world::World;

const RULES: SpecId = SpecId::PRAGUE;

/// Runs `message` as part of the open block and keeps what it changed.
///
/// # Errors
/// [`Rejection`]; then nothing has changed.
pub fn execute(world: &mut World, block: &BlockContext, message: &Message) -> Result<Execution, Rejection> {
    let overrides = StateOverrides::new();
    let view = View { world, depth: 0, overrides: &overrides };
    let mut cfg = rules(block);
    // Whoever may send for a contract (the stack's deployer does) has said so before.
    cfg.disable_eip3607 = true;
    let ResultAndState { result, state } = run(view, block, cfg, message)?;
    world.commit(state);
    Ok(read(result))
}

/// Runs `message` on the world as it was `depth` blocks ago and changes nothing. Nonce and base fee do not count.
///
/// # Errors
/// [`Rejection`].
pub fn call(
    world: &World,
    depth: usize,
    block: &BlockContext,
    message: &Message,
    overrides: &StateOverrides,
) -> Result<Execution, Rejection> {
    let view = View { world, depth, overrides };
    let mut cfg = rules(block);
    cfg.disable_eip3607 = true;
    cfg.disable_nonce_check = true;
    cfg.disable_base_fee = true;
    cfg.disable_block_gas_limit = true;
    run(view, block, cfg, message).map(|done| read(done.result))
}

/// Whether `message` could run as the next one of its sender, without running it.
///
/// # Errors
/// [`Rejection`].
pub fn check(world: &World, block: &BlockContext, message: &Message) -> Result<(), Rejection> {
    let overrides = StateOverrides::new();
    let view = View { world, depth: 0, overrides: &overrides };
    let mut cfg = rules(block);
    cfg.disable_eip3607 = true;
    let mut machine = machine(view, block, cfg);
    machine.ctx.set_tx(transaction(message, nonce(&view, message), block.chain_id));
    let checked: Result<_, EVMError<Infallible>> = MainnetHandler::default().validate(&mut machine);
    checked.map(drop).map_err(rejection)
}

fn rules(block: &BlockContext) -> CfgEnv {
    let mut cfg = CfgEnv::new_with_spec(RULES).with_chain_id(block.chain_id);
    cfg.tx_gas_limit_cap = Some(u64::MAX);
    cfg
}

fn run(
    view: View<'_>,
    block: &BlockContext,
    cfg: CfgEnv,
    message: &Message,
) -> Result<ResultAndState, Rejection> {
    let transaction = transaction(message, nonce(&view, message), block.chain_id);
    machine(view, block, cfg).transact(transaction).map_err(rejection)
}

fn nonce(view: &View<'_>, message: &Message) -> u64 {
    let due = || view.world.head_at(message.from, view.depth).nonce;
    message.nonce.unwrap_or_else(due)
}

type Surroundings<'a> = Context<BlockEnv, TxEnv, CfgEnv, View<'a>, Journal<View<'a>>, ()>;
type Machine<'a> =
    Evm<Surroundings<'a>, (), EthInstructions<EthInterpreter, Surroundings<'a>>, Precompiles, EthFrame>;

fn machine<'a>(view: View<'a>, block: &BlockContext, cfg: CfgEnv) -> Machine<'a> {
    let context = Surroundings::new(view, RULES).with_cfg(cfg).with_block(environment(block));
    Evm::new(context, EthInstructions::new_mainnet_with_spec(RULES), Precompiles::new())
}

fn environment(block: &BlockContext) -> BlockEnv {
    BlockEnv {
        number: U256::from(block.number),
        beneficiary: block.beneficiary,
        timestamp: U256::from(block.timestamp),
        gas_limit: block.gas_limit,
        basefee: block.base_fee,
        difficulty: U256::ZERO,
        prevrandao: Some(block.prev_randao),
        blob_excess_gas_and_price: Some(BlobExcessGasAndPrice { excess_blob_gas: 0, blob_gasprice: 1 }),
        slot_num: 0,
    }
}

fn transaction(message: &Message, nonce: u64, chain_id: u64) -> TxEnv {
    let item =
        |item: &super::AccessListItem| ListItem { address: item.address, storage_keys: item.slots.clone() };
    let access_list = AccessList(message.access_list.iter().map(item).collect());
    let (tx_type, gas_price, gas_priority_fee) = match message.fees {
        Fees::Flat(price) => (u8::from(!access_list.0.is_empty()), price, None),
        Fees::Dynamic { max, max_priority } => (2, max, Some(max_priority)),
    };
    TxEnv {
        tx_type,
        caller: message.from,
        gas_limit: message.gas_limit,
        gas_price,
        kind: message.to.map_or(TxKind::Create, TxKind::Call),
        value: message.value,
        data: message.data.clone(),
        nonce,
        chain_id: Some(chain_id),
        access_list,
        gas_priority_fee,
        blob_hashes: Vec::new(),
        max_fee_per_blob_gas: 0,
        authorization_list: Vec::new(),
    }
}

fn read(result: ExecutionResult) -> Execution {
    let gas = *result.gas();
    let (outcome, output, logs, created) = match result {
        ExecutionResult::Success { output: Output::Call(data), logs, .. } => {
            (Outcome::Success, data, logs, None)
        }
        ExecutionResult::Success { output: Output::Create(code, at), logs, .. } => {
            (Outcome::Success, code, logs, at)
        }
        ExecutionResult::Revert { output, .. } => (Outcome::Reverted, output, Vec::new(), None),
        ExecutionResult::Halt { reason, .. } => {
            (Outcome::Halted(halt(&reason)), Default::default(), Vec::new(), None)
        }
    };
    Execution {
        outcome,
        gas_used: gas.tx_gas_used(),
        gas_refunded: gas.final_refunded(),
        output,
        logs,
        created,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the rest has one meaning for a person")]
const fn halt(reason: &HaltReason) -> Halt {
    match reason {
        HaltReason::OutOfGas(_) => Halt::OutOfGas,
        HaltReason::OpcodeNotFound | HaltReason::InvalidFEOpcode | HaltReason::NotActivated => {
            Halt::InvalidOpcode
        }
        HaltReason::InvalidJump => Halt::InvalidJump,
        HaltReason::StackUnderflow | HaltReason::StackOverflow => Halt::Stack,
        HaltReason::CreateCollision
        | HaltReason::CreateContractSizeLimit
        | HaltReason::CreateContractStartingWithEF
        | HaltReason::CreateInitCodeSizeLimit => Halt::Creation,
        _ => Halt::Other,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "no other can be made from a Message")]
fn rejection(error: EVMError<Infallible>) -> Rejection {
    let invalid = match error {
        EVMError::Transaction(invalid) => invalid,
        EVMError::Custom(why) => return Rejection::Unsupported(why),
        _ => return Rejection::Unsupported("the machine failed".into()),
    };
    match invalid {
        InvalidTransaction::NonceTooLow { tx, state } => Rejection::NonceTooLow { next: state, given: tx },
        InvalidTransaction::NonceTooHigh { tx, state } => Rejection::NonceTooHigh { next: state, given: tx },
        InvalidTransaction::LackOfFundForMaxFee { fee, balance } => {
            Rejection::InsufficientFunds { needed: *fee, balance: *balance }
        }
        InvalidTransaction::OverflowPaymentInTransaction => {
            Rejection::InsufficientFunds { needed: U256::MAX, balance: U256::ZERO }
        }
        InvalidTransaction::GasPriceLessThanBasefee => Rejection::FeeBelowBase,
        InvalidTransaction::PriorityFeeGreaterThanMaxFee => Rejection::TipAboveFee,
        InvalidTransaction::CallerGasLimitMoreThanBlock => Rejection::GasAboveBlock,
        InvalidTransaction::CallGasCostMoreThanGasLimit { initial_gas, gas_limit } => {
            Rejection::GasBelowIntrinsic { needed: initial_gas, limit: gas_limit }
        }
        InvalidTransaction::GasFloorMoreThanGasLimit { gas_floor, gas_limit } => {
            Rejection::GasBelowIntrinsic { needed: gas_floor, limit: gas_limit }
        }
        InvalidTransaction::CreateInitCodeSizeLimit => Rejection::InitCodeTooLong,
        InvalidTransaction::InvalidChainId => Rejection::ChainId,
        _ => Rejection::Unsupported("the transaction is not valid".into()),
    }
}

#[cfg(test)]
mod tests;
