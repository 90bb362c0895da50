//! Operations of every shape, for the properties of whatever carries them.

use alloy_primitives::{Address, Bytes, U256};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::{Fees, GasLimits, Sponsorship, UserOperation, UserOperationDraft};

pub(crate) fn any_address() -> impl Strategy<Value = Address> {
    any::<[u8; 20]>().prop_map(Address::from)
}

pub(crate) fn any_bytes(longest: usize) -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..=longest).prop_map(Bytes::from)
}

/// Small numbers and the largest ones are as likely as any others.
pub(crate) fn any_number() -> impl Strategy<Value = U256> {
    prop_oneof![
        (0_u64..300).prop_map(U256::from),
        Just(U256::MAX),
        any::<[u8; 32]>().prop_map(U256::from_be_bytes),
    ]
}

fn any_sponsorship() -> impl Strategy<Value = Sponsorship> {
    (any_address(), any::<u64>(), any::<u64>(), any_bytes(150)).prop_map(
        |(paymaster, verification_gas, post_op_gas, data)| Sponsorship {
            paymaster,
            verification_gas,
            post_op_gas,
            data,
        },
    )
}

prop_compose! {
    pub(crate) fn any_operation()(
        sender in any_address(), nonce in any_number(), factory in option::of((any_address(), any_bytes(90))),
        call_data in any_bytes(200), fees in any::<[u128; 2]>(), gas in any::<[u64; 3]>(),
        sponsorship in option::of(any_sponsorship()), signature in any_bytes(200),
    ) -> UserOperation {
        let ([max, max_priority], [pre_verification, verification, call]) = (fees, gas);
        UserOperationDraft {
            sender,
            nonce,
            factory,
            call_data,
            fees: Fees { max, max_priority },
            gas: GasLimits { pre_verification, verification, call },
            sponsorship,
        }
        .sign_with(signature)
    }
}
