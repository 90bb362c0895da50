//! What is read of the chain in one round, and what was found there.

use alloy_primitives::{Address, B256, U256};

use super::services::Services;
use crate::account::Fees;
use crate::market::PriceTick;
use crate::rpc::OperationOutcome;
use crate::session::{SignedGrant, Spent};
use crate::trading::Side;
use crate::units::{TokenAmount, UnixMillis, UnixSecs};

/// What to read in one round, all at one block.
#[derive(Clone, Debug, PartialEq)]
pub struct ObservePlan {
    /// Where.
    pub services: Services,
    /// Swaps after this block are new.
    pub after_block: u64,
    /// Whose account to look at.
    pub owner: Option<Address>,
    /// The account, once computed.
    pub account: Option<Address>,
    /// The grant to read limits of.
    pub grant: Option<Box<SignedGrant>>,
    /// Trades to ask a quote for.
    pub quotes: Vec<(Side, TokenAmount)>,
    /// Whether to read balances and limits too, or the price only.
    pub reads_account: bool,
    /// From when on to read the account's operations too.
    pub watch: Option<Watch>,
}

/// From when on an account's operations are compared with the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watch {
    /// From this block on.
    Block(u64),
    /// From this moment on.
    Moment(UnixSecs),
}

/// The operations of an account, by the EntryPoint's events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// The first block that was looked at.
    pub from_block: u64,
    /// In the order of the chain.
    pub operations: Vec<OperationOutcome>,
}

/// One round of reading.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// Latest block.
    pub block: u64,
    /// Its time.
    pub block_at: UnixSecs,
    /// Local time of the read.
    pub read_at: UnixMillis,
    /// Whether so much happened since the last round that its beginning was not read.
    pub is_behind_gap: bool,
    /// New swaps, oldest first; the first round has the pool's price as a tick.
    pub ticks: Vec<PriceTick>,
    /// Whether this tab has the trading lock, if it ever took it.
    pub holds_lock: bool,
    /// What each quote asked for brings: side, amount in, amount out.
    pub quotes: Vec<(Side, TokenAmount, TokenAmount)>,
    /// The account, when asked for.
    pub account: Option<AccountFacts>,
    /// The grant, when asked for.
    pub grant: Option<GrantFacts>,
}

/// What the chain says of an account and its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountFacts {
    /// The account.
    pub address: Address,
    /// Its owner.
    pub owner: Address,
    /// Whether code stands there.
    pub is_deployed: bool,
    /// Whether the owner has code.
    pub owner_has_code: bool,
    /// Base tokens of the account.
    pub base: TokenAmount,
    /// Quote tokens of the account.
    pub quote: TokenAmount,
    /// Base tokens of the owner.
    pub owner_base: TokenAmount,
    /// Quote tokens of the owner.
    pub owner_quote: TokenAmount,
    /// Native coin of the account.
    pub ether_held: TokenAmount,
    /// Its deposit in the EntryPoint.
    pub ether_deposited: TokenAmount,
}

impl AccountFacts {
    /// All native coin that a stolen session key could burn as gas.
    pub fn ether(&self) -> TokenAmount {
        TokenAmount(self.ether_held.0.saturating_add(self.ether_deposited.0))
    }
}

/// What the chain says of one permission.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PermissionFacts {
    /// `isPermissionEnabled`.
    pub is_enabled: bool,
    /// `getNonce`: moved past the signed one, its signature is void.
    pub signature_nonce: U256,
    /// Uses and budgets used up.
    pub spent: Spent,
}

/// What the chain says of a grant, with what the next operation needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantFacts {
    /// Whose.
    pub grant_id: B256,
    /// Buying.
    pub buy: PermissionFacts,
    /// Selling.
    pub sell: PermissionFacts,
    /// Next nonce of the trade lane.
    pub trade_nonce: U256,
    /// Next nonce of the end lane.
    pub end_nonce: U256,
    /// What the account did lately, where it was asked for.
    pub watched: Option<Watched>,
    /// The bundler's fees; none while it is down, which must not keep anything else from being read.
    pub fees: Option<Fees>,
}
