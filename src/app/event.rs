//! Everything that can wake the machine, and everything it can ask for. One performed [`Command`] gives
//! exactly one [`Event`].

use alloy_primitives::{Address, B256, U256};

use super::api_key::ApiKey;
use super::grants::StoredGrant;
pub(super) use super::observation::{
    AccountFacts, GrantFacts, Observation, ObservePlan, PermissionFacts, Watch, Watched,
};
use super::operation::{OperationPlan, PreparedOperation, SendFailure, SignedOperation};
use super::records::Quarantined;
use super::services::Services;
use super::tabs::TabWord;
use super::{Failure, Flavour, Intent, PageEvent, ProofLine};
use crate::market::PriceTick;
use crate::session::{Grant, SignedGrant};
use crate::trading::{Arrival, Fill, Inclusion, JournalEntry, Terms};
use crate::units::{Price, TokenAmount, UnixSecs};

/// What the person chose, kept over reloads.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Settings {
    /// The network's id.
    pub network: String,
    /// Replaced endpoints: node, bundler, paymaster; empty for the table's.
    pub endpoints: [String; 3],
    /// Whether the person paused trading.
    pub is_paused: bool,
    /// Whether the pool's price is compared with an exchange's, where the network has one.
    pub compares: bool,
    /// Keys for bundler and sponsor, where their addresses want one.
    pub keys: [ApiKey; 2],
    /// Under which of the sponsor's policies to ask; empty for none.
    pub policy: String,
}

impl Settings {
    /// The same on another network, with the servers of its table.
    pub(super) fn on(self, network: &str) -> Self {
        let Self { is_paused, compares, .. } = self;
        Self { network: network.to_owned(), is_paused, compares, ..Self::default() }
    }
}

/// Everything read back at start-up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Restored {
    /// As saved.
    pub settings: Settings,
    /// All grants, oldest first.
    pub grants: Vec<StoredGrant>,
    /// The journal, oldest first.
    pub journal: Vec<JournalEntry>,
    /// What came and went other than by trades, by chain and account.
    pub arrivals: Vec<(Holder, Vec<Arrival>)>,
    /// Records that could not be read and were put aside.
    pub quarantined: Vec<Quarantined>,
}

/// An account on one chain: the same address may stand on several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder {
    /// EIP-155 id.
    pub chain_id: u64,
    /// The account.
    pub account: Address,
}

/// What to write.
#[derive(Clone, Debug, PartialEq)]
pub enum Saved {
    /// The settings.
    Settings(Settings),
    /// A grant.
    Grant(Box<StoredGrant>),
    /// A journal entry.
    Entry(Box<JournalEntry>),
    /// What came to an account and left it other than by trades.
    Arrivals(Holder, Vec<Arrival>),
}

/// Which record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordName {
    /// The settings.
    Settings,
    /// The grant of this id.
    Grant(B256),
    /// The journal's entry of this id.
    Entry(u64),
    /// What came to an account.
    Arrivals(Holder),
}

impl Saved {
    /// Which record it is.
    pub fn name(&self) -> RecordName {
        match self {
            Self::Settings(_) => RecordName::Settings,
            Self::Grant(grant) => RecordName::Grant(grant.id()),
            Self::Entry(entry) => RecordName::Entry(entry.id),
            Self::Arrivals(holder, _) => RecordName::Arrivals(*holder),
        }
    }
}

/// What a grant needs before it can be signed.
#[derive(Clone, Debug, PartialEq)]
pub struct GrantPlan {
    /// Where.
    pub services: Services,
    /// Whose.
    pub owner: Address,
    /// The account.
    pub account: Address,
    /// The checked terms.
    pub terms: Terms,
    /// The chain's clock.
    pub now: UnixSecs,
}

/// A grant that is ready to be signed; its key is sealed.
#[derive(Clone, Debug, PartialEq)]
pub struct PreparedGrant {
    /// What will be signed.
    pub grant: Grant,
    /// By whom.
    pub owner: Address,
    /// Its terms.
    pub terms: Terms,
    /// What the wallet is given.
    pub typed_data: String,
    /// One sentence per rule, from the decoded bytes.
    pub sentences: Vec<String>,
    /// Which contracts run.
    pub flavour: Flavour,
}

/// What became of an operation, by the EntryPoint's event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Where it is.
    pub inclusion: Inclusion,
    /// Block time.
    pub block_at: UnixSecs,
    /// What the sponsor paid.
    pub gas_cost_wei: U256,
    /// What moved.
    pub fill: Option<Fill>,
    /// Decoded reason, when the calls reverted.
    pub revert_reason: Option<String>,
}

/// What the chain knows of an operation that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// It is on chain.
    Included(Outcome),
    /// Its nonce is still free: it waits.
    Pending {
        /// The chain's clock.
        now: UnixSecs,
        /// Whether a second source did not find it either: only then may it be given up.
        is_confirmed: bool,
    },
    /// Its nonce was taken by another.
    Replaced {
        /// The winner.
        by: B256,
    },
}

/// What to watch for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettlePlan {
    /// The journal's id.
    pub id: u64,
    /// Where.
    pub services: Services,
    /// Whose.
    pub sender: Address,
    /// Its hash.
    pub operation_hash: B256,
    /// Its nonce.
    pub nonce: U256,
    /// No earlier than this block.
    pub from_block: u64,
    /// Whether it may be a trade: then what moved is read from the logs.
    pub may_trade: bool,
    /// Whether what the node does not find is looked for elsewhere too.
    pub asks_second_source: bool,
}

/// What the chain proves after an ending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Block it was read at.
    pub block: u64,
    /// Line by line.
    pub lines: Vec<ProofLine>,
}

/// Counts the networks entered since the start. What was asked of an earlier one is dropped when it answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Epoch(pub u64);

/// Timers of the machine; each runs at most once at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// Next round of reading.
    Observe(Epoch),
    /// Next try for the trading lock.
    Lock(Epoch),
    /// Next look for an operation's outcome.
    Settle(u64),
    /// The renounce has had its time.
    EndingPatience(Epoch),
    /// The tab that trades has had its time to take an ending over.
    Handover(Epoch),
    /// Look at the contracts again.
    Contracts(Epoch),
    /// Ask the bundler again who it is.
    Bundler(Epoch),
    /// Next look for the proof of an ending.
    Proof,
    /// Read the history again.
    History(Epoch),
    /// Write again what storage did not take.
    Records,
    /// Hear the exchange again, in this turn.
    Listen(u64),
}

/// Something happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The page asked.
    Intent(Box<Intent>),
    /// The page observed.
    Page(PageEvent),
    /// Answer to [`Command::Restore`].
    Restored(Result<Box<Restored>, Failure>),
    /// Answer to [`Command::Save`].
    Saved(RecordName, Result<(), Failure>),
    /// Answer to [`Command::LoadHistory`].
    HistoryLoaded(Epoch, Result<Vec<PriceTick>, Failure>),
    /// Answer to [`Command::CheckContracts`].
    ContractsChecked(Epoch, Result<Flavour, Failure>),
    /// Answer to [`Command::CheckBundler`].
    BundlerChecked(Epoch, Result<(), Failure>),
    /// Answer to [`Command::Observe`].
    Observed(Epoch, Result<Box<Observation>, Failure>),
    /// Answer to [`Command::Wait`].
    Woke(Timer),
    /// Answer to [`Command::AcquireLock`].
    LockAnswered(Result<bool, Failure>),
    /// Answer to [`Command::Connect`] of this wallet: owner and chain, or nobody for a silent try.
    Connected(String, Result<Option<(Address, u64)>, Failure>),
    /// Answer to [`Command::SwitchChain`]: the chain the wallet is on now.
    ChainSwitched(Result<u64, Failure>),
    /// Answer to [`Command::Faucet`] and [`Command::Deposit`].
    Funded(Result<String, Failure>),
    /// Answer to [`Command::PrepareGrant`].
    GrantPrepared(Result<Box<PreparedGrant>, Failure>),
    /// Answer to [`Command::SignGrant`].
    GrantSigned(Result<Box<StoredGrant>, Failure>),
    /// Answer to [`Command::Prepare`].
    Prepared(u64, Result<Box<PreparedOperation>, Failure>),
    /// Answer to [`Command::Sign`].
    Signed(u64, Result<Box<SignedOperation>, Failure>),
    /// Answer to [`Command::Send`].
    Sent(u64, Result<(), SendFailure>),
    /// Answer to [`Command::Settle`].
    Settled(u64, Result<Settlement, Failure>),
    /// Answer to [`Command::Prove`] of this grant.
    Proven(B256, Result<Proof, Failure>),
    /// Answer to [`Command::Listen`] of this turn.
    Heard(u64, Result<Price, Failure>),
    /// Answer to [`Command::HangUp`].
    HungUp,
    /// Answer to [`Command::CompareNodes`]: whether both nodes told the same block, where both told one.
    NodesCompared(Epoch, Option<bool>),
    /// Answer to [`Command::Audit`] of the file of this name.
    Audited(Epoch, String, Result<Vec<ProofLine>, Failure>),
    /// Answer to [`Command::WipeKey`].
    KeyWiped(Result<(), Failure>),
    /// Answer to [`Command::TellTabs`].
    TabsTold,
    /// Answer to [`Command::HearTabs`]; `None` for a word of another version.
    TabSaid(Option<TabWord>),
}

/// Something is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Read everything back.
    Restore,
    /// Write durably.
    Save(Saved),
    /// Read the pool's swaps of the last `secs` seconds.
    LoadHistory {
        /// For which network.
        epoch: Epoch,
        /// Where.
        services: Services,
        /// How far back.
        secs: u64,
    },
    /// Compare the code of every contract relied on with its pin.
    CheckContracts(Epoch, Services),
    /// Ask the bundler for its chain and its EntryPoints.
    CheckBundler(Epoch, Services),
    /// Read the chain.
    Observe(Epoch, Box<ObservePlan>),
    /// Come back later.
    Wait {
        /// Which timer.
        timer: Timer,
        /// How much later.
        millis: u64,
    },
    /// Become the one who trades.
    AcquireLock(String),
    /// Take it from a tab that gives no sign of life.
    StealLock(String),
    /// Ask the wallet who it is.
    Connect {
        /// Which wallet.
        wallet: String,
        /// Whether it may open its window.
        may_prompt: bool,
    },
    /// Ask the wallet to add and switch to the network.
    SwitchChain {
        /// Which wallet.
        wallet: String,
        /// Where to.
        services: Services,
    },
    /// Mint demo tokens to the account.
    Faucet {
        /// Where.
        services: Services,
        /// To whom.
        account: Address,
    },
    /// Move tokens from the owner into the account.
    Deposit {
        /// Which wallet.
        wallet: String,
        /// Where.
        services: Services,
        /// From whom.
        owner: Address,
        /// The token.
        token: Address,
        /// To whom.
        account: Address,
        /// How much.
        amount: TokenAmount,
    },
    /// Make a key, build and check everything that will be signed.
    PrepareGrant(Box<GrantPlan>),
    /// Ask the owner for the one signature, check and store it.
    SignGrant {
        /// Which wallet.
        wallet: String,
        /// What to sign.
        prepared: Box<PreparedGrant>,
        /// The chain's clock.
        now: UnixSecs,
    },
    /// Bring an operation up to its final bytes.
    Prepare(Box<OperationPlan>),
    /// Check it against the grant, sign it, journal it.
    Sign {
        /// The journal's entry, in state planned.
        entry: Box<JournalEntry>,
        /// What to sign.
        prepared: Box<PreparedOperation>,
        /// The chain's clock.
        now: UnixSecs,
    },
    /// Hand it to the bundler, or to the owner's wallet.
    Send(Box<SignedOperation>),
    /// Look for its outcome.
    Settle(Box<SettlePlan>),
    /// Read the proof of an ending.
    Prove {
        /// Where.
        services: Services,
        /// Of which grant.
        grant: Box<SignedGrant>,
    },
    /// Wait for the next price on this public line; which turn of listening it is counts for the answer.
    Listen(u64, &'static str),
    /// Leave it.
    HangUp,
    /// Ask both nodes of the network for the block of this height.
    CompareNodes(Epoch, Services, u64),
    /// Hold a saved journal against the chain.
    Audit {
        /// Where it was asked.
        epoch: Epoch,
        /// Which chain.
        services: Services,
        /// The file's name.
        name: String,
        /// What is in it.
        file: Vec<u8>,
    },
    /// Destroy a session key.
    WipeKey(Address),
    /// Say something to the profile's other tabs.
    TellTabs(TabWord),
    /// Wait for the next word of another tab.
    HearTabs,
}
