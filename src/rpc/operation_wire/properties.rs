//! Any operation in its RPC form, read back by the standard's fields alone (ERC-7769).

use alloy_primitives::{Address, Bytes, U256};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;

use super::operation_json;
use crate::account::samples::any_operation;
use crate::account::{Fees, GasLimits, Sponsorship, UserOperation, UserOperationDraft};

/// A QUANTITY: hexadecimal, lower case, without leading zeros.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Quantity(U256);

impl TryFrom<String> for Quantity {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let digits = text.strip_prefix("0x").ok_or_else(|| format!("{text} has no 0x"))?;
        let is_lower = digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        if !is_lower || digits.is_empty() || (digits.starts_with('0') && digits != "0") {
            return Err(format!("{text} is no QUANTITY"));
        }
        U256::from_str_radix(digits, 16).map(Self).map_err(|error| error.to_string())
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wire {
    sender: Address,
    nonce: Quantity,
    factory: Option<Address>,
    factory_data: Option<Bytes>,
    call_data: Bytes,
    call_gas_limit: Quantity,
    verification_gas_limit: Quantity,
    pre_verification_gas: Quantity,
    max_fee_per_gas: Quantity,
    max_priority_fee_per_gas: Quantity,
    paymaster: Option<Address>,
    paymaster_verification_gas_limit: Option<Quantity>,
    paymaster_post_op_gas_limit: Option<Quantity>,
    paymaster_data: Option<Bytes>,
    signature: Bytes,
}

impl Wire {
    fn operation(self) -> UserOperation {
        let sponsorship = self.paymaster.map(|paymaster| Sponsorship {
            paymaster,
            verification_gas: self.paymaster_verification_gas_limit.expect("with a paymaster").0.to(),
            post_op_gas: self.paymaster_post_op_gas_limit.expect("with a paymaster").0.to(),
            data: self.paymaster_data.expect("with a paymaster"),
        });
        let draft = UserOperationDraft {
            sender: self.sender,
            nonce: self.nonce.0,
            factory: self.factory.map(|factory| (factory, self.factory_data.expect("with a factory"))),
            call_data: self.call_data,
            fees: Fees {
                max: self.max_fee_per_gas.0.to(),
                max_priority: self.max_priority_fee_per_gas.0.to(),
            },
            gas: GasLimits {
                pre_verification: self.pre_verification_gas.0.to(),
                verification: self.verification_gas_limit.0.to(),
                call: self.call_gas_limit.0.to(),
            },
            sponsorship,
        };
        draft.sign_with(self.signature)
    }
}

proptest! {
    #[test]
    fn what_a_bundler_reads_is_what_was_written(operation in any_operation()) {
        let text = operation_json(&operation).to_string();
        let read: Wire = serde_json::from_str(&text).expect("only fields of the standard, in its forms");
        prop_assert_eq!(read.operation(), operation);
    }

    #[test]
    fn a_group_is_there_as_a_whole_or_not_at_all(operation in any_operation()) {
        let wire = operation_json(&operation);
        let has = |name: &str| wire.get(name).is_some_and(|value| *value != Value::Null);
        for name in ["factory", "factoryData"] {
            prop_assert_eq!(has(name), operation.factory().is_some(), "{}", name);
        }
        let sponsored =
            ["paymaster", "paymasterVerificationGasLimit", "paymasterPostOpGasLimit", "paymasterData"];
        for name in sponsored {
            prop_assert_eq!(has(name), operation.sponsorship().is_some(), "{}", name);
        }
    }
}
