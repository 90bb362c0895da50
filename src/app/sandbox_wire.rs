//! Messages between the page and the sandbox's worker, as postcard bytes like the trader's.
//!
//! The page shows and passes on; what a control does and how a signature reads is decided in the worker.

use serde::{Deserialize, Serialize};

use super::{Flavour, WalletError};
use crate::units::TimeScale;

/// From the page to the sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToSandbox {
    /// Always the first, with the trader's port.
    Begin,
    /// Change how time, market or services behave.
    Pull(Lever),
    /// The sandbox wallet is asked (EIP-1193).
    Wallet {
        /// To be repeated in the answer.
        id: u64,
        /// The method.
        method: String,
        /// Its params as JSON text.
        params: String,
    },
    /// What the person decided about the sheet of this request.
    Decide {
        /// Which request.
        id: u64,
        /// Approved, or rejected.
        is_approved: bool,
    },
    /// Fetch the production contracts from the first node of this network and start anew on them.
    LoadProduction {
        /// The network's id.
        network: String,
    },
    /// Start anew on the stand-ins.
    UseStandIns,
    /// The trader has ended: throw away the chain and what the trader kept of it.
    Reset,
}

/// A lever of the sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lever {
    /// Times as fast as the browser's clock, 1 to 1000.
    Speed(u32),
    /// Seconds of chain time to skip.
    JumpBy(u64),
    /// Skip to this block time, in seconds.
    JumpTo(u64),
    /// [`MarketControls::trend`].
    Trend(i32),
    /// [`MarketControls::volatility`].
    Volatility(u32),
    /// Move the price at once, in hundredths of a percent.
    Shock(i32),
    /// [`MarketControls::is_paused`].
    Pause(bool),
    /// [`MarketControls::seed`].
    Seed(u64),
    /// Switch a drill on or off.
    Drill(Drill, bool),
    /// Undo this many blocks and build them anew without the transactions from outside.
    Reorg(u32),
}

/// From the sandbox to the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FromSandbox {
    /// The worker runs and listens.
    Ready,
    /// It could not begin: why, as a sentence.
    Failed(String),
    /// How things stand; at least once a second, which is also the sign of life.
    View(Box<SandboxView>),
    /// The wallet asks the person.
    Sheet(Box<Sheet>),
    /// The answer to [`ToSandbox::Wallet`]: JSON text.
    WalletAnswer {
        /// Which request.
        id: u64,
        /// Result as JSON, or the refusal.
        answer: Result<String, WalletError>,
    },
    /// Another chain is wanted: end the trader and send [`ToSandbox::Reset`].
    StartAnew,
    /// Everything was thrown away: load the page anew.
    Cleared,
}

/// The sandbox as the panel shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxView {
    /// How its time runs.
    pub time_scale: TimeScale,
    /// Which contracts run; `None` for code that is in no table.
    pub flavour: Option<Flavour>,
    /// What the wallet shares with the page.
    pub wallet: SharedWallet,
    /// The market's controls.
    pub market: MarketControls,
    /// The drills that are on.
    pub faults: Vec<Drill>,
    /// What goes on beside trading, for example that contracts are being fetched.
    pub activity: Option<String>,
    /// Why the last order was not carried out, when so.
    pub trouble: Option<String>,
}

/// What everybody may know of the wallet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedWallet {
    /// The accounts that it shares with the page.
    pub accounts: Vec<String>,
    /// Its chain (EIP-155).
    pub chain_id: u64,
}

/// How the market moves by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketControls {
    /// Which way it leans, in hundredths of a percent a candle of a minute.
    pub trend: i32,
    /// Percent of the usual unrest.
    pub volatility: u32,
    /// Whether it stands still.
    pub is_paused: bool,
    /// What its walk is made from.
    pub seed: u64,
}

/// A fault that can be switched on while it trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Drill {
    /// The bundler does not answer.
    BundlerDown,
    /// The sponsor refuses.
    PaymasterRefuses,
    /// The node answers with an old state.
    NodeStale,
    /// The node takes seconds.
    NodeSlow,
    /// The bundler takes operations and includes none.
    OperationStuck,
    /// The next operation fails on chain.
    OperationReverts,
}

/// What a wallet shows before it signs or sends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// Of the request.
    pub id: u64,
    /// What is asked: `Sign typed data`, `Sign a message`, `Send a transaction`.
    pub title: String,
    /// What it means, in one sentence.
    pub meaning: String,
    /// What to compare with the page: label and value.
    pub compare: Vec<(String, String)>,
    /// The whole content, section by section.
    pub sections: Vec<SheetSection>,
}

/// A part of a [`Sheet`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetSection {
    /// Its heading.
    pub title: String,
    /// Label and value.
    pub rows: Vec<(String, String)>,
    /// Whether it is open from the start.
    pub is_open: bool,
}
