//! The RPC form of a UserOperation v0.7 (ERC-7769), as bundler and sponsor read and tell it.

use alloy_primitives::{Address, Bytes};
use serde_json::{Map, Value, json};

use super::Refusal;
use super::params::{Param, Params};
use super::wire::quantity;
use crate::account::{Fees, GasLimits, Sponsorship, UserOperation, UserOperationDraft};
use crate::contracts::ENTRY_POINT;

/// Most bytes of an operation: no node takes a larger transaction.
const MOST_BYTES: usize = 128 * 1024;

/// What EntryPoint v0.6 and EIP-7702 would add, which is not served here.
const FOREIGN: [&str; 3] = ["initCode", "paymasterAndData", "eip7702Auth"];

/// How complete an operation must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Completeness {
    /// Gas, fees and signature may be missing: they are nothing then.
    Draft,
    /// Everything is there.
    Final,
}

/// The operation in the first parameter. The second must be the EntryPoint.
///
/// # Errors
/// A refusal (-32602) that names the field.
pub(super) fn read_operation(params: &Value, completeness: Completeness) -> Result<UserOperation, Refusal> {
    let params = Params::new(params);
    let (operation, entry_point) = (params.at(0)?, params.at(1)?);
    if entry_point.address()? != ENTRY_POINT {
        return entry_point.wrong(&format!("is not the EntryPoint served here, {ENTRY_POINT}"));
    }
    for foreign in FOREIGN {
        if operation.field(foreign)?.is_some() {
            return operation
                .wrong(&format!("has {foreign}, which no operation of EntryPoint v0.7 has here"));
        }
    }
    let open = |name: &str| match completeness {
        Completeness::Draft => operation.field(name),
        Completeness::Final => needed(&operation, name).map(Some),
    };
    let amount = |name: &str| open(name)?.map_or(Ok(0), |found| found.u64());
    let fee = |name: &str| open(name)?.map_or(Ok(0), |found| found.u128());
    let draft = UserOperationDraft {
        sender: needed(&operation, "sender")?.address()?,
        nonce: needed(&operation, "nonce")?.quantity()?,
        factory: read_factory(&operation)?,
        call_data: needed(&operation, "callData")?.bytes()?,
        fees: Fees { max: fee("maxFeePerGas")?, max_priority: fee("maxPriorityFeePerGas")? },
        gas: GasLimits {
            pre_verification: amount("preVerificationGas")?,
            verification: amount("verificationGasLimit")?,
            call: amount("callGasLimit")?,
        },
        sponsorship: read_sponsorship(&operation)?,
    };
    if draft.fees.max_priority > draft.fees.max {
        return operation.wrong("has a maxPriorityFeePerGas above its maxFeePerGas");
    }
    let signature = open("signature")?.map_or(Ok(Bytes::new()), |signature| signature.bytes())?;
    let signed = draft.sign_with(signature);
    if length(&signed) > MOST_BYTES { operation.wrong("is longer than 128 KiB") } else { Ok(signed) }
}

fn needed<'a>(operation: &Param<'a>, name: &str) -> Result<Param<'a>, Refusal> {
    operation.field(name)?.map_or_else(|| operation.wrong(&format!("has no {name}")), Ok)
}

/// A group of fields is there as a whole or not at all.
fn read_factory(operation: &Param<'_>) -> Result<Option<(Address, Bytes)>, Refusal> {
    match (operation.field("factory")?, operation.field("factoryData")?) {
        (None, None) => Ok(None),
        (Some(factory), Some(data)) => Ok(Some((factory.address()?, data.bytes()?))),
        (Some(_), None) => operation.wrong("has a factory without factoryData"),
        (None, Some(_)) => operation.wrong("has factoryData without a factory"),
    }
}

fn read_sponsorship(operation: &Param<'_>) -> Result<Option<Sponsorship>, Refusal> {
    let names = ["paymasterVerificationGasLimit", "paymasterPostOpGasLimit", "paymasterData"];
    let Some(paymaster) = operation.field("paymaster")? else {
        for name in names {
            if operation.field(name)?.is_some() {
                return operation.wrong(&format!("has {name} without a paymaster"));
            }
        }
        return Ok(None);
    };
    let gas = |name: &str| operation.field(name)?.map_or(Ok(0), |gas| gas.u64());
    Ok(Some(Sponsorship {
        paymaster: paymaster.address()?,
        verification_gas: gas(names[0])?,
        post_op_gas: gas(names[1])?,
        data: operation.field(names[2])?.map_or(Ok(Bytes::new()), |data| data.bytes())?,
    }))
}

fn length(operation: &UserOperation) -> usize {
    let factory = operation.factory().map_or(0, |(_, data)| data.len());
    let sponsorship = operation.sponsorship().map_or(0, |sponsorship| sponsorship.data.len());
    operation.call_data().len() + operation.signature().len() + factory + sponsorship
}

/// The operation as it was sent. Unused groups are left out.
pub(super) fn tell_operation(operation: &UserOperation) -> Value {
    let (gas, fees) = (operation.gas(), operation.fees());
    let mut told = Map::new();
    let mut put = |name: &str, value: Value| told.insert(name.to_owned(), value);
    put("sender", json!(operation.sender()));
    put("nonce", json!(operation.nonce()));
    if let Some((factory, data)) = operation.factory() {
        put("factory", json!(factory));
        put("factoryData", json!(data));
    }
    put("callData", json!(operation.call_data()));
    put("callGasLimit", quantity(gas.call));
    put("verificationGasLimit", quantity(gas.verification));
    put("preVerificationGas", quantity(gas.pre_verification));
    put("maxFeePerGas", quantity(fees.max));
    put("maxPriorityFeePerGas", quantity(fees.max_priority));
    if let Some(sponsorship) = operation.sponsorship() {
        put("paymaster", json!(sponsorship.paymaster));
        put("paymasterVerificationGasLimit", quantity(sponsorship.verification_gas));
        put("paymasterPostOpGasLimit", quantity(sponsorship.post_op_gas));
        put("paymasterData", json!(sponsorship.data));
    }
    put("signature", json!(operation.signature()));
    Value::Object(told)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::account::samples::any_operation;

    fn read(operation: &Value) -> Result<UserOperation, String> {
        let params = json!([operation, ENTRY_POINT]);
        read_operation(&params, Completeness::Final).map_err(|refusal| {
            assert_eq!(refusal.code, -32_602, "{}", refusal.message);
            refusal.message
        })
    }

    fn plain() -> Value {
        json!({
            "sender": Address::repeat_byte(1), "nonce": "0x10000", "callData": "0xab", "callGasLimit": "0x3",
            "verificationGasLimit": "0x2", "preVerificationGas": "0x1", "maxFeePerGas": "0x3b9aca09",
            "maxPriorityFeePerGas": "0x0", "signature": "0x01",
        })
    }

    proptest! {
        #[test]
        fn what_is_told_is_read_back(
            operation in any_operation().prop_filter("a tip within the fee, as the reader wants it", |operation| {
                operation.fees().max >= operation.fees().max_priority
            }),
        ) {
            prop_assert_eq!(read(&tell_operation(&operation)), Ok(operation));
        }
    }

    #[test]
    fn a_wrong_field_is_named() {
        let check = |name: &str, value: Value, problem: &str| {
            let mut operation = plain();
            operation[name] = value;
            assert_eq!(read(&operation), Err(format!("parameter 1{problem}")));
        };
        check("sender", json!(null), " has no sender");
        check("sender", json!("vitalik.eth"), ".sender is no address of 20 bytes");
        check("sender", json!("0x01"), ".sender is no address of 20 bytes");
        check("nonce", json!(-5), ".nonce is no text");
        check("nonce", json!("0x"), ".nonce is no hexadecimal quantity of at most 256 bits");
        check(
            "nonce",
            json!(format!("0x1{}", "0".repeat(64))),
            ".nonce is no hexadecimal quantity of at most 256 bits",
        );
        check("callData", json!("0xabc"), ".callData is no hexadecimal byte string");
        check("callGasLimit", json!("0x10000000000000000"), ".callGasLimit is larger than 64 bits");
        check(
            "maxFeePerGas",
            json!(format!("0x1{}", "0".repeat(32))),
            ".maxFeePerGas is larger than 128 bits",
        );
        check(
            "maxPriorityFeePerGas",
            json!("0x3b9aca0a"),
            " has a maxPriorityFeePerGas above its maxFeePerGas",
        );
        check("signature", json!({}), ".signature is no text");
        check("factory", json!(Address::ZERO), " has a factory without factoryData");
        check("factoryData", json!("0x"), " has factoryData without a factory");
        check("paymasterData", json!("0x"), " has paymasterData without a paymaster");
        check("initCode", json!("0x"), " has initCode, which no operation of EntryPoint v0.7 has here");
        let huge = format!("0x{}", "00".repeat(MOST_BYTES));
        check("callData", json!(huge), " is longer than 128 KiB");
        assert_eq!(read(&json!([])), Err("parameter 1 is no object".to_owned()));
    }

    #[test]
    fn only_drafts_leave_gas_and_fees_open() {
        let mut operation = plain();
        let members = operation.as_object_mut().expect("an object");
        members.retain(|name, _| !name.contains("Gas"));
        members.insert("paymaster".to_owned(), json!(Address::repeat_byte(2)));
        let params = json!([operation, ENTRY_POINT]);
        let draft = read_operation(&params, Completeness::Draft).expect("a draft");
        assert_eq!((draft.gas(), draft.fees()), (GasLimits::default(), Fees::default()));
        assert_eq!(draft.sponsorship().map(|sponsorship| sponsorship.post_op_gas), Some(0));
        assert!(read(&operation).is_err());
    }

    #[test]
    fn another_entry_point_is_refused() {
        for other in [json!(Address::repeat_byte(7)), json!(null), json!(5)] {
            let params = json!([plain(), other]);
            let refusal = read_operation(&params, Completeness::Final).expect_err("refused");
            assert!(
                refusal.code == -32_602 && refusal.message.starts_with("parameter 2"),
                "{}",
                refusal.message
            );
        }
        assert!(read_operation(&json!({}), Completeness::Final).is_err());
    }
}
