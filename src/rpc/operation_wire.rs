//! The RPC form of a UserOperation v0.7 (ERC-7769): unpacked, all hexadecimal, unused groups left out.

use alloy_primitives::{Bytes, U256};
use serde_json::{Map, Value, json};

use crate::account::{UserOperation, UserOperationDraft};

/// The operation as bundlers read it. Factory and paymaster fields are left out rather than null when unused.
pub fn operation_json(operation: &UserOperation) -> Value {
    let (gas, fees) = (operation.gas(), operation.fees());
    let mut wire = Map::new();
    let mut put = |name: &str, value: Value| wire.insert(name.to_owned(), value);
    put("sender", json!(operation.sender()));
    put("nonce", quantity(operation.nonce()));
    if let Some((factory, factory_data)) = operation.factory() {
        put("factory", json!(factory));
        put("factoryData", json!(factory_data));
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
    Value::Object(wire)
}

/// The same of a draft, with a signature of the final shape that need not be valid.
pub(super) fn draft_json(draft: &UserOperationDraft, signature: &Bytes) -> Value {
    operation_json(&draft.clone().sign_with(signature.clone()))
}

/// A QUANTITY: no leading zeros, `0x0` for nothing.
pub(super) fn quantity<T>(number: T) -> Value
where
    U256: alloy_primitives::ruint::UintTryFrom<T>,
{
    json!(format!("{:#x}", U256::from(number)))
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{Fees, GasLimits, Sponsorship};
    use alloy_primitives::Address;

    #[test]
    fn unused_groups_are_left_out() {
        let draft = UserOperationDraft {
            sender: Address::repeat_byte(1),
            nonce: U256::from(0x1_0000),
            factory: None,
            call_data: Bytes::from_static(&[0xab]),
            fees: Fees { max: 0x3b9a_ca09, max_priority: 0 },
            gas: GasLimits { pre_verification: 1, verification: 2, call: 3 },
            sponsorship: None,
        };
        let plain = draft_json(&draft, &Bytes::from_static(&[1]));
        let expected = json!({
            "sender": "0x0101010101010101010101010101010101010101", "nonce": "0x10000", "callData": "0xab",
            "callGasLimit": "0x3", "verificationGasLimit": "0x2", "preVerificationGas": "0x1",
            "maxFeePerGas": "0x3b9aca09", "maxPriorityFeePerGas": "0x0", "signature": "0x01",
        });
        assert_eq!(plain, expected);
        let sponsorship = Sponsorship {
            paymaster: Address::repeat_byte(2),
            verification_gas: 4,
            post_op_gas: 5,
            data: Bytes::new(),
        };
        let full = UserOperationDraft {
            factory: Some((Address::repeat_byte(3), Bytes::from_static(&[0xcd]))),
            sponsorship: Some(sponsorship),
            ..draft
        };
        let full = draft_json(&full, &Bytes::new());
        assert_eq!(full["factoryData"], "0xcd");
        assert_eq!(full["paymasterPostOpGasLimit"], "0x5");
        assert_eq!(full["paymasterData"], "0x");
        assert_eq!(full.as_object().map(Map::len), Some(9 + 2 + 4));
    }
}
