//! Blocks on top of the machine: time, a pool of waiting transactions, receipts, and the way back.

mod block;
mod error;
mod fees;
mod history;
mod logs;
mod mempool;
mod packed_logs;
mod reading;
mod running;
mod transaction;

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use serde::{Deserialize, Serialize};

pub use self::block::Header;
use self::block::{Block, Mined};
pub use self::error::ChainError;
pub(super) use self::error::failure_message;
use self::history::History;
pub use self::logs::{ChainLog, LogFilter, Receipt};
use self::mempool::{Mempool, PoolError};
pub use self::reading::BlockId;
pub(super) use self::transaction::legacy_v;
pub use self::transaction::{SignatureParts, Transaction, TransactionError};
use super::clock::Clock;
use crate::evm::{BlockContext, Message, Rejection, World, check, execute};
use crate::units::UnixSecs;

/// Most gas of a block, as on the local stack.
pub const BLOCK_GAS_LIMIT: u64 = 300_000_000;
/// Wei per gas in the first block, as on the local stack.
pub const FIRST_BASE_FEE: u64 = 1_000_000_000;
/// The end of the year 9999: no clock here goes further.
const LAST_SECOND: u64 = 253_402_300_799;
/// The tip that is suggested, in wei per gas.
pub const SUGGESTED_TIP: u128 = 1_000_000_000;

/// The chain.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Chain {
    chain_id: u64,
    seed: u64,
    world: World,
    history: History,
    pool: Mempool,
    clock: Clock,
    next_timestamp: Option<u64>,
    automine: bool,
    /// Makes blocks that replace others different from them.
    reorganisations: u64,
}

impl Chain {
    /// A chain whose first block has the state of `world`, at `clock`'s time.
    pub fn new(chain_id: u64, seed: u64, world: World, clock: Clock) -> Self {
        let header = Header {
            number: 0,
            hash: B256::ZERO,
            parent_hash: B256::ZERO,
            timestamp: clock.now().to_secs().0,
            base_fee: FIRST_BASE_FEE,
            gas_used: 0,
            prev_randao: B256::ZERO,
            state_digest: B256::ZERO,
            transactions_digest: Block::transactions_digest(&[]),
            receipts_digest: Block::receipts_digest(&[]),
        };
        let mut history = History::default();
        history.push(Block { header: header.sealed(), transactions: Vec::new() });
        Self {
            chain_id,
            seed,
            world,
            history,
            pool: Mempool::default(),
            clock,
            next_timestamp: None,
            automine: true,
            reorganisations: 0,
        }
    }

    /// EIP-155.
    pub const fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// The state now.
    pub const fn world(&self) -> &World {
        &self.world
    }

    /// The clock, to be told the time by.
    pub const fn clock_mut(&mut self) -> &mut Clock {
        &mut self.clock
    }

    /// The clock.
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// What the chain's clock shows.
    pub fn now(&self) -> UnixSecs {
        self.clock.now().to_secs()
    }

    /// The newest block.
    pub fn head(&self) -> &Header {
        &self.history.head().header
    }

    /// The base fee of the next block, in wei per gas.
    pub fn next_base_fee(&self) -> u64 {
        self.head().next_base_fee()
    }

    /// Whether a submitted transaction makes a block at once.
    pub const fn set_automine(&mut self, automine: bool) {
        self.automine = automine;
    }

    /// Whether a submitted transaction makes a block at once.
    pub const fn automine(&self) -> bool {
        self.automine
    }

    /// Sets what an account has, in wei, from the newest block on.
    pub fn set_balance(&mut self, address: Address, balance: U256) {
        self.world.set_balance(address, balance);
    }

    /// Sets an account's next nonce.
    pub fn set_nonce(&mut self, address: Address, nonce: u64) {
        self.world.set_nonce(address, nonce);
    }

    /// Sets runtime code.
    pub fn set_code(&mut self, address: Address, code: Bytes) {
        self.world.set_code(address, code);
    }

    /// Sets a storage slot.
    pub fn set_storage(&mut self, address: Address, slot: U256, value: U256) {
        self.world.set_slot(address, slot, value);
    }

    /// The next block is of this second, and time goes on from there.
    ///
    /// # Errors
    /// [`ChainError::TimeBackwards`], [`ChainError::TimeTooFar`].
    pub fn set_next_timestamp(&mut self, timestamp: u64) -> Result<(), ChainError> {
        self.check_time(timestamp)?;
        self.next_timestamp = Some(timestamp);
        Ok(())
    }

    /// The clock shows this moment from now on. It may go back as far as the newest block.
    ///
    /// # Errors
    /// [`ChainError::TimeBackwards`], [`ChainError::TimeTooFar`].
    pub fn set_time(&mut self, moment: UnixSecs) -> Result<(), ChainError> {
        self.check_time(moment.0)?;
        self.clock.set(moment.to_millis());
        Ok(())
    }

    fn check_time(&self, asked: u64) -> Result<(), ChainError> {
        let newest = self.head().timestamp;
        if asked < newest {
            return Err(ChainError::TimeBackwards { asked, newest });
        }
        if asked > LAST_SECOND { Err(ChainError::TimeTooFar { asked }) } else { Ok(()) }
    }

    /// Whether a chain that was stored has what every chain has.
    pub(super) fn is_whole(&self) -> bool {
        !self.history.is_empty()
    }

    /// Takes the transaction of an unlocked account: into a block at once, or to those that wait. Without a
    /// nonce it gets the next one.
    ///
    /// # Errors
    /// [`ChainError`]; then nothing has changed.
    pub fn submit(&mut self, message: Message) -> Result<B256, ChainError> {
        let nonce = message.nonce.unwrap_or_else(|| self.pending_nonce(message.from));
        self.take(Transaction::unsigned(message, nonce, self.chain_id))
    }

    /// As [`Chain::submit`], in a block of second `due` or of the newest block's, if that is later; the clock
    /// stays as it is.
    ///
    /// # Errors
    /// [`ChainError`]; then nothing has changed.
    pub fn submit_at(&mut self, message: Message, due: UnixSecs) -> Result<B256, ChainError> {
        let (clock, next) = (self.clock, self.next_timestamp);
        self.next_timestamp = Some(due.0.max(self.head().timestamp));
        let taken = self.submit(message);
        (self.clock, self.next_timestamp) = (clock, next);
        taken
    }

    /// Takes the bytes of a signed transaction.
    ///
    /// # Errors
    /// [`ChainError`]; then nothing has changed.
    pub fn submit_raw(&mut self, bytes: &[u8]) -> Result<B256, ChainError> {
        self.take(Transaction::decode(bytes, self.chain_id)?)
    }

    /// Takes a transaction with its signature.
    ///
    /// # Errors
    /// [`ChainError`]; then nothing has changed.
    pub fn take(&mut self, transaction: Transaction) -> Result<B256, ChainError> {
        let hash = transaction.hash;
        if self.history.transaction(hash).is_some() {
            return Err(ChainError::Known);
        }
        self.check(&transaction)?;
        let is_due = transaction.nonce() == self.world.nonce(transaction.message.from);
        self.pool.add(transaction).map_err(|error| match error {
            PoolError::Known => ChainError::Known,
            PoolError::Oversized => ChainError::Oversized,
            PoolError::Full => ChainError::PoolFull,
            PoolError::Underpriced => ChainError::Underpriced,
        })?;
        if self.automine && is_due {
            let refused = self.mine_block(false);
            if let Some((_, why)) = refused.into_iter().find(|(refused, _)| *refused == hash) {
                return Err(why.into());
            }
        }
        Ok(hash)
    }

    /// Makes a block of those that wait and can go, or an empty one.
    pub fn mine(&mut self) -> &Header {
        self.mine_block(true);
        self.head()
    }

    /// Makes the block of a given second.
    ///
    /// # Errors
    /// [`ChainError::TimeBackwards`], [`ChainError::TimeTooFar`].
    pub fn mine_at(&mut self, timestamp: u64) -> Result<&Header, ChainError> {
        self.set_next_timestamp(timestamp)?;
        Ok(self.mine())
    }

    /// Takes up to `depth` blocks back; how many. With `keeps`, their transactions wait again, otherwise they are
    /// as if they had never been sent.
    pub fn reorganise(&mut self, depth: usize, keeps: bool) -> usize {
        let depth = depth.min(self.world.undo_depth());
        let mut transactions = Vec::new();
        for _ in 0..depth {
            let is_undone = self.world.undo_block();
            debug_assert!(is_undone, "one record per block");
            let Some(block) = self.history.pop() else { break };
            transactions.extend(block.transactions.into_iter().rev().filter_map(|mined| mined.body));
        }
        self.reorganisations += 1;
        if keeps {
            for body in transactions.into_iter().rev() {
                // A pool that is full drops what it cannot hold, as a node would.
                let _dropped = self.pool.add(body.transaction);
            }
        }
        depth
    }

    /// The next nonce of `sender`, after those of its transactions that wait.
    pub fn pending_nonce(&self, sender: Address) -> u64 {
        self.pool.nonce_after(sender, self.world.nonce(sender))
    }

    /// How many wait for a block, and how many for an earlier nonce.
    pub fn waiting(&self) -> (usize, usize) {
        let is_next = |waiting: &&Transaction| waiting.nonce() < self.pending_nonce(waiting.message.from);
        let ready = self.pool.iter().filter(is_next).count();
        (ready, self.pool.iter().count() - ready)
    }

    /// What a node looks at before it lets a transaction wait.
    fn check(&self, transaction: &Transaction) -> Result<(), Rejection> {
        let message = &transaction.message;
        let next = self.world.nonce(message.from);
        if transaction.nonce() < next {
            return Err(Rejection::NonceTooLow { next, given: transaction.nonce() });
        }
        if message.fees.max() < u128::from(self.next_base_fee()) {
            return Err(Rejection::FeeBelowBase);
        }
        if transaction.nonce() > next {
            return Ok(());
        }
        check(&self.world, &self.pending_context(), message)
    }

    /// Makes a block, if there is anything to put in or it may be empty; those that turned out not to run, with
    /// the reasons.
    fn mine_block(&mut self, may_be_empty: bool) -> Vec<(B256, Rejection)> {
        let context = self.pending_context();
        self.world.begin_block();
        let (mut mined, mut refused) = (Vec::new(), Vec::new());
        let mut gas_used = 0;
        loop {
            let gas_left = BLOCK_GAS_LIMIT - gas_used;
            let next = self.pool.take_next(context.base_fee, gas_left, |sender| self.world.nonce(sender));
            let Some(transaction) = next else { break };
            match execute(&mut self.world, &context, &transaction.message) {
                Ok(done) => {
                    gas_used += done.gas_used;
                    mined.push(Mined::new(transaction, done, context.base_fee));
                }
                Err(why) => refused.push((transaction.hash, why)),
            }
        }
        if mined.is_empty() && !may_be_empty {
            self.world.undo_block();
        } else {
            self.seal(&context, mined, gas_used);
        }
        refused
    }

    fn seal(&mut self, context: &BlockContext, transactions: Vec<Mined>, gas_used: u64) {
        let parent = self.head();
        let state = [parent.state_digest, self.world.block_digest()].concat();
        let header = Header {
            number: context.number,
            hash: B256::ZERO,
            parent_hash: parent.hash,
            timestamp: context.timestamp,
            base_fee: context.base_fee,
            gas_used,
            prev_randao: context.prev_randao,
            state_digest: keccak256(state),
            transactions_digest: Block::transactions_digest(&transactions),
            receipts_digest: Block::receipts_digest(&transactions),
        }
        .sealed();
        self.world.seal_block(header.number, header.hash);
        if let Some(timestamp) = self.next_timestamp.take() {
            self.clock.set(UnixSecs(timestamp).to_millis());
        }
        self.history.push(Block { header, transactions });
    }
}

#[cfg(test)]
mod tests;
