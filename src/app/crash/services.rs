//! Bundler and sponsor, kind or not.

use std::rc::Rc;

use alloy_primitives::{Address, B256, Bytes, U256};
use serde_json::{Value, json};

use super::chain::Operation;
use super::node::{quantity, refused};
use super::world::World;
use crate::account::{Fees, GasLimits, NonceKey, Sponsorship, UserOperationDraft};
use crate::ports::TransportError;
use crate::units::UnixSecs;

type Answer = Result<Value, TransportError>;

/// How long a word of the sponsor holds, and how long one of a brief sponsor.
const SPONSORED_SECS: u64 = 300;
const BRIEFLY_SECS: u64 = 30;

impl World {
    pub(super) fn bundler(&self, method: &str, params: &Value) -> Answer {
        match method {
            "pimlico_getUserOperationGasPrice" => {
                let fees = json!({ "maxFeePerGas": "0x64", "maxPriorityFeePerGas": "0xa" });
                Ok(json!({ "slow": fees, "standard": fees, "fast": fees }))
            }
            "eth_estimateUserOperationGas" => Ok(json!({
                "preVerificationGas": "0xc350", "verificationGasLimit": "0x493e0", "callGasLimit": "0x493e0",
                "paymasterVerificationGasLimit": "0xc350", "paymasterPostOpGasLimit": "0x1",
            })),
            "eth_sendUserOperation" => self.take(&params[0]),
            "eth_getUserOperationReceipt" => {
                let chain = self.chain.borrow();
                let found = chain.mined().find(|(_, mined)| json!(mined.operation.hash) == params[0]);
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
        let faults = self.faults();
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
        let head_at = head.at;
        let hash = operation.hash;
        if self.dice.happens(faults.refused) {
            return Err(refused(-32_501, "not today", None));
        }
        let wait = if self.dice.happens(faults.held) { self.dice.below(60) } else { 0 };
        let is_two_faced = self.dice.happens(faults.two_faced);
        if !self.dice.happens(faults.dropped) {
            chain.keep(operation, head_at.plus_secs(wait));
        }
        if is_two_faced {
            return Err(refused(-32_501, "not today", None));
        }
        if self.dice.happens(faults.misnamed) {
            return Ok(json!(B256::repeat_byte(9)));
        }
        Ok(json!(hash))
    }

    pub(super) fn paymaster(&self, method: &str) -> Answer {
        let faults = self.faults();
        if self.dice.happens(faults.unsponsored) {
            return Err(refused(-32_002, "the budget of this policy is used up", None));
        }
        let secs = if faults.is_brief { BRIEFLY_SECS } else { SPONSORED_SECS };
        let until = self.chain.borrow().head().at.plus_secs(secs);
        let paymaster = self.services.network.paymasters[0];
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

fn read(told: &Value) -> Operation {
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
