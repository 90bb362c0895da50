//! Messages between the page and the trader's worker, as postcard bytes.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{ChartUpdate, ExportFile, Intent, Snapshot};

/// From the page to the trader.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToTrader {
    /// Always the first: the network to begin on, or that of the last time. On the sandbox a port to its worker
    /// comes with it.
    Begin {
        /// The network's id.
        network: Option<String>,
    },
    /// What the person asks for.
    Intent(Box<Intent>),
    /// The wallet's answer to [`ToPage::WalletRequest`] `id`: JSON text.
    WalletAnswer {
        /// Which request.
        id: u64,
        /// Result as JSON, or its refusal.
        answer: Result<String, WalletError>,
    },
    /// Something happened to the page or the wallet.
    Event(PageEvent),
}

/// What a wallet refused with (EIP-1193 `ProviderRpcError`), copied to plain data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalletError {
    /// 4001, 4100, 4200, 4900, 4901, 4902, -32002, -32601, …; 0 when it gave none.
    pub code: i64,
    /// Its words.
    pub message: String,
    /// Its data as JSON text.
    pub data: Option<String>,
}

/// What the page observed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PageEvent {
    /// `accountsChanged`, as given.
    AccountsChanged(Vec<String>),
    /// `chainChanged`, as given.
    ChainChanged(String),
    /// `disconnect`.
    WalletDisconnected,
}

/// From the trader to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToPage {
    /// The worker runs.
    Ready,
    /// How things stand.
    Snapshot(Box<Snapshot>),
    /// What changed on the chart.
    Chart(ChartUpdate),
    /// Offer this file for saving.
    File(ExportFile),
    /// Ask the wallet chosen by [`Intent::Connect`].
    WalletRequest {
        /// To be repeated in the answer.
        id: u64,
        /// The wallet's uuid.
        wallet: String,
        /// EIP-1193 method.
        method: String,
        /// Its params as JSON text.
        params: String,
    },
}

/// Bytes that are no message of this version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the page and its worker do not understand each other: {0}")]
pub struct WireError(String);

/// The message as bytes.
///
/// # Errors
/// [`WireError`]; only for types that postcard cannot write, which these are not.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, WireError> {
    postcard::to_allocvec(message).map_err(|error| WireError(error.to_string()))
}

/// The bytes as a message.
///
/// # Errors
/// [`WireError`].
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, WireError> {
    postcard::from_bytes(bytes).map_err(|error| WireError(error.to_string()))
}
