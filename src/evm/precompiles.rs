//! The three precompiled contracts that Leash's contracts use. The others of Prague are refused aloud: a
//! contract that called one and went on with nothing would be worse than no answer.

use alloy_primitives::{Address, B256, Bytes};
use revm::context_interface::ContextTr;
use revm::handler::{PrecompileProvider, precompile_output_to_interpreter_result};
use revm::interpreter::{CallInputs, InterpreterResult};
use revm::precompile::PrecompileOutput;
use revm::primitives::AddressSet;
use sha2::{Digest as _, Sha256};

/// Prague has the addresses 1 to 17 (EIP-2537 added the last).
const LAST: u8 = 17;

/// ecrecover, sha256, identity; the rest fails.
#[derive(Clone, Debug)]
pub(super) struct Precompiles {
    all: AddressSet,
}

impl Precompiles {
    pub(super) fn new() -> Self {
        Self { all: (1..=LAST).map(at).collect() }
    }
}

fn at(number: u8) -> Address {
    Address::left_padding_from(&[number])
}

impl<C: ContextTr> PrecompileProvider<C> for Precompiles {
    type Output = InterpreterResult;

    fn set_spec(&mut self, _: <C::Cfg as revm::context_interface::Cfg>::Spec) -> bool {
        // Told once, before anything runs: the addresses are to be made known.
        true
    }

    fn run(&mut self, context: &mut C, inputs: &CallInputs) -> Result<Option<InterpreterResult>, String> {
        if !self.all.contains(&inputs.bytecode_address) {
            return Ok(None);
        }
        let input = inputs.input.as_bytes(context);
        let words = u64::try_from(input.len().div_ceil(32)).unwrap_or(u64::MAX);
        // Prices: the Yellow Paper, appendix E.
        let (gas, output) = match inputs.bytecode_address.0[19] {
            1 => (3_000, ecrecover(&input)),
            2 => (60 + 12 * words, Bytes::copy_from_slice(&Sha256::digest(&*input))),
            4 => (15 + 3 * words, Bytes::copy_from_slice(&input)),
            other => return Err(format!("the precompiled contract {other} is not part of this machine")),
        };
        let output = PrecompileOutput::new(gas, output, inputs.reservoir);
        Ok(Some(precompile_output_to_interpreter_result(output, inputs.gas_limit)))
    }

    fn warm_addresses(&self) -> &AddressSet {
        &self.all
    }
}

/// The signer as a word, or nothing for what nobody signed.
fn ecrecover(input: &[u8]) -> Bytes {
    let mut words = [0; 128];
    let length = input.len().min(words.len());
    words[..length].copy_from_slice(&input[..length]);
    recover(&words).map_or_else(Bytes::new, |signer| Bytes::copy_from_slice(signer.into_word().as_slice()))
}

/// Hash, v as a word, r, s. A high s is as good as a low one here.
fn recover(words: &[u8; 128]) -> Option<Address> {
    let (v, zeros) = words[32..64].split_last()?;
    if !matches!(v, 27 | 28) || zeros.iter().any(|byte| *byte != 0) {
        return None;
    }
    let mut signature = [*v; 65];
    signature[..64].copy_from_slice(&words[64..]);
    leash_kernels::recover(B256::from_slice(&words[..32]), &signature).ok()
}
