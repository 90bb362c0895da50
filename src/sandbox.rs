//! A chain with its services inside one program: blocks, bundler, paymaster, wallet, market and time, behind
//! the same JSON-RPC methods that a node and its neighbours answer.
//!
//! This room refuses to know how requests arrive, what hour it really is, and who is playing: time is told to
//! it, chance is a seed, and everything that happens follows from both.

mod approval;
mod chain;
mod clock;
mod description;
mod drill;
mod faults;
mod genesis;
pub mod market;
mod methods;
mod production;
mod record;
mod stale;
mod typed_data;

use alloy_primitives::Address;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::approval::{Approval, Section};
pub use self::chain::{
    BLOCK_GAS_LIMIT, BlockId, Chain, ChainError, ChainLog, FIRST_BASE_FEE, Header, LogFilter, Receipt,
    SUGGESTED_TIP, SignatureParts, Transaction, TransactionError,
};
pub use self::clock::{Clock, REAL_SPEED, TOP_SPEED};
pub use self::description::{Flavour, describe, local_network};
pub use self::faults::{
    BundlerFault, DEEPEST_REORG, Faults, NodeFault, OperationFault, Shocks, SponsorFault,
};
pub use self::genesis::{DEV_ACCOUNTS, Genesis, GenesisAccount};
use self::market::Market;
pub use self::methods::Refusal;
use self::methods::bundler::Bundler;
use self::methods::wallet::{FIRST_BALANCE, Wallet};
pub use self::production::{CodeRefused, PinnedCode};
pub use self::record::RecordError;
use crate::contracts::PoolFacts;
pub use crate::units::TimeScale;
use crate::units::UnixSecs;

/// 2026-01-01T00:00:00Z: where the two hours of history end.
pub const DEFAULT_START: UnixSecs = UnixSecs(1_767_225_600);

/// The layout of a saved sandbox as written today.
const SAVE_VERSION: u8 = 1;

/// Whom a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// `sandbox:node`.
    Node,
    /// `sandbox:bundler`.
    Bundler,
    /// `sandbox:paymaster`.
    Paymaster,
    /// `sandbox:control`: faucet, market, time, faults.
    Control,
    /// The wallet's EIP-1193 methods.
    Wallet,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// An answer.
    Answer(Result<Value, Refusal>),
    /// The same, but not at once.
    Later {
        /// Real milliseconds from now.
        millis: u64,
        /// What to answer then.
        answer: Result<Value, Refusal>,
    },
    /// Nobody is there.
    Silence,
}

/// How a sandbox begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxOptions {
    /// EIP-155.
    pub chain_id: u64,
    /// When trading may begin, in chain time: the end of the history.
    pub start_at: UnixSecs,
    /// Everything that looks like chance follows from it.
    pub seed: u64,
    /// Seconds of chain time before `start_at`.
    pub history_secs: u64,
    /// Thousandths of chain seconds per real second.
    pub speed_permille: u32,
    /// Whether the node sends for every account and lets everybody change the chain, as tests need it.
    pub is_unlocked: bool,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self {
            chain_id: 31_337,
            start_at: DEFAULT_START,
            // A market that soon does something: a test says what.
            seed: 42,
            history_secs: 7_200,
            speed_permille: 30_000,
            is_unlocked: false,
        }
    }
}

/// The sandbox.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sandbox {
    chain: Chain,
    options: SandboxOptions,
    genesis: Genesis,
    /// `None` where the genesis has no pool.
    market: Option<Market>,
    /// Why the market stopped.
    trouble: Option<String>,
    bundler: Bundler,
    wallet: Wallet,
    faults: Faults,
}

impl Sandbox {
    /// A sandbox in the state of `genesis`, with its market's history written.
    pub fn new(genesis: &Genesis, options: SandboxOptions) -> Self {
        let start = UnixSecs(options.start_at.0.saturating_sub(options.history_secs));
        let clock = Clock::new(start, options.speed_permille);
        let wallet = Wallet::new(options.seed);
        let mut world = genesis.world();
        world.set_balance(wallet.address(), FIRST_BALANCE);
        let chain = Chain::new(options.chain_id, options.seed, world, clock);
        let market = Market::open(&chain, local_network().1, options.seed);
        let mut sandbox = Self {
            chain,
            options,
            genesis: genesis.clone(),
            market,
            trouble: None,
            bundler: Bundler::default(),
            wallet,
            faults: Faults::default(),
        };
        let (end, secs) = (options.start_at, options.history_secs);
        sandbox.with_market(|market, chain, facts| market.write_history(chain, facts, end, secs));
        sandbox.chain.clock_mut().set(end.to_millis());
        sandbox
    }

    /// Everything is again as at the beginning, but for the speed. Real time goes on with the next moment told.
    pub fn reset(&mut self) {
        let speed_permille = self.time_scale().speed_permille;
        *self = Self::new(&self.genesis, SandboxOptions { speed_permille, ..self.options });
    }

    /// The sandbox that [`Sandbox::save`] wrote. The time since then did not pass in it.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn restore(bytes: &[u8]) -> Result<Self, RecordError> {
        let mut sandbox: Self = record::read(SAVE_VERSION, bytes)?;
        if !sandbox.chain.is_whole() || !sandbox.wallet.is_whole() {
            return Err(RecordError::Shape);
        }
        sandbox.chain.clock_mut().forget_real_time();
        Ok(sandbox)
    }

    /// Everything, as a record to be stored.
    pub fn save(&self) -> Vec<u8> {
        record::write(SAVE_VERSION, self)
    }

    /// As [`Sandbox::save`], over a record that was made before.
    pub fn save_over(&self, record: &mut Vec<u8>) {
        record::write_into(SAVE_VERSION, self, record);
    }

    /// Real time has come to `now_millis` since 1970; what falls due in chain time happens.
    pub fn advance(&mut self, now_millis: u64) {
        self.chain.clock_mut().advance(now_millis);
        self.with_market(Market::catch_up);
    }

    /// Lets the market act; one that cannot stands still and says why.
    fn with_market(
        &mut self,
        act: impl FnOnce(&mut Market, &mut Chain, &PoolFacts) -> Result<(), ChainError>,
    ) {
        let Some(market) = &mut self.market else { return };
        if let Err(error) = act(market, &mut self.chain, local_network().1) {
            market.pause(true);
            self.trouble = Some(error.to_string());
        }
    }

    /// Bundles that were mined up to the head: a number that changes is worth keeping the chain for.
    pub fn mined_bundles(&self) -> u64 {
        methods::bundler::mined_bundles(&self.chain)
    }

    /// How chain time follows from real time.
    pub fn time_scale(&self) -> TimeScale {
        self.chain.clock().scale()
    }

    /// The chain.
    pub const fn chain(&self) -> &Chain {
        &self.chain
    }

    /// The chain, to act on it.
    pub const fn chain_mut(&mut self) -> &mut Chain {
        &mut self.chain
    }

    /// The market, where there is a pool.
    pub const fn market(&self) -> Option<&Market> {
        self.market.as_ref()
    }

    /// The market and the chain it acts on.
    pub const fn market_and_chain(&mut self) -> Option<(&mut Market, &mut Chain)> {
        match &mut self.market {
            Some(market) => Some((market, &mut self.chain)),
            None => None,
        }
    }

    /// The account of the wallet of play money.
    pub fn wallet_address(&self) -> Address {
        self.wallet.address()
    }

    /// Why the market stopped, if it did.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// The pool that is traded in.
    pub fn facts(&self) -> &'static PoolFacts {
        local_network().1
    }

    /// How it began.
    pub const fn options(&self) -> &SandboxOptions {
        &self.options
    }
}

#[cfg(test)]
mod tests;
