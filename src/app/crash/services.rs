//! Bundler and sponsor, kind or not.

use std::rc::Rc;

use alloy_primitives::{Address, B256, Bytes, U256};
use serde_json::{Value, json};

use super::chain::{Block, Mined, Operation};
use super::faults::Fault;
use super::node::{quantity, refused};
use super::world::World;
use crate::account::{Fees, GasLimits, NonceKey, Sponsorship, UserOperationDraft};
use crate::contracts::ENTRY_POINT;
use crate::ports::TransportError;
use crate::units::UnixSecs;

type Answer = Result<Value, TransportError>;

/// How long a word of the sponsor holds, and how long one of a brief sponsor.
const SPONSORED_SECS: u64 = 300;
const BRIEFLY_SECS: u64 = 30;

impl World {
    /// `known` is the newest block whose operations the bundler knows.
    pub(super) fn bundler(&self, method: &str, params: &Value, known: u64) -> Answer {
        match method {
            "eth_chainId" => Ok(json!("0x7a69")),
            "eth_supportedEntryPoints" => Ok(json!([ENTRY_POINT])),
            "pimlico_getUserOperationGasPrice" => {
                let fee = self.chain.borrow().head().fee;
                let [max, priority] = [fee, fee / 10].map(|fee| format!("{fee:#x}"));
                let fees = json!({ "maxFeePerGas": max, "maxPriorityFeePerGas": priority });
                Ok(json!({ "slow": fees, "standard": fees, "fast": fees }))
            }
            "eth_estimateUserOperationGas" => Ok(json!({
                "preVerificationGas": "0xc350", "verificationGasLimit": "0x493e0", "callGasLimit": "0x493e0",
                "paymasterVerificationGasLimit": "0xc350", "paymasterPostOpGasLimit": "0x1",
            })),
            "eth_sendUserOperation" => self.take(&params[0]),
            "eth_getUserOperationReceipt" => {
                let chain = self.chain.borrow();
                let is_it = |(block, mined): &(&Block, &Mined)| {
                    block.number <= known && json!(mined.operation.hash) == params[0]
                };
                let found = chain.mined().find(is_it);
                // Its whole word counts for nothing; that there is one is a reason to look again.
                Ok(found.map_or(Value::Null, |(block, mined)| {
                    json!({
                        "userOpHash": mined.operation.hash, "success": mined.success,
                        "sender": mined.operation.draft.sender, "nonce": mined.operation.draft.nonce,
                        "actualGasCost": "0x1",
                        "receipt": {
                            "transactionHash": mined.operation.hash, "status": "0x1", "gasUsed": "0x1",
                            "blockNumber": format!("{:#x}", block.number), "logs": [],
                        },
                    })
                }))
            }
            _ => panic!("nobody taught the simulated bundler {method}"),
        }
    }

    /// Takes an operation, or says why not.
    fn take(&self, told: &Value) -> Answer {
        let operation = Rc::new(read(told));
        self.note_sent(&operation);
        let (lane, sequence) = NonceKey::split(operation.draft.nonce);
        let mut chain = self.chain.borrow_mut();
        let head = chain.head();
        let next = head.state.lanes.get(&lane.key()).copied().unwrap_or(0);
        if sequence < next {
            return Err(refused(-32_500, "AA25 invalid account nonce", None));
        }
        if chain.is_waiting(operation.hash) {
            return Err(refused(-32_602, "already known", None));
        }
        if chain.rival(operation.draft.nonce).is_some_and(|rival| !outbids(&operation, rival)) {
            return Err(refused(-32_602, "replacement operation underpriced", None));
        }
        if chain.validate(&operation, &head.state, head.at).is_none() && sequence == next {
            return Err(refused(-32_500, "AA23 reverted", None));
        }
        if operation.draft.fees.max < head.fee {
            let why = format!("maxFeePerGas must be at least {}", head.fee);
            return Err(refused(-32_602, &why, None));
        }
        let head_at = head.at;
        let hash = operation.hash;
        if self.fate.strikes(Fault::Refused) {
            return Err(refused(-32_501, "not today", None));
        }
        let wait = if self.fate.strikes(Fault::Held) { self.fate.dice.below(60) } else { 0 };
        let is_two_faced = self.fate.strikes(Fault::TwoFaced);
        if !self.fate.strikes(Fault::Dropped) {
            chain.keep(operation, head_at.plus_secs(wait));
        }
        if is_two_faced {
            return Err(refused(-32_501, "not today", None));
        }
        if self.fate.strikes(Fault::Misnamed) {
            return Ok(json!(B256::repeat_byte(9)));
        }
        Ok(json!(hash))
    }

    pub(super) fn paymaster(&self, method: &str) -> Answer {
        if self.fate.strikes(Fault::Unsponsored) {
            return Err(refused(-32_002, "the budget of this policy is used up", None));
        }
        let secs = if self.fate.strikes(Fault::Brief) { BRIEFLY_SECS } else { SPONSORED_SECS };
        let until = self.chain.borrow().head().at.plus_secs(secs);
        let paymaster = self.services.network.paymasters[0].address;
        Ok(json!({
            "paymaster": paymaster, "paymasterData": word_of_sponsor(until),
            "paymasterVerificationGasLimit": "0xc350", "paymasterPostOpGasLimit": "0x1",
            "isFinal": method != "pm_getPaymasterStubData",
        }))
    }
}

/// Both fees at least a tenth higher.
fn outbids(new: &Operation, old: &Operation) -> bool {
    let is_more = |new: u128, old: u128| new * 10 >= old * 11;
    let (new, old) = (new.draft.fees, old.draft.fees);
    is_more(new.max, old.max) && is_more(new.max_priority, old.max_priority)
}

/// Mode, end, beginning, and a signature that nobody checks here.
fn word_of_sponsor(until: UnixSecs) -> Bytes {
    let [_, _, until @ ..] = until.0.to_be_bytes();
    [&[1][..], &until, &[0; 6], &[7; 65]].concat().into()
}

/// The operation as it goes over the line.
pub(super) fn read(told: &Value) -> Operation {
    let bytes = |name: &str| -> Bytes { serde_json::from_value(told[name].clone()).expect("bytes") };
    let address = |value: &Value| -> Address { serde_json::from_value(value.clone()).expect("an address") };
    let gas = |name: &str| told[name].as_str().and_then(quantity).expect("a quantity");
    let nonce: U256 = serde_json::from_value(told["nonce"].clone()).expect("a nonce");
    let factory = told.get("factory").map(|factory| (address(factory), bytes("factoryData")));
    let data = bytes("paymasterData");
    let until = data[1..7].iter().fold(0_u64, |secs, byte| secs << 8 | u64::from(*byte));
    let draft = UserOperationDraft {
        sender: address(&told["sender"]),
        nonce,
        factory,
        call_data: bytes("callData"),
        fees: Fees { max: gas("maxFeePerGas").into(), max_priority: gas("maxPriorityFeePerGas").into() },
        gas: GasLimits {
            pre_verification: gas("preVerificationGas"),
            verification: gas("verificationGasLimit"),
            call: gas("callGasLimit"),
        },
        sponsorship: Some(Sponsorship {
            paymaster: address(&told["paymaster"]),
            verification_gas: gas("paymasterVerificationGasLimit"),
            post_op_gas: gas("paymasterPostOpGasLimit"),
            data,
        }),
    };
    /// `SmartSessionMode.ENABLE`.
    const ENABLE: u8 = 1;
    let enables = bytes("signature").first() == Some(&ENABLE);
    let hash = draft.hash(31_337).0;
    Operation { draft, hash, enables, valid_until: UnixSecs(until) }
}
