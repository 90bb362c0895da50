//! ERC-7579 `execute(bytes32 mode, bytes executionCalldata)`: one call, or several that all succeed or none.
//!
//! Only the modes single and batch with the default execution type exist here: sessions refuse try,
//! delegatecall and static calls, and so does Leash.

use alloy_primitives::{Address, B256, Bytes, FixedBytes, U256};
use alloy_sol_types::{SolCall, SolValue};
use thiserror::Error;

use super::Call;
use crate::contracts::abi::INexus::{Execution, executeCall};

/// Mode word of a single call; batch has 1 in its first byte.
const SINGLE: B256 = B256::ZERO;
const BATCH: B256 = {
    let mut mode = [0; 32];
    mode[0] = 1;
    B256::new(mode)
};

/// Target and value before the data of a single call.
const SINGLE_HEAD: usize = 20 + 32;

/// Why callData is not a plain `execute` of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ExecuteError {
    /// Another function of the account.
    #[error("the account is asked for {0}, not for execute")]
    NotExecute(FixedBytes<4>),
    /// A mode other than single and batch: try, delegatecall, static call.
    #[error("the execution mode {0} is neither a single call nor a plain batch")]
    Mode(B256),
    /// No calls at all.
    #[error("the batch is empty")]
    Empty,
    /// Not the bytes that an encoder would write.
    #[error("the call data is malformed")]
    Malformed,
}

/// The account's callData for `calls`: a single call for one, a batch otherwise.
pub fn execute_call_data(calls: &[Call]) -> Bytes {
    let (mode, execution) = match calls {
        [call] => (SINGLE, encode_single(call)),
        _ => (BATCH, encode_batch(calls)),
    };
    executeCall { mode, executionCalldata: execution.into() }.abi_encode().into()
}

/// The calls that `call_data` makes the account do, in order.
///
/// # Errors
/// [`ExecuteError`], also for bytes which decode but which no encoder writes: what is read here must be all there
/// is.
pub fn decode_execute(call_data: &[u8]) -> Result<Vec<Call>, ExecuteError> {
    let selector = call_data.first_chunk().ok_or(ExecuteError::Malformed)?;
    if *selector != executeCall::SELECTOR {
        return Err(ExecuteError::NotExecute(FixedBytes(*selector)));
    }
    let outer = executeCall::abi_decode_validate(call_data).map_err(|_| ExecuteError::Malformed)?;
    let calls = match outer.mode {
        SINGLE => vec![decode_single(&outer.executionCalldata)?],
        BATCH => decode_batch(&outer.executionCalldata)?,
        other => return Err(ExecuteError::Mode(other)),
    };
    if outer.abi_encode() == call_data { Ok(calls) } else { Err(ExecuteError::Malformed) }
}

fn encode_single(call: &Call) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(SINGLE_HEAD + call.data.len());
    bytes.extend_from_slice(call.target.as_slice());
    bytes.extend_from_slice(&call.value.to_be_bytes::<32>());
    bytes.extend_from_slice(&call.data);
    bytes
}

fn decode_single(execution: &Bytes) -> Result<Call, ExecuteError> {
    let (head, _) = execution.split_first_chunk::<SINGLE_HEAD>().ok_or(ExecuteError::Malformed)?;
    let (target, value) = head.split_at(20);
    Ok(Call {
        target: Address::from_slice(target),
        value: U256::from_be_slice(value),
        data: execution.slice(SINGLE_HEAD..),
    })
}

fn encode_batch(calls: &[Call]) -> Vec<u8> {
    let execution =
        |call: &Call| Execution { target: call.target, value: call.value, callData: call.data.clone() };
    calls.iter().map(execution).collect::<Vec<_>>().abi_encode()
}

fn decode_batch(execution: &[u8]) -> Result<Vec<Call>, ExecuteError> {
    let executions =
        <Vec<Execution> as SolValue>::abi_decode_validate(execution).map_err(|_| ExecuteError::Malformed)?;
    if executions.is_empty() {
        return Err(ExecuteError::Empty);
    }
    if executions.abi_encode() != execution {
        return Err(ExecuteError::Malformed);
    }
    let call = |execution: Execution| Call {
        target: execution.target,
        value: execution.value,
        data: execution.callData,
    };
    Ok(executions.into_iter().map(call).collect())
}

#[cfg(test)]
mod tests {
    use alloy_primitives::address;
    use proptest::prelude::*;

    use super::*;

    const ROUTER: Address = address!("4ed7c70f96b99c776995fb64377f0d4ab3b0e1c1");

    fn any_call() -> impl Strategy<Value = Call> {
        (any::<[u8; 20]>(), any::<[u8; 32]>(), proptest::collection::vec(any::<u8>(), 0..200)).prop_map(
            |(target, value, data)| Call {
                target: Address::from(target),
                value: U256::from_be_bytes(value),
                data: data.into(),
            },
        )
    }

    proptest! {
        #[test]
        fn calls_round_trip(calls in proptest::collection::vec(any_call(), 1..5)) {
            prop_assert_eq!(decode_execute(&execute_call_data(&calls)), Ok(calls));
        }

        #[test]
        fn what_is_read_is_all_there_is(calls in proptest::collection::vec(any_call(), 1..4), at in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let mut bytes = execute_call_data(&calls).to_vec();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            prop_assert_ne!(decode_execute(&bytes), Ok(calls));
        }

        #[test]
        fn hostile_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut framed = executeCall::SELECTOR.to_vec();
            framed.extend_from_slice(&bytes);
            prop_assert!(decode_execute(&bytes).is_err() || bytes.starts_with(&executeCall::SELECTOR));
            let _ = decode_execute(&framed);
        }
    }

    #[test]
    fn other_forms_are_refused() {
        let call = Call::new(ROUTER, Bytes::from_static(&[1, 2, 3, 4]));
        let with_mode = |position: usize, byte: u8| {
            let mut bytes = execute_call_data(std::slice::from_ref(&call)).to_vec();
            bytes[4 + position] = byte;
            decode_execute(&bytes)
        };
        assert!(matches!(with_mode(1, 1), Err(ExecuteError::Mode(_))), "try");
        assert!(matches!(with_mode(0, 0xff), Err(ExecuteError::Mode(_))), "delegatecall");
        assert!(matches!(with_mode(0, 0xfe), Err(ExecuteError::Mode(_))), "static call");
        assert!(matches!(with_mode(10, 9), Err(ExecuteError::Mode(_))), "a mode selector");
        assert_eq!(decode_execute(&execute_call_data(&[])), Err(ExecuteError::Empty));
        assert_eq!(decode_execute(&[1, 2, 3]), Err(ExecuteError::Malformed));
        assert_eq!(
            decode_execute(&[0xde, 0xad, 0xbe, 0xef]),
            Err(ExecuteError::NotExecute(FixedBytes([0xde, 0xad, 0xbe, 0xef])))
        );
        let mut trailing = execute_call_data(&[call.clone(), call]).to_vec();
        trailing.extend_from_slice(&[0; 32]);
        assert_eq!(decode_execute(&trailing), Err(ExecuteError::Malformed), "bytes after the end");
    }
}
