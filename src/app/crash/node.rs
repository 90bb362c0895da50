//! The node's answers, from the chain as it stands or stood.

use alloy_primitives::aliases::U160;
use alloy_primitives::{Address, B256, Bytes, I256, LogData, U256, keccak256};
use alloy_sol_types::{Revert, SolCall, SolError, SolEvent, SolValue};
use serde_json::{Value, json};

use super::chain::{Block, Chain, Mined, State};
use crate::contracts::abi::IEntryPoint::{
    DepositInfo, UserOperationEvent, UserOperationRevertReason, getDepositInfoCall, getNonceCall,
};
use crate::contracts::abi::IQuoterV2::quoteExactInputSingleCall;
use crate::contracts::abi::ISmartSession::{getNonceCall as enableNonceCall, isPermissionEnabledCall};
use crate::contracts::abi::IUniActionPolicy::{ActionConfig, actionConfigsCall};
use crate::contracts::abi::IUniswapV3Pool::{Swap, liquidityCall, slot0Call};
use crate::contracts::abi::IUsageLimitPolicy::{getUsageLimitCall, getUsedCall};
use crate::contracts::abi::{IERC20, IERC20::Transfer};
use crate::contracts::{ENTRY_POINT, UNI_ACTION_POLICY, USAGE_LIMIT_POLICY};
use crate::ports::TransportError;
use crate::session::Leg;
use crate::trading::Side;
use crate::units::UnixSecs;

type Answer = Result<Value, TransportError>;

/// A log where it was mined.
struct Placed<'a> {
    address: Address,
    data: LogData,
    block: &'a Block,
    transaction: B256,
    index: usize,
}

/// What a node has of the chain.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    /// Its newest block.
    pub(super) latest: u64,
    /// The newest block whose state and receipts it has.
    pub(super) known: u64,
    /// The newest block whose events it has.
    pub(super) logged: u64,
}

impl Chain {
    /// One request.
    pub(super) fn answer(&self, method: &str, params: &Value, view: &View) -> Answer {
        let header_of = |tag: &Value| match tag.as_str() {
            Some("latest") | None => Some(view.latest),
            Some(hex) => quantity(hex).filter(|number| *number <= view.latest),
        };
        let number = |tag: &Value| header_of(tag).map(|number| number.min(view.known));
        match method {
            "eth_chainId" => Ok(json!("0x7a69")),
            "eth_getBlockByNumber" => {
                Ok(header_of(&params[0]).and_then(|it| self.block(it)).map_or(Value::Null, header))
            }
            "eth_getCode" => {
                let block = self.state_at(number(&params[1]))?;
                let is_there = params[0] == json!(self.account()) && block.state.is_deployed;
                Ok(json!(if is_there { "0x01" } else { "0x" }))
            }
            "eth_getBalance" => Ok(json!("0x0")),
            "eth_call" => self.call(&params[0], self.state_at(number(&params[1]))?),
            "eth_getLogs" => Ok(self.logs(&params[0], view.logged)),
            "eth_getTransactionReceipt" => Ok(self.receipt(&params[0], view.known)),
            _ => panic!("nobody taught the simulated node {method}"),
        }
    }

    fn account(&self) -> Address {
        self.signed.grant().account()
    }

    fn state_at(&self, number: Option<u64>) -> Result<&Block, TransportError> {
        number.and_then(|it| self.block(it)).ok_or_else(|| refused(-32_000, "header not found", None))
    }

    fn call(&self, call: &Value, block: &Block) -> Answer {
        let to: Address = serde_json::from_value(call["to"].clone()).expect("an address");
        let data: Bytes = serde_json::from_value(call["data"].clone()).expect("bytes");
        let facts = self.venue.facts();
        let state = &block.state;
        let selector = data.first_chunk::<4>().copied().unwrap_or_default();
        let words = |words: &[U256]| Ok(json!(Bytes::from(words.abi_encode_packed())));
        let word = |word: U256| words(&[word]);
        if to == self.account() {
            return self.try_calls(&data, block);
        }
        match selector {
            IERC20::balanceOfCall::SELECTOR => {
                let asked = IERC20::balanceOfCall::abi_decode(&data).expect("a call").account;
                let is_base = to == facts.base.address;
                let held = if is_base { state.base } else { state.quote };
                word(if asked == self.account() { held } else { U256::ZERO })
            }
            IERC20::allowanceCall::SELECTOR => word(U256::ZERO),
            getDepositInfoCall::SELECTOR => {
                let none = DepositInfo {
                    deposit: U256::ZERO,
                    staked: false,
                    stake: Default::default(),
                    unstakeDelaySec: 0,
                    withdrawTime: Default::default(),
                };
                Ok(json!(Bytes::from(none.abi_encode())))
            }
            getNonceCall::SELECTOR if to == ENTRY_POINT => {
                let key = getNonceCall::abi_decode(&data).expect("a call").key;
                let sequence = state.lanes.get(&key).copied().unwrap_or(0);
                word((U256::from(key) << 64_usize) + U256::from(sequence))
            }
            isPermissionEnabledCall::SELECTOR => {
                let id = isPermissionEnabledCall::abi_decode(&data).expect("a call").permissionId;
                word(U256::from(state.enabled[self.leg(id).index() as usize]))
            }
            enableNonceCall::SELECTOR => {
                let id = enableNonceCall::abi_decode(&data).expect("a call").permissionId;
                let leg = self.leg(id);
                let burnt = U256::from(state.burnt[leg.index() as usize]);
                word(self.signed.grant().leg(leg).nonce() + burnt)
            }
            getUsageLimitCall::SELECTOR if to == USAGE_LIMIT_POLICY => word(U256::MAX >> 128_usize),
            getUsedCall::SELECTOR if to == USAGE_LIMIT_POLICY => {
                let id = getUsedCall::abi_decode(&data).expect("a call").id;
                let is_leg =
                    |leg: &Leg| self.signed.grant().leg(*leg).id().operation_config_id(self.account()) == id;
                let leg = [Leg::Buy, Leg::Sell].into_iter().find(is_leg).expect("one of both");
                word(U256::from(state.spent[leg.index() as usize].uses))
            }
            actionConfigsCall::SELECTOR if to == UNI_ACTION_POLICY => {
                let id = actionConfigsCall::abi_decode(&data).expect("a call").id;
                Ok(json!(Bytes::from(self.action_config(id, state).abi_encode())))
            }
            slot0Call::SELECTOR => {
                let root = U256::from(self.root(block.price));
                let [zero, one] = [U256::ZERO, U256::ONE];
                words(&[root, zero, zero, one, one, zero, one])
            }
            liquidityCall::SELECTOR => word(U256::from(1_u64 << 60)),
            quoteExactInputSingleCall::SELECTOR => {
                let params = quoteExactInputSingleCall::abi_decode(&data).expect("a call").params;
                let side = if params.tokenIn == facts.base.address { Side::Sell } else { Side::Buy };
                let out = self.out(side, params.amountIn, block.price);
                words(&[out, U256::ZERO, U256::ZERO, U256::ZERO])
            }
            _ => panic!("nobody taught the simulated contracts {data}"),
        }
    }

    /// The calls as the EntryPoint would make them now.
    fn try_calls(&self, call_data: &Bytes, block: &Block) -> Answer {
        match self.execute(call_data, block) {
            Ok(_) => Ok(json!("0x")),
            Err(why) => {
                let error = Revert::from(why).abi_encode();
                Err(refused(3, "execution reverted", Some(&json!(Bytes::from(error)).to_string())))
            }
        }
    }

    fn leg(&self, id: B256) -> Leg {
        let is_it = |leg: &Leg| self.signed.grant().leg(*leg).id().0 == id;
        [Leg::Buy, Leg::Sell].into_iter().find(is_it).expect("one of both")
    }

    /// The rules as they were signed, with what the state says of their budgets.
    fn action_config(&self, id: B256, state: &State) -> ActionConfig {
        for leg in [Leg::Buy, Leg::Sell] {
            let permission = self.signed.grant().leg(leg);
            for action in &permission.session().actions {
                let (target, selector) = (action.actionTarget, action.actionTargetSelector);
                if permission.id().action_config_id(self.account(), target, selector) != id {
                    continue;
                }
                let policy = &action.actionPolicies[0];
                let mut config = ActionConfig::abi_decode(&policy.initData).expect("as written");
                let rules = &mut config.paramRules.rules;
                for rule in rules.iter_mut().filter(|rule| rule.isLimited) {
                    let word = u32::try_from(rule.offset / 32).expect("few");
                    rule.usage.used = state.spent[leg.index() as usize].used(target, selector, word);
                }
                return config;
            }
        }
        panic!("no action has the id {id}")
    }

    fn logs(&self, filter: &Value, logged: u64) -> Value {
        let bound = |name: &str| filter[name].as_str().and_then(quantity).expect("a block");
        let blocks = self.range(bound("fromBlock"), bound("toBlock").min(logged));
        let matches = |placed: &Placed<'_>| {
            let is_address = filter["address"].as_array().expect("a list").contains(&json!(placed.address));
            let wanted = filter["topics"].as_array().expect("a list").iter().enumerate();
            let mut fits = wanted.map(|(at, any)| {
                any.as_array().is_none_or(|any| {
                    placed.data.topics().get(at).is_some_and(|topic| any.contains(&json!(topic)))
                })
            });
            is_address && fits.all(|fits| fits)
        };
        blocks.flat_map(|block| self.placed(block)).filter(matches).map(|placed| placed.to_json()).collect()
    }

    /// Everything that a block logged.
    fn placed<'a>(&'a self, block: &'a Block) -> Vec<Placed<'a>> {
        let mut all = Vec::new();
        let mut put = |address: Address, data: LogData, transaction: B256| {
            let index = all.len();
            all.push(Placed { address, data, block, transaction, index });
        };
        let swap = Swap {
            sender: Address::ZERO,
            recipient: Address::ZERO,
            amount0: I256::ZERO,
            amount1: I256::ZERO,
            sqrtPriceX96: U160::from(self.root(block.price)),
            liquidity: 1,
            tick: Default::default(),
        };
        put(self.venue.facts().pool, swap.encode_log_data(), B256::with_last_byte(1));
        for mined in &block.mined {
            let transaction = transaction(mined);
            self.transfers(mined).into_iter().for_each(|(token, data)| put(token, data, transaction));
            let (operation, sender) = (&mined.operation, self.account());
            if !mined.success {
                let event = UserOperationRevertReason {
                    userOpHash: operation.hash,
                    sender,
                    nonce: operation.draft.nonce,
                    revertReason: Revert::from(mined.reason).abi_encode().into(),
                };
                put(ENTRY_POINT, event.encode_log_data(), transaction);
            }
            let event = UserOperationEvent {
                userOpHash: operation.hash,
                sender,
                paymaster: Address::ZERO,
                nonce: operation.draft.nonce,
                success: mined.success,
                actualGasCost: U256::ONE,
                actualGasUsed: U256::ONE,
            };
            put(ENTRY_POINT, event.encode_log_data(), transaction);
        }
        all
    }

    fn transfers(&self, mined: &Mined) -> Vec<(Address, LogData)> {
        let Some((side, base, quote)) = mined.fill else { return Vec::new() };
        let facts = self.venue.facts();
        let (pool, account) = (facts.pool, self.account());
        let (base_from, base_to) = if side == Side::Buy { (pool, account) } else { (account, pool) };
        let moved = |token: Address, from: Address, to: Address, value: U256| {
            (token, Transfer { from, to, value }.encode_log_data())
        };
        vec![
            moved(facts.base.address, base_from, base_to, base),
            moved(facts.quote.address, base_to, base_from, quote),
        ]
    }

    fn receipt(&self, hash: &Value, known: u64) -> Value {
        let is_it =
            |(block, mined): &(&Block, &Mined)| block.number <= known && json!(transaction(mined)) == *hash;
        let Some((block, mined)) = self.mined().find(is_it) else { return Value::Null };
        let logs: Vec<Value> = self
            .placed(block)
            .iter()
            .filter(|placed| placed.transaction == transaction(mined))
            .map(Placed::to_json)
            .collect();
        json!({
            "transactionHash": hash, "status": "0x1", "gasUsed": "0x1",
            "blockNumber": format!("{:#x}", block.number), "logs": logs,
        })
    }
}

impl Placed<'_> {
    fn to_json(&self) -> Value {
        json!({
            "address": self.address,
            "topics": self.data.topics(),
            "data": self.data.data,
            "blockNumber": format!("{:#x}", self.block.number),
            "blockHash": self.block.hash(),
            "blockTimestamp": format!("{:#x}", self.block.at.0),
            "transactionHash": self.transaction,
            "logIndex": format!("{:#x}", self.index),
        })
    }
}

/// The transaction that carries an operation.
fn transaction(mined: &Mined) -> B256 {
    keccak256(mined.operation.hash)
}

fn header(block: &Block) -> Value {
    let UnixSecs(at) = block.at;
    json!({
        "number": format!("{:#x}", block.number),
        "hash": block.hash(),
        "timestamp": format!("{at:#x}"),
        "baseFeePerGas": "0x1",
    })
}

pub(super) fn quantity(hex: &str) -> Option<u64> {
    u64::from_str_radix(hex.strip_prefix("0x")?, 16).ok()
}

pub(super) fn refused(code: i64, message: &str, data: Option<&str>) -> TransportError {
    TransportError::Refused { code, message: message.to_owned(), data: data.map(str::to_owned) }
}
