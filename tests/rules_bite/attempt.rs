//! One operation in the making, of which a row changes one thing.

use alloy_primitives::aliases::{U24, U160};
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolCall, SolValue};
use leash::account::{
    Call, Fees, NonceKey, UserOperation, UserOperationDraft, create_account_call_data, execute_call_data,
    personal_message_hash,
};
use leash::contracts::abi::IERC20::approveCall;
use leash::contracts::abi::INexus::executeCall;
use leash::contracts::abi::ISmartSession::EnableSession;
use leash::contracts::abi::ISwapRouter02::{ExactInputSingleParams, exactInputSingleCall};
use leash::contracts::{NEXUS_FACTORY, SMART_SESSION};
use leash::session::{Leg, flz_compress};

use crate::chain::GAS;
use crate::scene::{Scene, fresh_key};

/// Who signs the operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signer {
    Session,
    /// The session key over the hash as `personal_sign` changes it.
    SessionAsMessage,
    /// The session key over another hash.
    SessionElsewhere,
    Stranger,
    Owner,
}

/// Who pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payer {
    Sponsor,
    /// The account, which has nothing.
    Nobody,
}

/// An operation before it is signed.
#[derive(Clone)]
pub(crate) struct Attempt<'a> {
    pub(crate) scene: &'a Scene,
    pub(crate) leg: Leg,
    pub(crate) calls: Vec<Call>,
    /// The account's whole callData, where it is not a plain batch of `calls`.
    pub(crate) call_data: Option<Bytes>,
    /// The permission it claims to act under.
    pub(crate) id: B256,
    /// The enable part, and the byte before it.
    pub(crate) enable: Option<(u8, EnableSession)>,
    /// What the chain has as the permission's enable nonce.
    pub(crate) enable_nonce: U256,
    pub(crate) signer: Signer,
    pub(crate) payer: Payer,
    pub(crate) draft: UserOperationDraft,
}

impl<'a> Attempt<'a> {
    /// Approve one lot, swap one lot at the worst price.
    pub(crate) fn trade(scene: &'a Scene, leg: Leg, nonce: U256) -> Self {
        let draft = UserOperationDraft {
            sender: scene.account(),
            nonce,
            factory: None,
            call_data: Bytes::new(),
            fees: Fees::default(),
            gas: GAS,
            sponsorship: None,
        };
        Self {
            scene,
            leg,
            calls: vec![approve_of(scene, leg), swap_of(scene, leg)],
            call_data: None,
            id: scene.id(leg),
            enable: None,
            enable_nonce: U256::ZERO,
            signer: Signer::Session,
            payer: Payer::Sponsor,
            draft,
        }
    }

    /// Creates the account first.
    pub(crate) fn creating(mut self) -> Self {
        let data = create_account_call_data(self.scene.owner.address(), U256::ZERO);
        self.draft.factory = Some((NEXUS_FACTORY, data));
        self
    }

    /// Enables the permission first.
    pub(crate) fn enabling(mut self) -> Self {
        self.enable = Some((1, self.scene.grant.enable_session(self.leg)));
        self
    }

    /// The owner makes these calls, by the account's default validator.
    pub(crate) fn by_owner(mut self, nonce: U256, calls: Vec<Call>) -> Self {
        self.draft.nonce = nonce;
        self.signer = Signer::Owner;
        self.calls = calls;
        self
    }

    pub(crate) fn sign(&self) -> UserOperation {
        let mut draft = self.draft.clone();
        draft.call_data = self.call_data.clone().unwrap_or_else(|| execute_call_data(&self.calls));
        if self.payer == Payer::Nobody {
            draft.fees = Fees { max: 2_000_000_000, max_priority: 1_000_000_000 };
        }
        let signature = self.signature(draft.hash(self.scene.grant.grant().chain_id()).0);
        draft.sign_with(signature)
    }

    fn signature(&self, hash: B256) -> Bytes {
        let Scene { owner, session_key, .. } = self.scene;
        let signed = match self.signer {
            Signer::Session => session_key.sign_hash(hash),
            Signer::SessionAsMessage => session_key.sign_hash(personal_message_hash(hash)),
            Signer::SessionElsewhere => session_key.sign_hash(!hash),
            Signer::Stranger => fresh_key().sign_hash(hash),
            Signer::Owner => owner.sign_hash(personal_message_hash(hash)),
        };
        let is_for_default_validator = NonceKey::split(self.draft.nonce).0 == NonceKey::OWNER;
        match &self.enable {
            _ if is_for_default_validator => signed.into(),
            None => [&[0], self.id.as_slice(), &signed].concat().into(),
            Some((mode, enable)) => {
                let payload = (enable.clone(), Bytes::from(signed)).abi_encode_params();
                [&[*mode], flz_compress(&payload).as_slice()].concat().into()
            }
        }
    }

    /// Puts `value` into argument number `word` of the approval.
    pub(crate) fn approve_word(&mut self, word: usize, value: impl Into<B256>) {
        put_word(&mut self.calls[0], word, value.into());
    }

    /// Puts `value` into argument number `word` of the swap.
    pub(crate) fn swap_word(&mut self, word: usize, value: impl Into<B256>) {
        put_word(&mut self.calls[1], word, value.into());
    }

    /// Sets a bit above the value in argument number `word` of the swap.
    pub(crate) fn dirty_swap_word(&mut self, word: usize) {
        let mut data = self.calls[1].data.to_vec();
        data[4 + 32 * word] |= 0x80;
        self.calls[1].data = data.into();
    }

    /// Swaps `lots` times, with an approval for as much as one trade may spend.
    pub(crate) fn swap_lots(&mut self, lots: u32) {
        let swap = self.calls[1].clone();
        self.calls.truncate(1);
        self.calls.extend((0..lots).map(|_| swap.clone()));
    }

    /// Only this call.
    pub(crate) fn only(&mut self, target: Address, data: impl Into<Bytes>) {
        self.calls = vec![Call::new(target, data.into())];
    }

    /// This call after the good ones.
    pub(crate) fn and_then(&mut self, target: Address, data: impl Into<Bytes>) {
        self.calls.push(Call::new(target, data.into()));
    }

    /// The account is called with this instead of `execute`.
    pub(crate) fn call_account(&mut self, data: Vec<u8>) {
        self.call_data = Some(data.into());
    }

    /// `execute` in another mode: call type and execution type are its first two bytes.
    pub(crate) fn execute_in(&mut self, call_type: u8, execution_type: u8) {
        let plain =
            if call_type == 1 { execute_call_data(&self.calls) } else { execute_call_data(&self.calls[1..]) };
        let mut execute = executeCall::abi_decode(&plain).expect("our own bytes");
        execute.mode.0[0] = call_type;
        execute.mode.0[1] = execution_type;
        self.call_account(execute.abi_encode());
    }

    pub(crate) fn token_in(&self) -> Address {
        self.scene.token_in(self.leg)
    }

    pub(crate) fn token_out(&self) -> Address {
        self.scene.token_in(self.leg.other())
    }

    pub(crate) fn router(&self) -> Address {
        self.scene.facts.router
    }

    pub(crate) fn lot(&self) -> U256 {
        self.scene.lot(self.leg).0
    }

    pub(crate) fn floor(&self) -> U256 {
        self.scene.floor(self.leg).0
    }

    pub(crate) fn thief(&self) -> Address {
        self.scene.session_key.address()
    }

    /// The enable part.
    pub(crate) fn enable_part(&mut self) -> &mut EnableSession {
        &mut self.enable.as_mut().expect("an enabling operation").1
    }
}

/// The approval of one lot for the router.
pub(crate) fn approve_of(scene: &Scene, leg: Leg) -> Call {
    let approve = approveCall { spender: scene.facts.router, amount: scene.lot(leg).0 };
    Call::new(scene.token_in(leg), approve.abi_encode().into())
}

/// The swap of one lot at the worst price.
pub(crate) fn swap_of(scene: &Scene, leg: Leg) -> Call {
    let params = ExactInputSingleParams {
        tokenIn: scene.token_in(leg),
        tokenOut: scene.token_in(leg.other()),
        fee: U24::saturating_from(scene.facts.fee),
        recipient: scene.account(),
        amountIn: scene.lot(leg).0,
        amountOutMinimum: scene.floor(leg).0,
        sqrtPriceLimitX96: U160::ZERO,
    };
    Call::new(scene.facts.router, exactInputSingleCall { params }.abi_encode().into())
}

fn put_word(call: &mut Call, word: usize, value: B256) {
    let mut data = call.data.to_vec();
    data[4 + 32 * word..36 + 32 * word].copy_from_slice(value.as_slice());
    call.data = data.into();
}

/// A nonce of another validator's lane.
pub(crate) fn nonce_of(validator: Address) -> U256 {
    NonceKey::new([0; 3], validator).nonce(0)
}

/// A call of the session module.
pub(crate) fn session_call(attempt: &mut Attempt<'_>, data: Vec<u8>) {
    attempt.only(SMART_SESSION, data);
}
