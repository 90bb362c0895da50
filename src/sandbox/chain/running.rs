//! Messages that change nothing: calls and estimates.

use alloy_primitives::{Address, B256, U256, keccak256};

use super::{BLOCK_GAS_LIMIT, BlockId, Chain, ChainError};
use crate::evm::{BlockContext, Execution, Message, StateOverrides, call, execute};

/// What a call may hold back for itself, so that a called contract can pay out (EIP-150, EIP-2929).
const CALL_STIPEND: u64 = 2_300;

/// Where a block's state lies.
struct Place {
    depth: usize,
    context: BlockContext,
}

impl Chain {
    /// Runs `message` on the state after `at` and changes nothing.
    ///
    /// # Errors
    /// [`ChainError`]; a revert is no error but an [`Execution`].
    pub fn call(&self, message: &Message, at: BlockId) -> Result<Execution, ChainError> {
        self.call_with(message, at, &StateOverrides::new())
    }

    /// As [`Chain::call`], on a state that differs from the real one.
    ///
    /// # Errors
    /// [`ChainError`].
    pub fn call_with(
        &self,
        message: &Message,
        at: BlockId,
        overrides: &StateOverrides,
    ) -> Result<Execution, ChainError> {
        let place = self.place(at)?;
        Ok(call(&self.world, place.depth, &place.context, &capped(message), overrides)?)
    }

    /// Lets `script` run messages of the next block, one on top of the other and free of fees, and takes everything
    /// back.
    pub fn rehearse<T>(
        &mut self,
        script: impl FnOnce(&mut dyn FnMut(&Message) -> Result<Execution, ChainError>) -> T,
    ) -> T {
        let context = BlockContext { base_fee: 0, ..self.pending_context() };
        self.world.rehearse(|world| script(&mut |message| Ok(execute(world, &context, message)?)))
    }

    /// The least gas limit with which `message` runs through.
    ///
    /// # Errors
    /// [`ChainError::Failed`] when it does not with all the gas it may have; every other [`ChainError`].
    pub fn estimate_gas(
        &self,
        message: &Message,
        at: BlockId,
        overrides: &StateOverrides,
    ) -> Result<u64, ChainError> {
        let place = self.place(at)?;
        let try_with = |gas_limit: u64| {
            let message = Message { gas_limit, ..message.clone() };
            call(&self.world, place.depth, &place.context, &message, overrides)
        };
        let all = capped(message).gas_limit.min(affordable(message, &place, self, overrides));
        let done = try_with(all)?;
        if !done.is_success() {
            return Err(ChainError::Failed(Box::new(done)));
        }
        // Less than was used cannot be enough; a call inside may keep a 64th back.
        let mut too_little = done.gas_used.saturating_sub(1);
        let mut enough = all;
        let guess = (done.gas_used + done.gas_refunded + CALL_STIPEND) * 64 / 63;
        if guess < all && try_with(guess).is_ok_and(|done| done.is_success()) {
            enough = guess;
        }
        while too_little + 1 < enough {
            let middle = too_little + (enough - too_little) / 2;
            if try_with(middle).is_ok_and(|done| done.is_success()) {
                enough = middle;
            } else {
                too_little = middle;
            }
        }
        Ok(enough)
    }

    /// The block in which a message would run that is sent now.
    pub fn pending_context(&self) -> BlockContext {
        let number = self.head().number + 1;
        BlockContext {
            chain_id: self.chain_id,
            number,
            timestamp: self.next_timestamp.unwrap_or(self.now().0).max(self.head().timestamp),
            base_fee: self.next_base_fee(),
            gas_limit: BLOCK_GAS_LIMIT,
            prev_randao: self.randomness(number),
            beneficiary: Address::ZERO,
        }
    }

    fn place(&self, id: BlockId) -> Result<Place, ChainError> {
        if id == BlockId::Pending {
            return Ok(Place { depth: 0, context: self.pending_context() });
        }
        let depth = self.depth(id)?;
        let header = self.header(id).ok_or(ChainError::UnknownBlock)?;
        let context = BlockContext {
            chain_id: self.chain_id,
            number: header.number,
            timestamp: header.timestamp,
            base_fee: header.base_fee,
            gas_limit: BLOCK_GAS_LIMIT,
            prev_randao: header.prev_randao,
            beneficiary: Address::ZERO,
        };
        Ok(Place { depth, context })
    }

    /// No randomness, but nothing that a contract could foresee without knowing the seed.
    fn randomness(&self, number: u64) -> B256 {
        let mut text = [0; 24];
        text[..8].copy_from_slice(&self.seed.to_be_bytes());
        text[8..16].copy_from_slice(&number.to_be_bytes());
        text[16..].copy_from_slice(&self.reorganisations.to_be_bytes());
        keccak256(text)
    }
}

/// No call may use more than a block has.
fn capped(message: &Message) -> Message {
    Message { gas_limit: message.gas_limit.min(BLOCK_GAS_LIMIT), ..message.clone() }
}

/// The gas that the sender can pay for.
fn affordable(message: &Message, place: &Place, chain: &Chain, overrides: &StateOverrides) -> u64 {
    let price = message.fees.max();
    if price == 0 {
        return u64::MAX;
    }
    let wished = overrides.iter().find(|(at, _)| *at == message.from).and_then(|(_, wish)| wish.balance);
    let head = || chain.world.head_at(message.from, place.depth);
    let left = wished.unwrap_or_else(|| head().balance).saturating_sub(message.value);
    u64::try_from(left / U256::from(price)).unwrap_or(u64::MAX)
}
