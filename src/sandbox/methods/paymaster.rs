//! The sponsor (ERC-7677): pays for everybody, by the word of its signer that the real SingletonPaymaster v7
//! verifies.

use alloy_primitives::{Address, B256, Bytes, address};
use alloy_sol_types::SolCall;
use serde_json::{Value, json};

use super::operation_wire::{Completeness, read_operation};
use super::params::Params;
use super::wire::quantity;
use super::{Answer, Refusal, Sandbox};
use crate::account::{SessionKey, Sponsorship, UserOperation, personal_message_hash};
use crate::contracts::abi::ISingletonPaymaster::getHashCall;
use crate::evm::Message;
use crate::sandbox::SponsorFault;
use crate::sandbox::chain::{BLOCK_GAS_LIMIT, BlockId, Chain};

/// The contract: by the deterministic deployer, salt 0, with [`SIGNER_SECRET`]'s address as owner, manager and
/// only signer.
const PAYMASTER: Address = address!("38aef040CEB057B62E1598F5C265946A4E4BaB4C");
/// The signer's key. Everybody knows it: it guards nothing but play money.
const SIGNER_SECRET: [u8; 32] = [0xbb; 32];
/// Verifying mode, and any bundler may bundle.
const MODE: u8 = 0;
const ALL_BUNDLERS: u8 = 1;
/// How long the word holds, in seconds of chain time.
const SPONSORED_SECS: u64 = 300;
/// Gas for its own steps, where the operation names none: verifying one signature, and nothing afterwards.
const VERIFICATION_GAS: u64 = 50_000;
const POST_OP_GAS: u64 = 100_000;

/// Answers a method of this family.
pub(super) fn answer(sandbox: &mut Sandbox, method: &str, params: &Value) -> Answer {
    let is_stub = match method {
        "pm_getPaymasterStubData" => true,
        "pm_getPaymasterData" => false,
        _ => return None,
    };
    Some(offer(sandbox, is_stub, params))
}

fn offer(sandbox: &Sandbox, is_stub: bool, params: &Value) -> Result<Value, Refusal> {
    let chain = sandbox.chain();
    let operation = read_operation(params, Completeness::Draft)?;
    let chain_id = Params::new(params).at(2)?;
    if chain_id.u64()? != chain.chain_id() {
        return chain_id.wrong(&format!("is not the chain served here, {:#x}", chain.chain_id()));
    }
    if sandbox.faults.sponsor == SponsorFault::Refuses {
        return Err(Refusal::new(-32_501, "the sponsor pays for nobody: its policy is used up"));
    }
    let signer = SessionKey::from_bytes(&SIGNER_SECRET).expect("a valid key");
    if is_stub { Ok(stub(&signer, &operation)) } else { word(chain, &signer, &operation) }
}

/// Fields of the final shape, with a signature of something else.
fn stub(signer: &SessionKey, operation: &UserOperation) -> Value {
    let mut told = tell(&sponsorship(operation, 0, &signer.sign_hash(B256::ZERO)));
    told["sponsor"] = json!({ "name": "Sandbox" });
    told["isFinal"] = json!(false);
    told
}

/// The signer's word for exactly this operation.
fn word(chain: &Chain, signer: &SessionKey, operation: &UserOperation) -> Result<Value, Refusal> {
    if operation.gas().verification == 0 || operation.gas().call == 0 {
        return Err(Refusal::params("the operation's gas limits must be filled in before it is sponsored"));
    }
    let valid_until = chain.now().0.max(chain.head().timestamp) + SPONSORED_SECS;
    let unsigned = sponsorship(operation, valid_until, &[]);
    let mut draft = operation.draft().clone();
    draft.sponsorship = Some(unsigned);
    let call = getHashCall { mode: MODE, userOp: draft.sign_with(Bytes::new()).pack() };
    let view = Message::view(Address::ZERO, PAYMASTER, call.abi_encode().into(), BLOCK_GAS_LIMIT);
    let done = chain.call(&view, BlockId::Pending)?;
    let Ok(hash) = getHashCall::abi_decode_returns(&done.output) else {
        return Err(Refusal::new(-32_603, format!("no sponsor stands at {PAYMASTER}")));
    };
    let signature = signer.sign_hash(personal_message_hash(hash));
    Ok(tell(&sponsorship(operation, valid_until, &signature)))
}

/// Mode, `validUntil` and `validAfter` of six bytes each, signature.
fn sponsorship(operation: &UserOperation, valid_until: u64, signature: &[u8]) -> Sponsorship {
    let gas = operation.sponsorship().map(|wished| (wished.verification_gas, wished.post_op_gas));
    let (verification_gas, post_op_gas) =
        gas.filter(|(verification, _)| *verification > 0).unwrap_or((VERIFICATION_GAS, POST_OP_GAS));
    let mode = [MODE << 1 | ALL_BUNDLERS];
    let data = [&mode, &valid_until.to_be_bytes()[2..], &[0; 6], signature].concat();
    Sponsorship { paymaster: PAYMASTER, verification_gas, post_op_gas, data: data.into() }
}

fn tell(sponsorship: &Sponsorship) -> Value {
    json!({
        "paymaster": sponsorship.paymaster,
        "paymasterData": sponsorship.data,
        "paymasterVerificationGasLimit": quantity(sponsorship.verification_gas),
        "paymasterPostOpGasLimit": quantity(sponsorship.post_op_gas),
    })
}
