//! How things stand, as plain data for the page. Sentences are made here, not in the page, so that the page
//! stays small and what is read before signing comes from the bytes that are signed.

use serde::{Deserialize, Serialize};

use super::{AuditView, Headline, JournalPage, JournalView, TermsText};
use crate::trading::Side;

/// Everything the page shows, except the chart's points ([`super::ChartUpdate`]).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The chosen network.
    pub network: NetworkView,
    /// The feed.
    pub market: MarketView,
    /// The owner's wallet.
    pub wallet: WalletView,
    /// The smart account, once an owner is known.
    pub account: Option<AccountView>,
    /// Sensible terms to start from, once balances are known.
    pub default_terms: Option<TermsText>,
    /// What the terms of the last [`super::Intent::Preview`] would allow.
    pub preview: Option<Preview>,
    /// The live or ended grant.
    pub grant: Option<GrantView>,
    /// What the trader does now.
    pub trader: TraderStatus,
    /// Position and result.
    pub pnl: Option<PnlView>,
    /// The price of an exchange, where the network has one.
    pub reference: Option<ReferenceView>,
    /// The decisions of this run, live and again.
    pub decisions: Option<DecisionsView>,
    /// What the strategy does with play money, while there is no grant.
    pub paper: Option<PaperView>,
    /// The shown page of the journal, newest first.
    pub journal: Vec<JournalView>,
    /// Which page that is, and what is unfolded on it.
    pub journal_page: JournalPage,
    /// The newest entries, whatever page is shown.
    pub headlines: Vec<Headline>,
    /// What came of a saved journal that was brought back.
    pub audit: Option<AuditView>,
    /// Revoking or withdrawing, step by step.
    pub ending: Option<EndingView>,
    /// What the wallet is being asked just now.
    pub prompt: Option<Prompt>,
    /// Things to know, newest first.
    pub notices: Vec<Notice>,
}

/// A network to choose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkOption {
    /// For [`super::Intent::ChooseNetwork`].
    pub id: String,
    /// Shown.
    pub name: String,
}

/// Which contracts run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Flavour {
    /// Production bytecode: every code hash equals its pin.
    Production,
    /// Own stand-ins, on the local chain only.
    StandIns,
}

/// The chosen network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// EIP-155.
    pub chain_id: u64,
    /// Whether it is the sandbox or the local stack, where time and money are play.
    pub is_local: bool,
    /// All that can be chosen.
    pub options: Vec<NetworkOption>,
    /// Once code hashes were read.
    pub flavour: Option<Flavour>,
    /// What keeps a grant from being possible here, each a sentence.
    pub missing: Vec<String>,
    /// Whether the whole flow was ever run here.
    pub was_run: bool,
    /// Block explorer, without trailing slash.
    pub explorer: Option<String>,
    /// Node, bundler, paymaster now in use; where a key belongs, `{key}` stands.
    pub endpoints: [String; 3],
    /// Pairs of bundler and sponsor to choose from.
    pub services: Vec<ServiceOption>,
    /// Whether a key for bundler and sponsor is kept. The keys themselves never leave the trader.
    pub has_keys: [bool; 2],
    /// The sponsor's policy; empty for none.
    pub policy: String,
}

/// A bundler and the sponsor that goes with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceOption {
    /// Shown.
    pub title: String,
    /// Its address, with `{key}` where one belongs.
    pub bundler: String,
    /// The sponsor's.
    pub paymaster: String,
}

/// The feed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketView {
    /// Base symbol.
    pub base: String,
    /// Quote symbol.
    pub quote: String,
    /// Formatted price, when there is one.
    pub price: Option<String>,
    /// Local milliseconds of the last successful read; the page shows its age.
    pub read_at_millis: u64,
    /// Block time of the last price change in seconds.
    pub price_at_secs: u64,
    /// Latest block.
    pub block: u64,
    /// Block time of the latest block.
    pub block_at_secs: u64,
    /// Periods and candle seconds in use: fast, slow, interval.
    pub strategy: (u32, u32, u32),
    /// Formatted averages: fast, slow.
    pub averages: Option<(String, String)>,
    /// Why there is no live price, when there is none.
    pub trouble: Option<String>,
}

/// The owner's wallet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum WalletView {
    /// None chosen.
    #[default]
    Disconnected,
    /// Waiting for the person in the wallet's window.
    Connecting {
        /// The wallet's name.
        name: String,
    },
    /// Connected.
    Connected {
        /// The wallet's name.
        name: String,
        /// EIP-55 address.
        owner: String,
        /// Whether the wallet is on the chosen network.
        is_on_network: bool,
    },
}

/// The smart account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountView {
    /// EIP-55 address.
    pub address: String,
    /// Whether it exists on chain yet.
    pub is_deployed: bool,
    /// Formatted base balance of the account.
    pub base: String,
    /// Formatted quote balance of the account.
    pub quote: String,
    /// Formatted base balance of the owner.
    pub owner_base: String,
    /// Formatted quote balance of the owner.
    pub owner_quote: String,
    /// Formatted native coin held by account and EntryPoint deposit; should be 0.
    pub ether: String,
    /// Whether a faucet exists here.
    pub has_faucet: bool,
    /// The address as a QR code: one string per row, `#` for dark.
    pub qr: Vec<String>,
    /// Why no grant is possible for this owner, when so.
    pub refusal: Option<String>,
}

/// A field of the form that cannot be taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldRefusal {
    /// The field's name in [`TermsText`].
    pub field: String,
    /// Why.
    pub sentence: String,
}

/// What terms would allow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// The terms this is about.
    pub terms: TermsText,
    /// Why they cannot be granted; empty when they can.
    pub refusals: Vec<FieldRefusal>,
    /// The nearest terms that pass, when refused.
    pub nearest: Option<TermsText>,
    /// One sentence per rule, from the decoded bytes.
    pub sentences: Vec<String>,
    /// Below X it cannot sell, above Y it cannot buy.
    pub band: String,
    /// What a thief of the session key could cost, at the live price.
    pub stolen_key_loss: String,
    /// The whole remaining budgets: what holds at any price.
    pub at_any_price: String,
    /// What to compare in the wallet's window: label and value.
    pub compare: Vec<(String, String)>,
    /// Things to know before signing (the admin flag, hardware wallets).
    pub explanations: Vec<String>,
    /// The difference to the live grant, when this renews one.
    pub changes: Vec<String>,
}

/// One side of the grant, read from chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionView {
    /// Buy or sell.
    pub side: Side,
    /// The permission id.
    pub id: String,
    /// `isPermissionEnabled`.
    pub is_enabled: bool,
    /// Whether its signature could still enable it.
    pub is_enableable: bool,
    /// Formatted budget left and whole budget, with symbol.
    pub budget_left: String,
    /// The whole budget.
    pub budget: String,
    /// 0 to 1000, for a bar.
    pub budget_left_permille: u32,
    /// Uses left.
    pub uses_left: u64,
    /// Uses granted.
    pub uses: u64,
}

/// Whether the grant can trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionState {
    /// Signed, nothing on chain yet.
    Signed,
    /// At least one permission is enabled.
    Live,
    /// Being revoked.
    Ending,
    /// Proven dead.
    Revoked,
    /// Its time is over.
    Expired,
}

/// The grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantView {
    /// EIP-55 address of the session key.
    pub session_key: String,
    /// Where it stands.
    pub state: SessionState,
    /// End in block time, seconds.
    pub valid_until_secs: u64,
    /// Both sides.
    pub permissions: Vec<PermissionView>,
    /// The live stolen-key loss.
    pub stolen_key_loss: String,
    /// The rules again, from the stored bytes.
    pub sentences: Vec<String>,
    /// The band again.
    pub band: String,
    /// The terms, to start a renewal from.
    pub terms: TermsText,
    /// Why renewal is offered now, when it is.
    pub renewal: Option<String>,
    /// Block these were read at.
    pub read_at_block: u64,
}

/// What the trader does now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TraderStatus {
    /// No grant: watching only.
    #[default]
    Watching,
    /// Ready; `why` says why nothing happens now.
    Waiting {
        /// Distance to the next cross, or the first gate that blocks.
        why: String,
    },
    /// An operation is on its way.
    Busy {
        /// Its step, for a person.
        step: String,
    },
    /// Paused by the person.
    Paused,
    /// Another tab of this browser trades.
    OtherTab,
    /// Stopped by a fault; trading goes on by itself when it is over.
    Halted {
        /// Which.
        why: String,
    },
}

/// Position and result, net of pool fee.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PnlView {
    /// Formatted base held as a position.
    pub position: String,
    /// Formatted average cost, when held.
    pub average_cost: Option<String>,
    /// Formatted realised result, with sign.
    pub realised: String,
    /// Formatted unrealised result, with sign.
    pub unrealised: String,
    /// Formatted total, with sign.
    pub total: String,
    /// Pool fees included above.
    pub fees: String,
    /// What the sponsor paid for gas.
    pub gas: String,
}

/// The strategy with play money.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperView {
    /// Since when, block time in seconds.
    pub since_secs: u64,
    /// What it began with.
    pub begins_with: String,
    /// What that is worth now.
    pub worth: String,
    /// Base tokens of it.
    pub position: String,
    /// What was won or lost, with sign.
    pub result: String,
    /// What buying at the start and waiting would have won or lost, with sign.
    pub hold: String,
    /// How many trades.
    pub count: u32,
    /// The last ones, newest first.
    pub trades: Vec<PaperTradeView>,
    /// Why the last signal came to nothing, when it did.
    pub last_refusal: Option<String>,
}

/// A trade with play money.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperTradeView {
    /// Block time in seconds.
    pub at_secs: u64,
    /// `Buy 2 lots`.
    pub title: String,
    /// What would have moved, and why.
    pub outcome: String,
}

/// An exchange that the pool may be compared with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferenceView {
    /// Whose.
    pub name: String,
    /// Whether it is listened to, and a gate before every trade.
    pub is_on: bool,
    /// What it said last.
    pub price: Option<String>,
    /// When, by the local clock.
    pub heard_at_millis: u64,
    /// How far the pool is away from it, in hundredths of a percent.
    pub apart_bps: Option<u32>,
    /// Why it cannot be heard.
    pub trouble: Option<String>,
}

/// Every decision at a close since a candle: as it was made, and as the backtest's trader makes it on the same candles,
/// told what moved and what the chain said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionsView {
    /// Whether it is play money that was decided on.
    pub is_paper: bool,
    /// The first candle, block time in seconds.
    pub since_secs: u64,
    /// How many were made.
    pub count: u32,
    /// keccak256 over them as they were made.
    pub live: String,
    /// The same over those that the backtest's trader makes.
    pub again: String,
}

/// A line of proof: what was read, and what it said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofLine {
    /// What was read.
    pub claim: String,
    /// Whether it holds.
    pub holds: bool,
    /// What the chain said.
    pub evidence: String,
}

/// Ending the session, or taking funds out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndingView {
    /// `Revoke`, `Withdraw`.
    pub title: String,
    /// What is being done now, or the result.
    pub status: String,
    /// For a withdrawal: whether it sells first. `None` when a session is ended.
    pub withdrawal: Option<bool>,
    /// Whether it is over and proven.
    pub is_proven: bool,
    /// Proof, once read.
    pub proof: Vec<ProofLine>,
    /// Block of the proof.
    pub block: Option<u64>,
    /// Whether the owner's sponsored way is offered now.
    pub offers_owner: bool,
    /// Whether the owner's own transaction is offered now.
    pub offers_transaction: bool,
    /// Why the first way did not work, when so.
    pub trouble: Option<String>,
}

/// A request that waits in the wallet's window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// What it is for.
    pub title: String,
    /// What the wallet will show, and what it means; for owner operations the decoded batch.
    pub lines: Vec<String>,
    /// What to compare: label and value.
    pub compare: Vec<(String, String)>,
}

/// How much a notice matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoticeLevel {
    /// Good to know.
    Info,
    /// Something the person should look at.
    Warning,
    /// Something failed.
    Error,
}

/// A thing to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// For [`super::Intent::Dismiss`].
    pub id: u64,
    /// How much it matters.
    pub level: NoticeLevel,
    /// One sentence.
    pub sentence: String,
    /// What to do.
    pub advice: String,
    /// Folded away.
    pub details: String,
}
