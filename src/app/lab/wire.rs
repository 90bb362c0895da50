//! Messages between the page and the lab's worker, as postcard bytes.

use serde::{Deserialize, Serialize};

use crate::app::{ChartPoint, ChartUpdate, ExportFile, TermsText};

/// From the page to the lab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToLab {
    /// A file of candles.
    Read {
        /// What it is called.
        name: String,
        /// What is in it.
        bytes: Vec<u8>,
    },
    /// The candles of the page's own chart, the one that still forms left out.
    Take {
        /// Seconds per candle.
        interval_secs: u32,
        /// Oldest first.
        points: Vec<ChartPoint>,
    },
    /// One run over the candles that were read last.
    Run(Box<LabSetup>),
    /// A grid of averages, in candles of several lengths.
    Sweep(Box<LabSetup>),
    /// Give up what is being done.
    Stop,
    /// The trades of the last run as a file.
    SaveTrades,
    /// All of the last run as a file for programs.
    SaveReport,
}

/// What to try.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabSetup {
    /// The network whose pool tells tokens and fee.
    pub network: String,
    /// Strategy, size and protections are taken from it; lots and band come from the amounts and the first price.
    pub terms: TermsText,
    /// Quote tokens at the start.
    pub quote: String,
    /// Base tokens at the start.
    pub base: String,
    /// What a fill is worse than the close besides the pool's fee, in percent.
    pub cost_percent: String,
    /// Quote tokens that move the pool's price by 2 %; 0 or nothing where trades are to have no effect on it.
    pub depth: String,
    /// Today's price, where there is one.
    pub price: Option<String>,
    /// Whether the suggested leash's budgets and uses hold.
    pub is_leashed: bool,
}

/// From the lab to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FromLab {
    /// The worker runs.
    Ready,
    /// Candles were read.
    History(LabHistory),
    /// So much of the work is done, in thousandths.
    Progress(u32),
    /// What a run came to.
    Report(Box<LabReport>),
    /// What a sweep came to.
    Sweep(Box<LabSweep>),
    /// Why nothing is done, as a sentence.
    Refused(String),
    /// It was given up.
    Stopped,
    /// A file to be saved.
    File(ExportFile),
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabHistory {
    /// The file's name, or what else the candles come from.
    pub name: String,
    /// How many candles.
    pub candles: u32,
    /// Seconds per candle.
    pub interval_secs: u32,
    /// Unix seconds of the first open and the last close.
    pub span: (u64, u64),
    /// What is odd about them, as a sentence; none where nothing is.
    pub oddity: Option<String>,
    /// Of a run that was saved: whether the same engine decides alike on it.
    pub recorded: Option<LabRecorded>,
}

/// Decisions as they were made and as they are made again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabRecorded {
    /// What decided, and how many decisions there are, as a sentence.
    pub sentence: String,
    /// Hash of the recorded ones.
    pub live: String,
    /// Hash of the engine's.
    pub again: String,
    /// The first that differs, as a sentence; none where all are the same.
    pub difference: Option<String>,
}

/// A run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LabReport {
    /// The result in a sentence.
    pub verdict: String,
    /// Figures: name and value.
    pub figures: Vec<(String, String)>,
    /// Candles, few enough to be drawn, with averages and trades.
    pub chart: ChartUpdate,
    /// Worth beside buy and hold.
    pub curve: CurveView,
    /// The smallest grant that would not have stood in the way; none where nothing was traded, or a leash held.
    pub needs: Option<LabNeeds>,
    /// Why signals came to nothing, most frequent first: how often, and the words.
    pub refusals: Vec<(u32, String)>,
}

/// Two lines over time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CurveView {
    /// Unix seconds.
    pub at_secs: Vec<u64>,
    /// Worth under the strategy.
    pub strategy: Vec<f64>,
    /// Worth had everything been bought at the start.
    pub hold: Vec<f64>,
}

/// Limits for the form of the terms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabNeeds {
    /// In words.
    pub sentence: String,
    /// Budget for buying, in lots.
    pub buy_lots: String,
    /// Budget for selling, in lots.
    pub sell_lots: String,
    /// Uses per side.
    pub uses: String,
    /// Lowest price sold at and highest price bought at, where today's price lies between them: a band of the past is
    /// one for today only then.
    pub band: Option<(String, String)>,
}

/// A sweep.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LabSweep {
    /// One per length of candle.
    pub grids: Vec<LabGrid>,
}

/// The pairs of one length of candle.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LabGrid {
    /// Seconds per candle.
    pub interval_secs: u32,
    /// What was tried; pairs whose fast average is not the shorter one are missing.
    pub cells: Vec<LabCell>,
    /// Whether the choice means anything, as a sentence.
    pub agreement: String,
}

/// A pair of averages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabCell {
    /// Candles of the fast average.
    pub fast: u32,
    /// Candles of the slow average.
    pub slow: u32,
    /// Return on the part that the choice is made on, in hundredths of a percent.
    pub inside_bps: i32,
    /// Return on the rest.
    pub outside_bps: i32,
    /// Trades on the part that the choice is made on.
    pub trades: u32,
}
