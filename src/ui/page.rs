//! What every component is handed: signals to read, one way to ask for something.

use std::ops::Deref;

use super::leptos::ev::Event;
use super::leptos::html::{Canvas, ElementType};
use super::leptos::{Callable, Callback, Get, RwSignal, Signal, With};

use super::draft::Draft;
use crate::app::{
    Intent, LabHistory, LabReport, LabSweep, SandboxView, SessionState, Sheet, Snapshot, ToLab, ToSandbox,
    WalletView,
};
use crate::chart::{ChartModel, Frame, Scene};
use crate::web::Telling;

/// A wallet that announced itself (EIP-6963), or the named fallback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalletOffer {
    /// The announcement's uuid, or `window.ethereum`; for [`Intent::Connect`].
    pub id: String,
    /// Its announced name, inert.
    pub name: String,
    /// Its announced reverse domain, inert.
    pub rdns: String,
    /// A `data:` image that is safe inside `<img>`.
    pub icon: Option<String>,
    /// Whether another wallet announced the same name or rdns.
    pub is_twin: bool,
}

/// The canvas as Leptos knows it.
pub type CanvasElement = <Canvas as ElementType>::Output;

/// What the page needs done by the browser's edge.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    /// Sends an intent to the trader.
    pub dispatch: Callback<Intent>,
    /// Sends an order to the sandbox.
    pub order: Callback<ToSandbox>,
    /// Puts text on the clipboard.
    pub copy: Callback<String>,
    /// Asks the person whether the browser may tell them what happens while the page is not seen.
    pub ask_to_notify: fn(),
    /// Whether that makes a sound.
    pub use_sound: fn(bool),
    /// Loads the page anew.
    pub restart: fn(),
    /// Lets a newer release of the page in.
    pub update: fn(),
    /// Asks the lab, which is loaded by the first question.
    pub lab: Callback<ToLab>,
    /// Reads the file that was chosen or dropped, and hands it to the lab.
    pub read_candles: fn(&Event),
    /// Reads the saved journal that was chosen or dropped, and hands it to the trader.
    pub read_journal: fn(&Event),
    /// Whether what was just folded or unfolded is open now.
    pub is_unfolded: fn(&Event) -> bool,
    /// Paints a scene onto the canvas, sized to its box and the device.
    pub paint: fn(&CanvasElement, &dyn Fn(Frame) -> Scene),
    /// Changes when the canvas must be painted again: its box or the colour scheme changed.
    pub repaint: Signal<u32>,
    /// The local clock in milliseconds since 1970, once a second.
    pub now_millis: Signal<u64>,
}

/// What is known of the sandbox; only where it is the network.
#[derive(Clone, Copy, Debug, Default)]
pub struct SandboxSignals {
    /// How it stands, once it runs.
    pub view: RwSignal<Option<SandboxView>>,
    /// What its wallet asks the person.
    pub sheet: RwSignal<Option<Sheet>>,
    /// Why it stopped, once it has.
    pub stopped: RwSignal<Option<String>>,
}

/// What is known of the lab.
#[derive(Clone, Copy, Debug, Default)]
pub struct LabSignals {
    /// The candles that were read last.
    pub history: RwSignal<Option<LabHistory>>,
    /// How much of the work is done, in thousandths, while there is some.
    pub progress: RwSignal<Option<u32>>,
    /// The last run.
    pub report: RwSignal<Option<LabReport>>,
    /// The last sweep.
    pub sweep: RwSignal<Option<LabSweep>>,
    /// Why nothing was done.
    pub trouble: RwSignal<Option<String>>,
}

/// Everything a component may read or do, as one pointer: hundreds of closures hold a copy. The page lives
/// as long as its tab, so what it points to is never freed.
#[derive(Clone, Copy, Debug)]
pub struct Page(&'static Signals);

/// What [`Page`] points to.
#[derive(Debug)]
pub struct Signals {
    /// How things stand.
    pub snapshot: RwSignal<Snapshot>,
    /// The chart's points.
    pub chart: RwSignal<ChartModel>,
    /// The wallets to choose from.
    pub wallets: RwSignal<Vec<WalletOffer>>,
    /// The chain in the tab, where it is the network.
    pub sandbox: Option<SandboxSignals>,
    /// Strategies tried on the past.
    pub lab: LabSignals,
    /// How a person who looks elsewhere is told what happens.
    pub telling: RwSignal<Telling>,
    /// Whether a newer release of the page waits.
    pub has_update: RwSignal<bool>,
    /// What happened while the page was not seen.
    pub unseen: RwSignal<u32>,
    /// The ways out.
    pub edge: Edge,
    /// The terms being written.
    pub(super) draft: Draft,
    /// The text that was copied last.
    pub(super) copied: RwSignal<String>,
}

impl Deref for Page {
    type Target = Signals;

    fn deref(&self) -> &Signals {
        self.0
    }
}

impl Page {
    /// A page over these signals; call it inside the app's reactive owner.
    pub fn new(
        snapshot: RwSignal<Snapshot>,
        chart: RwSignal<ChartModel>,
        wallets: RwSignal<Vec<WalletOffer>>,
        sandbox: Option<SandboxSignals>,
        edge: Edge,
    ) -> Self {
        let (draft, lab) = (Draft::new(snapshot, edge.dispatch), LabSignals::default());
        let copied = RwSignal::new(String::new());
        Self(Box::leak(Box::new(Signals {
            snapshot,
            chart,
            wallets,
            sandbox,
            lab,
            telling: RwSignal::new(Telling::default()),
            has_update: RwSignal::new(false),
            unseen: RwSignal::new(0),
            edge,
            draft,
            copied,
        })))
    }

    /// A reader of the snapshot, for reactive text and attributes.
    pub(super) fn see<T: 'static>(
        self,
        read: impl Fn(&Snapshot) -> T + Copy + Send + Sync + 'static,
    ) -> impl Fn() -> T + Copy + Send + Sync + 'static {
        move || {
            let mut seen = None;
            self.look(&mut |snapshot| seen = Some(read(snapshot)));
            seen.expect("looking is done at once")
        }
    }

    /// The one place where the snapshot is read for [`Page::see`], whatever is read of it.
    fn look(self, read: &mut dyn FnMut(&Snapshot)) {
        self.snapshot.with(read);
    }

    /// Asks the trader.
    pub(super) fn ask(self, intent: Intent) {
        self.edge.dispatch.run(intent);
    }

    /// What a press that asks for `intent` does.
    pub(super) fn asks(self, intent: Intent) -> impl Fn() + 'static {
        move || self.ask(intent.clone())
    }

    /// The chain's clock now, in seconds: the latest block's time plus what passed here since it was read.
    pub(super) fn chain_now_secs(self) -> u64 {
        let now = self.edge.now_millis.get();
        self.snapshot.with(|snapshot| {
            let since_millis = now.saturating_sub(snapshot.market.read_at_millis);
            snapshot.market.block_at_secs.saturating_add(since_millis / 1_000)
        })
    }
}

/// Whether a wallet is connected.
pub(super) fn is_connected(snapshot: &Snapshot) -> bool {
    matches!(snapshot.wallet, WalletView::Connected { .. })
}

/// Whether a grant exists that can still be ended.
pub(super) fn has_leash(snapshot: &Snapshot) -> bool {
    snapshot.grant.as_ref().is_some_and(|grant| {
        matches!(grant.state, SessionState::Signed | SessionState::Live | SessionState::Ending)
    })
}
